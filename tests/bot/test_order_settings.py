"""TAPEDECK_ORDERS: where it comes from, what it takes, and the one line a person reads when it is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.core.order_policy import OrderPolicy
from bot.settings import SettingsError, describe, load


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.upper().startswith("TAPEDECK_")]:
        monkeypatch.delenv(name)


def refused() -> list[str]:
    """The lines of the error that the settings raise."""
    with pytest.raises(SettingsError) as caught:
        load()
    return caught.value.lines


def test_without_a_word_orders_go_at_the_market_and_the_bot_watches_the_stop() -> None:
    assert load().orders == OrderPolicy()
    assert OrderPolicy().model_dump() == {
        "entry": "market",
        "exit": "market",
        "timeout_s": 30,
        "reprices": 3,
        "stop_on_exchange": False,
    }


def test_it_comes_from_json_or_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tapedeck.toml").write_text('[orders]\nentry = "limit"\nstop_on_exchange = true\n')
    assert load().orders == OrderPolicy(entry="limit", stop_on_exchange=True)
    monkeypatch.setenv("TAPEDECK_ORDERS", '{"exit": "limit", "timeout_s": 5, "reprices": 0}')
    assert load().orders == OrderPolicy(exit="limit", timeout_s=5, reprices=0)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("limit", "TAPEDECK_ORDERS: got 'limit'; takes a JSON object, but at character 1: Expecting value"),
        ("[]", "TAPEDECK_ORDERS: got '[]'; takes a JSON object such as {}, not a list"),
        ('{"entry": "stop"}', "TAPEDECK_ORDERS.entry: must be 'market' or 'limit', got 'stop'"),
        ('{"exit": null}', "TAPEDECK_ORDERS.exit: must be 'market' or 'limit', got None"),
        ('{"timeout_s": 0}', "TAPEDECK_ORDERS.timeout_s: must be greater than or equal to 1, got 0"),
        ('{"timeout_s": 86401}', "TAPEDECK_ORDERS.timeout_s: must be less than or equal to 86400, got 86401"),
        ('{"timeout_s": "30"}', "TAPEDECK_ORDERS.timeout_s: must be a valid integer, got '30'"),
        ('{"reprices": -1}', "TAPEDECK_ORDERS.reprices: must be greater than or equal to 0, got -1"),
        ('{"reprices": true}', "TAPEDECK_ORDERS.reprices: must be a valid integer, got True"),
        ('{"stop_on_exchange": "yes"}', "TAPEDECK_ORDERS.stop_on_exchange: must be true or false, got 'yes'"),
        ('{"time_out_s": 5}', "TAPEDECK_ORDERS.time_out_s: is not a word about orders; did you mean timeout_s?"),
        (
            '{"x": 5}',
            "TAPEDECK_ORDERS.x: is not a word about orders; takes entry, exit, timeout_s, reprices, stop_on_exchange",
        ),
    ],
)
def test_a_wrong_one_is_one_line_with_what_it_got_and_what_it_takes(
    value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAPEDECK_ORDERS", value)
    assert refused() == [line]


def test_every_wrong_key_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_ORDERS", '{"entry": "x", "timeout_s": 0, "y": 1}')
    assert [line.partition(":")[0] for line in refused()] == [
        "TAPEDECK_ORDERS.entry",
        "TAPEDECK_ORDERS.timeout_s",
        "TAPEDECK_ORDERS.y",
    ]


def test_help_lists_each_of_its_keys_with_what_it_does() -> None:
    text = describe()
    assert "  TAPEDECK_ORDERS" in text
    for name, field in OrderPolicy.model_fields.items():
        assert f"        {name}: {field.description}" in text
