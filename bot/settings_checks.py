"""What each setting takes: one pure function a rule, from what was given to what is used.

Each raises `ValueError` with the second half of the sentence a person reads: what it takes, and where it helps what to
do. None of them imports more than the standard library until it has something to check.
"""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NO_REDIS = "is not used yet, because several relays for one deck are not built: unset it"
MADE_UP_MARKETS = ("simulated", "replay")
"""What is no exchange: real money cannot be traded there."""

_SYMBOL = re.compile(r"[A-Za-z0-9.\-]{1,30}/[A-Za-z0-9.\-]{1,30}(:[A-Za-z0-9.\-]{1,60})?")
_TIMEFRAME = re.compile(r"[1-9][0-9]{0,3}[smhdwM]")
_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
_STRATEGY = re.compile(rf"{_IDENTIFIER}|{_IDENTIFIER}(\.{_IDENTIFIER})*:{_IDENTIFIER}")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host(value: str) -> str:
    """What may be the name or the address of a machine; whether it is this one's shows when it is listened on."""
    if not re.fullmatch(r"[\w.\-]{1,253}|\[?[0-9A-Fa-f:.]+(%[A-Za-z0-9._\-]+)?\]?", value):
        raise ValueError("takes the name or the address of this machine, e.g. 127.0.0.1")
    return value


def no_bool(value: object) -> object:
    """Python takes true for 1."""
    if isinstance(value, bool):
        raise ValueError
    return value


EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What listens on every address of this machine, and one of them that this machine reaches."""


def reachable(host: str) -> str:
    """Where this machine finds what listens on `host`."""
    return EVERYWHERE.get(host.strip("[]"), host)


def in_address(host: str) -> str:
    """As it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def json_object(value: object) -> dict[str, Any]:
    """A JSON object, given as text or (in TOML) as a table."""
    if isinstance(value, dict):
        return value
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise ValueError(f"takes a JSON object, but at character {error.pos + 1}: {error.msg}") from None
    if not isinstance(parsed, dict):
        raise ValueError(f"takes a JSON object such as {{}}, not {_kind(parsed)}")
    return parsed


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def symbol(value: str) -> str:
    """ccxt's name of a market, `BASE/QUOTE` (`BASE/QUOTE:SETTLE` for contracts), upper-cased."""
    if not _SYMBOL.fullmatch(value):
        raise ValueError("takes BASE/QUOTE as ccxt writes it, e.g. BTC/USDT")
    return value.upper()


def timeframe(value: str) -> str:
    """ccxt's name of a candle's length."""
    if not _TIMEFRAME.fullmatch(value):
        raise ValueError("takes a number and a unit as ccxt writes it: 1s 1m 5m 15m 1h 4h 1d 1w 1M")
    return value


def exchange(value: str) -> str:
    """`simulated`, `replay` or what may be a ccxt id; whether ccxt knows it is the market's to say."""
    if not re.fullmatch(r"[A-Za-z0-9_]{2,40}", value):
        raise ValueError("takes simulated, replay or a ccxt id such as binance")
    return value.lower()


def strategy(value: str) -> str:
    """The name of a built-in strategy, or `package.module:Class`."""
    if not _STRATEGY.fullmatch(value):
        raise ValueError("takes a built-in strategy such as ema_cross, or package.module:Class")
    return value


def identifier(value: str) -> str:
    """A bot's id: short and fit for an address bar, a file name and a metric's label."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", value):
        raise ValueError("takes 1 to 64 letters, digits, dots, dashes or underscores")
    return value


def token(value: str) -> str:
    """A secret that fits in an HTTP header."""
    if not re.fullmatch(r"[!-~]{1,512}", value):
        raise ValueError("takes 1 to 512 printable ASCII characters without spaces")
    return value


def relay_url(value: str) -> str:
    """Where a relay listens."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("takes an http:// or https:// address, e.g. http://127.0.0.1:8050")
    return value.rstrip("/")


def data_dir(value: Path) -> Path:
    """A folder, there or to be made; neither it nor a folder that it is in may be a file."""
    path = value.expanduser()
    try:
        found = next((each for each in (path, *path.parents) if each.exists()), None)
        is_file = found is not None and not found.is_dir()
    except OSError as error:
        raise ValueError(f"takes a folder, and that cannot be one ({error.strerror})") from None
    if is_file:
        raise ValueError(f"takes a folder, and {'that' if found == path else found} is a file")
    return path


DRIVERS = {"postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000"}


def database_url(value: str) -> str:
    """A URL that SQLAlchemy takes, with its driver installed; PostgreSQL without a driver gets the one that we have."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    scheme, separator, rest = value.partition("://")
    url = DRIVERS.get(scheme, scheme) + separator + rest
    try:
        make_url(url).get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise ValueError("takes a SQLAlchemy URL, and SQLAlchemy knows no such database") from None
    except ImportError as error:
        raise ValueError(f"needs the driver {error.name}: install it or name another, e.g. sqlite:///deck.db") from None
    except (ArgumentError, ValueError, AttributeError):
        raise ValueError("takes a SQLAlchemy URL, e.g. sqlite:///deck.db") from None
    return url


def password(value: str) -> str:
    """What a person can type into a form, and what a hash takes."""
    if not 1 <= len(value) <= 1_000 or not value.isprintable():
        raise ValueError("takes 1 to 1000 printable characters")
    return value


def redis_unbuilt(value: str) -> str:
    """Refuses: one relay that believes it shares its deck would lose events."""
    raise ValueError(NO_REDIS)


def mode(value: object) -> str:
    """Paper or live; what live asks for beyond that is said by `live_fault`."""
    name = value.lower() if isinstance(value, str) else ""
    if name not in ("paper", "live"):
        raise ValueError("takes paper or live")
    return name


def live_fault(exchange: str, symbol: str, confirm: str | None) -> str | None:
    """Why live mode may not begin with these settings, as one whole line, or None.

    Real money is traded only where a person wrote down which exchange and symbol it is for.
    """
    if exchange in MADE_UP_MARKETS:
        return (
            f"TAPEDECK_MODE: got 'live'; takes paper while TAPEDECK_EXCHANGE is {exchange}, where there is no real"
            " money: name a ccxt id such as binance, or set TAPEDECK_MODE=paper"
        )
    wanted = f"{exchange}:{symbol}"
    if confirm == wanted:
        return None
    got = "nothing" if confirm is None else repr(confirm)
    return (
        f"TAPEDECK_LIVE_CONFIRM: got {got}; takes exactly {wanted} with TAPEDECK_MODE=live, so that real money is"
        " traded only where you mean it"
    )
