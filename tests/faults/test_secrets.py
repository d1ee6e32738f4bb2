"""A grep of everything that a bot writes and sends finds none of its secrets, whatever the exchange says to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.bot_process import BotProcess
from tests.support.echoing import echoing_exchange
from tests.support.ports import free_port, is_listening
from tests.support.processes import Program, run_to_end
from tests.support.waiting import eventually

MARKS = {
    "apiKey": "MARKED-api-key-0123456789",
    "secret": 'MARKED+secret/"with"=all&sorts',
    "password": "MARKED passphrase of three words",
    "uid": "MARKED-uid-77",
    "token": "MARKED.token.99",
}
HEADER = "MARKED-header-value"
PROXY_PASSWORD = "MARKED-proxy-password"
DATABASE_PASSWORD = "MARKED-database-password"
API_TOKEN = "MARKED-api-token"
REPEATED = (*MARKS.values(), HEADER)
ALL = (*REPEATED, PROXY_PASSWORD, API_TOKEN)


def exchange_config(port: int) -> dict[str, Any]:
    """Binance on that port, with a key in every place where one may stand."""
    rest = f"http://127.0.0.1:{port}/api/v3"
    return {
        **MARKS,
        "headers": {"X-Own": f"Bearer {HEADER}"},
        "urls": {"api": {"public": rest, "private": rest}},
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": True},
        "rateLimit": 1,
        "verbose": True,
    }


def shapes(mark: str) -> set[bytes]:
    """What to look for: the value, quoted, escaped and packed. Its base64 may go on with what stood after it."""
    packed = base64.b64encode(mark.encode()).decode()[: len(mark) * 4 // 3 - 2]
    return {shape.encode() for shape in (mark, quote(mark, safe=""), json.dumps(mark)[1:-1], packed)}


def found_in(folder: Path) -> list[tuple[str, str]]:
    """Each file in which a mark stands, and which."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    content = {file: file.read_bytes() for file in files}
    return [
        (file.name, mark) for file in files for mark in ALL if any(shape in content[file] for shape in shapes(mark))
    ]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A relay that keeps all that it is told: its port and its file."""
    port, said = free_port(), tmp_path / "said" / "relay.jsonl"
    said.parent.mkdir()
    program = Program(["-m", "tests.support.bot_relay", str(port), str(said)], {}, tmp_path / "relay.log")
    try:
        eventually(lambda: is_listening(port), what=program.output)
        yield port, said
    finally:
        program.end()


def text_of(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def environment(config: dict[str, Any], log_format: str = "console") -> dict[str, str]:
    return {
        "TAPEDECK_EXCHANGE": "binance",
        "TAPEDECK_EXCHANGE_CONFIG": json.dumps(config),
        "TAPEDECK_API_TOKEN": API_TOKEN,
        "TAPEDECK_LOG_LEVEL": "DEBUG",
        "TAPEDECK_LOG_FORMAT": log_format,
    }


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_an_exchange_that_repeats_the_keys_does_not_get_them_written(
    tmp_path: Path, relay: tuple[int, Path], log_format: str
) -> None:
    port, said = relay
    with echoing_exchange(REPEATED) as exchange:
        bot = BotProcess(tmp_path / "bot", port, environment(exchange_config(exchange), log_format))
        bot.start()
        try:
            eventually(lambda: "does not answer as it should" in text_of(said), 60, what=bot.output)
        finally:
            bot.end()

    assert "fetch Request" in bot.output(), "ccxt told what it sent"
    assert "***" in bot.output()
    assert "***" in text_of(said), "the exchange's refusal was told, without the keys"
    assert bot.rows("SELECT count(*) FROM journal_events") != [0]
    assert found_in(tmp_path / "bot") == []
    assert found_in(said.parent) == []


def test_an_exchange_behind_a_proxy_that_is_away_shows_no_password(tmp_path: Path, relay: tuple[int, Path]) -> None:
    port, said = relay
    config = {**exchange_config(free_port()), "httpProxy": f"http://me:{PROXY_PASSWORD}@127.0.0.1:{free_port()}"}
    bot = BotProcess(tmp_path / "bot", port, environment(config))
    bot.start()
    try:
        eventually(lambda: "does not answer as it should" in text_of(said), 90, what=bot.output)
    finally:
        bot.end()

    assert found_in(tmp_path / "bot") == []
    assert found_in(said.parent) == []


def test_a_database_that_is_away_shows_no_password(tmp_path: Path) -> None:
    url = f"postgresql://me:{DATABASE_PASSWORD}@127.0.0.1:{free_port()}/deck"
    env = {"TAPEDECK_DATABASE_URL": url, "TAPEDECK_DATA_DIR": str(tmp_path / "data"), "TAPEDECK_LOG_LEVEL": "DEBUG"}

    run = run_to_end(["-m", "bot", "status"], env)

    assert run.returncode == 2
    assert DATABASE_PASSWORD not in run.stdout + run.stderr


def test_check_repeats_no_key_either(tmp_path: Path) -> None:
    with echoing_exchange(REPEATED) as exchange:
        env = {**environment(exchange_config(exchange)), "TAPEDECK_DATA_DIR": str(tmp_path / "data")}
        run = run_to_end(["-m", "bot", "check"], env)

    assert run.returncode == 1
    assert "MARKED" not in run.stdout + run.stderr
