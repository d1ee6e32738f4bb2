"""The golden messages, for whoever is bound by them: `tests/wire/<type>.json`.

`accepted`: what a bot may send and the envelope that the relay shows for it; `refused`: what is not taken, and why.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.events import TYPES

Case = dict[str, Any]
FOLDER = Path(__file__).parent
GOLDEN: dict[str, Case] = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in TYPES}
LISTED: dict[str, str] = json.loads((FOLDER / "fields.json").read_text())


def each(kind: str) -> pytest.MarkDecorator:
    """Runs a test with (name, case) for every accepted, or every refused, golden message."""
    cases = [pytest.param(name, case, id=f"{name}: {case['what']}") for name in GOLDEN for case in GOLDEN[name][kind]]
    return pytest.mark.parametrize(("name", "case"), cases)
