"""Who looks at the page, as the document says it: to nobody but the one it is about."""

from __future__ import annotations

import re
from types import SimpleNamespace

import flask
import pytest
from flask.testing import FlaskClient

from dash_app import create_app
from layouts import account

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


def client_of(role: str | None, means: str) -> FlaskClient:
    """Somebody at a page whose server has found out who it is; None where nobody asks."""
    server = flask.Flask("test")
    server.secret_key = "of the tests"

    @server.before_request
    def ask() -> None:
        if role is not None:
            flask.g.visitor = SimpleNamespace(role=role, means=means)

    create_app(server)
    return server.test_client()


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_the_document_of_a_session_carries_its_token_and_role(role: str) -> None:
    page = client_of(role, "session").get("/")
    assert TOKEN.findall(page.text)
    assert f'<meta name="role" content="{role}">' in page.text


@pytest.mark.parametrize(("role", "means"), [(None, ""), ("operator", "loopback"), ("operator", "token")])
def test_every_other_document_is_the_one_that_all_share(role: str | None, means: str) -> None:
    page = client_of(role, means).get("/")
    assert "csrf-token" not in page.text
    assert 'name="role"' not in page.text
    assert page.headers["ETag"]


def test_nobody_keeps_the_document_of_a_session() -> None:
    page = client_of("operator", "session").get("/", headers={"Accept-Encoding": "br, gzip"})
    assert {"private", "no-store"} <= set(page.headers["Cache-Control"].split(", "))
    assert "ETag" not in page.headers
    assert "Content-Encoding" not in page.headers, "a packed form would be held for ever"
    assert "script-src" in page.headers["Content-Security-Policy"]


def test_the_worker_is_the_same_for_everybody_and_knows_no_token() -> None:
    shared = client_of(None, "").get("/service-worker.js").text
    own = client_of("operator", "session").get("/service-worker.js").text
    assert own == shared
    assert own == client_of("operator", "session").get("/service-worker.js").text


def test_the_document_is_the_shared_one_but_for_its_tags() -> None:
    own = client_of("operator", "session").get("/").text
    shared = client_of(None, "").get("/").text
    assert re.sub(r'<meta name="(csrf-token|role)"[^>]*>', "", own) == shared


def test_its_parts_are_empty_until_the_script_fills_them() -> None:
    for part in (account.strip(), account.layout(), account.proof()):
        assert getattr(part, "children", None) is None
