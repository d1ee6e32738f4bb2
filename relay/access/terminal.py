"""What the commands of the terminal share: the database, the audit, and how they say that they did nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import DBAPIError

from bot.settings import Settings, SettingsError
from relay.access.audit import Audit
from relay.access.passwords import AccessFileError
from relay.access.visitor import Role
from relay.auth import TokenError
from relay.tape import create_engine

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

RESTART = "A relay that is running takes it when it is started anew."
WHO, WHERE = "operator by terminal", "terminal"


class Refused(click.ClickException):
    """What was asked for is not done; one sentence, exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        click.echo(self.format_message(), err=True)


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """That of the tape; it is made where the relay was never started."""
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


def note(engine: Engine, action: str, detail: str) -> None:
    """Write it into the audit."""
    Audit(engine, wall_ms).write(WHO, Role.OPERATOR.value, WHERE, action, detail, "ok")


@contextmanager
def sentences() -> Iterator[None]:
    """What goes wrong is said in a sentence."""
    try:
        yield
    except SettingsError as error:
        raise Refused("\n".join(error.lines)) from None
    except (AccessFileError, TokenError) as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"{Path(str(error.filename))} cannot be used ({error.strerror}): make it writable.") from None


def count(number: int, what: str) -> str:
    """`1 session`, `2 sessions`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def at(ms: int) -> str:
    """Milliseconds UTC as a person reads them."""
    return datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def printable(text: str) -> str:
    """Without what would move a terminal's cursor: browsers say of themselves what they like."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def wall_ms() -> int:
    """Milliseconds UTC."""
    return time.time_ns() // 1_000_000
