"""What `python -m bot backtest` does: one run, or a sweep, and what is shown of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.core.strategies import load_strategy
from bot.shell.backtest import performance_of
from bot.shell.backtest_file import CandleFile, Span
from bot.shell.backtest_report import Asked, report_lines
from bot.shell.progress import progress
from bot.shell.sweep_grid import parse_sweep
from bot.shell.whole_file import check_place, whole_file

if TYPE_CHECKING:
    from bot.settings import Settings


def replay_overrides(settings: Settings, data: str) -> dict[str, Any]:
    """What turns the settings of any bot into those of a replay of `data`; how paper fills stays as it is set."""
    paper = {key: value for key, value in settings.exchange_config.items() if key == "paper"}
    return {"mode": "paper", "exchange": "replay", "exchange_config": {"file": data, **paper}}


def run_one(settings: Settings, span: Span, html: Path | None) -> Iterator[str]:
    """The settings' strategy over their file: the lines of the table; with `html` the report is written too.

    Raises `SettingsError`, `StrategyError`, `InvalidPaper`, `NothingToTest` and `Refusal`.
    """
    if html is not None:
        check_place("--html", html)
    load_strategy(settings.strategy, settings.strategy_params)  # a wrong name is told before a long file is read
    file = CandleFile(settings)
    with progress(len(file.candle_times), "Candles") as on_candle:
        result = file.run(settings.strategy_params, span, on_candle=on_candle)
    performance = performance_of(result)
    asked = _asked(settings, file)
    yield from report_lines(result, performance, asked)
    if html is not None:
        from bot.shell.backtest_html import report_html

        with whole_file("--html", html) as page:
            page.write(report_html(result, performance, asked))
        yield ""
        yield f"Report: {html}"


def run_many(
    settings: Settings, span: Span, sweep: Sequence[str], *, sort: str, split: float, best: int, processes: int
) -> Iterator[str]:
    """Every combination of the sweep in sample, the best of them out of sample: the lines of the table.

    Raises what `run_one` does.
    """
    from bot.shell.backtest_sweep import accepted, run_sweep, split_span
    from bot.shell.sweep_figures import figure_named, sweep_lines

    grid, figure = parse_sweep(sweep), figure_named(sort)
    combinations, _ = accepted(settings, grid)
    times = CandleFile(settings).candle_times
    spans = split_span(times, span, split)
    with progress(len(combinations) + min(best, len(combinations)), "Runs") as on_run:
        result = run_sweep(settings, grid, spans, figure, best=best, processes=processes, on_run=on_run)
    yield from sweep_lines(result, sort, times)


def _asked(settings: Settings, file: CandleFile) -> Asked:
    strategy = load_strategy(settings.strategy, settings.strategy_params)
    return Asked(
        file=Path(settings.exchange_config["file"]).name,
        timeframe=file.traded.timeframe,
        strategy=settings.strategy,
        params=strategy.params.model_dump(),
    )
