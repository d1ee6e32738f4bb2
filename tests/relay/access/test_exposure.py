"""Other hosts than loopback are served only with a password and on a safe line; each combination is looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from relay.access.exposure import faults, warnings
from tests.support.certificates import made_in, settings_for
from tests.support.person import Person
from tests.support.ports import free_port
from tests.support.processes import run_to_end
from tests.support.relay import Relay

LOOPBACK = ("127.0.0.1", "localhost", "::1", "127.0.0.5")
OTHERS = ("0.0.0.0", "::", "192.168.1.20", "deck.example")
WAYS = ("tls", "proxy", "insecure")


def settings(folder: Path, host: str, ways: set[str]) -> Settings:
    files = made_in(folder) if "tls" in ways else None
    return Settings(
        host=host,
        behind_proxy="proxy" in ways,
        insecure_lan="insecure" in ways,
        tls_cert=files and files.cert,
        tls_key=files and files.key,
    )


@pytest.mark.parametrize(
    "ways",
    [set(found) for n in range(4) for found in itertools.combinations(WAYS, n)],
    ids=lambda ways: "+".join(sorted(ways)) or "none",
)
@pytest.mark.parametrize("has_password", [True, False])
@pytest.mark.parametrize("host", [*LOOPBACK, *OTHERS])
def test_the_rule_for_each_combination(host: str, has_password: bool, ways: set[str], tmp_path: Path) -> None:
    is_served = has_password and bool(ways) if host in OTHERS else has_password or "proxy" not in ways
    found = faults(settings(tmp_path, host, ways), has_password=has_password)
    assert (found == []) is is_served
    assert all("\n" not in sentence for sentence in found)


def test_half_a_certificate_and_a_missing_file_are_named(tmp_path: Path) -> None:
    files = made_in(tmp_path)
    half = faults(Settings(tls_cert=files.cert), has_password=True)
    assert half == ["TAPEDECK_TLS_CERT and TAPEDECK_TLS_KEY belong together: set both or neither"]
    gone = faults(Settings(tls_cert=files.cert, tls_key=tmp_path / "gone.key"), has_password=True)
    assert len(gone) == 1 and "TAPEDECK_TLS_KEY" in gone[0] and "gone.key" in gone[0]


def test_a_key_that_others_may_read_is_warned_of(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "127.0.0.1", {"tls"})
    assert warnings(chosen) == []
    assert chosen.tls_key is not None
    chosen.tls_key.chmod(0o640)
    assert len(warnings(chosen)) == 1 and f"chmod 600 {chosen.tls_key}" in warnings(chosen)[0]


def test_an_open_line_is_warned_of(tmp_path: Path) -> None:
    assert "passwords too" in warnings(settings(tmp_path, "0.0.0.0", {"insecure"}))[0]
    assert warnings(settings(tmp_path, "0.0.0.0", {"insecure", "tls"})) == []


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"TAPEDECK_HOST": "0.0.0.0"}, "TAPEDECK_PASSWORD"),
        ({"TAPEDECK_HOST": "0.0.0.0", "TAPEDECK_PASSWORD": "correct horse"}, "TAPEDECK_TLS_CERT"),
        ({"TAPEDECK_BEHIND_PROXY": "1"}, "TAPEDECK_BEHIND_PROXY"),
        ({"TAPEDECK_TLS_CERT": "no-such.pem", "TAPEDECK_TLS_KEY": "LICENSE"}, "no-such.pem"),
        ({"TAPEDECK_TLS_CERT": "LICENSE", "TAPEDECK_TLS_KEY": "LICENSE"}, "TAPEDECK_TLS_CERT"),
        ({"TAPEDECK_VIEWER_PASSWORD": "only here to look"}, "TAPEDECK_VIEWER_PASSWORD: needs TAPEDECK_PASSWORD"),
        (
            {"TAPEDECK_VIEWER_PASSWORD": "correct horse", "TAPEDECK_PASSWORD": "correct horse"},
            "TAPEDECK_VIEWER_PASSWORD: is the operator's",
        ),
    ],
    ids=["no password", "no safe line", "an open proxy", "no file", "no certificate", "a viewer alone", "the same"],
)
def test_the_start_is_refused_in_one_line_with_code_2(data_dir: Path, environment: dict[str, str], named: str) -> None:
    settings = {"TAPEDECK_DATA_DIR": str(data_dir), **environment}
    done = run_to_end(["socket_server.py", "--no-bot", "--port", str(free_port())], settings)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2
    assert len(lines) == 1 and named in lines[0]


def test_a_host_with_a_password_and_a_certificate_is_served(start_relay: Callable[..., Relay], tmp_path: Path) -> None:
    files = made_in(tmp_path / "tls")
    environment = {"TAPEDECK_PASSWORD": "correct horse", **settings_for(files)}
    relay = start_relay(env=environment, certificate=files.cert, arguments=["--host", "0.0.0.0"])
    guest = Person(relay.url, trusts=files.cert, Host="deck.example")
    assert not guest.is_logged_in()
    assert guest.log_in("correct horse").code == 303
    assert guest.is_logged_in()
    assert f"Tapedeck is at {relay.url}" in relay.output()
