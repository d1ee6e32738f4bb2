"""Puts the live side of a bot together: one ccxt exchange with the account's keys, and what works on it."""

from __future__ import annotations

from functools import partial

from bot.settings import Settings
from bot.shell.live.account import ExchangeAccount
from bot.shell.live.broker import LiveBroker
from bot.shell.live.dialects import lives_for_s
from bot.shell.live.explain import explained
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.user_stream import UserStream
from bot.shell.live_guard import check_live
from bot.shell.markets.exchange_connect import connect

CLOCK_MARGIN_S = 2.0


def live_broker(settings: Settings, symbol: str) -> LiveBroker:
    """The broker that the settings name. Raises `SettingsError` for an exchange or keys that cannot be used."""
    config = {key: value for key, value in settings.exchange_config.items() if key != "paper"}
    exchange = connect(settings.exchange, config)
    patience = LivePatience(arrives_within_s=lives_for_s(exchange) + CLOCK_MARGIN_S)
    account = ExchangeAccount(exchange, symbol)
    broker = LiveBroker(
        account,
        check=partial(check_live, exchange, symbol),
        explain=partial(explained, exchange, symbol),
        patience=patience,
    )
    broker.stream = UserStream(
        exchange,
        symbol,
        on_executions=broker.on_executions,
        on_orders=broker.on_orders,
        within_s=patience.stream_within_s,
    )
    return broker
