"""The layout as a whole: every hook of the contract once, nothing but description in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

import layouts
from dash_app import create_app, figures, ids

ROOT = Path(__file__).resolve().parents[2]


def ids_of_the_page() -> list[str]:
    root = layouts.layout()
    return [root.id, *(part.id for part in root._traverse() if getattr(part, "id", None))]


def imports(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                yield path.name, node.module or ""
            elif isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)


def test_every_hook_of_the_contract_is_there_once() -> None:
    found = ids_of_the_page()
    assert {name: found.count(name) for name in ids.CONTRACT} == dict.fromkeys(ids.CONTRACT, 1)


def test_no_id_stands_twice() -> None:
    found = ids_of_the_page()
    assert len(found) == len(set(found))


def test_the_page_stays_small_for_dash() -> None:
    assert len(list(layouts.layout()._traverse())) < 95, "each component costs time at every frame: docs/decisions.md"


def test_the_root_carries_its_data_attributes_from_the_start() -> None:
    root = layouts.layout().to_plotly_json()["props"]
    expected = {"bot-status", "connection", "price", "position", "mode", "seq"}
    assert {name.removeprefix("data-") for name in root if name.startswith("data-")} == expected
    assert root["data-connection"] == "connecting"


@pytest.mark.parametrize("folder", ["layouts", "callbacks", "dash_app"])
def test_the_page_knows_nothing_of_the_bot_the_relay_or_eventlet(folder: str) -> None:
    forbidden = ("bot", "relay", "eventlet", "socket_server", "flask_socketio")
    assert [found for found in imports(folder) if found[1].split(".")[0] in forbidden] == []


def test_layouts_hold_no_callbacks() -> None:
    assert [found for found in imports("layouts") if found[1].split(".")[0] == "callbacks"] == []
    assert not [path for path in (ROOT / "layouts").glob("*.py") if "callback(" in path.read_text()]


def test_the_chart_uploads_nothing_and_has_no_range_slider() -> None:
    assert figures.CONFIG["showSendToCloud"] is False
    assert figures.CONFIG["displaylogo"] is False
    assert figures.price_figure().layout.xaxis.rangeslider.visible is False


@pytest.fixture(scope="module")
def client() -> flask.testing.FlaskClient:
    server = flask.Flask("test")
    server.add_url_rule("/healthz", view_func=lambda: "alive")
    create_app(server)
    return server.test_client()


@pytest.mark.parametrize("path", ["/", "/trade/t-1"])
def test_the_page_is_at_the_root_and_at_each_trade(client: flask.testing.FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "<title>Tapedeck</title>" in page.text


def test_other_routes_keep_their_paths(client: flask.testing.FlaskClient) -> None:
    assert client.get("/healthz").text == "alive"


def test_nothing_comes_from_another_host(client: flask.testing.FlaskClient) -> None:
    assert "https://" not in client.get("/").text
    for sheet in (ROOT / "assets").glob("*.css"):
        assert "@import" not in sheet.read_text()


def test_every_callback_runs_in_the_browser(client: flask.testing.FlaskClient) -> None:
    found = client.get("/_dash-dependencies").json
    assert found
    assert all(callback["clientside_function"] for callback in found)
