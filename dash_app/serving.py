"""How the page goes out: each file packed once, kept for ever by the browser where its URL says which bytes it is.

Whatever has no fingerprint (the document, the layout, icons) is asked for again, and answered with 304 while it is the
same.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import flask
from dash import Dash
from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from dash_app import document, suites
from dash_app.bundle import Bundle
from dash_app.packing import CODINGS, Packs, is_worth_packing, tag

A_YEAR = 31_536_000
MIMETYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}
SHELL_DATA = ("/_dash-layout", "/_dash-dependencies")
DOCUMENT = ("/", "/<path:path>")
"""Dash's endpoints for its one document."""
POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Content:
    """What stands behind a URL. `is_fixed`: the URL will never mean other bytes."""

    body: bytes
    mimetype: str
    tag: str
    is_fixed: bool


class Shelf:
    """The static files by their path, each read once."""

    def __init__(self, app: Dash, assets: Path, bundles: list[Bundle]) -> None:
        self._app = app
        self._assets = assets.resolve()
        self._bundles = bundles
        self._suites: dict[str, Content] = {}

    def find(self, path: str) -> Content | None:
        """The content at that path; None where it is for Dash or somebody else to answer."""
        if path.startswith(suites.PREFIX):
            return self._suite(path)
        if path.startswith("/assets/"):
            return self._bundle(path) or self._asset(path.removeprefix("/assets/"))
        return None

    def _suite(self, path: str) -> Content | None:
        located = suites.locate(self._app, path)
        if located is None:
            return None
        package, file, is_fixed = located
        if path not in self._suites:
            self._suites[path] = content(suites.read(package, file), file, is_fixed=is_fixed)
        return self._suites[path]

    def _bundle(self, path: str) -> Content | None:
        found = next((bundle for bundle in self._bundles if bundle.path == path), None)
        return content(found.body, path, is_fixed=True) if found else None

    def _asset(self, name: str) -> Content | None:
        try:
            file = (self._assets / name).resolve()
            is_ours = file.is_relative_to(self._assets) and file.is_file()
        except (OSError, ValueError):  # no name that a file can have
            return None
        if not is_ours:
            return None
        return content(file.read_bytes(), file.name, is_fixed=False)


def content(body: bytes, name: str, *, is_fixed: bool) -> Content:
    suffix = Path(name).suffix
    mimetype = MIMETYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    return Content(body, mimetype, tag(body), is_fixed)


def respond(found: Content, packs: Packs) -> Response:
    """The answer to this request: packed as the browser takes it, plain to one that asks for a part of it."""
    coding = _coding(found)
    body = packs.get(found.body, found.tag, coding) if coding else found.body
    response = Response(body, content_type=_content_type(found.mimetype))
    if coding:
        response.content_encoding = coding
    if is_worth_packing(found.body, found.mimetype):
        response.vary.add("Accept-Encoding")
    _set_caching(response, found.is_fixed)
    response.set_etag(f"{found.tag}-{coding}" if coding else found.tag)
    try:
        response.make_conditional(request, accept_ranges=not coding, complete_length=len(body))
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
    return response


def _coding(found: Content) -> str | None:
    if "Range" in request.headers or not is_worth_packing(found.body, found.mimetype):
        return None
    return next((coding for coding in CODINGS if request.accept_encodings[coding] > 0), None)


def _content_type(mimetype: str) -> str:
    return f"{mimetype}; charset=utf-8" if mimetype.startswith("text/") else mimetype


def _set_caching(response: Response, is_fixed: bool) -> None:
    if is_fixed:
        response.cache_control.public = True
        response.cache_control.max_age = A_YEAR
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True


def serve(server: flask.Flask, app: Dash, shelf: Shelf, packs: Packs) -> None:
    """Answer for the static files of `app`, and send its document and layout packed, with an ETag and a policy."""

    def answer_static() -> Response | None:
        found = shelf.find(request.path) if request.method in ("GET", "HEAD") else None
        return respond(found, packs) if found else None

    def finish(response: Response) -> Response:
        is_document = request.endpoint in DOCUMENT
        tags = document.session_tags() if is_document and response.status_code == 200 else ""
        if tags:
            response = _personal(document.with_tags(response.get_data(as_text=True), tags))
        elif response.status_code == 200 and (is_document or request.path in SHELL_DATA):
            body = response.get_data()
            response = respond(Content(body, response.mimetype or "", tag(body), is_fixed=False), packs)
        if is_document:
            response.headers["Content-Security-Policy"] = policy(app.csp_hashes)
        return response

    server.before_request(answer_static)
    server.after_request(finish)


def _personal(body: str) -> Response:
    """A document that is one person's: nobody keeps it, and it is not packed, for each is another."""
    response = Response(body, content_type="text/html; charset=utf-8")
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response


def policy(hashes: Callable[[], list[str]]) -> str:
    """What the page may load: from here alone, and of inline scripts those of Dash."""
    return POLICY.format(hashes=" ".join(dict.fromkeys(hashes())))
