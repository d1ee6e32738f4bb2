"""Several processes that do the same kind of job, one job at a time each, and end when they are no longer needed.

Each makes its work ready once (it parses a file, say) and then answers jobs. They are started afresh, not forked, so
they share nothing with the one who asks, and they never hear Ctrl-C: who asks does, and ends them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from bot.shell.refusal import Refusal

Job = TypeVar("Job")
Result = TypeVar("Result")


class Crew(Generic[Job, Result]):
    """`with Crew(ready, argument, size=4) as crew:`; leaving the block ends every process at once."""

    def __init__(self, ready: Callable[[Any], Callable[[Job], Result]], argument: Any, *, size: int) -> None:
        """`ready(argument)` is called once in each process and gives what does a job; both must be picklable."""
        self._ready, self._argument, self._size = ready, argument, size
        self._members: dict[Connection[Any, Any], BaseProcess] = {}

    def __enter__(self) -> Self:
        resource_tracker.ensure_running()  # its start lets Ctrl-C through again, so it comes before the block
        try:
            with _interrupts_later():
                for _ in range(self._size):
                    self._hire()
        except BaseException:
            self._dismiss()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dismiss()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
        """Each job with its result, in the order in which they get done. Raises `Refusal` where a process died."""
        todo, busy = iter(jobs), {}
        idle = list(self._members)
        while True:
            for connection in idle:
                try:
                    busy[connection] = job = next(todo)
                except StopIteration:
                    break
                connection.send(job)
            if not busy:
                return
            idle = [ready for ready in wait(list(busy)) if isinstance(ready, Connection)]
            for connection in idle:
                yield busy.pop(connection), _received(connection)

    def _dismiss(self) -> None:
        for process in self._members.values():
            process.terminate()
        for connection, process in self._members.items():
            process.join()
            connection.close()

    def _hire(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._ready, self._argument), daemon=True)
        process.start()
        theirs.close()  # with the process goes the last holder of that end, and we are told
        self._members[ours] = process


def _received(connection: Connection[Any, Any]) -> Any:
    try:
        return connection.recv()
    except (EOFError, ConnectionError):
        raise Refusal(
            "One of the processes ended without a word (killed, or out of memory): try again with fewer --processes."
        ) from None


def _serve(connection: Connection[Any, Any], ready: Callable[[Any], Callable[[Any], Any]], argument: Any) -> None:
    work = ready(argument)
    with suppress(EOFError, ConnectionError):  # who asked has gone
        while True:
            connection.send(work(connection.recv()))


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C waits until the block is over; a process started in it is born deaf to it and stays so."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
