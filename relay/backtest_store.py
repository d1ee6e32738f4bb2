"""Runs on disk: a folder each, with what was asked and what became of it, bounded and listed after a restart."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from relay.backtest_asked import RESULT, Kind

MOST_RUNS = 20
"""Finished ones that are kept; the oldest goes. Each takes some 5 MB, nearly all of it Plotly in the HTML report."""
CUT_OFF = "The relay ended while this was under way: run it again."

State = Literal["waiting", "running", "done", "failed", "canceled"]
_RECORD = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One backtest or download. Times are ms UTC."""

    id: str
    kind: Kind
    asked: dict[str, Any]
    created_ts: int
    state: State = "waiting"
    label: str | None = None
    """What the process is doing, in a word."""
    done: int = 0
    of: int = 0
    ended_ts: int | None = None
    error: str | None = None
    said: str | None = None
    """What a download left, in a sentence."""
    summary: dict[str, Any] | None = field(default=None)
    """The figures that tell one backtest from another in a list."""

    @property
    def is_over(self) -> bool:
        """Nothing more will come of it."""
        return self.state not in ("waiting", "running")

    def wire(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


_adapter = TypeAdapter(Run)


class Store:
    """The folder of runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> list[Run]:
        """Those of before, oldest first; what was under way when the relay ended is told as failed."""
        found = [self._read(path) for path in self._folder.glob(f"*/{_RECORD}")]
        runs = [run if run.is_over else replace(run, state="failed", error=CUT_OFF) for run in found if run is not None]
        for run in runs:
            if run.state != "done":
                self.clear(run)
        return sorted(runs, key=lambda run: run.created_ts)

    def folder_of(self, run: Run) -> Path:
        """Where its files are."""
        return self._folder / run.id

    def write(self, run: Run) -> None:
        """Remember it as it is now."""
        folder = self.folder_of(run)
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{_RECORD}"
        beside.write_bytes(orjson.dumps(run.wire()))
        beside.replace(folder / _RECORD)

    def remove(self, run: Run) -> None:
        """Forget it and its files."""
        shutil.rmtree(self.folder_of(run), ignore_errors=True)

    def clear(self, run: Run) -> None:
        """Remove what an unfinished run left; that it was stays known."""
        for path in self.folder_of(run).iterdir():
            if path.name != _RECORD:
                path.unlink(missing_ok=True)

    def summary(self, run: Run) -> dict[str, Any] | None:
        """The main figures of a finished backtest."""
        try:
            result = orjson.loads((self.folder_of(run) / RESULT).read_bytes())
        except (OSError, ValueError):
            return None
        stats = result["stats"]
        names = ("return_pct", "trades", "win_rate", "max_drawdown_pct", "sharpe")
        told = {name: stats.get(name) for name in names}
        about = {name: result[name] for name in ("symbol", "timeframe", "from_ts", "to_ts", "candles")}
        return {**told, **about, "hold_pct": result["hold"]["return_pct"]}

    def _read(self, path: Path) -> Run | None:
        try:
            run = _adapter.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
        return run if run.id == path.parent.name else None
