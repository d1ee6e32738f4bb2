"""The page's reducer takes each golden message as its file shows it, with nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from tests.support.processes import ROOT
from tests.wire.golden import Case, each

FOLD = """
const {deck} = window.dash_clientside;
const bots = [{bot_id: 'bot-1', name: 'bot-1', connected: true}];
const hello = {kind: 'snapshot', tape: 'T', seq: 0, bots};
const [envelope, now] = arguments;
return deck.fold(deck.start(), {n: 1, after: 0, ts: now, hello, messages: [envelope]}, now, false);
"""


@pytest.fixture(scope="module")
def bench(browsers: Callable[[int], Chrome]) -> Chrome:
    """All of the page's scripts in an empty document."""
    driver = browsers(0)
    driver.get("data:text/html,<!doctype html><html lang=en><body></body></html>")
    for script in sorted(Path(ROOT / "assets").glob("*.js")):
        driver.execute_script(script.read_text())
    return driver


def shown_of(picture: Case, name: str) -> Any:
    """Where the reducer keeps a message of that type."""
    bot = picture["per"]["bot-1"]
    places = {
        "candle": lambda: bot["candles"][-1],
        "trade": lambda: picture["trades"]["list"][-1],
        "status": lambda: bot["status"],
        "stats": lambda: bot["stats"],
        "heartbeat": lambda: bot["beat"],
    }
    return places[name]()


@each("accepted")
def test_the_reducer_keeps_every_field(bench: Chrome, name: str, case: Case) -> None:
    envelope = case["shown"]
    picture = bench.execute_script(FOLD, envelope, envelope["ts"])
    data = envelope["data"]
    if name == "price":
        assert picture["per"]["bot-1"]["price"]["text"] == data["price"]
    elif name in ("alert", "log"):
        assert picture["activity"]["list"][-1]["text"] == data["message"]
        assert picture["activity"]["list"][-1]["level"] == data["level"]
    else:
        kept = shown_of(picture, name)
        assert {field: kept[field] for field in data} == data
