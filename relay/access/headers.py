"""What every answer says to the browser, Socket.IO's own included, whoever made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from relay.auth import is_local_name

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "camera", "display-capture", "geolocation",
            "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get",
            "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
        )
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
"""Nothing of the page's own is missing there: it writes to the clipboard and shows notifications."""
OPENER = ("Cross-Origin-Opener-Policy", "same-origin")
"""Not for a page in a sandbox, which browsers refuse to open with it; nor on an open line, where they complain."""
POLICY = "Content-Security-Policy"
PLAIN_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For a page that says nothing itself: errors, redirects."""
EVERY_POLICY = {"base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}
"""Not covered by `default-src`; for a policy that leaves them out."""
HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000")
NEVER_KEPT = ("/api/", "/metrics", "/login", "/logout", "/socket.io/")


class SecurityHeaders:
    """A WSGI application around another."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, headers + missing(headers, environ), exc_info)

        return self._app(environ, start)


def missing(headers: list[tuple[str, str]], environ: WSGIEnvironment) -> list[tuple[str, str]]:
    """The headers that have to be added to those; a policy that is there is added to in its place."""
    given = {name.lower(): number for number, (name, _) in enumerate(headers)}
    wanted = dict(ALWAYS)
    policy = _policy(headers, given)
    if policy and POLICY.lower() in given:
        headers[given[POLICY.lower()]] = (POLICY, policy)
    elif policy:
        wanted[POLICY] = policy
    is_https, is_local = environ.get("wsgi.url_scheme") == "https", is_local_name(environ.get("HTTP_HOST", ""))
    if "sandbox" not in policy and (is_https or is_local):
        wanted[OPENER[0]] = OPENER[1]
    if is_https and not is_local:
        wanted[HTTPS_ONLY[0]] = HTTPS_ONLY[1]
    if environ.get("PATH_INFO", "").startswith(NEVER_KEPT):
        wanted["Cache-Control"] = "no-store"
    return [(name, value) for name, value in wanted.items() if name.lower() not in given]


def _policy(headers: list[tuple[str, str]], given: dict[str, int]) -> str:
    """The whole policy of the answer; empty where it needs none."""
    if POLICY.lower() in given:
        said = headers[given[POLICY.lower()]][1]
        names = {directive.split()[0] for directive in said.split(";") if directive.strip()}
        return "; ".join(
            (said.rstrip("; "), *(f"{name} {EVERY_POLICY[name]}" for name in EVERY_POLICY if name not in names))
        )
    kind = headers[given["content-type"]][1] if "content-type" in given else ""
    return PLAIN_PAGE if kind.startswith("text/html") else ""
