"""The login as a browser meets it, on the running relay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from relay.access.lockout import FREE_TRIES
from tests.support.person import OPERATOR_PASSWORD, VIEWER_PASSWORD, WITH_PASSWORDS, Person
from tests.support.relay import Relay
from tests.support.shared_relays import shared_relays
from tests.support.waiting import eventually

pytestmark = pytest.mark.parametrize("async_mode", ["eventlet", "threading"])


@pytest.fixture(scope="module")
def relays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Relay]]:
    with shared_relays(tmp_path_factory.mktemp) as relay:
        yield relay


@pytest.fixture
def relay(relays: Callable[[str], Relay], async_mode: str) -> Relay:
    """Others use it too, before and after."""
    return relays(async_mode)


@pytest.fixture
def own(start_relay: Callable[..., Relay]) -> Relay:
    """For whoever ends it, or has it lock people out."""
    return start_relay(env=WITH_PASSWORDS)


@pytest.fixture
def person(relay: Relay) -> Person:
    return Person(relay.url)


def test_who_is_not_logged_in_is_led_to_the_login_and_back(person: Person) -> None:
    led = person.ask("/trade/t-1", Accept="text/html")
    assert (led.code, led.headers["Location"]) == (303, "/login?next=%2Ftrade%2Ft-1")
    assert "no-store" in person.ask("/login").headers["Cache-Control"]
    assert person.ask("/api/v1/bots").code == 401
    back = person.log_in(next="/trade/t-1")
    assert (back.code, back.headers["Location"]) == (303, "/trade/t-1")
    assert person.ask("/api/v1/bots").code == 200


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", ""])
def test_it_never_leads_to_another_host(person: Person, place: str) -> None:
    assert person.log_in(next=place).headers["Location"] == "/"


def test_the_cookie_is_for_this_site_and_no_script(person: Person) -> None:
    cookie = person.log_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_wrong_password_says_so_and_a_form_without_its_token_is_refused(person: Person) -> None:
    wrong = person.log_in("wrong")
    assert wrong.code == 401
    assert "That is not right" in wrong.text
    assert person.post("/login", {"password": OPERATOR_PASSWORD}).code == 400
    assert person.ask("/api/v1/bots").code == 401


def test_many_wrong_passwords_cost_time_and_the_owner_still_comes_in(own: Relay) -> None:
    attacker = Person(own.url)
    codes = [attacker.log_in("wrong").code for _ in range(FREE_TRIES + 3)]
    assert codes[:FREE_TRIES] == [401] * FREE_TRIES
    assert 429 in codes
    owner = Person(own.url)
    eventually(lambda: owner.log_in().code == 303, 10, what="the owner's login")


def test_what_acts_needs_the_csrf_header(person: Person) -> None:
    person.log_in()
    assert person.command("get_bots").code == 200
    person.csrf = "made up"
    refused = person.command("get_bots")
    assert refused.code == 403
    assert "X-CSRF-Token" in refused.json["error"]


def test_a_viewer_sees_all_and_acts_on_nothing(person: Person) -> None:
    person.log_in(VIEWER_PASSWORD)
    assert person.ask("/api/v1/bots").code == 200
    assert "viewer" in person.command("start_bot").json["error"]


def test_logging_out_ends_the_session_for_whoever_has_its_cookie(relay: Relay, person: Person) -> None:
    person.log_in()
    copy = person.cookie
    assert Person(relay.url).ask("/api/v1/bots", Cookie=copy).code == 200
    assert person.post("/logout", {"csrf_token": person.csrf}).headers["Location"] == "/login"
    assert Person(relay.url).ask("/api/v1/bots", Cookie=copy).code == 401


def test_a_session_outlives_the_relay(own: Relay) -> None:
    person = Person(own.url)
    person.log_in()
    own.kill()
    own.restart()
    assert person.ask("/api/v1/bots").code == 200


def test_no_secret_is_written_down(relay: Relay, person: Person) -> None:
    person.log_in("a wrong password")
    person.log_in()
    written = relay.output() + "".join(file.read_text(errors="replace") for file in relay.data_dir.glob("*.log"))
    assert OPERATOR_PASSWORD not in written
    assert "a wrong password" not in written
    assert person.cookie.partition("=")[2] not in written
