"""The files that settings stand in: names in them that are no settings, and secrets that others could read."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.redaction import secrets_in

PREFIX = "TAPEDECK_"
ENV_FILE = ".env"
TOML_FILE = "tapedeck.toml"
READABLE_BY_OTHERS = 0o044


def warnings(known: Collection[str]) -> Iterator[str]:
    """What is odd about the environment and the files, a line each; `known` are the settings' names (`password`).

    Raises `tomllib.TOMLDecodeError`, `UnicodeDecodeError` and `OSError`.
    """
    upper = [name.upper() for name in known]
    for name in sorted({*os.environ, *_dotenv()}):
        bare = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and bare not in upper:
            yield _unknown(name, bare, upper, PREFIX)
    toml = _toml()
    for name in sorted(set(toml) - set(known)):
        yield _unknown(f"{name} in {TOML_FILE}", name.lower(), known, "")
    fault = _fault(Path(TOML_FILE), {name: value for name, value in toml.items() if name in known})
    if fault:  # no place for secrets, and not refused: it may have held them before anybody looked
        yield f"{fault}, or move them to {ENV_FILE}"


def fault(known: Collection[str]) -> str | None:
    """Why `.env` is refused, as one line; None where it may be used, or is not there."""
    named = {name.upper().removeprefix(PREFIX).lower(): value for name, value in _dotenv().items()}
    return _fault(Path(ENV_FILE), {name: value for name, value in named.items() if name in known})


def _dotenv() -> Mapping[str, str | None]:
    return dotenv_values(ENV_FILE) if Path(ENV_FILE).is_file() else {}


def _toml() -> dict[str, Any]:
    return tomllib.loads(Path(TOML_FILE).read_text("utf-8")) if Path(TOML_FILE).is_file() else {}


def _unknown(shown: str, name: str, known: Collection[str], prefix: str) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {prefix}{close[0]}?" if close else "--help lists them all"
    return f"{shown} is not a setting and is ignored; {hint}"


def _fault(path: Path, values: Mapping[str, object]) -> str | None:
    """Systems other than POSIX say nothing of who may read."""
    held = [name for name, value in values.items() if value and _is_secret(name, value)]
    if not held or os.name != "posix" or not path.stat().st_mode & READABLE_BY_OTHERS:
        return None
    return f"{path}: holds secrets ({', '.join(sorted(held))}) and others on this machine may read it: chmod 600 {path}"


def _is_secret(name: str, value: object) -> bool:
    try:
        parsed = json.loads(value) if name == "exchange_config" and isinstance(value, str) else value
    except ValueError:  # whoever reads the setting says so
        parsed = value
    return bool(secrets_in(name, parsed))
