"""The login as a person uses it, and a relay that asks for one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import ActionChains, Keys

from tests.support.deck_page import DeckPage
from tests.support.person import OPERATOR_PASSWORD, Person
from tests.support.relay import Relay

IS_LOGIN = "return !!document.querySelector('body.login')"
HAS_FOCUS = "return !!document.activeElement?.matches('body.login input')"
"""It gets the focus with the first picture of the page, which a busy machine draws after the page has loaded."""
ERROR = "return document.querySelector('[role=alert]')?.textContent"


def open_login(page: DeckPage, path: str = "/") -> DeckPage:
    """The login, as somebody gets it who asks for `path`."""
    page.driver.get(page.url + path)
    page.wait_for(lambda: page.js(HAS_FOCUS), what="the login, with the focus in it")
    return page


def enter(page: DeckPage, password: str = OPERATOR_PASSWORD) -> None:
    """Type a password where the focus is, and press Enter."""
    ActionChains(page.driver).send_keys(password, Keys.ENTER).perform()


def log_in(page: DeckPage, password: str = OPERATOR_PASSWORD, path: str = "/") -> DeckPage:
    """Through the login to the live page at `path`."""
    enter(open_login(page, path), password)
    page.wait_for(lambda: page.js("return !!document.getElementById('deck')"), 30, "the page's #deck")
    page.wait_live()
    return page


def come_in(page: DeckPage, path: str = "/") -> DeckPage:
    """To the live page at `path` with the cookies of somebody who logged in elsewhere."""
    person = Person(page.url)
    person.log_in(OPERATOR_PASSWORD)
    for name, value in person.cookies.items():
        told = {"name": name, "value": value, "url": page.url, "httpOnly": True, "sameSite": "Strict"}
        page.driver.execute_cdp_cmd("Network.setCookie", told)
    return page.open(path)


def be_wrong(page: DeckPage) -> None:
    """A guess, and what is said to it."""
    enter(page, "a guess")
    page.wait_for(lambda: page.js(ERROR), what="the error")


def path_of(page: DeckPage) -> str:
    """What stands in the address bar after the host."""
    parts = urlsplit(page.driver.current_url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def in_tape(relay: Relay, statement: str) -> list[tuple[Any, ...]]:
    """Do something to the relay's database behind its back; returns the rows."""
    with closing(sqlite3.connect(relay.data_dir / "tape.db", timeout=10)) as database:
        rows = database.execute(statement).fetchall()
        database.commit()
    return rows
