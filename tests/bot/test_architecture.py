"""Who may import whom in the bot: its core decides and touches nothing, and none of it knows of the page."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

CORE = sorted((ROOT / "bot" / "core").rglob("*.py"))
BOT = sorted((ROOT / "bot").rglob("*.py"))
OUTSIDE = {
    "asyncio", "time", "datetime", "logging", "random", "uuid", "os", "socket", "pathlib", "threading", "secrets",
    "ccxt", "socketio", "aiohttp", "sqlalchemy", "structlog", "filelock", "click",
}  # fmt: skip
PAGE = {"flask", "flask_socketio", "dash", "dash_extensions", "eventlet", "plotly", "relay", "dash_app"}


def imported(file: Path) -> set[str]:
    """The modules that a file names, whole."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def tops(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(file)}


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.name)
def test_the_core_does_no_io(file: Path) -> None:
    assert tops(file) & OUTSIDE == set()
    assert not [name for name in imported(file) if name.startswith(("bot.shell", "bot.settings"))]


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.name)
def test_the_core_calls_nothing_that_reads_a_clock_or_a_file(file: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls & {"open", "print", "input", "exec", "eval"} == set()


@pytest.mark.parametrize("file", BOT, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_bot_knows_nothing_of_the_page(file: Path) -> None:
    drawn = {"plotly"} if file.name == "backtest_html.py" else set()  # a report is drawn by Plotly, not by the page
    assert tops(file) & PAGE == drawn


@pytest.mark.parametrize("heavy", ["ccxt", "plotly"])
def test_a_bot_on_the_simulated_market_never_loads_what_it_does_not_need(heavy: str) -> None:
    modules = "bot.__main__, bot.shell.compose, bot.shell.markets.simulated, bot.shell.backtest_html"
    modules += ", bot.shell.check_command, bot.shell.live_guard"
    program = f"import sys, {modules}; print('{heavy}' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
