"""The description of the HTTP API says what is there: every route, nothing else, and what each answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from relay.openapi import describe
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay
from tests.support.relay_app import relay_parts

METHODS = {"get", "post", "put", "patch", "delete"}
Route = tuple[str, str]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The relay's own app, with every route that it serves."""
    with relay_parts(tmp_path) as parts:
        yield parts.app


def served(app: Flask) -> set[Route]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    return {
        (method.lower(), re.sub(r"<[^>]*>", "{}", rule.rule))
        for rule in rules
        for method in (rule.methods or set())
        if method.lower() in METHODS
    }


def described() -> set[Route]:
    return {
        (method, re.sub(r"{[^}]*}", "{}", path)) for path, methods in describe()["paths"].items() for method in methods
    }


def test_every_route_is_described_and_no_other(app: Flask) -> None:
    assert served(app) == described()


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    document = describe()
    used = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert used == set(document["components"]["schemas"])


def test_each_part_of_a_path_is_a_parameter() -> None:
    for path, methods in describe()["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert named == set(re.findall(r"{([^}]*)}", path)), path


def test_it_is_served_behind_the_gate(relay: Relay, bot: ForeignBot) -> None:
    code, document = relay.get("/api/v1/openapi.json")
    assert code == 200
    assert document["openapi"] == "3.1.0"
    assert document["paths"].keys() == describe()["paths"].keys()


def fields_of(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def test_what_a_bot_reported_is_answered_as_it_is_described(relay: Relay, bot: ForeignBot) -> None:
    shapes = describe()["components"]["schemas"]
    assert set(relay.get("/api/v1/bots")[1]["bots"][0]) == fields_of(shapes["Bot"])
    assert set(relay.get("/api/v1/stats")[1]) == fields_of(shapes["Stats"]) - {"seq"}
    assert set(relay.get("/api/v1/status")[1]) == fields_of(shapes["Status"])
    assert bot.call("trade_executed", {"id": "a", "ts": 1, "symbol": "B/Q", "side": "buy", "price": 1, "amount": 1})
    assert set(relay.get("/api/v1/trades")[1]["trades"][0]) == fields_of(shapes["Trade"])
