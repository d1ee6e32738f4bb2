"""`python socket_server.py password`, `sessions`, `tokens` and `audit`: who may come in, from the terminal.

They read and write the data folder and the database that the settings name, whether the relay runs or not.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import DBAPIError

from bot.settings import Settings, SettingsError, load
from relay.access.passwords import AccessFileError
from relay.access.visitor import Role
from relay.auth import TokenError

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from relay.access.sessions import Session

KEY_LENGTH = 12
"""Hex digits of a session's key, as it is shown and asked for."""
SHORTEST_PASSWORD = 8
AUDIT_PAGE = 500
RESTART = "A relay that is running takes it when it is started anew."


class Refused(click.ClickException):
    """What was asked for is not done; one sentence, exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        click.echo(self.format_message(), err=True)


def add_to(group: click.Group) -> None:
    """Make the four commands part of it."""
    for command in (password, sessions, tokens, audit):
        group.add_command(command)


@click.command()
@click.option("--viewer", is_flag=True, help="That of who may look and not act.")
@click.option("--remove", is_flag=True, help="Take it away.")
@click.option("--totp", is_flag=True, help="The code of an authenticator, asked for beside the operator's password.")
def password(viewer: bool, remove: bool, totp: bool) -> None:
    """Set the operator's or the viewer's password; it is asked for."""
    with _sentences():
        settings = load()
        if viewer and totp:
            raise Refused("A viewer logs in without a code: leave out --viewer or --totp.")
        if totp:
            _remove_totp(settings) if remove else _set_totp(settings)
        else:
            role = Role.VIEWER if viewer else Role.OPERATOR
            _remove_password(settings, role) if remove else _set_password(settings, role)


def _set_password(settings: Settings, role: Role) -> None:
    from relay.access import passwords

    kept = passwords.read(settings.data_dir)
    if role is Role.VIEWER and not (Role.OPERATOR in kept or settings.password):
        raise Refused("Set the operator's password first: without it nobody is asked for one.")
    given = click.prompt(f"New password of the {role}", hide_input=True, confirmation_prompt="Once more")
    if len(given) < SHORTEST_PASSWORD or len(given) > passwords.LONGEST or not given.isprintable():
        raise Refused(f"Nothing was changed: a password has {SHORTEST_PASSWORD} to 1000 printable characters.")
    passwords.write(settings.data_dir, {**kept, role.value: passwords.hashed(given)})
    ended = _end_sessions(settings, {role})
    click.echo(f"The {role}'s password is kept; {_count(ended, 'session')} of before ended. {RESTART}")
    _say_what_beats(settings, role)


def _remove_password(settings: Settings, role: Role) -> None:
    from relay.access import passwords

    kept = passwords.read(settings.data_dir)
    if role not in kept:
        raise Refused(f"No password of the {role} is kept in {settings.data_dir / passwords.FILE}.")
    gone = {role.value} if role is Role.VIEWER else {each.value for each in Role} | {passwords.TOTP}
    passwords.write(settings.data_dir, {name: value for name, value in kept.items() if name not in gone})
    ended = _end_sessions(settings, {role} if role is Role.VIEWER else set(Role))
    rest = "" if gone.isdisjoint(set(kept) - {role.value}) else ", with the viewer's and the code's,"
    click.echo(f"The {role}'s password{rest} is removed; {_count(ended, 'session')} ended. {RESTART}")
    _say_what_beats(settings, role)


def _say_what_beats(settings: Settings, role: Role) -> None:
    name = "password" if role is Role.OPERATOR else "viewer_password"
    if getattr(settings, name) is not None:
        click.echo(f"TAPEDECK_{name.upper()} is set and beats it: unset that.", err=True)


def _set_totp(settings: Settings) -> None:
    import pyotp

    from relay.access import passwords

    kept = passwords.read(settings.data_dir)
    if not (Role.OPERATOR in kept or settings.password):
        raise Refused("Set the operator's password first: the code is asked for beside it.")
    secret = pyotp.random_base32()
    click.echo(_qr(pyotp.TOTP(secret).provisioning_uri(name="operator", issuer_name="Tapedeck")))
    click.echo(f"Scan it with an authenticator, or type in {secret}")
    code = click.prompt("The code that it shows now", hide_input=False)
    if not pyotp.TOTP(secret).verify(code.strip(), valid_window=1):
        raise Refused("Nothing was changed: that is not the code. Look at the clocks of both and try again.")
    passwords.write(settings.data_dir, {**kept, passwords.TOTP: secret})
    click.echo(f"From now on the operator's login asks for a code. {RESTART}")


def _remove_totp(settings: Settings) -> None:
    from relay.access import passwords

    kept = passwords.read(settings.data_dir)
    if passwords.TOTP not in kept:
        raise Refused("No code is set up.")
    passwords.write(settings.data_dir, {name: value for name, value in kept.items() if name != passwords.TOTP})
    click.echo(f"The operator's login asks for no code any more. {RESTART}")


def _qr(text: str) -> str:
    import segno

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True)
    return out.getvalue()


@click.command()
@click.option("--revoke", metavar="KEY", help="End the session with that key, as listed.")
@click.option("--revoke-all", is_flag=True, help="End all of them.")
def sessions(revoke: str | None, revoke_all: bool) -> None:
    """Who is logged in; a session that is ended is cut off within two seconds."""
    from relay.access.sessions import Sessions

    with _sentences(), _database(load()) as engine:
        kept = Sessions(engine, _wall_ms)
        if revoke_all:
            click.echo(f"{_count(kept.revoke_all(), 'session')} ended.")
        elif revoke is not None:
            click.echo(_revoke(kept.all(), kept.revoke, revoke))
        else:
            for session in kept.all():
                click.echo(
                    f"{session.key[:KEY_LENGTH]}  {session.role:8}  since {_time(session.opened_ms)}, used"
                    f" {_time(session.seen_ms)}  {session.address}  {_printable(session.agent)}"
                )
            click.echo(f"{_count(len(kept.all()), 'session')}.")


def _revoke(all_: list[Session], revoke: Callable[[str], bool], key: str) -> str:
    found = [session.key for session in all_ if len(key) >= KEY_LENGTH and session.key.startswith(key.lower())]
    if len(found) != 1 or not revoke(found[0]):
        raise Refused(f"No session has that key: `sessions` lists them, {KEY_LENGTH} digits each.")
    return "The session is ended."


@click.command()
@click.option("--bot", metavar="ID", help="Make a token for that bot alone, and print it once.")
@click.option("--revoke-bot", metavar="ID", help="End that bot's token; it may come with the common one again.")
@click.option("--rotate", is_flag=True, help="Make the API token and the bots' common token anew.")
def tokens(bot: str | None, revoke_bot: str | None, rotate: bool) -> None:
    """Where the tokens of scripts and bots are."""
    with _sentences():
        settings = load()
        if bot is not None or revoke_bot is not None:
            _bot_token(settings, bot, revoke_bot)
        elif rotate:
            _rotate(settings)
        else:
            for line in _where(settings):
                click.echo(line)


def _bot_token(settings: Settings, issue: str | None, revoke: str | None) -> None:
    from bot.settings_checks import identifier
    from relay.access.bot_tokens import BotTokens

    with _database(settings) as engine:
        kept = BotTokens(engine, _wall_ms)
        if revoke is not None:
            if not kept.revoke(revoke):
                raise Refused(f"No token of its own is kept for '{_printable(revoke)[:64]}'.")
            click.echo("The token is ended.")
        if issue is not None:
            try:
                identifier(issue)
            except ValueError as error:
                raise Refused(f"--bot: {error}.") from None
            click.echo(f"The token of {issue}, shown this once; set it as TAPEDECK_BOT_TOKEN where that bot runs:")
            click.echo(kept.issue(issue))


def _rotate(settings: Settings) -> None:
    from relay.auth import renew_tokens

    made = renew_tokens(settings.data_dir)
    click.echo(f"New tokens are in {' and '.join(map(str, made))}. {RESTART}")
    for name in ("api_token", "bot_token"):
        if getattr(settings, name) is not None:
            click.echo(f"TAPEDECK_{name.upper()} is set and beats the file: change that too.", err=True)


def _where(settings: Settings) -> list[str]:
    lines = []
    for name, file, what in (("api_token", "api.token", "scripts"), ("bot_token", "bot.token", "bots")):
        path = settings.data_dir / file
        is_made = "" if path.exists() else ", made at the first start"
        where = f"TAPEDECK_{name.upper()} of the settings" if getattr(settings, name) else f"{path}{is_made}"
        lines.append(f"The token of {what}: {where}")
    return lines


@click.command()
@click.option("--verify", is_flag=True, help="Whether anything was changed or taken out afterwards.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="So many, the newest first.")
def audit(verify: bool, limit: int) -> None:
    """Who did what, and what became of it."""
    from relay.access.audit import Audit

    with _sentences(), _database(load()) as engine:
        kept = Audit(engine, _wall_ms)
        if verify:
            fault = kept.verify()
            if fault is not None:
                raise Refused(fault)
            click.echo("The audit log is whole.")
            return
        before: int | None = None
        while limit > 0 and (page := kept.entries(min(limit, AUDIT_PAGE), before)):
            for entry in page:
                click.echo(
                    f"{entry.seq}  {_time(entry.ts)}  {_printable(entry.who)}  {entry.address}  {entry.action}"
                    f"  {_printable(entry.detail)}  {_printable(entry.outcome)}"
                )
            limit, before = limit - len(page), page[-1].seq


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    """That of the tape; it is made where the relay was never started."""
    from relay.tape import create_engine

    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database_url_effective("tape"))
    try:
        yield engine
    except DBAPIError as error:
        text = " ".join(str(error.orig).split()).rstrip(".")
        raise Refused(f"The database cannot be used ({text}): mend it or set TAPEDECK_DATABASE_URL.") from None
    finally:
        engine.dispose()


def _end_sessions(settings: Settings, roles: set[Role]) -> int:
    from relay.access.sessions import Sessions

    with _database(settings) as engine:
        kept = Sessions(engine, _wall_ms)
        return sum(kept.revoke(session.key) for session in kept.all() if session.role in roles)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        raise Refused("\n".join(error.lines)) from None
    except (AccessFileError, TokenError) as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"{Path(str(error.filename))} cannot be used ({error.strerror}): make it writable.") from None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _printable(text: str) -> str:
    """Without what would move a terminal's cursor: browsers say of themselves what they like."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
