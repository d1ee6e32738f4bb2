"""What makes the page installable: a service worker that keeps the shell, and never a number."""

from __future__ import annotations

import json
import re
from pathlib import Path

import flask
from dash import Dash
from flask import Response

from dash_app.packing import Packs, tag
from dash_app.serving import SHELL_DATA, content, respond

PATH = "/service-worker.js"
SCRIPT = Path(__file__).with_name("service_worker.js")
_LINK = re.compile(r'(?:src|href|data-later)="(/[^"]+)"')


def serve(server: flask.Flask, app: Dash, packs: Packs) -> None:
    """Serve the worker at the root, for only there it may answer for the whole page."""

    def worker() -> Response:
        source = script(app.index()).encode()
        return respond(content(source, PATH, is_fixed=False), packs)

    server.add_url_rule(PATH, "service_worker", worker)


def script(document: str) -> str:
    """The worker for that document: it differs whenever the document does, so a browser takes the new one up."""
    code = SCRIPT.read_text()
    fresh = ["/", *SHELL_DATA]
    fixed = sorted({link for link in _LINK.findall(document) if link not in fresh})
    shell = {"version": tag((document + code).encode()), "fresh": fresh, "fixed": fixed}
    return f"const SHELL = {json.dumps(shell)};\n{code}"
