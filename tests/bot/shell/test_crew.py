"""Processes that work side by side, and end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.shell.crew import Crew
from bot.shell.refusal import Refusal
from tests.support.processes import ROOT, lives
from tests.support.waiting import eventually


def multiplier(by: int) -> Callable[[int], tuple[int, int]]:
    """Gives the product and who worked it out."""
    return lambda number: (number * by, os.getpid())


def tells_what_it_does_not_hear(_: object) -> Callable[[int], set[int]]:
    return lambda job: {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])}


def dies_at(number: int) -> Callable[[int], int]:
    def work(job: int) -> int:
        if job == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return job

    return work


def readies(folder: Path) -> Callable[[int], int]:
    """Leaves a file for each time it was made ready."""
    (folder / str(os.getpid())).touch(exist_ok=False)
    return lambda job: job


def living_in(group: int) -> list[psutil.Process]:
    """The processes of a group, without those that are over and only wait to be counted."""

    def is_of_it(process: psutil.Process) -> bool:
        try:
            return os.getpgid(process.pid) == group
        except ProcessLookupError:
            return False

    return [process for process in psutil.process_iter() if is_of_it(process) and lives(process)]


def test_every_job_is_done_once_and_by_more_than_one() -> None:
    with Crew(multiplier, 3, size=2) as crew:
        done = list(crew.run(range(200)))
    assert sorted((job, product) for job, (product, _) in done) == [(job, job * 3) for job in range(200)]
    assert os.getpid() not in {worker for _, (_, worker) in done}


def test_each_process_makes_itself_ready_once_for_all_its_jobs(tmp_path: Path) -> None:
    with Crew(readies, tmp_path, size=2) as crew:
        assert len(list(crew.run(range(10)))) == len(list(crew.run(range(10)))) == 10
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_a_process_that_dies_is_told_and_the_others_end() -> None:
    crew: Crew[int, int]
    with pytest.raises(Refusal, match="ended without a word"), Crew(dies_at, 5, size=2) as crew:
        list(crew.run(range(20)))
    assert multiprocessing.active_children() == []


def test_leaving_in_the_middle_ends_them_at_once() -> None:
    with Crew(multiplier, 3, size=2) as crew:
        next(crew.run(range(1000)))
    assert multiprocessing.active_children() == []


def test_none_of_them_hears_ctrl_c() -> None:
    """In a process of its own: only the first crew of a process starts what once let it through."""
    program = (
        "from tests.bot.shell import test_crew as t\n"
        "if __name__ == '__main__':\n"
        "    with t.Crew(t.tells_what_it_does_not_hear, None, size=2) as crew:\n"
        "        print([signals for _, signals in crew.run(range(2))])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.count(str(int(signal.SIGINT))) == 2, done.stdout


def test_no_job_is_no_work() -> None:
    with Crew(multiplier, 3, size=1) as crew:
        assert list(crew.run([])) == []


def test_ctrl_c_ends_all_of_them_without_a_traceback(tmp_path: Path) -> None:
    """The whole group gets it, as at a terminal, while all are at work: only who asked says something."""
    program = tmp_path / "waits.py"
    program.write_text(
        textwrap.dedent("""
            import signal
            import sys
            import time
            from pathlib import Path
            from bot.shell.crew import Crew

            def sleeper(folder):
                def work(job):
                    Path(folder, f"at-work-{job}").touch()
                    time.sleep(60)

                return work

            if __name__ == "__main__":
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # whoever started this may be deaf to it
                signal.signal(signal.SIGINT, signal.default_int_handler)
                try:
                    with Crew(sleeper, sys.argv[1], size=2) as crew:
                        list(crew.run(range(4)))
                except KeyboardInterrupt:
                    print("stopped", flush=True)
        """)
    )
    with subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        eventually(lambda: len(list(tmp_path.glob("at-work-*"))) == 2, 30, what="both at work")
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert (output, errors, process.returncode) == ("stopped\n", "", 0)
    assert time.monotonic() - began < 20
    eventually(lambda: living_in(process.pid) == [], 10)
