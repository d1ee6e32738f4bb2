"""May `.env` hold what it holds? Secrets in it are for its owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from bot.redaction import secrets_in

READABLE_BY_OTHERS = 0o044


def fault(path: Path, values: Mapping[str, str | None]) -> str | None:
    """Why the file, whose `values` are by the settings' names (`password`), is refused, as one line; None where it may
    be used. Systems other than POSIX say nothing of who may read."""
    if os.name != "posix" or not path.stat().st_mode & READABLE_BY_OTHERS:
        return None
    held = [name for name, value in values.items() if value and _is_secret(name, value)]
    if not held:
        return None
    return f"{path}: holds secrets ({', '.join(sorted(held))}) and others on this machine may read it: chmod 600 {path}"


def _is_secret(name: str, value: str) -> bool:
    try:
        parsed = json.loads(value) if name == "exchange_config" else value
    except ValueError:  # whoever reads the setting says so
        parsed = value
    return bool(secrets_in(name, parsed))
