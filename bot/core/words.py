"""Numbers as a person reads them in a reason, a refusal or an alert."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from bot.core.portfolio import EXACT, plain

MOST_DIGITS = 12


def digits_of(step: Decimal) -> int:
    """Decimals that a step, or any decimal, is written with: 2 for 0.01, 0 for 10."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def price_text(price: Decimal, digits: int) -> str:
    """`43,251.20`: grouped, with exactly `digits` decimals."""
    return f"{price.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, EXACT):,f}"


def signed_text(money: Decimal, digits: int) -> str:
    """`+9.80` or `-15.54`: as `price_text`, always with its sign."""
    return ("" if money < 0 else "+") + price_text(money, digits)


def percent_text(percent: Decimal) -> str:
    """`12.35 %`: to two decimals."""
    return f"{price_text(percent, 2)} %"


def amount_text(amount: Decimal) -> str:
    """`0.005`: all that is there and no needless zeros."""
    return f"{plain(amount):f}"


def two_prices(first: Decimal, second: Decimal, digits: int) -> tuple[str, str]:
    """Both prices with as many decimals as it takes to tell them apart, at least `digits`."""
    for count in range(digits, MOST_DIGITS + 1):
        texts = price_text(first, count), price_text(second, count)
        if texts[0] != texts[1]:
            return texts
    return price_text(first, digits), price_text(second, digits)
