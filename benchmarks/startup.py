"""`make run` on a fresh checkout to the first live price, and again when it is set up.

`python -m benchmarks.startup`: clones this repository's HEAD into a folder that is thrown away; pip's cache stays warm.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.measuring import show_table
from tests.support.ports import free_port
from tests.support.processes import ROOT, clean_environment
from tests.support.waiting import eventually


def has_live_price(port: int) -> bool:
    """Ready means: a bot is connected and its feed is fresh."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def seconds_to_live(checkout: Path) -> float:
    """Run `make run` until there is a live price, then stop it as Ctrl-C does."""
    port = free_port()
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    started = time.monotonic()
    with subprocess.Popen(
        ["make", "run"],
        cwd=checkout,
        env=clean_environment({"TAPEDECK_PORT": str(port), **pip}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            eventually(lambda: has_live_price(port) or process.poll() is not None, 600, interval=0.05)
            assert process.poll() is None, f"make run ended by itself with {process.returncode}"
            return time.monotonic() - started
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tapedeck-fresh-") as folder:
        checkout = Path(folder) / "tapedeck"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        rows = [[name, f"{seconds_to_live(checkout):.1f}"] for name in ("fresh checkout", "set up", "set up, again")]
    show_table("`make run` to a live price", ["state", "seconds"], rows)


if __name__ == "__main__":
    main()
