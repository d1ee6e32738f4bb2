"""The decks that are looked at: an ordinary day, and what stretches a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support import messages
from tests.support.stories import MINUTE_MS, Market, Story, Teller, ago, alert, balances, held, log_line

REASONS = ("EMA 9 (43,012.40) crossed above EMA 21 (42,998.15)", "take profit at 1 %", "stop loss at 0.5 %")


def day(market: Market, amount: str, gains: Sequence[str], reasons: tuple[str, str, str]) -> list[dict[str, Any]]:
    """For each gain a buy and the sell that made it, nine minutes apart, and the buy of the open position."""
    trades = []
    for i, gain in enumerate(gains):
        began = ago(14 + 18 * (len(gains) - i))
        why = reasons[2 if Decimal(gain) < 0 else 1]
        trades.append(fill(market, 2 * i, "buy", amount, began, reason=reasons[0]))
        trades.append(fill(market, 2 * i + 1, "sell", amount, began + 9 * MINUTE_MS, pnl=gain, reason=why))
    return [*trades, fill(market, 2 * len(gains), "buy", amount, ago(14), reason=reasons[0])]


def fill(market: Market, number: int, side: str, amount: str, ts: int, **changes: Any) -> dict[str, Any]:
    """One fill at the market's price of that time, with a fee of a thousandth."""
    price = market.at(ts)
    cost = price * Decimal(amount)
    known = {"symbol": market.symbol, "price": str(price), "amount": amount, "cost": str(cost), "mode": "simulated"}
    fee = {"fee": str((cost / 1000).quantize(price)), "fee_currency": market.quote}
    return messages.trade(number, side=side, ts=ts, **{"pnl": None, **known, **fee, **changes})


BITCOIN = Market("BTC/USDT", "43250.10", "60.00", path=35)
LONG = held(BITCOIN, "0.02840")
DAY = Teller(
    BITCOIN,
    day(BITCOIN, "0.02840", ("12.40", "-6.12", "8.05", "21.77", "-4.40"), REASONS),
    {"position": LONG, "balances": balances(BITCOIN, "8986.38", "0.02840", "10214.68")},
    {
        "trades": 36,
        "wins": 21,
        "losses": 15,
        "win_rate": 0.5833,
        "realized_pnl": "214.68",
        "fees": "18.20",
        "profit_factor": 1.74,
        "expectancy": "5.96",
        "sharpe": 1.9,
        "max_drawdown_pct": 3.1,
        "current_drawdown_pct": 0.8,
    },
    (
        log_line(52, "The market is open, BTC/USDT: 500 closed candles."),
        alert(901, "warning", "Market feed was silent for 6 s", "Caught up, nothing missed.", 31),
        log_line(23, "Take profit reached: sold 0.02840 BTC."),
        log_line(14, "Buy signal: EMA 9 (43,012.40) crossed above EMA 21 (42,998.15)"),
        log_line(14, "Order filled: bought 0.02840 BTC."),
    ),
)

ETHER = Market("ETH/BTC", "0.06842105", "0.00004100")
EIGHT_DECIMALS = Teller(
    ETHER,
    day(ETHER, "12.34567891", ("0.00123456", "-0.00098765"), REASONS),
    {
        "position": held(ETHER, "12.34567891", "0.9996", "1.0008"),
        "balances": balances(ETHER, "1.23456789", "12.34567891", "2.07927310"),
    },
    {"realized_pnl": "0.00024691", "fees": "0.00168945", "expectancy": "0.00012346", "trades": 2},
)

SHIBA = Market("SHIB/USDT", "0.00001234", "0.00000008")
TINY_PRICES = Teller(
    SHIBA,
    day(SHIBA, "98765432.10", ("4.93", "-2.96"), REASONS),
    {
        "position": held(SHIBA, "98765432.10", "0.99", "1.02"),
        "balances": balances(SHIBA, "8781.23", "98765432.10", "10000.00"),
    },
)

RUPIAH = Market("BTC/IDR", "1234567.89", "950.00")
LARGE_SUMS = Teller(
    RUPIAH,
    day(RUPIAH, "1234.56789012", ("1234567.89", "-987654.32"), REASONS),
    {
        "mode": "paper",
        "position": held(RUPIAH, "1234.56789012"),
        "balances": balances(RUPIAH, "123456789.01", "1234.56789012", "1647653421.09"),
    },
    {"realized_pnl": "1234567890.12", "fees": "1234567.89", "expectancy": "-12345678.90", "profit_factor": 1234.56},
)

WORDS = "the close at 43,250.10 left the channel of 20 candles between 42,615.00 and 43,248.90 upwards"
WORDY = Teller(
    Market("1000PEPE/USDT:USDT-260327", "43250.10", "24.00"),
    day(BITCOIN, "0.02840", ("12.40", "-6.12"), (f"Entry because {WORDS}", f"Exit: {WORDS}", f"Stop: {WORDS}")),
    {"balances": balances(Market("1000PEPE/USDT", "1", "1"), "10000.00", "0", "10000.00")},
    {},
    (
        log_line(3, f"Nothing was done: {WORDS}, and the limit of one trade in ten minutes was reached."),
        alert(1, "error", "Order refused", "https://exchange.example/errors/" + "insufficient-balance-" * 5, 1),
    ),
    name="A breakout bot with a name that goes on and on",
)

FLEET_OF = (
    DAY,
    replace(EIGHT_DECIMALS, bot_id="bot-2", name="ether_range"),
    replace(TINY_PRICES, bot_id="bot-3", name="A donchian bot with a name that goes on"),
)

EMPTY = Story("empty")
ORDINARY = Story("ordinary", (DAY,))
NEWS = Story("news", (DAY,))
AWAY = Story("away", (DAY,), stays=False)
CUT = Story("cut", (DAY,))
EIGHT = Story("eight decimals", (EIGHT_DECIMALS,))
TINY = Story("tiny prices", (TINY_PRICES,))
LARGE = Story("large sums", (LARGE_SUMS,))
LONG_WORDS = Story("long words", (WORDY,))
FLEET = Story("fleet", FLEET_OF)
LOCKED = Story("locked", asks=True)
OWN = Story("own", (DAY,), asks=True)
