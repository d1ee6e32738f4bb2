"""Somebody with a browser and no page, over https or in a proxy's place: asks, keeps the cookies, fills in forms.

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
from urllib.parse import urlencode, urlsplit

Headers = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    code: int
    headers: Message
    body: str

    def field(self, name: str) -> str:
        """A hidden field of its form."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.body)
        assert found, f"no field {name} in {self.body}"
        return found[1]


class Guest:
    """`headers` go with each request; `trusts` is the certificate of a server with https."""

    def __init__(self, url: str, *, trusts: Path | None = None, **headers: str) -> None:
        self.url = urlsplit(url)
        self._tls = ssl.create_default_context(cafile=trusts) if trusts else None
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        body = urlencode(form).encode()
        return self._ask("POST", path, body, {"Content_Type": "application/x-www-form-urlencoded", **headers})

    def log_in(self, password: str, totp: str = "") -> Answer:
        """303 where the password is right."""
        token = self.get("/login").field("csrf_token")
        return self.post("/login", {"password": password, "totp": totp, "csrf_token": token})

    @property
    def cookie(self) -> str:
        """As a header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def log_out(self) -> Answer:
        """303 where somebody was logged in."""
        token = json.loads(self.get("/api/v1/session").body)["csrf_token"]
        return self.post("/logout", {"csrf_token": token}, Origin=f"{self.url.scheme}://{self.url.netloc}")

    def is_logged_in(self) -> bool:
        return self.get("/api/v1/bots").code == 200

    def _ask(self, method: str, path: str, body: bytes | None, headers: Headers) -> Answer:
        connection = self._connection()
        sent = {**self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = self.cookie
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode(errors="replace"))
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port or 0
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=15, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=15)
