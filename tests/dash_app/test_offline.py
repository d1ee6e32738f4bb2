"""What a home screen needs: a manifest with icons as large as it says, and a worker that keeps the shell alone."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from dash_app import create_app, document, offline

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    server = flask.Flask("test")
    create_app(server)
    return server.test_client()


def shell(script: str) -> dict[str, Any]:
    return dict(json.loads(script.partition("const SHELL = ")[2].partition(";\n")[0]))


def test_every_icon_is_as_large_as_the_manifest_says(client: FlaskClient) -> None:
    manifest = client.get("/assets/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    icons = [icon for icon in json.loads(manifest.text)["icons"] if icon["type"] == "image/png"]
    assert {icon["sizes"] for icon in icons} == {"192x192", "512x512"}
    assert any(icon.get("purpose") == "maskable" for icon in icons)
    for icon in icons:
        width, height = struct.unpack(">II", client.get(icon["src"]).data[16:24])
        assert icon["sizes"] == f"{width}x{height}"


def test_the_colours_before_the_style_sheet_are_those_of_the_tokens() -> None:
    grounds = re.findall(r"--bg: (#\w+);", (ASSETS / "tokens.css").read_text())
    assert grounds[0] == document.THEME_COLORS["dark"]
    assert set(grounds[1:]) == {document.THEME_COLORS["light"]}
    manifest = json.loads((ASSETS / "manifest.webmanifest").read_text())
    assert manifest["theme_color"] == manifest["background_color"] == document.THEME_COLORS["dark"]


def test_the_worker_keeps_all_that_the_document_names_and_nothing_that_a_bot_said(client: FlaskClient) -> None:
    kept = shell(client.get("/service-worker.js").text)
    page = client.get("/").text
    named = set(re.findall(r'(?:src|href|data-later)="(/[^"]+)"', page))
    assert named <= {*kept["fixed"], *kept["fresh"]}
    assert not [url for url in (*kept["fixed"], *kept["fresh"]) if url.startswith(("/api", "/socket.io"))]
    assert {client.get(url).status_code for url in (*kept["fixed"], *kept["fresh"])} == {200}


def test_another_document_is_another_worker() -> None:
    one, other = (shell(offline.script(f'<script src="/assets/deck.{name}.js">')) for name in ("a", "b"))
    assert one["version"] != other["version"]
    assert one["fixed"] == ["/assets/deck.a.js"]
