"""What the commands print of text from outside: an exchange, a file or a setting can't steer the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, clean_environment

HOSTILE = "\x1b]0;title\x07\x1b[2J\u202e\x9b31m"
CSV = f"BTC{HOSTILE}.csv"


def run(folder: Path, *arguments: str, **settings: str) -> str:
    """All that a command prints, on both streams."""
    env = clean_environment({"TAPEDECK_DATA_DIR": str(folder), "PYTHONUTF8": "1", **settings})
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    return (done.stdout + done.stderr).decode()


EXPORT = "from bot.shell.journal_export import write; write([bytes.fromhex('{}')], '-')"


def test_an_export_is_plain_on_a_terminal_and_itself_in_a_pipe() -> None:
    piece = f"a,{HOSTILE}\r\n".encode()
    command = [sys.executable, "-c", EXPORT.format(piece.hex())]
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert piped.stdout == piece
    ours, theirs = os.openpty()
    try:
        subprocess.run(command, cwd=ROOT, stdout=theirs, timeout=60, check=True)
        shown = os.read(ours, 1_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert shown.startswith(r"a,\x1b]0;title\x07")
    assert not set(shown) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("-m", "bot", "backtest", "--data", CSV), {}),
        (("-m", "bot", "candles", CSV), {}),
        (("-m", "bot", "check"), {"TAPEDECK_EXCHANGE": HOSTILE}),
        (("-m", "bot", "run"), {"TAPEDECK_STRATEGY_PARAMS": f'{{"{HOSTILE}": 1}}'}),
        (("socket_server.py", "--no-bot"), {"TAPEDECK_PORT": HOSTILE}),
        (("socket_server.py", "--no-bot"), {"TAPEDECK_HOST": HOSTILE}),
    ],
    ids=lambda value: value[-1].partition("\x1b")[0] if isinstance(value, tuple) else "",
)
def test_no_command_prints_what_steers_a_terminal(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    printed = run(tmp_path, *arguments, **settings)
    assert r"\x1b]0;title\x07" in printed
    assert not set(printed) & set("\x1b\x07\x9b\u202e")
