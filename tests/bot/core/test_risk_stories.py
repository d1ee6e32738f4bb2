"""Whatever the prices do: no entry while a limit forbids it, judged by a plain recount from the fills alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.equity_limits import day_refusal
from bot.core.limits import RiskLimits
from bot.core.messages import Event, Notice
from bot.core.portfolio import EXACT
from bot.core.state import State
from bot.events import Trade
from tests.support.risk import Desk, limited, signal
from tests.support.trading import MINUTE, T0, candle, command, price

DAY = 86_400_000
LIMITS = RiskLimits(
    risk_per_trade_pct=Decimal(2),
    trailing_stop_pct=Decimal(4),
    max_position_pct=Decimal(60),
    daily_loss_limit_pct=Decimal("1.5"),
    max_drawdown_stop_pct=Decimal(3),
    cooldown_losses=2,
    cooldown_candles=3,
    price_band_pct=Decimal(5),
    max_feed_age_ms=5_000,
)


@dataclass(kw_only=True)
class Moment:
    """What happens in one candle: the price it ends at, what the strategy says, what a person does."""

    move_pct: int
    minutes: int
    wants: Literal["enter", "exit", None]
    lag_ms: int
    resumes: bool


MOMENTS = st.lists(
    st.builds(
        Moment,
        move_pct=st.integers(-7, 7),
        minutes=st.sampled_from([1, 1, 1, 2, 60, 900]),
        wants=st.sampled_from(["enter", "enter", "exit", None]),
        lag_ms=st.sampled_from([1, 1, 1, 4_999, 5_000, 5_001, 50_000]),
        resumes=st.integers(0, 4).map(lambda number: number == 0),
    ),
    min_size=1,
    max_size=40,
)


@dataclass(kw_only=True)
class Recount:
    """The same limits, counted by hand: all equities of the day, all results of round trips, all prices."""

    cash: Decimal = Decimal(10_000)
    base: Decimal = Decimal(0)
    day: int = -1
    day_equities: list[Decimal] = field(default_factory=list)
    equities: list[Decimal] = field(default_factory=list)
    halted: bool = False
    paid: Decimal = Decimal(0)
    losses: int = 0
    pause_until: int = -1

    def fill(self, trade: Trade, candle_ms: int) -> None:
        """Cash and base after a fill; a round trip is lost if less came back than was paid."""
        sign = 1 if trade.side == "buy" else -1
        assert trade.cost is not None
        assert trade.fee is not None
        out = EXACT.add(trade.cost * sign, trade.fee)
        self.cash, self.base = EXACT.subtract(self.cash, out), EXACT.add(self.base, trade.amount * sign)
        self.paid = EXACT.add(self.paid, out)
        if self.base == 0:
            self.losses = self.losses + 1 if self.paid > 0 else 0
            self.paid = Decimal(0)
            if self.losses == 2:
                self.losses, self.pause_until = 0, trade.ts + 3 * candle_ms

    def measure(self, at: Decimal, ts: int) -> None:
        """The account is worth so much now."""
        equity = EXACT.add(self.cash, EXACT.multiply(self.base, at))
        if ts // DAY > self.day:
            self.day, self.day_equities = ts // DAY, []
        self.day_equities.append(equity)
        if not self.halted:
            self.equities.append(equity)
            self.halted = equity * 100 <= (self.peak or 0) * 97

    @property
    def peak(self) -> Decimal | None:
        """The highest equity since the start or the last halt's resume, in steps of a thousandth."""
        peak: Decimal | None = None
        for equity in self.equities:
            peak = equity if peak is None or equity * 1000 >= peak * 1001 else peak
        return peak

    def is_day_lost(self, ts: int) -> bool:
        """Whether the account was worth 1.5 % less at any time of the day of `ts` than at its start."""
        lost = any(equity * 1000 <= self.day_equities[0] * 985 for equity in self.day_equities)
        return lost and ts // DAY == self.day


def played(moments: list[Moment], *, restarts: bool) -> tuple[Desk, Recount]:
    """The story told, each candle checked against the recount; with a restart after each candle where asked for."""
    state = limited(config={"stop_loss_pct": Decimal(3), "stake_pct": Decimal(90)}, **LIMITS.model_dump())
    desk, count, closed_ts, number = Desk(state), Recount(), T0, -1
    count.measure(Decimal(40_000), T0)
    good = wild = Decimal(40_000)
    for moment in moments:
        number += moment.minutes
        closed_ts = T0 + (number + 1) * MINUTE
        at = (wild * (100 + moment.move_pct) / 100).quantize(Decimal("0.01"))
        is_near = any(abs(at - before) * 100 <= before * 5 for before in (good, wild))
        _show(desk, count, at, closed_ts - moment.lag_ms)
        good, wild = (at if is_near else good), at
        if is_near:
            count.measure(good, closed_ts - moment.lag_ms)
        _check_limits(desk.state, count)
        if moment.resumes:
            desk.take(command("resume"))
            count.halted, count.equities = False, [] if count.halted else count.equities
        _decide(desk, count, moment, number, good, may_enter=is_near)
        if restarts:
            desk.restart()
            _show(desk, count, good, closed_ts + 1)
            count.measure(good, closed_ts + 1)
            wild = good
    return desk, count


def _show(desk: Desk, count: Recount, at: Decimal, ts: int) -> None:
    """One price: what was waiting is filled at it, and measured at it."""
    told, before = len(desk.events), desk.state
    desk.take(price(at, ts))
    for event in desk.events[told:]:
        if isinstance(event, Trade):
            count.fill(event, MINUTE)
            if before.price is not None and before.market_ts is not None:  # else just restarted: no price to measure at
                count.measure(event.price, before.market_ts)


def _check_limits(state: State, count: Recount) -> None:
    assert state.account.halted == count.halted
    assert (day_refusal(state) is not None) == count.is_day_lost(state.market_ts or 0)
    assert count.halted or state.account.risk.peak_equity == count.peak


def _decide(desk: Desk, count: Recount, moment: Moment, number: int, good: Decimal, *, may_enter: bool) -> None:
    closed_ts = T0 + (number + 1) * MINUTE
    desk.take(candle(number, good))
    if moment.wants is None:
        return
    placed, is_flat = len(desk.placed), not desk.state.account.portfolio.lot and not desk.state.account.orders
    desk.take(signal(moment.wants, number))
    entries = [order for order in desk.placed[placed:] if order.purpose == "entry"]
    allowed = (
        may_enter
        and not count.halted
        and not count.is_day_lost(closed_ts)
        and closed_ts > count.pause_until
        and moment.lag_ms <= 5_000
    )
    assert bool(entries) == (moment.wants == "enter" and is_flat and allowed)
    equity = EXACT.add(count.cash, EXACT.multiply(count.base, good))
    for order in entries:
        assert order.amount * good <= equity * 60 / 100
        assert order.amount * (good * 3 / 100 - Decimal("0.01")) <= equity * 2 / 100


@settings(max_examples=200, deadline=None)
@given(MOMENTS, st.booleans())
def test_an_entry_is_made_exactly_when_the_recount_allows_it(moments: list[Moment], restarts: bool) -> None:
    desk, count = played(moments, restarts=restarts)
    portfolio = desk.state.account.portfolio
    assert (portfolio.cash, portfolio.base) == (count.cash, count.base)


def test_a_long_story_strikes_every_limit_and_still_trades() -> None:
    """The stories above would prove little if nothing happened in them."""
    random = Random(3)
    moments = [
        Moment(
            move_pct=random.choice([-7, -3, -1, -1, -1, 0, 1, 1, 2, 3]),
            minutes=random.choice([1, 1, 1, 1, 1, 1, 400]),
            wants=random.choice(["enter", "enter", "exit"]),
            lag_ms=random.choice([1, 1, 1, 6_000]),
            resumes=random.random() < 0.1,
        )
        for _ in range(400)
    ]
    desk, _ = played(moments, restarts=False)
    assert sum(order.purpose == "entry" for order in desk.placed) >= 8
    titles = {event.title for event in desk.events if isinstance(event, Notice)}
    assert titles >= {"Daily loss limit", "Halted by the drawdown stop", "Cooldown", "A wild price was left out"}
    assert {"old data", "confirms it", "cooldown_candles", "00:00 UTC"} <= _refused_for(desk.events)


def _refused_for(events: list[Event]) -> set[str]:
    texts = [event.message for event in events if isinstance(event, Notice) and event.title == "Entry skipped"]
    return {
        word for word in ("old data", "confirms it", "cooldown_candles", "00:00 UTC") if any(word in t for t in texts)
    }
