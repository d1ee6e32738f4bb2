"""`python socket_server.py password`, `sessions`, `tokens` and `audit`: who may come in, from the terminal.

They read and write the data folder and the database that the settings name, whether the relay runs or not.
"""

from __future__ import annotations

import click

from bot.settings import Settings
from bot.settings_checks import identifier
from relay.access.audit import Audit
from relay.access.bot_tokens import BotTokens
from relay.access.password_command import password
from relay.access.sessions import Session, Sessions
from relay.access.terminal import Refused, at, count, database, note, printable, sentences, wall_ms
from relay.auth import renew_tokens
from relay.relay_settings import load_for_relay

KEY_LENGTH = 12
"""Hex digits of a session's key, as it is shown and asked for."""
AUDIT_PAGE = 500
NOW = "A relay that is running takes them within two seconds and cuts off who came with the old ones."


def add_to(group: click.Group) -> None:
    """Make the four commands part of it."""
    for command in (password, sessions, tokens, audit):
        group.add_command(command)


@click.command()
@click.option("--revoke", metavar="KEY", help="End the session with that key, as listed.")
@click.option("--revoke-all", is_flag=True, help="End all of them.")
def sessions(revoke: str | None, revoke_all: bool) -> None:
    """Who is logged in; a session that is ended is cut off within two seconds."""
    with sentences(), database(load_for_relay()) as engine:
        kept = Sessions(engine, wall_ms)
        if revoke_all:
            ended = count(kept.revoke_all(), "session")
            note(engine, "revoke_sessions", ended)
            click.echo(f"{ended} ended.")
        elif revoke is not None:
            key = _key_of(kept.all(), revoke)
            kept.revoke(key)
            note(engine, "revoke_session", key[:KEY_LENGTH])
            click.echo("The session is ended.")
        else:
            listed = kept.all()
            for line in (*map(_line, listed), f"{count(len(listed), 'session')}."):
                click.echo(line)


def _line(session: Session) -> str:
    when = f"since {at(session.opened_ms)}, used {at(session.seen_ms)}"
    whose = printable(f"{session.address}  {session.agent}")
    return f"{session.key[:KEY_LENGTH]}  {session.role:8}  {when}  {whose}"


def _key_of(listed: list[Session], key: str) -> str:
    found = [session.key for session in listed if len(key) >= KEY_LENGTH and session.key.startswith(key.lower())]
    if len(found) != 1:
        raise Refused(f"No session has that key: `sessions` lists them, {KEY_LENGTH} digits each.")
    return found[0]


@click.command()
@click.option("--bot", metavar="ID", help="Make a token for that bot alone, and print it once.")
@click.option("--revoke-bot", metavar="ID", help="End that bot's token; it may come with the common one again.")
@click.option("--rotate", is_flag=True, help="Make the API token and the bots' common token anew.")
def tokens(bot: str | None, revoke_bot: str | None, rotate: bool) -> None:
    """Where the tokens of scripts and bots are."""
    with sentences():
        settings = load_for_relay()
        if bot is not None or revoke_bot is not None:
            _bot_token(settings, bot, revoke_bot)
        elif rotate:
            _rotate(settings)
        else:
            for line in _where(settings):
                click.echo(line)


def _bot_token(settings: Settings, issue: str | None, revoke: str | None) -> None:
    with database(settings) as engine:
        kept = BotTokens(engine, wall_ms)
        if revoke is not None:
            if not kept.revoke(revoke):
                raise Refused(f"No token of its own is kept for '{printable(revoke)[:64]}'.")
            note(engine, "revoke_bot_token", revoke)
            click.echo("The token is ended.")
        if issue is not None:
            token = _issued(kept, issue)
            note(engine, "issue_bot_token", issue)
            click.echo(f"The token of {issue}, shown this once; set it as TAPEDECK_BOT_TOKEN where that bot runs:")
            click.echo(token)


def _issued(kept: BotTokens, bot_id: str) -> str:
    try:
        return kept.issue(identifier(bot_id))
    except ValueError as error:
        raise Refused(f"--bot: {error}.") from None


def _rotate(settings: Settings) -> None:
    made = renew_tokens(settings.data_dir)
    with database(settings) as engine:
        note(engine, "rotate_tokens", "")
    click.echo(f"New tokens are in {' and '.join(map(str, made))}. {NOW}")
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
    with sentences(), database(load_for_relay()) as engine:
        kept = Audit(engine, wall_ms)
        if verify:
            fault = kept.verify()
            if fault is not None:
                raise Refused(fault)
            click.echo("The audit log is whole.")
            return
        before: int | None = None
        while limit > 0 and (page := kept.entries(min(limit, AUDIT_PAGE), before)):
            for entry in page:
                said = (entry.who, entry.address, entry.action, entry.detail, entry.outcome)
                click.echo(f"{entry.seq}  {at(entry.ts)}  {printable('  '.join(said))}")
            limit, before = limit - len(page), page[-1].seq
