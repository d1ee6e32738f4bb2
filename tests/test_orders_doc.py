"""What docs/orders.md and docs/paper.md promise: their tables are the settings as they are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.core.order_policy import OrderPolicy
from bot.shell.paper_broker import PaperSettings, paper_settings
from tests.support.processes import ROOT


def rows(page: str) -> dict[str, list[str]]:
    """The cells of each row that begins with the name of a setting."""
    text = (ROOT / "docs" / page).read_text()
    return {name: cells.split(" | ") for name, cells in re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)}


def takes(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    return "true, false" if schema["type"] == "boolean" else f"{schema['minimum']} to {schema['maximum']}"


def shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def test_each_word_about_orders_has_its_row() -> None:
    schema = OrderPolicy.model_json_schema()["properties"]
    expected = {
        name: [shown(field.default), takes(schema[name]), str(field.description)]
        for name, field in OrderPolicy.model_fields.items()
    }
    assert rows("orders.md") == expected


def test_each_paper_setting_has_its_row() -> None:
    assert list(rows("paper.md")) == list(PaperSettings.model_fields)


@pytest.mark.parametrize("name", [name for name in PaperSettings.model_fields if name != "deposit"])
def test_the_defaults_of_paper_are_as_they_are(name: str) -> None:
    ours, real = (shown(getattr(paper_settings({}, exchange), name)) for exchange in ("simulated", "binance"))
    default, on_an_exchange, _ = rows("paper.md")[name]
    assert default == ours
    assert on_an_exchange == (real if real != ours else "the same")
