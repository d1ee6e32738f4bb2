"""The backtest view's place in the page, and that its scripts come only when it is opened."""

from __future__ import annotations

import re

import flask
import pytest

from dash_app import create_app
from layouts import backtest


@pytest.fixture(scope="module")
def client() -> flask.testing.FlaskClient:
    server = flask.Flask("test")
    create_app(server)
    return server.test_client()


def test_its_place_is_empty_and_hidden_until_it_is_opened() -> None:
    place = backtest.layout().to_plotly_json()["props"]
    assert place["hidden"]
    assert place.get("children") is None


def test_both_ways_in_are_links_to_its_address() -> None:
    for link in (backtest.switch(), backtest.door()):
        assert link.to_plotly_json()["props"]["href"] == "/backtest"


def test_the_page_at_its_address_is_the_deck(client: flask.testing.FlaskClient) -> None:
    assert "<title>Tapedeck</title>" in client.get("/backtest").text


def test_its_scripts_are_served_and_not_loaded_with_the_page(client: flask.testing.FlaskClient) -> None:
    loaded = re.findall(r"assets/(\w+)\.js", client.get("/").text)
    assert "backtest" in loaded
    assert [name for name in loaded if name.startswith("backtest_")] == []
    with client.get("/assets/backtest_view.js") as served:
        assert served.status_code == 200
