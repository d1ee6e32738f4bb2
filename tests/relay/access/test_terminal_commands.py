"""The commands `password`, `sessions`, `tokens` and `audit`, at a terminal, beside a running relay and without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner, Result

from relay.access import command_line, passwords
from relay.access.visitor import Role
from tests.support.person import Person
from tests.support.qr_reader import read_qr
from tests.support.relay import Relay
from tests.support.terminal import Terminal

PASSWORD, OTHER = "correct horse", "battery staple"


@pytest.fixture
def environment(data_dir: Path) -> dict[str, str]:
    return {"TAPEDECK_DATA_DIR": str(data_dir)}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings of its own."""
    monkeypatch.chdir(tmp_path)


def command(*arguments: str, env: dict[str, str]) -> Result:
    """In this process, which has imported already what takes a person two seconds."""
    group = click.Group()
    command_line.add_to(group)
    return CliRunner().invoke(group, arguments, env=env)


def said(*arguments: str, env: dict[str, str]) -> str:
    """What a command that does what it is told prints."""
    done = command(*arguments, env=env)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def set_password(password: str, env: dict[str, str], *options: str) -> str:
    """As a person does; returns what the terminal showed."""
    terminal = Terminal(["socket_server.py", "password", *options], env)
    terminal.answer("New password", password)
    terminal.answer("Once more", password)
    assert terminal.end() == 0, terminal.shown
    return terminal.shown


def kept(data_dir: Path) -> dict[str, str]:
    return dict(json.loads((data_dir / "access.json").read_text()))


def test_a_password_is_asked_for_twice_without_echo_and_kept_as_a_hash(
    data_dir: Path, environment: dict[str, str]
) -> None:
    shown = set_password(PASSWORD, environment)
    assert PASSWORD not in shown
    assert PASSWORD not in (data_dir / "access.json").read_text()
    assert (data_dir / "access.json").stat().st_mode & 0o777 == 0o600
    assert passwords.load(data_dir, {}).role_of(PASSWORD) is Role.OPERATOR


@pytest.mark.parametrize(("first", "sentence"), [("short", "8 to 1000"), ("with\ttab12", "printable")])
def test_a_password_that_is_none_changes_nothing(
    first: str, sentence: str, data_dir: Path, environment: dict[str, str]
) -> None:
    terminal = Terminal(["socket_server.py", "password"], environment)
    terminal.answer("New password", first)
    terminal.answer("Once more", first)
    assert terminal.end() == 2
    assert sentence in terminal.shown
    assert not (data_dir / "access.json").exists()


def test_a_viewer_needs_an_operator_and_goes_with_him(data_dir: Path, environment: dict[str, str]) -> None:
    refused = command("password", "--viewer", env=environment)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    set_password(PASSWORD, environment)
    set_password(OTHER, environment, "--viewer")
    assert set(kept(data_dir)) == {"operator", "viewer"}
    assert "viewer" in said("password", "--remove", env=environment)
    assert kept(data_dir) == {}
    assert command("password", "--remove", env=environment).exit_code == 2


def test_a_code_is_kept_only_after_it_was_shown_to_work(data_dir: Path, environment: dict[str, str]) -> None:
    set_password(PASSWORD, environment)
    terminal = Terminal(["socket_server.py", "password", "--totp"], environment)
    terminal.answer("shows now", "000000")
    assert terminal.end() == 2
    assert "totp" not in kept(data_dir)

    terminal = Terminal(["socket_server.py", "password", "--totp"], environment)
    terminal.answer("type in", "")  # an empty line is no code: it is asked for once more
    secret = terminal.shown.partition("type in ")[2].split()[0]
    terminal.answer("shows now", pyotp.TOTP(secret).now())
    assert terminal.end() == 0, terminal.shown
    assert kept(data_dir)["totp"] == secret
    assert read_qr(terminal.shown.replace("\r", "")) == pyotp.TOTP(secret).provisioning_uri(
        name="operator", issuer_name="Tapedeck"
    )
    said("password", "--totp", "--remove", env=environment)
    assert "totp" not in kept(data_dir)


def test_a_changed_password_holds_at_once_and_ends_the_sessions(
    start_relay: Callable[..., Relay], environment: dict[str, str]
) -> None:
    set_password(PASSWORD, environment)
    relay = start_relay()
    guest, late = Person(relay.url), Person(relay.url)
    assert guest.log_in(PASSWORD).code == 303
    assert "1 session" in set_password(OTHER, environment)
    assert not guest.is_logged_in()
    assert late.log_in(PASSWORD).code == 401
    assert late.log_in(OTHER).code == 303


def test_sessions_are_listed_and_ended_beside_a_running_relay(
    start_relay: Callable[..., Relay], environment: dict[str, str], database_url: str
) -> None:
    environment |= {"TAPEDECK_DATABASE_URL": database_url, "TAPEDECK_PASSWORD": PASSWORD}
    relay = start_relay(env=environment)
    first, second = Person(relay.url, User_Agent="First\x1b[2J"), Person(relay.url, User_Agent="Second")
    assert first.log_in(PASSWORD).code == second.log_in(PASSWORD).code == 303
    lines = said("sessions", env=environment).splitlines()
    assert lines[-1] == "2 sessions." and "\x1b" not in "".join(lines)
    key = next(line for line in lines if "First" in line).split()[0]
    assert command("sessions", "--revoke", "nonsense", env=environment).exit_code == 2
    assert command("sessions", "--revoke", "", env=environment).exit_code == 2
    assert "ended" in said("sessions", "--revoke", key, env=environment)
    assert not first.is_logged_in() and second.is_logged_in()
    assert "1 session ended" in said("sessions", "--revoke-all", env=environment)
    assert not second.is_logged_in()
    relay.running.terminate()
    assert said("sessions", env=environment) == "0 sessions.\n"


def test_tokens_are_not_shown_but_where_they_are(data_dir: Path, environment: dict[str, str]) -> None:
    assert str(data_dir / "api.token") in said("tokens", env=environment)
    said("tokens", "--rotate", env=environment)
    first = {name: (data_dir / f"{name}.token").read_text() for name in ("api", "bot")}
    shown = said("tokens", env=environment) + said("tokens", "--rotate", env=environment)
    second = {name: (data_dir / f"{name}.token").read_text() for name in ("api", "bot")}
    for name in first:
        assert first[name] != second[name]
        assert first[name].strip() not in shown and second[name].strip() not in shown
        assert (data_dir / f"{name}.token").stat().st_mode & 0o777 == 0o600


def test_a_token_for_one_bot_is_printed_once(environment: dict[str, str], database_url: str) -> None:
    environment |= {"TAPEDECK_DATABASE_URL": database_url}
    token = said("tokens", "--bot", "bot-7", env=environment).splitlines()[-1]
    assert len(token) > 30
    assert token not in said("tokens", env=environment)
    assert "ended" in said("tokens", "--revoke-bot", "bot-7", env=environment)
    assert command("tokens", "--revoke-bot", "bot-7", env=environment).exit_code == 2
    assert command("tokens", "--bot", "no id", env=environment).exit_code == 2


def test_what_is_done_at_the_terminal_is_in_the_audit(environment: dict[str, str]) -> None:
    token = said("tokens", "--bot", "bot-7", env=environment).splitlines()[-1]
    set_password(PASSWORD, environment)
    shown = said("audit", env=environment)
    newest, oldest = shown.splitlines()
    assert "password" in newest and "issue_bot_token  bot-7" in oldest
    assert token not in shown and PASSWORD not in shown
    assert said("audit", "--limit", "1", env=environment).splitlines() == [newest]
    assert "whole" in said("audit", "--verify", env=environment)


def test_wrong_settings_are_one_line_each(environment: dict[str, str]) -> None:
    done = command("sessions", env={**environment, "TAPEDECK_PORT": "0", "TAPEDECK_MODE": "dream"})
    assert done.exit_code == 2
    assert sorted(line.partition(":")[0] for line in done.stderr.splitlines()) == ["TAPEDECK_MODE", "TAPEDECK_PORT"]


def test_the_viewers_password_is_not_the_operators(data_dir: Path, environment: dict[str, str]) -> None:
    set_password(PASSWORD, environment)
    before = kept(data_dir)
    terminal = Terminal(["socket_server.py", "password", "--viewer"], environment)
    terminal.answer("New password", PASSWORD)
    terminal.answer("Once more", PASSWORD)
    assert terminal.end() == 2
    assert "passwords of their own" in terminal.shown
    assert kept(data_dir) == before
