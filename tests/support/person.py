"""A person with a browser's cookies and no browser: logs in, asks, acts."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any, cast

OPERATOR_PASSWORD = "the operator's password"
VIEWER_PASSWORD = "the viewer's password"
WITH_PASSWORDS = {"TAPEDECK_PASSWORD": OPERATOR_PASSWORD, "TAPEDECK_VIEWER_PASSWORD": VIEWER_PASSWORD}
"""Settings of a relay that asks who it is."""

CSRF_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, redirects not followed."""

    code: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A redirect is an answer like any other."""


@dataclass(slots=True)
class Person:
    """Keeps cookies; `csrf` is what the login's form said."""

    url: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    csrf: str = ""
    _opener: urllib.request.OpenerDirector | None = None

    @property
    def cookie(self) -> str:
        """As a header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def ask(self, path: str, body: bytes | None = None, method: str | None = None, **headers: str) -> Answer:
        """A header `X_CSRF_Token` is given with underscores."""
        if self._opener is None:
            self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Stay)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, body, named, method=method)
        try:
            with cast(HTTPResponse, self._opener.open(request, timeout=20)) as answer:
                return Answer(code=answer.status, headers=dict(answer.headers), text=answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(code=error.code, headers=dict(error.headers), text=error.read().decode())

    def log_in(self, password: str = OPERATOR_PASSWORD, **fields: str) -> Answer:
        """Fill in the form as it stands there."""
        found = CSRF_FIELD.search(self.ask("/login").text)
        self.csrf = found[1] if found else self.csrf
        return self.post("/login", {"password": password, "csrf_token": self.csrf, **fields})

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """A form as a browser sends it."""
        return self.ask(path, urllib.parse.urlencode(fields).encode())

    def command(self, name: str, **fields: Any) -> Answer:
        body = json.dumps({"command": name, **fields}).encode()
        return self.ask("/api/v1/command", body, Content_Type="application/json", X_CSRF_Token=self.csrf)
