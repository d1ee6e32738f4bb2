"""Numbers as a person reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.core.words import amount_text, digits_of, price_text, signed_text, two_prices


@pytest.mark.parametrize(("step", "digits"), [("0.01", 2), ("10", 0), ("1E-8", 8), ("0.5", 1), ("1.00", 0)])
def test_the_decimals_of_a_step(step: str, digits: int) -> None:
    assert digits_of(Decimal(step)) == digits


def test_prices_are_grouped_and_amounts_plain() -> None:
    assert price_text(Decimal("43251.2"), 2) == "43,251.20"
    assert price_text(Decimal("0.0984"), 8) == "0.09840000"
    assert [signed_text(Decimal(money), 2) for money in ("9.8", "-15.5417", "0")] == ["+9.80", "-15.54", "+0.00"]
    assert amount_text(Decimal("0.00500")) == "0.005"
    assert amount_text(Decimal("1E+3")) == "1000"


def test_two_prices_are_told_apart() -> None:
    assert two_prices(Decimal("100.001"), Decimal("100.002"), 2) == ("100.001", "100.002")
    assert two_prices(Decimal("100.1"), Decimal("100.2"), 2) == ("100.10", "100.20")
    assert two_prices(Decimal(5), Decimal(5), 2) == ("5.00", "5.00")
