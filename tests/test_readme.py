"""What the README promises is run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.support.listener import Listener
from tests.support.processes import ROOT, Program
from tests.support.relay import Relay
from tests.support.waiting import eventually

README = (ROOT / "README.md").read_text()


def code_of_the_own_bot() -> str:
    found = re.search(r"## A bot of your own.*?```python\n(.*?)```", README, re.DOTALL)
    assert found, "the README has no bot of one's own"
    return found[1]


def test_the_bot_of_the_readme_is_live_and_takes_commands(
    start_relay: Callable[..., Relay], listen: Callable[..., Listener], tmp_path: Path
) -> None:
    relay = start_relay(env={"TAPEDECK_BOT_TOKEN": ""})
    script = tmp_path / "own_bot.py"
    script.write_text(code_of_the_own_bot().replace("http://127.0.0.1:8050", relay.url))
    listener = listen(relay.url)
    bot = Program([str(script)], {}, tmp_path / "own_bot.log", cwd=relay.data_dir.parent)
    try:
        eventually(lambda: len(listener.of("price")) >= 2, 20, what=bot.output)
        assert [status["state"] for status in listener.data("status")] == ["running"]
        assert listener.command("stop_bot", bot_id="mine")["ok"]
        eventually(lambda: listener.data("status")[-1]["state"] == "stopped", 10, what=bot.output)
        refused = listener.command("test_trade", bot_id="mine", args={"side": "buy"})
        assert refused == {"ok": False, "error": "This bot cannot test_trade."}
    finally:
        bot.end()


def test_the_own_bot_is_fifteen_lines() -> None:
    lines = [
        line for line in code_of_the_own_bot().splitlines() if line.strip() and not line.startswith(("import", "from"))
    ]
    assert len(lines) <= 15


def test_every_file_and_target_that_the_readme_names_is_there() -> None:
    for path in re.findall(r"\]\(([^)#]+)\)|`((?:bot|tests|docs|relay)/[\w./]*)`", README):
        assert (ROOT / next(filter(None, path))).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_setting_that_the_readme_names_is_one() -> None:
    known = (ROOT / "bot" / "settings.py").read_text()
    for name in set(re.findall(r"TAPEDECK_([A-Z_]+)=", README)):
        assert f"    {name.lower()}: " in known, name
