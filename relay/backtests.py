"""Backtests and downloads: a queue with a limit, a process each, at most two at once; cancelled means killed."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from relay.backtest_asked import Asked, BacktestAsked, DownloadAsked, Rejected
from relay.backtest_store import CUT_OFF, MOST_RUNS, Run, Store
from relay.history import History, NotUsable
from relay.worker import ALL_WELL, KEPT_LINES, Worker, fault_of

log = logging.getLogger("tapedeck.backtests")

MOST_AT_ONCE = 2
MOST_WAITING = 5


class Backtests:
    """Every run, newest first in `runs`. Calls never wait for a process."""

    def __init__(
        self, data_dir: Path, *, spawn: Callable[[Callable[[], None]], object], wall_ms: Callable[[], int]
    ) -> None:
        """`spawn` starts a background task; runs of before are listed at once."""
        self.history = History(data_dir / "history")
        self._store = Store(data_dir / "backtests")
        self._spawn, self._wall_ms = spawn, wall_ms
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {run.id: run for run in self._store.load()}
        self._queue: deque[tuple[str, Asked]] = deque()
        self._workers: dict[str, Worker] = {}
        self._tasks = 0
        self._is_stopping = False

    @property
    def runs(self) -> list[Run]:
        """Newest first."""
        with self._lock:
            return sorted(self._runs.values(), key=lambda run: run.created_ts, reverse=True)

    def find(self, run_id: str) -> Run | None:
        """The run of that id."""
        with self._lock:
            return self._runs.get(run_id)

    def file_of(self, run: Run, name: str) -> Path:
        """Where a file that the run wrote is."""
        return self._store.folder_of(run) / name

    def submit(self, asked: Asked) -> Run:
        """Put it into the queue. Raises `Rejected` where that is full, and `NotUsable` for a file that is not there."""
        if isinstance(asked, BacktestAsked):
            self.history.find(asked.file)
        with self._lock:
            self._check_room(asked)
            kind, body = _told(asked)
            run = Run(id=secrets.token_hex(8), kind=kind, asked=body, created_ts=self._wall_ms())
            self._keep(run)
            self._queue.append((run.id, asked))
            if self._tasks < MOST_AT_ONCE:
                self._tasks += 1
                self._spawn(self._work)
        return run

    def cancel(self, run_id: str) -> Run | None:
        """Kill what runs, take back what waits, forget what is over; answers with the run as it is then."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                return None
            if run.is_over:
                self._store.remove(self._runs.pop(run_id))
                return run
            return self._end(run, state="canceled")

    def stop(self) -> None:
        """The relay ends: nothing is left running."""
        with self._lock:
            self._is_stopping = True
            for run in list(self._runs.values()):
                if not run.is_over:
                    self._end(run, state="failed", error=CUT_OFF)

    def _check_room(self, asked: Asked) -> None:
        if self._is_stopping:
            raise Rejected("The relay is stopping: try again when it is back.")
        if len(self._queue) >= MOST_WAITING:
            raise Rejected(f"{MOST_WAITING} runs wait already: let one finish or cancel one.")
        under_way = [run.asked.get("file") for run in self._runs.values() if not run.is_over and run.kind == "download"]
        if isinstance(asked, DownloadAsked) and asked.file in under_way:
            raise Rejected("That download is under way already: wait for it or cancel it.")

    def _work(self) -> None:
        """Does what waits, one after the other, until nothing does; runs as a background task."""
        while True:
            with self._lock:
                if not self._queue or self._is_stopping:
                    self._tasks -= 1
                    return
                run_id, asked = self._queue.popleft()
            try:
                self._run(run_id, asked)
            except NotUsable as error:
                self._finish(run_id, str(error))
            except Exception:
                log.exception("A run failed.")
                self._finish(run_id, "It could not be started: see the relay's log.")

    def _run(self, run_id: str, asked: Asked) -> None:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or run.is_over:
                return
            worker = self._workers[run_id] = Worker(self._arguments(run, asked))
            self._keep(replace(run, state="running"))
        lines: deque[str] = deque(maxlen=KEPT_LINES)
        for line in worker.lines():
            if not self._take_progress(run_id, line):
                lines.append(line)
        self.history.forget_parts(worker.pid)
        said = list(lines)
        self._finish(run_id, None if worker.code == ALL_WELL else fault_of(worker.code, said), said)

    def _arguments(self, run: Run, asked: Asked) -> list[str]:
        if isinstance(asked, DownloadAsked):
            self.history.folder.mkdir(parents=True, exist_ok=True)
            return asked.arguments(self.history.path(asked.file))
        file = self.history.find(asked.file)
        return asked.arguments(self.history.path(asked.file), file, self._store.folder_of(run))

    def _take_progress(self, run_id: str, line: str) -> bool:
        """Whether the line says how far it is; then that is known from now on."""
        told = _progress_in(line)
        if told is None:
            return False
        with self._lock:
            run = self._runs.get(run_id)
            if run is not None and not run.is_over:
                self._runs[run_id] = replace(run, label=told[0], done=told[1], of=told[2])
        return True

    def _finish(self, run_id: str, error: str | None, lines: list[str] | None = None) -> None:
        """The process has ended; where a person ended it, that is known already and what it left goes."""
        with self._lock:
            self._workers.pop(run_id, None)
            run = self._runs.get(run_id)
            if run is None:
                return
            if run.is_over:
                self._store.clear(run)
            elif error is not None:
                self._end(run, state="failed", error=error)
                self._store.clear(run)
            elif run.kind == "download":
                self._end(run, state="done", said=" ".join(lines or []), done=run.of)
            else:
                self._end(run, state="done", summary=self._store.summary(run), done=run.of)

    def _end(self, run: Run, **changes: Any) -> Run:
        ended = replace(run, ended_ts=self._wall_ms(), **changes)
        self._keep(ended)
        self._queue = deque(each for each in self._queue if each[0] != run.id)
        worker = self._workers.get(run.id)
        if worker is not None:
            worker.kill()
        self._forget_oldest()
        return ended

    def _keep(self, run: Run) -> None:
        self._runs[run.id] = run
        self._store.write(run)

    def _forget_oldest(self) -> None:
        over = [run for run in self.runs if run.is_over]
        for run in over[MOST_RUNS:]:
            self._store.remove(self._runs.pop(run.id))


def _told(asked: Asked) -> tuple[Any, dict[str, Any]]:
    body = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    return ("download", {**body, "file": asked.file}) if isinstance(asked, DownloadAsked) else ("backtest", body)


def _progress_in(line: str) -> tuple[str, int, int] | None:
    if not line.startswith('{"label"'):
        return None
    try:
        told = orjson.loads(line)
        return str(told["label"]), int(told["done"]), int(told["of"])
    except (ValueError, KeyError, TypeError):
        return None
