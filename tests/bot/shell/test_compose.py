"""What the settings make of a bot before it runs."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from bot.core.strategies import load_strategy
from bot.settings import load
from bot.shell.compose import Traded, account_key, config_of, market_maker


@pytest.mark.parametrize(
    ("exchange", "risk", "most_ms"),
    [
        ("binance", {}, 3_000),
        ("binance", {"max_position_pct": 50}, 3_000),
        ("binance", {"max_feed_age_ms": 5_000}, 5_000),
        ("binance", {"max_feed_age_ms": None}, None),
        ("simulated", {}, None),
        ("replay", {}, None),
        ("replay", {"max_feed_age_ms": 5_000}, 5_000),
    ],
)
def test_entries_on_old_data_are_refused_on_a_real_market_unless_a_person_says_otherwise(
    exchange: str, risk: dict[str, Any], most_ms: int | None
) -> None:
    settings = load(exchange=exchange, risk=risk)
    config = config_of(settings, Traded(symbol="BTC/USDT", timeframe="1m"), load_strategy("ema_cross", {}).params)
    assert config.risk.max_feed_age_ms == most_ms
    assert config.risk.max_position_pct == risk.get("max_position_pct")


def test_the_simulated_market_takes_the_fees_that_are_set() -> None:
    settings = load(exchange_config={"paper": {"maker_fee_pct": 0, "taker_fee_pct": "0.25"}})
    rules = asyncio.run(market_maker(settings, 1_790_000_000_000)[0]().rules())
    assert (rules.maker_fee_rate, rules.taker_fee_rate) == (Decimal(0), Decimal("0.0025"))


@pytest.mark.parametrize(
    ("mode", "config", "key"),
    [
        ("live", {}, "live:binance:BTC/USDT"),
        ("live", {"sandbox": False}, "live:binance:BTC/USDT"),
        ("live", {"sandbox": True}, "live-sandbox:binance:BTC/USDT"),
        ("paper", {"sandbox": True}, "paper:binance:BTC/USDT"),
    ],
)
def test_a_test_nets_account_is_not_carried_over_to_the_real_one(mode: str, config: dict[str, Any], key: str) -> None:
    settings = load(mode=mode, exchange="binance", live_confirm="binance:BTC/USDT", exchange_config=config)

    assert account_key(settings, Traded(symbol="BTC/USDT", timeframe="1m")) == key
