"""What is known to be secret is `***` in every text, in whatever shape it comes."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.log import _formatter
from bot.redaction import MASK, conceal, redacted, reveal, secrets_of, without_credentials
from bot.settings import load
from tests.support.processes import ROOT

SECRET = 'hun"ter+2/two=='
KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFx\n-----END PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def _a_new_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    reveal()
    yield
    reveal()


def secrets_in(config: dict[str, Any]) -> frozenset[str]:
    return secrets_of(load(exchange="binance", exchange_config=config))


def test_the_signature_of_a_request_is_hidden_and_the_rest_of_it_told() -> None:
    conceal([SECRET])

    assert redacted("GET 'https://x/account?signature=0a1b%2F&recvWindow=10'") == (
        "GET 'https://x/account?signature=***&recvWindow=10'"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"binance refuses {SECRET}!",
        f"GET /order?key={quote(SECRET, safe='')}&x=1",
        json.dumps({"apiKey": SECRET}),
        repr({"apiKey": SECRET}),
        "Authorization: Basic " + base64.b64encode(SECRET.encode()).decode(),
        "token " + base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_every_shape(text: str) -> None:
    conceal([SECRET])

    hidden = redacted(text)

    assert MASK in hidden
    for part in ("hun", "ter", base64.b64encode(SECRET.encode()).decode()[:6]):
        assert part not in hidden.removeprefix("Authorization")


def test_what_another_exchange_is_told_holds_no_key() -> None:
    config = {
        "apiKey": "K",
        "secret": "S",
        "private_key": "P",
        "headers": {"X": "Y"},
        "proxies": {},
        "urls": {"api": "u"},
    }
    assert without_credentials(config) == {"proxies": {}, "urls": {"api": "u"}}


def test_other_words_stay_as_they_are() -> None:
    conceal([SECRET])

    assert redacted("binance refuses the hunter") == "binance refuses the hunter"


def test_what_is_too_short_to_be_a_secret_tears_no_holes() -> None:
    conceal(["t", "usdt", "12345"])

    assert redacted("the usdt 12345 stay") == "the usdt 12345 stay"


def test_a_secret_that_holds_another_is_hidden_whole() -> None:
    conceal(["hunter", "hunter2hunter"])

    assert redacted("hunter2hunter hunter2") == f"{MASK} {MASK}2"


def test_what_is_concealed_later_is_hidden_beside_what_was() -> None:
    conceal(["hunter2"])
    conceal(["secret7"])

    assert redacted("hunter2 secret7") == f"{MASK} {MASK}"


WRITTEN = st.characters(exclude_categories=["Cs"], exclude_characters="*")


@given(st.text(WRITTEN, min_size=6), st.text(WRITTEN), st.text(WRITTEN))
def test_no_text_around_it_shows_a_secret(secret: str, before: str, after: str) -> None:
    reveal()
    conceal([secret])

    assert secret not in redacted(before + secret + after)


@pytest.mark.parametrize("name", ["apiKey", "secret", "uid", "login", "password", "twofa", "privateKey", "token"])
def test_every_credential_of_ccxts_is_a_secret_at_any_depth(name: str) -> None:
    assert "hunter2" in secrets_in({name: "hunter2"})
    assert "hunter2" in secrets_in({"options": {"accounts": [{name: "hunter2"}]}})


def test_a_number_as_credential_is_a_secret_too() -> None:
    assert "12345678" in secrets_in({"uid": 12345678})


def test_what_is_no_credential_is_no_secret() -> None:
    config = {
        "options": {"defaultType": "spot"},
        "timeout": 10_000,
        "urls": {"api": {"public": "http://127.0.0.1:9000"}},
    }

    assert secrets_in(config) == frozenset()


def test_headers_are_secret_with_and_without_their_scheme() -> None:
    assert {"Bearer hunter2", "hunter2"} <= secrets_in({"headers": {"Authorization": "Bearer hunter2"}})


def test_the_password_of_a_proxy_is_a_secret_quoted_plain_and_as_it_is_sent() -> None:
    found = secrets_in({"httpsProxy": "http://me:hunter%402@proxy:3128", "proxies": {"http": "socks5://a:other7@b"}})

    assert {"hunter%402", "hunter@2", "me:hunter@2", "other7"} <= found
    assert "proxy" not in found


def test_each_line_of_a_long_key_is_a_secret() -> None:
    conceal(secrets_in({"secret": KEY}))

    assert redacted("at MC4CAQAwBQYDK2VwBCIEIFx") == f"at {MASK}"
    assert redacted(f"The key {KEY!r}.") == f"The key '{MASK}'."


def test_tokens_and_the_databases_password_are_secrets() -> None:
    settings = load(api_token="hunter2", bot_token="hunter3", database_url="postgresql://me:hunter4@db/deck")

    assert {"hunter2", "hunter3", "hunter4"} <= secrets_of(settings)
    assert secrets_of(load()) == frozenset()


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_log_line_shows_no_secret_whoever_wrote_it(log_format: str) -> None:
    secret = "hunter2"
    conceal([secret])
    formatter = _formatter(log_format, colors=False)
    try:
        raise ValueError(f"refused {secret}")
    except ValueError:
        caught = sys.exc_info()
    foreign = logging.LogRecord("ccxt", logging.ERROR, "x.py", 1, "key %s", (secret,), caught)
    event = {"event": secret, "key": {"apiKey": [secret]}, "level": "info"}
    wrapped = structlog.stdlib.ProcessorFormatter.wrap_for_formatter(logging.getLogger("tapedeck"), "info", dict(event))
    ours = logging.LogRecord("tapedeck", logging.INFO, "x.py", 1, wrapped[0][0], (), None)
    ours._logger, ours._name = None, "info"

    lines = [formatter.format(record) for record in (foreign, ours)]

    assert "Traceback" in lines[0]
    assert [line.count(MASK) for line in lines] == [2, 2]
    assert secret not in "".join(lines)


FAILING = """
import threading
from bot.redaction import conceal, guard_tracebacks
conceal(["hunter" + "2"])
guard_tracebacks()
class Broken:
    def __del__(self):
        raise ValueError("unraisable hunter" + "2")
def fail():
    raise ValueError("failed with hunter" + "2")
del_me = Broken()
del del_me
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def test_exceptions_that_nobody_catches_show_no_secret() -> None:
    run = subprocess.run(
        [sys.executable, "-c", FAILING], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert run.returncode == 1
    assert run.stderr.count(f"ValueError: failed with {MASK}") == 2
    assert f"ValueError: unraisable {MASK}" in run.stderr
    assert "hunter2" not in run.stderr
