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
    document = client.get("/").text
    loaded = "".join(client.get(path).text for path in re.findall(r'src="(/assets/[^"]+)"', document))
    assert "scripts.backtest = " in loaded
    assert "scripts.backtest_view = " not in loaded
    on_demand = re.findall(r'<meta name="backtest-script" content="([^"]+)"', document)
    assert "scripts.backtest_view = " in client.get(on_demand[0]).text
