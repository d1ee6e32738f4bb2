"""What `python -m bot backtest` does: one run, or a sweep, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.core.performance import Performance
from bot.core.strategies import load_strategy
from bot.settings import SettingsError
from bot.shell.backtest import Backtest, performance_of
from bot.shell.backtest_file import CandleFile, Span
from bot.shell.backtest_report import Asked, report_lines
from bot.shell.markets import FILE_SETTING
from bot.shell.progress import Form, progress
from bot.shell.refusal import Refusal
from bot.shell.sweep_grid import parse_sweep
from bot.shell.whole_file import check_place, whole_file

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where a run is told besides the table: files for people and programs, and how far it is."""

    html: Path | None = None
    json: Path | None = None
    progress: Form = "bar"

    def check(self) -> None:
        """Before long work. Raises `Refusal` where a file cannot come to be."""
        for option, path in (("--html", self.html), ("--json", self.json)):
            if path is not None:
                check_place(option, path)


def replay_overrides(settings: Settings, data: str, paper: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What turns the settings of any bot into those of a replay of `data`; `paper` is laid over how paper fills."""
    filled = settings.exchange_config.get("paper", {})
    if paper and isinstance(filled, Mapping):
        filled = {**filled, **paper}
    return {
        "mode": "paper",
        "exchange": "replay",
        "exchange_config": {"file": data, **({"paper": filled} if filled else {})},
    }


def paper_given(text: str | None) -> dict[str, Any]:
    """The object that `--paper` holds. Raises `Refusal`."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal("--paper: takes a JSON object such as '{\"deposit\": 1000}'.")
    return given


def run_one(settings: Settings, span: Span, outputs: Outputs) -> Iterator[str]:
    """The settings' strategy over their file: the lines of the table; the files that are wanted are written too.

    Raises `SettingsError`, `StrategyError`, `InvalidPaper`, `NothingToTest` and `Refusal`.
    """
    outputs.check()
    load_strategy(settings.strategy, settings.strategy_params)  # a wrong name is told before a long file is read
    file = _candle_file(settings)
    with progress(len(file.candle_times), "Candles", outputs.progress) as on_candle:
        result = file.run(settings.strategy_params, span, on_candle=on_candle)
    performance = performance_of(result)
    asked = _asked(settings, file)
    yield from report_lines(result, performance, asked)
    yield from _written(result, performance, asked, outputs)


def _candle_file(settings: Settings) -> CandleFile:
    """The file of `--data`, which is named so where it is refused."""
    try:
        return CandleFile(settings)
    except SettingsError as error:
        raise SettingsError([line.replace(FILE_SETTING, "--data", 1) for line in error.lines]) from None


def _written(result: Backtest, performance: Performance, asked: Asked, outputs: Outputs) -> Iterator[str]:
    if outputs.html is not None:
        from bot.shell.backtest_html import report_html

        with whole_file("--html", outputs.html) as page:
            page.write(report_html(result, performance, asked))
        yield ""
        yield f"Report: {outputs.html}"
    if outputs.json is not None:
        from bot.shell.backtest_json import report_json

        with whole_file("--json", outputs.json) as page:
            page.write(report_json(result, performance, asked))
        yield ""
        yield f"Figures: {outputs.json}"


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
    times = _candle_file(settings).candle_times
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
