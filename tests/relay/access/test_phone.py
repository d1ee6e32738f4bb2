"""`--phone`: one command, one picture to scan, and one phone is logged in, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.settings import Settings
from relay.access.certificate import CERT
from relay.access.one_time import LIFE_S, OneTime
from relay.access.phone import prepare
from tests.support.modes import both_modes
from tests.support.person import Answer, Person
from tests.support.qr_reader import read_qr
from tests.support.relay import Relay
from tests.support.waiting import eventually


class Clock:
    """Seconds, as told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_phones_come_by_themselves_whatever_the_settings_say_of_a_proxy(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, behind_proxy=True, password="correct horse battery")
    assert not prepare(settings, "192.168.1.20", lambda said: None).settings.behind_proxy


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one_time(clock: Clock) -> OneTime:
    return OneTime(clock)


def test_a_secret_works_once(one_time: OneTime) -> None:
    secret = one_time.issue()
    assert one_time.redeem(secret)
    assert not one_time.redeem(secret)


def test_a_wrong_secret_leaves_the_right_one(one_time: OneTime) -> None:
    secret = one_time.issue()
    assert not one_time.redeem("")
    assert not one_time.redeem(secret + "x")
    assert one_time.redeem(secret)


def test_a_secret_is_over_after_five_minutes(one_time: OneTime, clock: Clock) -> None:
    secret = one_time.issue()
    clock.now += LIFE_S
    assert not one_time.redeem(secret)
    clock.now -= 1
    assert not one_time.redeem(secret), "it came back"
    assert LIFE_S == 300


def test_a_new_secret_ends_the_one_before(one_time: OneTime) -> None:
    first, second = one_time.issue(), one_time.issue()
    assert not one_time.redeem(first)
    assert one_time.redeem(second)


def test_nothing_is_redeemed_before_one_was_issued(one_time: OneTime) -> None:
    assert not one_time.redeem("")


def scan(relay: Relay) -> str:
    """The link in the picture on the terminal."""
    eventually(lambda: "SHA-256" in relay.output(), what=relay.output)
    return read_qr(relay.output())


def follow(link: str, phone: Person) -> Answer:
    """What the link's page does in a browser: take the secret from behind the # and post it."""
    page = phone.ask(urlsplit(link).path)
    assert page.code == 200
    return phone.post("/login/once", {"secret": urlsplit(link).fragment, "csrf_token": page.field("csrf_token")})


@both_modes
def test_a_phone_scans_and_is_in_and_no_second_one_is(start_relay: Callable[..., Relay], data_dir: Path) -> None:
    relay = start_relay(certificate=data_dir / CERT, arguments=["--phone", "--host", "127.0.0.1"])
    link = scan(relay)
    assert link.startswith(f"{relay.url}/login/once#")
    phone = Person(relay.url, trusts=data_dir / CERT)
    assert not phone.is_logged_in()
    answer = follow(link, phone)
    assert (answer.code, answer.headers["Location"]) == (303, "/")
    assert "Secure" in (answer.headers["Set-Cookie"] or "")
    assert phone.is_logged_in()

    second = Person(relay.url, trusts=data_dir / CERT)
    refused = follow(link, second)
    assert refused.code == 403 and "works once" in refused.text
    assert not second.is_logged_in()
    assert '"login_once"' in phone.ask("/api/v1/audit").text, "nobody knows that it was tried"
    written = "".join(file.read_text(errors="replace") for file in data_dir.iterdir() if file.suffix == ".log")
    assert urlsplit(link).fragment not in written + relay.output()


@both_modes
def test_the_password_that_it_made_works_and_is_shown_once(start_relay: Callable[..., Relay], data_dir: Path) -> None:
    arguments = ["--phone", "--host", "127.0.0.1"]
    relay = start_relay(certificate=data_dir / CERT, arguments=arguments)
    shown = relay.output()
    password = shown.partition("shown this once: ")[2].split()[0]
    assert Person(relay.url, trusts=data_dir / CERT).log_in(password).code == 303
    assert password not in (data_dir / "access.json").read_text()
    relay.running.interrupt()
    before = (data_dir / CERT).read_bytes()
    relay.restart()
    assert password not in relay.output().removeprefix(shown)
    assert (data_dir / CERT).read_bytes() == before
    assert Person(relay.url, trusts=data_dir / CERT).log_in(password).code == 303


def test_a_link_from_elsewhere_is_no_way_in(start_relay: Callable[..., Relay], data_dir: Path) -> None:
    relay = start_relay(certificate=data_dir / CERT, arguments=["--phone", "--host", "127.0.0.1"])
    link = scan(relay)
    stranger = Person(relay.url, trusts=data_dir / CERT)
    secret = urlsplit(link).fragment
    assert stranger.post("/login/once", {"secret": secret}).code == 400, "without its form's token"
    assert follow(f"{link}x", stranger).code == 403
    assert follow(link.partition("#")[0], stranger).code == 403
    assert not stranger.is_logged_in()
    assert follow(link, stranger).code == 303, "the right one was used up by the wrong ones"


def test_without_phone_there_is_no_such_page(relay: Relay) -> None:
    assert Person(relay.url).post("/login/once", {"secret": "x"}).code in (404, 405)
