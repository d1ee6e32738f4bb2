"""Keys may come from the system's keyring: below what the settings say, in the bot's process alone, never an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.keyring_secrets import Ask, with_keyring
from bot.settings import Settings, SettingsError
from relay.relay_settings import load_for_relay
from tests.support import told_keyring
from tests.support.ports import free_port
from tests.support.relay import Relay
from tests.support.waiting import eventually

KEYS = {"apiKey": "MARKED-key", "secret": "MARKED-secret"}


def holding(text: str | None) -> Ask:
    """A keyring with one entry, for binance."""
    return lambda service, name: text if (service, name) == ("tapedeck", "binance") else None


def test_the_keys_are_merged_below_what_the_settings_say() -> None:
    settings = Settings(exchange="binance", exchange_config={"apiKey": "own", "rateLimit": 5})
    found = with_keyring(settings, holding(json.dumps(KEYS)))
    assert found.exchange_config == {"apiKey": "own", "secret": "MARKED-secret", "rateLimit": 5}
    assert settings.exchange_config == {"apiKey": "own", "rateLimit": 5}


@pytest.mark.parametrize("exchange", ["simulated", "replay"])
def test_markets_without_keys_do_not_ask(exchange: str) -> None:
    def ask(service: str, name: str) -> str:
        raise AssertionError(f"asked for {service}/{name}")

    settings = Settings(exchange=exchange)
    assert with_keyring(settings, ask) is settings


def test_another_exchanges_entry_is_not_taken() -> None:
    assert with_keyring(Settings(exchange="kraken"), holding(json.dumps(KEYS))).exchange_config == {}


@pytest.mark.parametrize("error", [RuntimeError("no D-Bus"), ImportError("no backend"), OSError("locked")])
def test_where_there_is_no_keyring_nothing_happens(error: Exception) -> None:
    def ask(service: str, name: str) -> str:
        raise error

    settings = Settings(exchange="binance")
    assert with_keyring(settings, ask) is settings


def test_the_systems_own_keyring_is_never_an_error() -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        settings = Settings(exchange="binance")
        assert with_keyring(settings) is settings
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize(
    "entry", ["MARKED-text", "[1]", '{"apiKey": 5}', '{"urls": "http://evil.example"}', '"MARKED-text"'], ids=str
)
def test_an_entry_that_is_none_is_named_and_not_shown(entry: str) -> None:
    with pytest.raises(SettingsError) as refused:
        with_keyring(Settings(exchange="binance"), holding(entry))
    assert len(refused.value.lines) == 1
    assert "tapedeck/binance" in refused.value.lines[0] and "MARKED" not in refused.value.lines[0]


@pytest.mark.parametrize("where", ["environment", ".env", "tapedeck.toml"])
def test_the_relay_forgets_the_exchanges_settings(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if where == "environment":
        monkeypatch.setenv("TAPEDECK_EXCHANGE_CONFIG", json.dumps(KEYS))
    elif where == ".env":
        (tmp_path / where).write_text(f"TAPEDECK_EXCHANGE_CONFIG='{json.dumps(KEYS)}'\n")
        (tmp_path / where).chmod(0o600)
    else:
        (tmp_path / where).write_text('[exchange_config]\napiKey = "MARKED-key"\n')
    assert "MARKED" not in repr(load_for_relay().__dict__)


def test_only_the_bots_process_asks(start_product: Callable[..., Relay], tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/api/v3"
    asked = tmp_path / "asked"
    relay = start_product(
        env={
            "TAPEDECK_EXCHANGE": "binance",
            "TAPEDECK_EXCHANGE_CONFIG": json.dumps({"urls": {"api": {"public": nowhere, "private": nowhere}}}),
            "PYTHON_KEYRING_BACKEND": "tests.support.told_keyring.ToldKeyring",
            told_keyring.ENTRY: json.dumps(KEYS),
            told_keyring.ASKED: str(asked),
            "TAPEDECK_PASSWORD": "MARKED-password",
        }
    )
    eventually(asked.exists, 40, what=relay.output)
    askers = {int(line.split()[0]) for line in asked.read_text().splitlines()}
    assert relay.running.pid not in askers
    children = {child.pid: child for child in relay.running.children()}
    assert askers <= set(children)
    for pid in askers:
        assert {"TAPEDECK_PASSWORD", "TAPEDECK_API_TOKEN", "TAPEDECK_TLS_KEY"}.isdisjoint(children[pid].environ())
    assert "MARKED" not in relay.output()
