"""Many backtests over one file: every combination of parameters in sample, and the best of them out of sample.

What was best on the days it was chosen by is mostly luck. So the file is split in time: the combinations are sorted by
the first part, and the best ones are run on the second, which had no say in the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.performance import Performance
from bot.core.strategies import StrategyError, load_strategy
from bot.shell.backtest import NothingToTest, performance_of
from bot.shell.backtest_file import CandleFile, Span
from bot.shell.crew import Crew
from bot.shell.refusal import Refusal
from bot.shell.sweep_figures import Figure
from bot.shell.sweep_grid import Grid, combinations

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Job:
    """One combination over one part of the file."""

    number: int
    params: dict[str, Any]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One of the best: the swept parameters, and how they did in sample and out of it."""

    params: dict[str, Any]
    inside: Performance
    outside: Performance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What came of it, best first."""

    picks: list[Pick]
    runs: int
    refused: int
    inside: Span
    outside: Span


def split_span(times: Sequence[int], span: Span, share: float) -> tuple[Span, Span]:
    """The first `share` (0 to 1) of the candles in `span`, and the rest. Raises `NothingToTest`."""
    within = [ts for ts in times if ts in span]
    first_outside = round(len(within) * share)
    if first_outside < 1 or first_outside >= len(within):
        raise NothingToTest("--split leaves a part without a candle: choose a longer time or another share.")
    turn = within[first_outside]
    return Span(from_ts=span.from_ts, to_ts=turn), Span(from_ts=turn, to_ts=span.to_ts)


def accepted(settings: Settings, grid: Grid) -> tuple[list[dict[str, Any]], int]:
    """The combinations that the strategy takes, and how many it refuses. Raises its error where it takes none."""
    taken, refusals = [], []
    for combination in combinations(grid):
        try:
            load_strategy(settings.strategy, {**settings.strategy_params, **combination})
            taken.append(combination)
        except StrategyError as error:
            refusals.append(error)
    if not taken:
        raise refusals[0]
    return taken, len(refusals)


def run_sweep(
    settings: Settings,
    grid: Grid,
    spans: tuple[Span, Span],
    figure: Figure,
    *,
    best: int,
    processes: int,
    on_run: Callable[[], None],
) -> Sweep:
    """Run all in sample, the `best` by `figure` out of sample. Raises `StrategyError` and `Refusal`.

    Ends its processes however it ends, Ctrl-C included.
    """
    taken, refused = accepted(settings, grid)
    inside, outside = spans
    with Crew(_ready, settings, size=min(processes, len(taken))) as crew:
        first = _all(crew, taken, settings.strategy_params, inside, on_run)
        order = sorted(range(len(taken)), key=lambda number: figure.rank(first[number]), reverse=True)[:best]
        chosen = [taken[number] for number in order]
        second = _all(crew, chosen, settings.strategy_params, outside, on_run)
    picks = [
        Pick(params=params, inside=first[number], outside=after)
        for params, number, after in zip(chosen, order, second, strict=True)
    ]
    return Sweep(picks=picks, runs=len(taken), refused=refused, inside=inside, outside=outside)


def _all(
    crew: Crew[Job, Performance | str],
    combinations: Sequence[Mapping[str, Any]],
    base: Mapping[str, Any],
    span: Span,
    on_run: Callable[[], None],
) -> list[Performance]:
    """What each combination did, in their order, whichever was done first."""
    jobs = (Job(number, {**base, **params}, span) for number, params in enumerate(combinations))
    done: dict[int, Performance] = {}
    for job, result in crew.run(jobs):
        if isinstance(result, str):
            raise Refusal(f"--sweep: {job.params} failed ({result}); mend the strategy or leave these values out.")
        done[job.number] = result
        on_run()
    return [done[number] for number in range(len(combinations))]


def _ready(settings: Settings) -> Callable[[Job], Performance | str]:
    """In each process: the file is parsed once, then run after run."""
    file = CandleFile(settings)

    def work(job: Job) -> Performance | str:
        try:
            result = file.run(job.params, job.span)
            return result.strategy_failure or performance_of(result)
        except Exception as error:  # a person's own class may raise anything; its text comes back
            return f"{type(error).__name__}: {error}"

    return work
