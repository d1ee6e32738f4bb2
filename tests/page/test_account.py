"""Who looks at the page: operator or viewer, by a session that may end while it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys

from relay.access.gate import LOGIN
from tests.page.conftest import Scripts
from tests.support import axe, login_page, messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.person import VIEWER_PASSWORD, WITH_PASSWORDS
from tests.support.relay import Relay
from tests.support.waiting import eventually, stays

NOW = 1_000_000
COUNT_SOCKETS = """
window.sockets = 0;
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(...given) { super(...given); window.sockets += 1; }
};
"""
STRIP = "return document.getElementById('account-strip').innerText"
IS_OPEN = "return document.getElementById(arguments[0]).open"
ITEM = "return document.getElementById('account-item').hidden"
AUDIT = "return [...document.querySelectorAll('#audit li')].map(row => row.innerText)"
SESSIONS = "return [...document.querySelectorAll('#sessions li')].map(row => row.innerText)"
KEPT = """
return (async () => {
  const [name] = await caches.keys();
  const found = name && await (await caches.open(name)).match('/');
  return found ? found.text() : null;
})();
"""
WORKER_RUNS = "return navigator.serviceWorker.getRegistration().then(found => found?.active?.state === 'activated')"
HEADERS = "return window.dash_clientside.account.headers()"
HOLD_WHO = """
const ask = window.fetch;
window.held = [];
window.fetch = (url, options) => url !== '/api/v1/session' ? ask(url, options)
  : new Promise(resolve => window.held.push(() => resolve(ask(url, options))));
"""
ASK_TO_END = """
const ended = window.dash_clientside.ask.json('/api/v1/sessions/nobody', {method: 'DELETE'});
for (const letGo of window.held) letGo();
return ended.then(answer => answer.code);
"""
MAKE_OLD = "UPDATE deck_sessions SET proved_ms = proved_ms - 3600000"


def be(scripts: Scripts, role: str, means: str = "session") -> None:
    said = {"role": role, "means": means, "csrf_token": "t"}
    scripts.run("scripts.set_props = () => {}; scripts.account.be(a);", said)


# The line.


def joining(scripts: Scripts) -> Any:
    line = scripts.call("line.start", NOW)
    return step(scripts, line, kind="message", data='0{"sid":"s"}')["line"]


def step(scripts: Scripts, line: Any, at: int = NOW, **event: Any) -> Any:
    return scripts.run("return scripts.line.step(a, b, c, () => 0.5);", line, event, at)


def refuse(scripts: Scripts, line: Any, sentence: str) -> Any:
    return step(scripts, line, kind="message", data=f'44/page,{{"message":"{sentence}"}}')


def test_whom_the_relay_does_not_know_it_is_not_asked_again_and_again(scripts: Scripts) -> None:
    line = refuse(scripts, joining(scripts), LOGIN)["line"]
    assert scripts.call("line.connection", line, True) == "offline"
    for second in range(1, 120):
        ticked = step(scripts, line, NOW + second * 1000, kind="tick")
        assert "url" not in ticked
        line = ticked["line"]
    line = step(scripts, line, kind="state", readyState=3)["line"]
    assert line["phase"] == "out"
    woken = step(scripts, line, NOW + 200_000, kind="wake")
    assert "url" in woken
    assert scripts.call("line.connection", woken["line"], True) == "offline", "nothing is said before it is known"
    lost = step(scripts, woken["line"], NOW + 211_000, kind="tick")["line"]
    assert lost["phase"] == "out", "once each time that somebody looks"


def test_every_other_refusal_is_tried_again(scripts: Scripts) -> None:
    line = refuse(scripts, joining(scripts), "The relay is full.")["line"]
    assert "url" in step(scripts, line, NOW + 20_000, kind="tick")


def test_what_was_asked_before_the_session_ended_is_not_done_for_the_next_one(scripts: Scripts) -> None:
    command = {"id": "c1", "command": "start_bot", "bot_id": "b", "args": {}}
    line = step(scripts, joining(scripts), kind="command", command=command)["line"]
    ended = step(scripts, line, kind="over")
    assert [one["id"] for one in ended["expired"]] == ["c1"]
    assert ended["line"]["commands"] == []


def test_nothing_is_green_once_the_session_is_over(scripts: Scripts) -> None:
    known = {"heard": NOW, "beat": {}, "feed": {"at": NOW, "ageMs": 0}, "price": {"at": NOW}}
    picture = {"bots": [{"bot_id": "b", "connected": True}], "selected": "b", "per": {"b": known}}
    line = {**joining(scripts), "phase": "live", "everLive": True}
    over = step(scripts, line, kind="over")["line"]
    truth = scripts.call("connection.view", over, picture, NOW, True)
    assert truth["isOut"] and truth["text"] == "You are logged out."
    assert truth["levels"].split()[0] == "stale" and "fresh" not in truth["levels"]
    assert truth["stale"] == ["page", "bot", "market"]


# The buttons.


def picture(state: str = "stopped") -> dict[str, Any]:
    known = {"status": {"state": state, "mode": "live"}}
    return {"bots": [{"bot_id": "b", "connected": True}], "selected": "b", "per": {"b": known}}


def test_a_viewers_buttons_are_off_and_say_why(scripts: Scripts) -> None:
    be(scripts, "viewer")
    seen = scripts.call("controls.view", picture(), "connected", scripts.call("controls.start"))
    assert all(seen[name]["off"] for name in ("start", "stop", "test", "close", "halt", "resume"))
    assert seen["note"] == "Viewer: looks only."
    be(scripts, "operator")
    seen = scripts.call("controls.view", picture(), "connected", scripts.call("controls.start"))
    assert not seen["start"]["off"]


def test_a_refusal_that_needs_the_password_is_asked_about_once(scripts: Scripts) -> None:
    outcome = {"id": "c", "ok": False, "error": "Enter your password again.", "needs": "proof"}
    for is_again in (False, True):
        made: dict[str, Any] = {"id": "c", "command": "start_bot", "bot_id": "b", "args": {}, "isAgain": is_again}
        asked = scripts.call("controls.begin", scripts.call("controls.start"), made, NOW)
        settled = scripts.call("controls.settle", asked, [outcome], [], picture(), NOW)
        assert settled["asked"]["acts"] == []
        assert [len(settled["proofs"]), len(settled["refused"])] == ([0, 1] if is_again else [1, 0])


CHROME = "(KHTML, like Gecko) Chrome/156.0 Safari/537.36"
AGENTS = {
    f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 {CHROME}": "Chrome on Linux",
    f"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 {CHROME} EdgA/156.0": "Edge on Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
    "curl/8.5.0": "curl/8.5.0",
    "": "A browser that does not say its name",
}


@pytest.mark.parametrize(("agent", "name"), AGENTS.items(), ids=AGENTS.values())
def test_a_device_is_named_by_what_its_browser_says(scripts: Scripts, agent: str, name: str) -> None:
    assert scripts.call("account_sheet.device", agent) == name


# With a relay that asks who somebody is.


@pytest.fixture
def own(start_relay: Callable[..., Relay]) -> Relay:
    """One that is killed, or has a past of its own."""
    return start_relay(env=WITH_PASSWORDS)


@pytest.fixture
def live_bot(asking: Relay, start_bot: Callable[..., ForeignBot]) -> ForeignBot:
    """A bot with real money, stopped, that does as it is told."""
    bot = start_bot(asking.url, f"live-{messages.now_ms()}")

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        bot.emit("status_change", messages.status("running", mode="live"))
        return {"ok": True, "data": {}}

    bot.answer = answer
    return bot.come_up(state="stopped", mode="live")


def second_tab(page: DeckPage) -> DeckPage:
    """The same browser's other tab, on the live page; each tab is looked at through `show`."""
    page.driver.switch_to.new_window("tab")
    return DeckPage(page.driver, page.url).open()


def wait_out(page: DeckPage, timeout: float = 15) -> None:
    page.wait_for(lambda: "You are logged out" in page.js(STRIP), timeout, "that it is logged out")


def open_account(page: DeckPage) -> None:
    page.click("more-button")
    page.wait_for(lambda: page.js(ITEM) is False, what="the account in the menu")
    page.click("account-item")
    page.wait_for(lambda: page.js(IS_OPEN, "account"), what="the account")


def test_where_nobody_logs_in_there_is_no_account(bot: ForeignBot, deck: DeckPage) -> None:
    deck.wait_pressable("stop-button")
    deck.click("more-button")
    assert deck.js(ITEM) is True
    assert deck.js("return document.querySelector('meta[name=csrf-token], meta[name=role]')") is None
    assert deck.data("role") is None
    assert deck.js(STRIP) == ""


@pytest.mark.hidden_page
def test_logged_out_in_one_tab_is_cut_off_in_the_other(asking: Relay, new_page: Callable[..., DeckPage]) -> None:
    """How soon is measured in `tests/faults/test_doors.py`: a hidden tab of a busy machine hears of it late."""
    page = login_page.log_in(new_page(asking.url))
    first = page.driver.current_window_handle
    other = second_tab(page)
    second = page.driver.current_window_handle
    page.driver.switch_to.window(first)
    open_account(page)
    page.expect_refusal(401)
    page.expect_refusal(404)
    page.click("logout-button")
    page.wait_for(lambda: page.js(login_page.IS_LOGIN), what="the login")
    page.driver.switch_to.window(second)
    wait_out(other)
    assert other.connection == "offline"
    assert set((other.data("stale") or "").split()) == {"page", "bot", "market"}
    other.js(HOLD_WHO)  # before anybody is logged in again: the page may come back by itself
    page.driver.switch_to.window(first)
    login_page.log_in(page)
    page.driver.switch_to.window(second)
    other.js("window.dispatchEvent(new Event('online'))")
    other.wait_live()
    other.wait_for(lambda: other.js(STRIP) == "", what="nothing left to say")
    other.wait_for(lambda: other.js("return window.held.length"), what="the question who it is now")
    assert other.js(ASK_TO_END) == 404, "what is asked before the answer has waited for the good token"


def test_a_revoked_session_is_said_shown_as_old_and_not_hammered(
    asking: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    start_bot(asking.url, "seen").come_up()
    page = new_page(asking.url)
    page.before_load(COUNT_SOCKETS)
    login_page.log_in(page, path="/?bot=seen")
    page.wait_pressable("stop-button")
    login_page.in_tape(asking, "DELETE FROM deck_sessions")
    wait_out(page, 4)
    assert "fresh" not in page.js("return [...document.querySelectorAll('.hop')].map(hop => hop.dataset.level)")
    assert page.is_disabled("stop-button")
    assert page.text("action-note") == "Off: you are logged out."
    asked = page.js("return window.sockets")
    stays(lambda: page.js("return window.sockets") == asked, 3, what="no further try")
    assert axe.violations(page) == []
    page.click("login-link")
    page.wait_for(lambda: page.js(login_page.HAS_FOCUS), what="the login, with the focus in it")
    login_page.enter(page)
    page.wait_for(lambda: page.js("return !!document.getElementById('deck')"), 30, "the page")
    page.wait_live()
    assert login_page.path_of(page) == "/?bot=seen"


def test_a_viewer_sees_all_and_can_do_nothing(
    asking: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    bot = start_bot(asking.url, "seen").come_up()
    page = login_page.log_in(new_page(asking.url), VIEWER_PASSWORD, "/?bot=seen")
    bot.call("price_update", messages.price("43250.1"))
    page.wait_for(lambda: page.price == "43250.1", what="the price")
    page.wait_status("running")
    assert page.is_disabled("stop-button") and page.is_disabled("test-trade-button")
    page.wait_for(lambda: page.text("action-note") == "Viewer: looks only.", what="why")
    for key in "st":
        ActionChains(page.driver).send_keys(key).perform()
        page.wait_for(lambda: "log in as the operator" in page.text("action-note"), what="why the key does nothing")
    assert bot.commands == []
    open_account(page)
    assert "viewer" in page.text("account")
    assert "Sessions" not in page.text("account")
    assert axe.violations(page) == []


def test_a_viewer_looks_at_backtests_and_starts_none(asking: Relay, new_page: Callable[..., DeckPage]) -> None:
    page = login_page.log_in(new_page(asking.url), VIEWER_PASSWORD, "/backtest")
    page.wait_for(lambda: "Viewer: looks only." in page.text("backtest-view"), what="why")
    assert page.js("return document.getElementById('backtest-run').offsetParent") is None
    assert "RUNS" in page.text("backtest-view")


def test_the_operator_sees_sessions_ends_one_and_reads_the_audit(
    asking: Relay, new_page: Callable[..., DeckPage]
) -> None:
    login_page.in_tape(asking, "DELETE FROM deck_sessions")
    phone = login_page.log_in(new_page(asking.url), VIEWER_PASSWORD)
    page = login_page.log_in(new_page(asking.url))
    open_account(page)
    page.wait_for(lambda: len(page.js(SESSIONS)) == 2, what="two sessions")
    here, there = sorted(page.js(SESSIONS), key=lambda text: "this browser" not in text)
    assert "Operator" in here and "End" not in here
    assert "Viewer" in there and "127.0.0.1" in there and "End" in there
    page.wait_for(lambda: page.js(AUDIT), what="the audit")
    page.wait_for(lambda: "whole" in page.text("audit-chain"), what="that the chain is whole")
    assert axe.violations(page) == []
    phone.expect_refusal(401)
    page.driver.find_element("css selector", "#sessions button").click()
    wait_out(phone, 4)
    page.wait_for(lambda: len(page.js(SESSIONS)) == 1, what="one session")


def test_the_audit_goes_back_by_scrolling_and_says_where_it_was_changed(
    own: Relay, new_page: Callable[..., DeckPage]
) -> None:
    for _ in range(60):
        own.command("stop_bot")
    login_page.in_tape(own, "UPDATE deck_audit SET outcome = 'ok <b>indeed</b>' WHERE seq = 7")
    page = login_page.log_in(new_page(own.url))
    open_account(page)
    page.wait_for(lambda: len(page.js(AUDIT)) == 50, what="the newest rows")
    assert "Logged in" in page.js(AUDIT)[0]
    page.wait_for(lambda: page.text("audit-chain").startswith("Row 7 of the audit was changed"), what="the fault")
    page.js("const list = document.getElementById('audit'); list.scrollTop = list.scrollHeight")
    page.wait_for(lambda: len(page.js(AUDIT)) == 61, what="older rows")
    assert any("ok <b>indeed</b>" in row for row in page.js(AUDIT))


def test_real_money_asks_for_the_password_again_and_is_sent_once(
    asking: Relay, live_bot: ForeignBot, new_page: Callable[..., DeckPage]
) -> None:
    page = login_page.log_in(new_page(asking.url), path=f"/?bot={live_bot.bot_id}")
    page.wait_status("stopped")
    page.wait_pressable("start-button")
    login_page.in_tape(asking, MAKE_OLD)
    page.js("window.dash_clientside.page.command('start_bot')")
    page.wait_for(lambda: page.js(IS_OPEN, "proof"), what="the question for the password")
    assert page.js("return document.activeElement.id") == "proof-password"
    assert axe.violations(page) == []
    page.expect_refusal(401)
    login_page.enter(page, "a guess")
    page.wait_for(lambda: page.text("proof-error"), what="that it is wrong")
    assert page.js("return document.activeElement.id") == "proof-password"
    login_page.enter(page)
    page.wait_status("running")
    assert not page.js(IS_OPEN, "proof")
    stays(lambda: [command["name"] for command in live_bot.commands] == ["start_bot"], 1, what="one command")


def test_who_cancels_has_decided_nothing(
    asking: Relay, live_bot: ForeignBot, new_page: Callable[..., DeckPage]
) -> None:
    page = login_page.log_in(new_page(asking.url), path=f"/?bot={live_bot.bot_id}")
    page.wait_status("stopped")
    page.wait_pressable("start-button")
    login_page.in_tape(asking, MAKE_OLD)
    page.js("window.dash_clientside.page.command('start_bot')")
    page.wait_for(lambda: page.js(IS_OPEN, "proof"), what="the question for the password")
    ActionChains(page.driver).send_keys("half a password", Keys.ESCAPE).perform()
    page.wait_for(lambda: not page.js(IS_OPEN, "proof"), what="the question gone")
    page.wait_for(
        lambda: page.js("return document.getElementById('proof-password').value") == "", what="an empty field"
    )
    stays(lambda: live_bot.commands == [], 1, what="nothing sent")
    eventually(lambda: not page.is_disabled("start-button"), what="a button that can be pressed again")


@pytest.mark.chart
def test_the_shell_that_is_kept_knows_no_token_and_asks_for_one(own: Relay, new_page: Callable[..., DeckPage]) -> None:
    page = login_page.log_in(new_page(own.url))
    page.wait_for(lambda: page.js(WORKER_RUNS), 40, "the service worker")
    assert '<meta name="csrf-token" content="">' in page.js(KEPT)
    assert 'name="role"' not in page.js(KEPT)
    page.expect_outage()
    own.kill()
    page.open(live=False)
    assert page.js(HEADERS) == {}
    own.restart()
    page.wait_live(30)
    page.wait_for(lambda: page.js(HEADERS), what="a token")
