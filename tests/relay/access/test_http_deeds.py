"""What people do over HTTP that is no command stands in the audit too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, g, jsonify
from flask.testing import FlaskClient

from relay.access.audit import Audit
from relay.access.clerk import Clerk
from relay.access.http_deeds import DEEDS, write_down
from relay.access.visitor import Means, Role, Visitor
from relay.backtest_api import create_blueprint
from relay.backtests import Backtests
from relay.tape import Tape

WHO = Visitor(role=Role.OPERATOR, means=Means.TOKEN, address="10.0.0.9")


@pytest.fixture
def tape(tmp_path: Path) -> Iterator[Tape]:
    made = Tape(f"sqlite:///{tmp_path / 'tape.db'}")
    yield made
    made.close()


@pytest.fixture
def audit(tape: Tape) -> Audit:
    return Audit(tape.engine, lambda: 0)


@pytest.fixture
def client(audit: Audit) -> FlaskClient:
    """Routes named like the real ones: `/start` does it, `/cancel/<id>` refuses; `/file` only reads."""
    app, api = Flask("tapedeck"), Blueprint("backtests", __name__)

    @api.post("/start")
    def start() -> Response:
        return jsonify(run={})

    @api.delete("/cancel/<run_id>")
    def cancel(run_id: str) -> tuple[Response, int]:
        return jsonify(error="There is no such run."), 404

    @api.get("/file")
    def file() -> Response:
        return jsonify()

    @app.before_request
    def come_in() -> None:
        g.visitor = WHO

    write_down(api, Clerk(audit, lambda: 0.0))
    app.register_blueprint(api)
    return app.test_client()


def test_what_was_done_is_written_with_what_was_asked(client: FlaskClient, audit: Audit) -> None:
    client.post("/start?name=a", json={"strategy": "dca"})
    client.get("/file")
    [entry] = audit.entries(10)
    assert (entry.who, entry.action, entry.outcome) == ("operator by token", "backtest_start", "ok")
    assert entry.detail == '{"name": "a", "strategy": "dca"}'


def test_what_was_refused_is_written_with_the_reason(client: FlaskClient, audit: Audit) -> None:
    for _ in range(3):
        client.delete("/cancel/7")
    [entry] = audit.entries(10)
    assert (entry.action, entry.outcome) == ("backtest_cancel", "There is no such run.")


def test_every_route_of_backtests_that_changes_something_is_known(tmp_path: Path) -> None:

    app = Flask("tapedeck")
    backtests = Backtests(tmp_path, spawn=lambda task: None, wall_ms=lambda: 0)
    app.register_blueprint(create_blueprint(backtests))
    changing = {
        rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) & {"POST", "DELETE", "PUT"}
    }
    assert changing == set(DEEDS)
