"""Every answer tells the browser what it may not do with it, whoever made the answer."""

from __future__ import annotations

import pytest

from relay.access.headers import ALWAYS, missing
from tests.support.modes import both_modes
from tests.support.person import Answer, Person
from tests.support.relay import Relay

Pairs = list[tuple[str, str]]


def completed(given: Pairs, **environ: str) -> dict[str, str]:
    """An answer's headers as they go out."""
    return dict(given + missing(given, environ))


def test_what_an_answer_says_itself_stays() -> None:
    found = completed([("X-Frame-Options", "SAMEORIGIN"), ("cache-control", "max-age=5")], PATH_INFO="/api/v1/bots")
    assert found["X-Frame-Options"] == "SAMEORIGIN"
    assert found["cache-control"] == "max-age=5" and "Cache-Control" not in found


def test_a_policy_without_frame_ancestors_gets_it() -> None:
    policy = completed([("Content-Security-Policy", "default-src 'self'; form-action 'self'")])[
        "Content-Security-Policy"
    ]
    assert policy == "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def test_a_page_without_a_policy_gets_the_strictest() -> None:
    assert "default-src 'none'" in completed([("Content-Type", "text/html; charset=utf-8")])["Content-Security-Policy"]
    assert "Content-Security-Policy" not in completed([("Content-Type", "application/json")])


def test_a_report_in_its_sandbox_can_still_be_opened() -> None:
    """Browsers refuse to open what is in a sandbox and asks for an opener's isolation as well."""
    found = completed(
        [("Content-Security-Policy", "sandbox allow-scripts; default-src 'unsafe-inline'")], HTTP_HOST="localhost"
    )
    assert "Cross-Origin-Opener-Policy" not in found
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("scheme", "host", "is_held"),
    [("https", "deck.example", True), ("http", "deck.example", False), ("https", "localhost:8050", False)],
)
def test_browsers_are_held_to_https_where_it_is_spoken_and_the_name_is_the_decks(
    scheme: str, host: str, is_held: bool
) -> None:
    found = completed([], HTTP_HOST=host, **{"wsgi.url_scheme": scheme})
    assert ("Strict-Transport-Security" in found) is is_held


def fault(path: str, answer: Answer) -> list[str]:
    """Which header that every answer has is not in this one."""
    return [f"{path} ({answer.code}): {name}" for name in ALWAYS if answer.headers[name] != ALWAYS[name]]


@both_modes
def test_every_answer_has_them(relay: Relay) -> None:
    guest = Person(relay.url)
    paths = (
        "/", "/login", "/healthz", "/readyz", "/metrics", "/api/v1/bots", "/api/v1/trades.csv", "/api/nothing",
        "/assets/icon.svg", "/assets/nothing.js", "/_dash-layout", "/manifest.webmanifest", "/backtest",
        "/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=polling&sid=unknown", "/socket.io/",
    )  # fmt: skip
    answers = {path: guest.ask(path) for path in paths}
    answers |= {"POST": guest.post("/api/v1/command", {}), "elsewhere": guest.ask("/", Host="evil.example")}
    assert [line for path, answer in answers.items() for line in fault(path, answer)] == []
    for path, answer in answers.items():
        if (answer.headers["Content-Type"] or "").startswith("text/html"):
            policy = answer.headers["Content-Security-Policy"] or ""
            for name in ("frame-ancestors 'none'", "base-uri 'none'", "form-action", "default-src"):
                assert name in policy, f"{path}: {policy}"
        if path.startswith(("/api/", "/metrics", "/socket.io/")):
            assert answer.headers["Cache-Control"] == "no-store", path
        assert "Python" not in (answer.headers["Server"] or ""), path
