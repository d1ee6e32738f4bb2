"""A person with a browser and no page: asks, keeps the cookies, fills in the login's form, acts.

Cookies that are for https alone are sent in any case: before the relay a proxy has taken the https away.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from email.message import Message
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

OPERATOR_PASSWORD = "correct horse battery staple"
VIEWER_PASSWORD = "only here to look"
WITH_PASSWORDS = {"TAPEDECK_PASSWORD": OPERATOR_PASSWORD, "TAPEDECK_VIEWER_PASSWORD": VIEWER_PASSWORD}
"""Settings of a relay that asks who it is."""

TIMEOUT_S = 20
CSRF_FIELD = "csrf_token"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, redirects not followed."""

    code: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def field(self, name: str) -> str:
        """A hidden field of its form; empty where there is none."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found[1] if found else ""


class Person:
    """`headers` go with each request; `trusts` is the certificate of a server with https.

    A header `X_CSRF_Token` is given with underscores; `csrf` is what the login's form said.
    """

    def __init__(self, url: str, *, trusts: Path | None = None, **headers: str) -> None:
        self.url = urlsplit(url)
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self._tls = ssl.create_default_context(cafile=trusts) if trusts else None
        self._headers = _named(headers)

    @property
    def cookie(self) -> str:
        """As a header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, path: str, body: bytes | None = None, method: str | None = None, **headers: str) -> Answer:
        """A GET, or a POST where there is a body."""
        cookies = {"Cookie": self.cookie} if self.cookies else {}
        sent = {**self._headers, **cookies, **_named(headers)}
        connection = self._connection()
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode(errors="replace"))
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """A form as a browser sends it."""
        form = {"Content_Type": "application/x-www-form-urlencoded", **headers}
        return self.ask(path, urlencode(fields).encode(), **form)

    def log_in(self, password: str = OPERATOR_PASSWORD, **fields: str) -> Answer:
        """Fill in the form as it stands there; 303 where the password is right."""
        self.csrf = self.ask("/login").field(CSRF_FIELD) or self.csrf
        return self.post("/login", {"password": password, CSRF_FIELD: self.csrf, **fields})

    def log_out(self) -> Answer:
        """303 where somebody was logged in."""
        token = self.ask("/api/v1/session").json["csrf_token"]
        return self.post("/logout", {CSRF_FIELD: token}, Origin=f"{self.url.scheme}://{self.url.netloc}")

    def is_logged_in(self) -> bool:
        return self.ask("/api/v1/bots").code == 200

    def command(self, name: str, **fields: Any) -> Answer:
        body = json.dumps({"command": name, **fields}).encode()
        return self.ask("/api/v1/command", body, Content_Type="application/json", X_CSRF_Token=self.csrf)

    def _keep(self, answer: Answer) -> None:
        """The cookies that it sets, and not those that it takes away."""
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port or 0
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
