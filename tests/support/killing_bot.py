"""The product's own live bot in processes that die where they are told to: `python -m tests.support.killing_bot`.

Importing ccxt costs a second, so it is done once: this process reads a line of JSON for each life, forks, and the child
is one life of the bot, `compose.run_bot` and all, with the settings of that line. What the child reaches and how it
stands it says on the loopback port of that line. It ends with its standard input, and takes every child with it.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import certifi

from bot import settings as settings_module
from bot.core.market_rules import MarketRules
from bot.core.messages import Event, Input
from bot.core.order_ids import client_order_id
from bot.core.state import State
from bot.events import Candle
from bot.log import set_up_logging
from bot.shell import compose
from bot.shell.desk import Desk
from bot.shell.live import compose as live_compose
from bot.shell.live.order_watch import LivePatience
from bot.shell.markets import exchange
from bot.shell.markets.exchange import ExchangeMarket
from tests.support.kill_points import Points, put_in

Tell = Callable[[dict[str, Any]], None]
LATE = (
    "alembic",
    "pg8000",
    "socketio",
    "sqlite3",
    "bot.shell.journal_migration",
    "tests.support.signals_by_number",
)
"""What a bot imports only when it needs it; here before the fork, for every child would do it again."""


def hasty(*, arrives_within_s: float) -> LivePatience:
    """A live bot's patience in tenths of seconds, for nothing here takes longer: what is killed sends nothing more."""
    assert arrives_within_s >= 1, "the product waits for a receive window of seconds"
    return LivePatience(
        first_poll_s=0.05,
        longest_poll_s=0.2,
        arrives_within_s=0.4,
        reconcile_every_s=0.5,
        reconcile_soon_s=0.05,
    )


def in_the_days_time(*arguments: Any, **options: Any) -> ExchangeMarket:
    """The exchange's market, for which no time passes between two trades, as on the day that it is in.

    Otherwise a quote is told at the time of the last trade and what this machine has taken since: a slow one would
    find itself at the next moment of the day.
    """
    return ExchangeMarket(*arguments, **options, monotonic=lambda: 0.0)


def standing(state: State) -> dict[str, Any]:
    """How the bot stands, for a day that waits until it has done what there is to do."""
    account = state.account
    is_idle = account.wanted_exit is None and not account.flattening
    return {
        "is_idle": is_idle and state.feed == "live" and state.balances_seen is not None,
        "run": account.run,
        "price_ts": state.price_ts,
        "quotes": [str(quote) for quote in (state.price, state.bid, state.ask) if quote is not None],
        "candle_ts": account.last_candle_ts,
        "orders": {client_order_id(order.id): [order.status, str(order.filled)] for order in account.orders},
        "cash": str(account.portfolio.cash),
        "base": str(account.portfolio.base + account.base_elsewhere),
    }


def _desk_that(tells: Tell) -> type[Desk]:
    class TellingDesk(Desk):
        def handle(self, message: Input, *, feed_age_ms: int | None = None) -> tuple[Event, ...]:
            return self._told(super().handle(message, feed_age_ms=feed_age_ms))

        def open_feed(
            self, rules: MarketRules, history: Sequence[Candle], *, feed_age_ms: int | None = None
        ) -> tuple[Event, ...]:
            return self._told(super().open_feed(rules, history, feed_age_ms=feed_age_ms))

        def _told(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
            tells({"stands": standing(self.state)})
            return events

    return TellingDesk


def live(asked: dict[str, Any]) -> None:
    """One life: until it is told to stop, or dies at `asked["die_at"]`."""
    line = socket.create_connection(("127.0.0.1", asked["line"]))

    def tell(said: dict[str, Any]) -> None:
        line.sendall(json.dumps(said).encode() + b"\n")

    os.environ.update(asked["env"])
    settings = settings_module.load()
    set_up_logging(settings.log_format, settings.log_level)
    put_in(Points(asked["die_at"], lambda point: tell({"point": point})))
    vars(compose)["Desk"] = _desk_that(tell)
    vars(live_compose)["LivePatience"] = hasty
    vars(exchange)["ExchangeMarket"] = in_the_days_time
    compose.run_bot(settings, is_child=False)


def be_born(asked: dict[str, Any]) -> NoReturn:
    """In the child: never returns to what the parent was doing."""
    code = 1
    try:
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(log, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        live(asked)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def share_certificates() -> None:
    """Read them once for all lives, each of which would do it twice; nothing here is encrypted."""
    vars(ssl)["create_default_context"] = functools.cache(ssl.create_default_context)
    ssl.create_default_context(cafile=certifi.where())


def main() -> None:
    """A line `{"env", "die_at", "line", "log"}` begins a life; the answer is its pid, `{"wait": pid}` how it ended."""
    for name in LATE:
        importlib.import_module(name)
    share_certificates()
    gc.freeze()
    children: set[int] = set()
    for text in sys.stdin:
        asked = json.loads(text)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            children.discard(asked["wait"])
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            be_born(asked)
        children.add(pid)
        print(pid, flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
