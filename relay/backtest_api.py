"""`/api/v1/backtests` and `/api/v1/strategies`: what the page's backtest view asks, and any script may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, jsonify, request, send_file

from relay.api import json_body
from relay.backtest_asked import REPORT, RESULT, Asked, Rejected, parse_backtest, parse_download
from relay.backtest_store import Run
from relay.backtests import Backtests
from relay.history import LARGEST_BYTES, NotUsable
from relay.worker import ALL_WELL, Worker, fault_of

CHUNK = 65_536
REPORT_POLICY = "sandbox allow-scripts; default-src 'unsafe-inline' data: blob:"
"""A report is a page with its own scripts: it gets no access to the deck that served it."""
NO_SUCH_RUN = "There is no such run: it was removed, or gave way to newer ones."

Answer = Response | tuple[Response, int]
T = TypeVar("T")


class Strategies:
    """What `python -m bot strategies` says, asked anew for each view: a person's own class may have changed."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._names: list[str] = []

    def ask(self) -> dict[str, Any]:
        """Raises `Rejected` where the settings do not allow an answer."""
        with self._asking:
            found: dict[str, Any] = _told_by(["strategies", "--json"])
        self._names = [each["name"] for each in found["strategies"]]
        return found

    def check(self, name: str) -> None:
        """Only what is listed may be run: a process imports it. Raises `Rejected`."""
        if name not in self._names:
            self.ask()
        if name not in self._names:
            raise Rejected(f"strategy: takes {', '.join(self._names)}.")


def create_blueprint(backtests: Backtests) -> Blueprint:
    """All routes; JSON, errors as `{"error": "one sentence"}`. Origin and token are checked for all of `/api/`."""
    api = Blueprint("backtests", __name__, url_prefix="/api/v1")
    api.register_error_handler(Rejected, lambda error: (jsonify(error=str(error)), 400))
    api.register_error_handler(NotUsable, lambda error: (jsonify(error=str(error)), 400))
    strategies = Strategies()
    api.add_url_rule("/strategies", "strategies", lambda: jsonify(strategies.ask()))
    _register_runs(api, backtests, strategies)
    _register_files(api, backtests)
    _register_results(api, backtests)
    return api


def _register_runs(api: Blueprint, backtests: Backtests, strategies: Strategies) -> None:
    def submitted(asked: Asked) -> Answer:
        return jsonify(run=backtests.submit(asked).wire()), 202

    @api.get("/backtests")
    def runs() -> Answer:
        return jsonify(runs=[run.wire() for run in backtests.runs])

    @api.post("/backtests")
    def start() -> Answer:
        asked = parse_backtest(json_body())
        strategies.check(asked.strategy)
        return submitted(asked)

    @api.post("/backtests/downloads")
    def download() -> Answer:
        return submitted(parse_download(json_body()))

    @api.get("/backtests/<run_id>")
    def run(run_id: str) -> Answer:
        return _with_run(backtests, run_id, lambda found: jsonify(run=found.wire()))

    @api.delete("/backtests/<run_id>")
    def cancel(run_id: str) -> Answer:
        found = backtests.cancel(run_id)
        return jsonify(run=found.wire()) if found else (jsonify(error=NO_SUCH_RUN), 404)


def _register_results(api: Blueprint, backtests: Backtests) -> None:
    def file_of(run: Run, name: str) -> Answer:
        path = backtests.file_of(run, name)
        if run.state != "done" or not path.is_file():
            return jsonify(error="This run has no result: run it again."), 404
        return send_file(path.resolve(), conditional=True)

    @api.get("/backtests/<run_id>/result")
    def result(run_id: str) -> Answer:
        return _with_run(backtests, run_id, lambda run: file_of(run, RESULT))

    @api.get("/backtests/<run_id>/report")
    def report(run_id: str) -> Answer:
        answer = _with_run(backtests, run_id, lambda run: file_of(run, REPORT))
        if isinstance(answer, Response):
            answer.headers["Content-Security-Policy"] = REPORT_POLICY
        return answer


def _register_files(api: Blueprint, backtests: Backtests) -> None:
    @api.get("/backtests/data")
    def files() -> Answer:
        return jsonify(files=[file.wire() for file in backtests.history.files()], largest_bytes=LARGEST_BYTES)

    @api.post("/backtests/data")
    def upload() -> Answer:
        request.max_content_length = LARGEST_BYTES + CHUNK  # beyond what is taken: the sentence is said here
        if (request.content_length or 0) > LARGEST_BYTES:
            return jsonify(error=TOO_LARGE), 413
        with backtests.history.incoming(request.args.get("name", "")) as place:
            if not _received(place):
                return jsonify(error=TOO_LARGE), 413
            _told_by(["candles", "--json", str(place)])
            return jsonify(file=backtests.history.keep(place).wire()), 201


TOO_LARGE = f"The file is larger than {LARGEST_BYTES // 1_000_000} MB: cut it, or join its candles to longer ones."


def _with_run(backtests: Backtests, run_id: str, answer: Callable[[Run], Answer]) -> Answer:
    run = backtests.find(run_id)
    return answer(run) if run is not None else (jsonify(error=NO_SUCH_RUN), 404)


def _received(place: Path) -> bool:
    """The body into a file; False where it is larger than is taken."""
    left = LARGEST_BYTES
    with place.open("wb") as file:
        while chunk := request.stream.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                return False
            file.write(chunk)
    return True


def _told_by(arguments: list[str]) -> Any:
    """The JSON that a short command of the bot says. Raises `Rejected` with its sentence where it refuses."""
    worker = Worker(arguments)
    lines = list(worker.lines())
    if worker.code != ALL_WELL:
        raise Rejected(fault_of(worker.code, lines))
    return orjson.loads(lines[-1])
