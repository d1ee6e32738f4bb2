"""500 raw clients, 10 updates a second: what each gets, how late, and what it costs the server.

`python -m benchmarks.fanout [clients] [seconds]`. The plain broadcast is measured in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import cpu_seconds, raise_file_limit, resident_mb, running_relay, show_table
from benchmarks.pricing import emit_stamps, now_ms
from tests.support.foreign_bot import ForeignBot
from tests.support.ports import free_port, is_listening
from tests.support.processes import ROOT, Program
from tests.support.waiting import eventually

PER_SECOND = 10
BURST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server under measurement."""

    url: str
    port: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table; delays in ms from the bot's emit to the client's socket."""

    name: str
    sent: int
    fewest: int
    p50: float
    p99: float
    worst: float
    cpu_s: float

    def row(self, baseline: Measured) -> list[str]:
        delays = [f"{self.p50:.0f} / {self.p99:.0f}", f"{self.worst:.0f}"]
        cost = [f"{self.cpu_s:.2f}", f"{self.cpu_s / baseline.cpu_s:.2f}"]
        return [self.name, f"{self.fewest} of {self.sent}", *delays, *cost]


class Clients:
    """A process full of raw clients."""

    def __init__(self, server: Server, namespace: str, count: int, *, deaf: bool = False) -> None:
        words = [str(server.port), namespace, str(count), *(["deaf"] if deaf else [])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.raw_clients", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", "the clients could not connect"

    def tell(self, moment_ms: float) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{moment_ms}\n")
        self.process.stdin.flush()

    def heard_until(self, moment_ms: float) -> dict[str, float]:
        self.tell(moment_ms)
        heard: dict[str, float] = json.loads(self.process.communicate(timeout=60)[0])
        return heard

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def relay_server() -> Iterator[Server]:
    with running_relay() as relay:
        yield Server(url=relay.url, port=relay.port, pid=relay.running.pid)


@contextmanager
def plain_server() -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tapedeck-bench-") as folder:
        program = Program(["-m", "benchmarks.plain_server", str(port)], {}, Path(folder) / "log")
        try:
            eventually(lambda: is_listening(port), 20, what=program.output)
            yield Server(url=f"http://127.0.0.1:{port}", port=port, pid=program.pid)
        finally:
            program.end()


def measure(name: str, server: Server, namespace: str, count: int, seconds: float) -> Measured:
    """`count` clients on a namespace hear `seconds` of updates."""
    with ExitStack() as ending:
        bot = ForeignBot(server.url).connect()
        ending.callback(bot.end)
        clients = Clients(server, namespace, count)
        ending.callback(clients.end)
        clients.wait_ready()
        emit_stamps(bot, PER_SECOND, 2)
        clients.tell(now_ms())
        before = cpu_seconds(server.pid)
        sent = emit_stamps(bot, PER_SECOND, seconds)
        cpu_s = cpu_seconds(server.pid) - before
        until_ms = now_ms()
        emit_stamps(bot, PER_SECOND, 1)
        heard = clients.heard_until(until_ms)
    return Measured(
        name=name,
        sent=sent,
        fewest=int(heard["fewest"]),
        p50=heard["p50"],
        p99=heard["p99"],
        worst=heard["worst"],
        cpu_s=cpu_s,
    )


def measure_beside_deaf(server: Server, namespace: str, count: int, seconds: float) -> tuple[Measured, str]:
    """The same, while as many clients on `/` have stopped reading; and what became of those."""
    bot = ForeignBot(server.url).connect()
    deaf = Clients(server, "/", count, deaf=True)
    try:
        deaf.wait_ready()
        before_mb = resident_mb(server.pid)
        bot.trade_in_one_loop(range(BURST))
        bot.wait_for_answers(BURST, 60)
        measured = measure(f"`{namespace}` beside {count} that stopped reading", server, namespace, count, seconds)
        said = f"relay memory {resident_mb(server.pid) - before_mb:+.0f} MB after a burst of {BURST} trades"
        return measured, said
    finally:
        bot.end()
        deaf.end()


def main() -> None:
    raise_file_limit()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    with plain_server() as server:
        baseline = measure("plain broadcast", server, "/", count, seconds)
    rows = [baseline]
    for namespace in ("/page", "/"):
        with relay_server() as server:
            rows.append(measure(f"`{namespace}`", server, namespace, count, seconds))
    with relay_server() as server:
        beside, said = measure_beside_deaf(server, "/page", count, seconds)
    head = ["clients", "updates that the worst-served client got", "p50 / p99 ms", "worst ms", "server CPU s", "ratio"]
    show_table(
        f"{count} clients, {PER_SECOND} updates/s, {seconds:g} s", head, [r.row(baseline) for r in [*rows, beside]]
    )
    print(f"\nBeside the clients that stopped reading: {said}.")


if __name__ == "__main__":
    main()
