"""What a log writes of text from outside: all of it, in plain characters, on one line."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.log import _formatter, keep_log, set_up_logging
from bot.plain_text import plain_line, plain_text

HOSTILE = [
    "\x1b[2J\x1b[31mgone\x1b[0m",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]0;title\x07\a\b\x7f",
    "\x9b31mC1",
    "one\r\n2026-11-26T00:00:00Z [info] forged",
    "\u202e right to left \u2066 isolated \u2028 line",
    "nul \x00 and half a character \ud800",
]
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
FORMATS = ("console", "json")


def written(log_format: str, text: str, *, error: bool = False, colors: bool = False) -> str:
    """The lines of one record that carries `text` in every place where text can stand."""
    raised = None
    if error:
        try:
            raise ValueError(text)
        except ValueError as caught:
            raised = (type(caught), caught, caught.__traceback__)
    record = logging.LogRecord("ccxt", logging.WARNING, "", 0, "the exchange said %s", (text,), raised)
    return _formatter(log_format, colors=colors).format(record)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("log_format", FORMATS)
def test_nothing_that_steers_a_terminal_is_written(log_format: str, text: str) -> None:
    assert not RAW.search(written(log_format, text))
    assert not RAW.search(written(log_format, text, error=True))


@pytest.mark.parametrize("log_format", FORMATS)
@settings(max_examples=300)
@given(text=st.text(st.characters(), max_size=60))
def test_whatever_the_text_a_record_is_one_line_of_plain_characters(log_format: str, text: str) -> None:
    line = written(log_format, text)
    assert not RAW.search(line)
    assert "\n" not in line
    line.encode()


@settings(max_examples=300)
@given(text=st.text(st.characters(), max_size=60))
def test_machines_get_the_text_as_it_was(text: str) -> None:
    assert json.loads(written("json", text))["event"] == f"the exchange said {text}"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_line_of_a_traceback_can_be_taken_for_a_record(text: str) -> None:
    first, *others = written("console", text, error=True).split("\n")
    assert "the exchange said" in first
    assert others
    assert all(not line or line.startswith("  ") for line in others)


def test_our_own_colours_stay_and_others_do_not() -> None:
    line = written("console", "\x1b[31mred", colors=True)
    assert "\x1b[" in line
    assert r"\x1b[31mred" in line


def test_values_beside_the_event_are_plain_too() -> None:
    event = {"event": "asked", "answer": "\x1b[2J", "error": ValueError("\x07"), "count": 3, "level": "info"}
    record = logging.LogRecord("bot", logging.INFO, "", 0, event, (), None)
    record.__dict__.update(_logger=structlog.get_logger(), _name="info")
    line = _formatter("console", colors=False).format(record)
    assert not RAW.search(line)
    assert "count=3" in line


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("log_format", FORMATS)
def test_the_log_file_is_plain_too(tmp_path: Path, log_format: str, text: str) -> None:
    handlers = logging.getLogger().handlers
    before, handlers[:] = list(handlers), []  # pytest keeps what it hears, and half a character ends its worker
    try:
        keep_log(tmp_path / "relay.log", log_format)
        logging.getLogger("relay").warning("A bot said %s.", text)
    finally:
        for handler in handlers:
            handler.close()
        handlers[:] = before
    line = (tmp_path / "relay.log").read_text()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert not RAW.search(line)


def test_plain_text_is_left_as_it_is() -> None:
    assert plain_line("Größe 1,5 – „ok“ 😀\xa0%") == "Größe 1,5 – „ok“ 😀\xa0%"
    assert plain_text("a\n\tb") == "a\n\tb"
    assert plain_line("a\n\tb\x1b") == r"a\n\tb\x1b"


@pytest.mark.parametrize("name", ["engineio.client", "socketio.client"])
def test_a_line_that_ends_is_the_links_to_tell(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        set_up_logging("console", "INFO")
        logging.getLogger(name).warning("Server sent close packet data None, aborting")
        logging.getLogger(name).error("a fault")
    finally:
        root.handlers, root.level = before, level
    said = capsys.readouterr().err
    assert "close packet" not in said
    assert "a fault" in said
