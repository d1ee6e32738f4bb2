"""`/api/v1/openapi.json`: the HTTP API as OpenAPI 3.1, for people, generators and tests."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response
from orjson import dumps

from relay.openapi_paths import paths
from relay.openapi_schemas import Schema, components

VERSION = "1"


def create_blueprint() -> Blueprint:
    """The one route."""
    api = Blueprint("openapi", __name__)

    @api.get("/api/v1/openapi.json")
    def description() -> Response:
        return Response(_encoded(), content_type="application/json")

    return api


def describe() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tapedeck",
            "version": VERSION,
            "description": (
                "Money and amounts are decimal strings, ratios and percentages numbers, times milliseconds UTC."
                ' Errors are `{"error": "one sentence"}`. A session sends the header X-CSRF-Token with what is no GET.'
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}, {}],
        "paths": paths(),
        "components": {
            "schemas": components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tapedeck_session"},
            },
        },
    }


@cache
def _encoded() -> bytes:
    return dumps(describe())
