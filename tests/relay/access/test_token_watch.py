"""Tokens that are made anew while the relay runs: who holds the old ones is out, who finds the new ones is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from relay.access.token_watch import TokenWatch
from relay.auth import load_tokens, renew_tokens
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.person import Person
from tests.support.relay import Relay
from tests.support.socket_line import socket_line
from tests.support.waiting import eventually

CUT_WITHIN_S = 3.0
"""Two seconds, and what a busy machine takes."""
FROM_FILES = {"TAPEDECK_API_TOKEN": "", "TAPEDECK_BOT_TOKEN": ""}


class Settings:
    """Those that say where tokens are: nothing is set."""

    api_token = None
    bot_token = None

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir


def code(relay: Relay, token: str) -> int:
    return Person(relay.url).ask("/api/v1/bots", Authorization=f"Bearer {token}").code


@both_modes
def test_old_tokens_end_while_the_relay_runs_and_new_ones_hold(
    start_relay: Callable[..., Relay], start_bot: Callable[..., ForeignBot]
) -> None:
    relay = start_relay(env=FROM_FILES)
    old = load_tokens(relay.data_dir)
    bot = start_bot(relay.url, token=old.bot).come_up()
    with socket_line(relay.url) as client:
        assert client.join("/", {"token": old.api}).startswith("40")
        renew_tokens(relay.data_dir)
        new = load_tokens(relay.data_dir)
        assert client.seconds_until_cut() < CUT_WITHIN_S
    eventually(lambda: not bot.client.connected, CUT_WITHIN_S, what="the bot was not cut off")
    assert (code(relay, old.api), code(relay, new.api)) == (401, 200)
    for token, answer in ((old.bot, "44"), (new.bot, "40")):
        with socket_line(relay.url) as line:
            assert line.join("/bot", {"token": token, "bot_id": "bot-1"}).startswith(answer)
    assert new.api not in relay.output() and new.bot not in relay.output()


def test_a_bot_that_comes_with_the_relay_is_back_with_the_new_one(start_product: Callable[..., Relay]) -> None:
    relay = start_product(env=FROM_FILES)
    eventually(lambda: "Bot bot-1 connected." in relay.output(), 40)
    renew_tokens(relay.data_dir)
    eventually(lambda: relay.output().count("Bot bot-1 connected.") == 2, 20, what=relay.output)


def test_only_what_is_whole_and_new_is_taken(tmp_path: Path) -> None:
    held: list[tuple[str, str]] = []
    tokens = load_tokens(tmp_path)
    watch = TokenWatch(Settings(tmp_path), tokens, lambda *, api_token, bot_token: held.append((api_token, bot_token)))
    watch.look()
    (tmp_path / "api.token").unlink()
    (tmp_path / "bot.token").write_text("\n")
    watch.look()
    assert held == [], "what is taken away, or half written, changes nothing"
    renew_tokens(tmp_path)
    watch.look()
    watch.look()
    new = load_tokens(tmp_path)
    assert held == [(new.api, new.bot)]


@pytest.mark.parametrize("name", ["api", "bot"])
def test_a_token_of_the_settings_beats_its_file(tmp_path: Path, name: str) -> None:
    held: list[tuple[str, str]] = []
    tokens = load_tokens(tmp_path, **{name: "from the settings"})
    settings = Settings(tmp_path)
    setattr(settings, f"{name}_token", "set")
    watch = TokenWatch(settings, tokens, lambda *, api_token, bot_token: held.append((api_token, bot_token)))
    renew_tokens(tmp_path)
    watch.look()
    (found,) = held
    assert found[("api", "bot").index(name)] == "from the settings"
