"""The login: by keyboard, without a script, on every screen, for everyone; and what its form turns away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from pyotp import TOTP
from selenium.webdriver import ActionChains, Keys

from tests.support import axe, inspector, login_page
from tests.support.deck_page import DeckPage
from tests.support.gallery import HEIGHTS, THEMES, TOUCHED_BELOW
from tests.support.person import OPERATOR_PASSWORD, WITH_PASSWORDS
from tests.support.relay import Relay

FOCUSED = "return document.activeElement.id"
FONT_SIZES = """
return [...document.querySelectorAll('input:not([type=hidden])')].map(field => getComputedStyle(field).fontSize);
"""
POST = """
const [path, headers, body, done] = arguments;
fetch(path, {method: 'POST', headers, body, redirect: 'manual'})
  .then(answer => done(answer.status || answer.type), error => done(String(error)));
"""


@pytest.fixture
def page(asking: Relay, new_page: Callable[..., DeckPage]) -> DeckPage:
    return new_page(asking.url)


@pytest.fixture
def code() -> TOTP:
    return TOTP(pyotp.random_base32())


@pytest.fixture
def page_with_code(
    code: TOTP, data_dir: Path, start_relay: Callable[..., Relay], new_page: Callable[..., DeckPage]
) -> DeckPage:
    """Of a relay that wants a code besides the password."""
    data_dir.mkdir(parents=True)
    (data_dir / "access.json").write_text(json.dumps({"totp": code.secret}))
    return new_page(start_relay(env=WITH_PASSWORDS).url)


def show(page: DeckPage, width: int, theme: str) -> None:
    screen = {"width": width, "height": HEIGHTS[width], "deviceScaleFactor": 1, "mobile": width < TOUCHED_BELOW}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def be_wrong(page: DeckPage) -> None:
    page.expect_refusal(401)
    login_page.be_wrong(page)


def test_a_password_and_enter_lead_to_the_live_page(page: DeckPage) -> None:
    login_page.open_login(page)
    assert page.js(FOCUSED) == "password"
    login_page.log_in(page)
    assert login_page.path_of(page) == "/"


def test_after_the_login_one_is_where_one_wanted_to_be(page: DeckPage) -> None:
    login_page.open_login(page, "/backtest")
    assert login_page.path_of(page) == "/login?next=%2Fbacktest"
    login_page.log_in(page, path="/backtest")
    assert login_page.path_of(page) == "/backtest"


def test_a_wrong_password_is_said_and_the_focus_stays_for_the_next_try(page: DeckPage) -> None:
    login_page.open_login(page, "/backtest")
    be_wrong(page)
    assert page.js(login_page.ERROR) == "That is not right: try again."
    assert page.js(FOCUSED) == "password"
    assert page.js("return document.activeElement.getAttribute('aria-describedby')") == "login-error"
    assert page.js("return document.getElementById('password').value") == ""
    login_page.enter(page)
    page.wait_for(lambda: page.js("return !!document.getElementById('deck')"), 30, "the page")
    assert login_page.path_of(page) == "/backtest"


def test_no_script_is_needed(page: DeckPage) -> None:
    login_page.open_login(page)
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.driver.refresh()
    field = page.driver.find_element("id", "password")
    field.send_keys(OPERATOR_PASSWORD, Keys.ENTER)
    page.wait_for(lambda: login_page.path_of(page) == "/", what="the page")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_code_of_the_authenticator_is_asked_for_where_one_is_set_up(page_with_code: DeckPage, code: TOTP) -> None:
    page = login_page.open_login(page_with_code)
    field = page.driver.find_element("id", "totp")
    assert (field.get_attribute("inputmode"), field.get_attribute("autocomplete")) == ("numeric", "one-time-code")
    ActionChains(page.driver).send_keys(OPERATOR_PASSWORD, Keys.TAB, code.now(), Keys.ENTER).perform()
    page.wait_for(lambda: page.js("return !!document.getElementById('deck')"), 30, "the page")


def test_everybody_can_use_it_with_a_code_too_on_every_screen(page_with_code: DeckPage) -> None:
    """Without one it is among the views that test_views.py looks at."""
    page = login_page.open_login(page_with_code)
    found = []
    for theme in THEMES:
        for width in HEIGHTS:
            show(page, width, theme)
            found += [f"{width} px, {theme}: {sentence}" for sentence in axe.violations(page)]
            found += [f"{width} px, {theme}: {sentence}" for sentence in inspector.findings(page, touched=True)]
    assert not found, "\n" + "\n".join(found)
    sizes = (
        "return [...document.querySelectorAll('input:not([type=hidden])')].map(one => getComputedStyle(one).fontSize)"
    )
    assert page.js(sizes) == ["16px", "16px"], "smaller ones make a phone zoom in"


def test_login_and_page_break_no_policy(page: DeckPage) -> None:
    page.before_load(
        "window.broken = []; document.addEventListener('securitypolicyviolation',"
        " event => window.broken.push(event.violatedDirective + ' ' + event.blockedURI));"
    )
    login_page.open_login(page)
    assert page.js("return window.broken") == []
    login_page.log_in(page)
    assert page.js("return window.broken") == []


def test_the_login_loads_nothing_that_needs_one(page: DeckPage) -> None:
    login_page.open_login(page)
    loaded = page.js("return performance.getEntriesByType('resource').map(one => [one.name, one.responseStatus])")
    assert loaded
    assert [name for name, status in loaded if status != 200] == []


def test_a_form_without_its_token_is_turned_away(page: DeckPage) -> None:
    login_page.open_login(page)
    page.expect_refusal(400)
    form = f"password={OPERATOR_PASSWORD}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert page.driver.execute_async_script(POST, "/login", headers, form) == 400


@pytest.mark.parametrize("path", ["/api/v1/command", "/logout"])
def test_a_request_without_the_header_is_turned_away(page: DeckPage, path: str) -> None:
    login_page.log_in(page)
    page.expect_refusal(403)
    page.expect_refusal(400)
    headers = {"Content-Type": "application/json"}
    assert page.driver.execute_async_script(POST, path, headers, '{"command": "get_bots"}') in (400, 403)
    token = page.js("return document.querySelector('meta[name=csrf-token]').content")
    with_token = {**headers, "X-CSRF-Token": token}
    assert page.driver.execute_async_script(POST, path, with_token, '{"command": "get_bots"}') in (
        200,
        "opaqueredirect",
    )
