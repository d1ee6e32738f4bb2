"""Backtests over HTTP: real processes, from the question to the result, and what ends them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.candle_file import LONG, SHORT, START, candle_lines, write_candles
from tests.support.modes import both_modes
from tests.support.processes import Program
from tests.support.relay import API_TOKEN, Relay
from tests.support.waiting import eventually

ASKED: dict[str, Any] = {"strategy": "ema_cross", "params": {"fast": 5, "slow": 13}, "file": "ABC_USDT-5m.csv"}
LONG_ASKED = {**ASKED, "file": "LONG_USDT-5m.csv"}


class Asking:
    """What a script does with the backtests of a relay."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.history = relay.data_dir / "history"
        self.folder = relay.data_dir / "backtests"

    def send(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        known = {"Authorization": f"Bearer {API_TOKEN}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"{self.relay.url}/api/v1{path}", raw, known, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def start(self, asked: dict[str, Any] | None = None) -> str:
        code, body = self.send("POST", "/backtests", asked or ASKED)
        assert code == 202, body
        return str(body["run"]["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"/backtests/{run_id}")[1]["run"]
        return found

    def wait(self, run_id: str, state: str) -> dict[str, Any]:
        eventually(lambda: self.run(run_id)["state"] == state, 60, what=lambda: self.run(run_id))
        return self.run(run_id)

    def processes(self) -> list[psutil.Process]:
        return self.relay.running.living_children()

    def long_run(self) -> str:
        """One that is under way, with progress told."""
        write_candles(self.history, LONG_ASKED["file"], LONG)
        run_id = self.start(LONG_ASKED)
        eventually(lambda: self.run(run_id)["of"] == LONG, 60, what=lambda: self.run(run_id))
        return run_id


@pytest.fixture
def asking(relay: Relay) -> Asking:
    write_candles(relay.data_dir / "history")
    return Asking(relay)


@both_modes
def test_a_backtest_runs_to_its_result(asking: Asking) -> None:
    run = asking.wait(asking.start(), "done")
    assert run["summary"]["symbol"] == "ABC/USDT"
    assert (run["done"], run["of"]) == (SHORT, SHORT)
    result = asking.send("GET", f"/backtests/{run['id']}/result")[1]
    assert result["params"]["fast"] == 5
    assert result["stats"]["trades"] == run["summary"]["trades"] > 0
    assert result["charts"]["equity"]["x"][0] == START
    report = asking.relay.get(f"/api/v1/backtests/{run['id']}/report")
    assert report[0] == 200
    assert report[1].startswith("<!DOCTYPE html>")


@both_modes
def test_progress_arrives_and_cancel_leaves_nothing_behind(asking: Asking) -> None:
    run_id = asking.long_run()
    first = asking.run(run_id)["done"]
    eventually(lambda: asking.run(run_id)["done"] > first, 30, what="more progress")
    assert [each.nice() for each in asking.processes()] == [min(19, psutil.Process().nice() + 10)]
    assert asking.send("DELETE", f"/backtests/{run_id}")[1]["run"]["state"] == "canceled"
    eventually(lambda: not asking.processes(), 10, what="the process is gone")
    eventually(lambda: [file.name for file in (asking.folder / run_id).iterdir()] == ["run.json"], 10)
    assert asking.relay.get("/healthz")[0] == 200


def test_the_relay_answers_while_a_backtest_runs(asking: Asking) -> None:
    asking.long_run()
    assert all(asking.relay.get("/healthz")[0] == 200 for _ in range(20))
    assert asking.send("GET", "/backtests")[1]["runs"][0]["state"] == "running"


@both_modes
@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_no_process_outlives_the_relay_and_what_was_cut_off_is_listed(asking: Asking, how: str) -> None:
    done = asking.wait(asking.start(), "done")
    cut_off = asking.long_run()
    processes = asking.processes()
    assert processes
    getattr(asking.relay.running, how)()
    psutil.wait_procs(processes, timeout=10)
    assert not [each for each in processes if each.is_running()]
    asking.relay.restart()
    runs = {run["id"]: run for run in asking.send("GET", "/backtests")[1]["runs"]}
    assert runs[done["id"]] == done
    assert runs[cut_off]["state"] == "failed"
    assert runs[cut_off]["error"] == "The relay ended while this was under way: run it again."


def test_the_queue_has_an_end_and_a_cancelled_run_makes_room(asking: Asking) -> None:
    write_candles(asking.history, LONG_ASKED["file"], LONG)
    runs = [asking.start(LONG_ASKED) for _ in range(2)]
    for run_id in runs:
        asking.wait(run_id, "running")
    waiting = [asking.start() for _ in range(5)]
    code, body = asking.send("POST", "/backtests", ASKED)
    assert (code, body["error"]) == (400, "5 runs wait already: let one finish or cancel one.")
    assert asking.run(waiting[0])["state"] == "waiting"
    assert asking.send("DELETE", f"/backtests/{waiting[0]}")[1]["run"]["state"] == "canceled"
    for run_id in (*runs, *waiting[2:]):
        asking.send("DELETE", f"/backtests/{run_id}")
    asking.wait(waiting[1], "done")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strategy": "os:system"}, "strategy: takes ema_cross, rsi_reversion, donchian_breakout, dca, grid."),
        ({"file": "../../etc/passwd"}, "There is no such candle file: choose one of the list, upload one or download"),
        ({"file": 7}, "file: must be a valid string."),
        ({"from": "yesterday"}, "from: takes a day such as 2024-01-31."),
        ({"from": "2024-02-01", "to": "2024-01-01"}, "From must be before to."),
        ({"timeframe": "5 minutes"}, "timeframe: takes a length such as 1m, 5m, 1h or 1d."),
        ({"paper": {"deposit": "-1"}}, "deposit: takes an amount above zero."),
        ({"paper": {"taker_fee_pct": 50}}, "taker_fee_pct: takes a percentage from 0 to below 50."),
        ({"rm": "-rf"}, "rm: Extra inputs are not permitted."),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(asking: Asking, changes: dict[str, Any], sentence: str) -> None:
    code, body = asking.send("POST", "/backtests", {**ASKED, **changes})
    assert code == 400
    assert body["error"].startswith(sentence)
    assert asking.send("GET", "/backtests")[1]["runs"] == []


def test_what_the_strategy_refuses_is_told_in_its_words(asking: Asking) -> None:
    failed = asking.wait(asking.start({**ASKED, "params": {"fast": 30, "slow": 20}}), "failed")
    assert failed["error"] == "fast must be below slow, got fast 30 and slow 20."
    failed = asking.wait(asking.start({**ASKED, "params": {"fast": 0}}), "failed")
    assert failed["error"] == "fast: must be greater than or equal to 1, got 0."
    failed = asking.wait(asking.start({**ASKED, "from": "2030-01-01"}), "failed")
    assert failed["error"].startswith("No candle lies between --from and --to")


def test_ids_from_outside_are_looked_up_and_never_a_path(asking: Asking) -> None:
    for run_id in ("nobody", "..%2F..%2Fapi.token", "0" * 5000):
        for path in (run_id, f"{run_id}/result", f"{run_id}/report"):
            assert asking.send("GET", f"/backtests/{path}")[0] == 404
    assert asking.send("DELETE", "/backtests/..")[0] == 404


def test_a_finished_run_can_be_removed(asking: Asking) -> None:
    run_id = asking.wait(asking.start(), "done")["id"]
    assert asking.send("DELETE", f"/backtests/{run_id}")[0] == 200
    assert asking.send("GET", f"/backtests/{run_id}")[0] == 404
    assert not (asking.folder / run_id).exists()


def test_an_upload_is_checked_and_kept_under_a_safe_name(asking: Asking) -> None:
    good = candle_lines().encode()
    code, body = asking.send("POST", "/backtests/data?name=..%2F..%2FETH%20USDT.csv", good)
    assert (code, body["file"]["name"]) == (201, "ETH_USDT.csv")
    assert (body["file"]["symbol"], body["file"]["timeframe"]) == ("ETH/USDT", "5m")
    assert asking.send("POST", "/backtests/data?name=ETH_USDT.csv", good)[1]["file"]["name"] == "ETH_USDT-2.csv"
    code, body = asking.send("POST", "/backtests/data?name=bad.csv", b"timestamp,open\n1,2\n")
    assert (code, body["error"]) == (
        400,
        "bad.csv line 1: must name the columns timestamp,open,high,low,close,volume, in this order.",
    )
    names = [file["name"] for file in asking.send("GET", "/backtests/data")[1]["files"]]
    assert names == ["ABC_USDT-5m.csv", "ETH_USDT-2.csv", "ETH_USDT.csv"]
    assert sorted(path.name for path in asking.history.iterdir()) == names


def test_a_file_that_is_too_large_is_refused_before_it_has_come(asking: Asking) -> None:
    request = urllib.request.Request(f"{asking.relay.url}/api/v1/backtests/data?name=big.csv", b"x", method="POST")
    request.add_header("Authorization", f"Bearer {API_TOKEN}")
    request.add_header("Content-Length", "200000000")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as answer:
        assert answer.code == 413
        assert "larger than 100 MB" in json.loads(answer.read())["error"]


def test_a_foreign_page_may_not_run_or_remove_anything(asking: Asking) -> None:
    foreign = urllib.request.Request(
        f"{asking.relay.url}/api/v1/backtests", json.dumps(ASKED).encode(), {"Origin": "http://evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(foreign, timeout=10)
    with caught.value as answer:
        assert answer.code == 403


def test_a_download_says_what_it_may_take(asking: Asking) -> None:
    asked = {"exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1h", "from": "2024-01-01"}
    for changes, name in (({"exchange": "../x"}, "exchange"), ({"symbol": "BTC"}, "symbol"), ({"from": None}, "from")):
        code, body = asking.send("POST", "/backtests/downloads", {**asked, **changes})
        assert code == 400
        assert body["error"].startswith(f"{name}: takes")


def test_a_download_that_cannot_be_done_says_why(asking: Asking) -> None:
    asked = {"exchange": "nosuchexchange", "symbol": "BTC/USDT", "timeframe": "1h", "from": "2024-01-01"}
    code, body = asking.send("POST", "/backtests/downloads", asked)
    assert code == 202
    failed = asking.wait(body["run"]["id"], "failed")
    assert "nosuchexchange" in failed["error"]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The configuration that leads to a Binance on this machine."""
    program = Program(["-m", "tests.standin", "--past", "300"], {}, tmp_path / "standin.log")
    try:
        eventually(lambda: "\n" in program.output(), 30, what=program.output)
        yield json.loads(program.output().splitlines()[0])["config"]
    finally:
        program.end()


def test_a_download_becomes_a_file_that_can_be_tested(
    start_relay: Callable[..., Relay], exchange: dict[str, Any]
) -> None:
    asking = Asking(start_relay(env={"TAPEDECK_EXCHANGE_CONFIG": json.dumps(exchange)}))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    asked = {"exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1m", "from": yesterday}
    code, body = asking.send("POST", "/backtests/downloads", asked)
    assert code == 202, body
    done = asking.wait(body["run"]["id"], "done")
    (count,) = re.findall(r"(\d+) candles of 1m", done["said"])
    assert int(count) in (299, 300), "the newest may still be forming"
    (file,) = asking.send("GET", "/backtests/data")[1]["files"]
    assert (file["name"], file["symbol"], file["timeframe"]) == ("BTC_USDT-1m-binance.csv", "BTC/USDT", "1m")
    assert asking.wait(asking.start({**ASKED, "file": file["name"]}), "done")["summary"]["candles"] == int(count)


def test_a_file_that_goes_while_its_run_waits_is_told(asking: Asking) -> None:
    write_candles(asking.history, LONG_ASKED["file"], LONG)
    long_runs = [asking.start(LONG_ASKED) for _ in range(2)]
    waiting = asking.start()
    (asking.history / ASKED["file"]).unlink()
    for run_id in long_runs:
        asking.send("DELETE", f"/backtests/{run_id}")
    assert asking.wait(waiting, "failed")["error"].startswith("There is no such candle file")


def test_the_strategies_come_with_ranges_and_defaults(asking: Asking) -> None:
    told = asking.send("GET", "/strategies")[1]
    fields = {field["name"]: field for field in told["strategies"][0]["fields"]}
    assert told["chosen"] == {"strategy": "ema_cross", "params": {}}
    assert list(fields)[:2] == ["fast", "slow"]
    assert (fields["fast"]["kind"], fields["fast"]["minimum"], fields["fast"]["maximum"]) == ("whole", 1, 1000)
    assert (fields["stop_loss_pct"]["default"], fields["stop_loss_pct"]["optional"]) == ("0.4", True)


def test_the_bots_own_class_is_listed_and_run(start_relay: Callable[..., Relay], tmp_path: Path) -> None:
    relay = start_relay(env={"TAPEDECK_STRATEGY": "tests.support.own_strategy:Eager"})
    asking = Asking(relay)
    write_candles(asking.history)
    names = [each["name"] for each in asking.send("GET", "/strategies")[1]["strategies"]]
    assert names[-1] == "tests.support.own_strategy:Eager"
    run_id = asking.start({**ASKED, "strategy": names[-1], "params": {}})
    asking.wait(run_id, "done")
    assert asking.send("GET", f"/backtests/{run_id}/result")[1]["charts"]["trades"][0]["reason"] == "it always wants to"
