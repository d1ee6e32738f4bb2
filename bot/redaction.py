"""Keeps secrets out of all that is written and sent: they are known by their values, wherever they turn up.

`conceal` is told them at the start of a process; from then on `redacted` replaces each secret in a text by `***`, also
where it is quoted for an address, escaped in JSON or packed in base64; and the signatures of requests with them.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from bot.plain_text import plain_text

if TYPE_CHECKING:
    from bot.settings import Settings

MASK = "***"
SHORTEST = 6
"""Characters of a secret that is worth the name; shorter ones would tear holes in ordinary words."""

CREDENTIALS = frozenset(
    ("apikey", "secret", "uid", "accountid", "login", "password", "twofa", "privatekey", "walletaddress", "token")
)
"""ccxt's names of credentials (its `requiredCredentials`), lower case and without underscores."""
SECRET_PARTS = frozenset(("headers",))
"""Keys of TAPEDECK_EXCHANGE_CONFIG below which every text is held to be secret."""
SIGNATURE = r"(?<=signature=)[^&\s'\"]+"
"""Of a request: for the seconds of its receive window whoever reads it could send it again."""
TOKENS = ("password", "viewer_password", "api_token", "bot_token")
ADDRESSES = ("database_url", "redis_url", "relay_url")


class _Concealed:
    """The secrets of this process."""

    def __init__(self) -> None:
        self.values: frozenset[str] = frozenset()
        self.pattern: re.Pattern[str] | None = None


_concealed = _Concealed()


def conceal(values: Iterable[str]) -> None:
    """From now on `redacted` hides these values too."""
    known = _concealed.values | {value for value in values if len(value) >= SHORTEST}
    if known != _concealed.values:
        _concealed.values = known
        _concealed.pattern = _pattern(known)


def reveal() -> None:
    """Forget every secret; for tests, which share a process."""
    _concealed.values, _concealed.pattern = frozenset(), None


def redacted(text: str) -> str:
    """The text with `***` for each secret that `conceal` was told."""
    return _concealed.pattern.sub(MASK, text) if _concealed.pattern else text


def without_credentials(config: Mapping[str, Any]) -> dict[str, Any]:
    """TAPEDECK_EXCHANGE_CONFIG for another exchange than the one that its keys are of."""
    return {key: value for key, value in config.items() if not is_secret_name(key)}


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every secret that a person set: keys, tokens, passwords, headers of requests, and passwords in addresses."""
    tokens = {name: getattr(settings, name) for name in TOKENS}
    found = {name: token.get_secret_value() for name, token in tokens.items() if token is not None}
    found |= {name: getattr(settings, name) or "" for name in ADDRESSES}
    found["exchange_config"] = settings.exchange_config
    return frozenset().union(*(secrets_in(name, value) for name, value in found.items()))


def secrets_in(name: str, value: object) -> frozenset[str]:
    """The secrets in a setting's value, TAPEDECK_EXCHANGE_CONFIG parsed."""
    if name in TOKENS:
        return frozenset((str(value),))
    if name in ADDRESSES:
        return frozenset(_of_address(str(value)))
    return frozenset(_of_config(value, is_secret=False)) if name == "exchange_config" else frozenset()


def _of_config(value: object, *, is_secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _of_config(inner, is_secret=is_secret or is_secret_name(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _of_config(inner, is_secret=is_secret)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        if is_secret:
            yield from _with_parts(str(value))
        yield from _of_address(str(value))


def is_secret_name(key: object) -> bool:
    """Does ccxt's configuration keep a secret under that key?"""
    return str(key).replace("_", "").lower() in CREDENTIALS | SECRET_PARTS


def _with_parts(secret: str) -> Iterator[str]:
    """Also each line of a key that has many, and what follows `Bearer ` in a header."""
    yield from (secret, *secret.splitlines(), secret.rpartition(" ")[2])


def _of_address(address: str) -> Iterator[str]:
    """The password in `scheme://user:password@host`, and `user:password`, which a proxy gets in base64."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    if parts.password:
        user, password = unquote(parts.username or ""), unquote(parts.password)
        yield from (parts.password, password, f"{user}:{password}")


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    """Longest first: a secret that holds another is hidden whole."""
    forms = {form for value in values for form in forms_of(value)}
    known = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
    return re.compile("|".join((*known, SIGNATURE)))


def forms_of(value: str) -> frozenset[str]:
    """The shapes in which a value gets into a text: as it is, in an address, in JSON and Python, in base64."""
    packed = base64.b64encode(value.encode()).decode().rstrip("=")
    urlsafe = packed.replace("+", "-").replace("/", "_")
    escaped = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    return frozenset((value, quote(value), quote(value, safe=""), quote_plus(value), *escaped, packed, urlsafe))


def guard_tracebacks() -> None:
    """What this process prints of an exception that nobody caught holds no secret, and is plain text."""

    def show(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        sys.stderr.write(plain_text(redacted("".join(traceback.format_exception(kind, error, trace)))))

    def show_ignored(ignored: sys.UnraisableHookArgs) -> None:
        sys.stderr.write(plain_text(redacted(f"{ignored.err_msg or 'Exception ignored in'}: {ignored.object!r}\n")))
        show(ignored.exc_type, ignored.exc_value, ignored.exc_traceback)

    def show_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_type is not SystemExit:
            show(failed.exc_type, failed.exc_value, failed.exc_traceback)

    sys.excepthook = show
    sys.unraisablehook = show_ignored
    threading.excepthook = show_thread
