"""`python socket_server.py password`: sets and removes what people log in with, in the data folder's access.json."""

from __future__ import annotations

import click
import pyotp

from bot.settings import Settings
from relay.access import passwords
from relay.access.qr import qr
from relay.access.sessions import Sessions
from relay.access.terminal import RESTART, Refused, count, database, note, sentences, wall_ms
from relay.access.visitor import Role
from relay.relay_settings import kept_passwords, load_for_relay

SHORTEST_PASSWORD = 8
NOW = "It holds at once, also where the relay is running."


@click.command()
@click.option("--viewer", is_flag=True, help="That of who may look and not act.")
@click.option("--remove", is_flag=True, help="Take it away.")
@click.option("--totp", is_flag=True, help="The code of an authenticator, asked for beside the operator's password.")
def password(viewer: bool, remove: bool, totp: bool) -> None:
    """Set the operator's or the viewer's password; it is asked for."""
    with sentences():
        settings = load_for_relay()
        if viewer and totp:
            raise Refused("A viewer logs in without a code: leave out --viewer or --totp.")
        if totp:
            _remove_totp(settings) if remove else _set_totp(settings)
        else:
            role = Role.VIEWER if viewer else Role.OPERATOR
            _remove_password(settings, role) if remove else _set_password(settings, role)


def _set_password(settings: Settings, role: Role) -> None:
    kept = passwords.read(settings.data_dir)
    if role is Role.VIEWER and not (Role.OPERATOR in kept or settings.password):
        raise Refused("Set the operator's password first: without it nobody is asked for one.")
    given = click.prompt(f"New password of the {role}", hide_input=True, confirmation_prompt="Once more")
    if len(given) < SHORTEST_PASSWORD or len(given) > passwords.LONGEST or not given.isprintable():
        raise Refused(f"Nothing was changed: a password has {SHORTEST_PASSWORD} to 1000 printable characters.")
    if kept_passwords(settings).fits(Role.OPERATOR if role is Role.VIEWER else Role.VIEWER, given):
        raise Refused("Nothing was changed: the operator and the viewer need passwords of their own.")
    passwords.write(settings.data_dir, {**kept, role.value: passwords.hashed(given)})
    ended = _changed(settings, {role}, f"set the {role}'s password")
    is_first = not (Role.OPERATOR in kept or settings.password)
    click.echo(
        f"The {role}'s password is kept; {count(ended, 'session')} of before ended. {RESTART if is_first else NOW}"
    )
    _say_what_beats(settings, role)


def _remove_password(settings: Settings, role: Role) -> None:
    kept = passwords.read(settings.data_dir)
    if role not in kept:
        raise Refused(f"No password of the {role} is kept in {settings.data_dir / passwords.FILE}.")
    gone = {role.value} if role is Role.VIEWER else {each.value for each in Role} | {passwords.TOTP}
    passwords.write(settings.data_dir, {name: value for name, value in kept.items() if name not in gone})
    ended = _changed(settings, {role} if role is Role.VIEWER else set(Role), f"removed the {role}'s password")
    rest = "" if gone.isdisjoint(set(kept) - {role.value}) else ", with the viewer's and the code's,"
    when = NOW if role is Role.VIEWER else RESTART
    click.echo(f"The {role}'s password{rest} is removed; {count(ended, 'session')} ended. {when}")
    _say_what_beats(settings, role)


def _say_what_beats(settings: Settings, role: Role) -> None:
    name = "password" if role is Role.OPERATOR else "viewer_password"
    if getattr(settings, name) is not None:
        click.echo(f"TAPEDECK_{name.upper()} is set and beats it: unset that.", err=True)


def _set_totp(settings: Settings) -> None:
    kept = passwords.read(settings.data_dir)
    if not (Role.OPERATOR in kept or settings.password):
        raise Refused("Set the operator's password first: the code is asked for beside it.")
    secret = pyotp.random_base32()
    click.echo(qr(pyotp.TOTP(secret).provisioning_uri(name="operator", issuer_name="Tapedeck")))
    click.echo(f"Scan it with an authenticator, or type in {secret}")
    code = click.prompt("The code that it shows now", hide_input=False)
    if not pyotp.TOTP(secret).verify(code.strip(), valid_window=1):
        raise Refused("Nothing was changed: that is not the code. Look at the clocks of both and try again.")
    passwords.write(settings.data_dir, {**kept, passwords.TOTP: secret})
    _changed(settings, set(), "set up the code")
    click.echo(f"From now on the operator's login asks for a code. {NOW}")


def _remove_totp(settings: Settings) -> None:
    kept = passwords.read(settings.data_dir)
    if passwords.TOTP not in kept:
        raise Refused("No code is set up.")
    passwords.write(settings.data_dir, {name: value for name, value in kept.items() if name != passwords.TOTP})
    _changed(settings, set(), "removed the code")
    click.echo(f"The operator's login asks for no code any more. {NOW}")


def _changed(settings: Settings, roles: set[Role], detail: str) -> int:
    """Note it, and end the sessions of those roles, which came in with what held before; returns how many."""
    with database(settings) as engine:
        note(engine, "password", detail)
        kept = Sessions(engine, wall_ms)
        return sum(kept.revoke(session.key) for session in kept.all() if session.role in roles)
