"""State and strategy together: a market's messages become engine steps. Runner and backtest share it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace

from bot.core.engine import step
from bot.core.market_rules import MarketRules
from bot.core.messages import Command, FeedAged, FeedOpened, Input, Signal, StrategyFailed
from bot.core.orders import undecided_parts
from bot.core.state import State, Step
from bot.core.strategies import Strategy
from bot.events import Candle


class Kernel:
    """Holds the newest `state`; each call answers with the events and effects of its step.

    The strategy's memory is derived from the market's history, never stored: a restarted bot tells it the same candles.
    """

    def __init__(self, state: State, strategy: Strategy) -> None:
        self.state = state
        self._strategy = strategy
        self._told_ts: int | None = None
        self.failure: str | None = None
        """What the strategy raised first, in one line."""

    @property
    def strategy(self) -> Strategy:
        """The one that decides now."""
        return self._strategy

    def handle(self, message: Input, *, feed_age_ms: int | None = None) -> Step:
        """The message through the engine; a closed candle through the strategy as well.

        `feed_age_ms` is how long ago the newest price came, where the shell knows it: signals are judged by it.
        """
        result = step(self.state, message)
        self.state = result[0]
        if isinstance(message, Candle) and message.closed:
            verdict = self._tell(message)
            if verdict is not None:
                result = self._decide(result, verdict, feed_age_ms)
        return result

    def change_strategy(self, command: Command, strategy: Strategy, told_ts: int | None) -> Step:
        """A person's `set_strategy`; `strategy` was told the candles up to `told_ts`, and their signals are past.

        Where the engine refuses, the old one stays.
        """
        before = self.state.account.chosen
        result = self.handle(command)
        if self.state.account.chosen is not before:
            self._strategy, self._told_ts, self.failure = strategy, told_ts, None
        return result

    def open_feed(self, rules: MarketRules, history: Sequence[Candle], *, feed_age_ms: int | None = None) -> Step:
        """The market answered with `history` (closed candles, oldest first): warm the strategy, act on what is fresh.

        Fresh is a signal on the newest candle, and an exit on any candle that this account has not seen: what was
        missed while the bot was away is too late to enter on, and never too late to get out. Of parts that were sold
        and bought again on several of them the sum counts.
        """
        newest = history[-1].ts if history else None
        result = step(self.state, FeedOpened(rules=rules, newest_candle_ts=newest))
        self.state = result[0]
        if self._told_ts is not None and newest is not None and self.state.account.last_candle_ts is None:
            self._told_ts = None
        seen, held_parts = self.state.account.last_candle_ts, undecided_parts(self.state)
        missed = _missed([(candle.ts, self._tell(candle)) for candle in history], seen, held_parts)
        if history:
            result = self._then(result, history[-1])
        return self._decide(result, missed, feed_age_ms) if missed is not None else result

    def _decide(self, result: Step, verdict: Signal | StrategyFailed, feed_age_ms: int | None) -> Step:
        if feed_age_ms is not None:
            result = self._then(result, FeedAged(age_ms=feed_age_ms))
        return self._then(result, verdict)

    def _then(self, result: Step, message: Input) -> Step:
        state, events, effects = step(self.state, message)
        self.state = state
        return state, (*result[1], *events), (*result[2], *effects)

    def _tell(self, candle: Candle) -> Signal | StrategyFailed | None:
        if self._told_ts is not None and candle.ts <= self._told_ts:
            return None
        self._told_ts = candle.ts
        try:
            verdict: object = self._strategy.on_candle(candle)
            if verdict is None or isinstance(verdict, Signal):
                return verdict
            raise TypeError(f"on_candle must return a Signal or None, got {verdict!r:.60}")
        except Exception as error:  # a person's own class may raise anything; the position must stay protected
            text = f"{type(error).__name__}: {error}"
            self.failure = self.failure or text
            return StrategyFailed(message=text, traceback=traceback.format_exc())


def _missed(
    told: Sequence[tuple[int, Signal | StrategyFailed | None]], seen: int | None, held_parts: int
) -> Signal | StrategyFailed | None:
    """The first failure, whenever it was: its memory cannot be trusted. Else what the signals after `seen` come to."""
    failures = [verdict for _, verdict in told if isinstance(verdict, StrategyFailed)]
    if failures:
        return failures[0]
    signals = [verdict for ts, verdict in told if isinstance(verdict, Signal) and (seen is None or ts > seen)]
    return _come_to(signals, held_parts) if signals else None


def _come_to(signals: Sequence[Signal], held_parts: int) -> Signal | None:
    """The newest signal; where it is of parts, as many as lead to what who did all that was missed would hold now."""
    newest = signals[-1]
    if not held_parts or any(signal.kind == "exit" and signal.parts is None for signal in signals):
        return newest
    wanted_parts = held_parts
    for signal in signals:
        parts = signal.parts or 1
        wanted_parts = max(wanted_parts - parts, 0) if signal.kind == "exit" else wanted_parts + parts
    if wanted_parts < held_parts:
        last_exit = next(signal for signal in reversed(signals) if signal.kind == "exit")
        return replace(last_exit, parts=held_parts - wanted_parts, candle_ts=newest.candle_ts)
    if newest.kind == "exit" or wanted_parts == held_parts:
        return None
    return replace(newest, parts=min(wanted_parts - held_parts, newest.parts or 1))
