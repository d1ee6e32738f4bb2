"""Several tabs of one deck: one of them calls for attention, whichever is there to do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = pytest.mark.hidden_page

RECORDER = """
window.heard = []; window.shown = []; window.claimed = [];
window.Notification = class {
  static permission = 'granted';
  static requestPermission = async () => 'granted';
  constructor(title, options) {
    window.shown.push({title, ...options});
    localStorage.setItem('test.shown', title);
  }
  addEventListener() {}
  close() {}
};
delete Navigator.prototype.serviceWorker;
document.addEventListener('visibilitychange', () => localStorage.setItem('test.looks', document.visibilityState));
"""
"""Notifications are the window's own, for what a service worker shows cannot be read."""
LISTEN = """
const scripts = window.dash_clientside;
scripts.sound.makeSpeaker = () => ({
  wake: async () => {}, isAwake: () => true, play: hertz => window.heard.push(hertz[0]),
});
scripts.choices.set('sound', 'on');
scripts.choices.set('notify', 'on');
const claim = scripts.tabs.claim;
scripts.tabs.claim = async (...given) => {
  const mine = await claim(...given);
  window.claimed.push(mine.map(item => item.seq));
  return mine;
};
"""
CLAIMED = """
const [seq, done] = arguments;
const asked = indexedDB.open('tapedeck', 1);
asked.onupgradeneeded = () => asked.transaction.abort();
asked.onerror = () => done(false);
asked.onsuccess = () => {
  const last = asked.result.transaction('claims').objectStore('claims').get('last');
  last.onsuccess = () => { asked.result.close(); done(String(last.result).endsWith(` ${seq}`)); };
};
"""
RACE = """
const [tape, last] = arguments;
window.won = null;
window.line = new BroadcastChannel('race');
window.line.onmessage = async () => {
  const won = [];
  for (let seq = 1; seq <= last; seq++) won.push(...await window.dash_clientside.claims.take(tape, [{ seq }]));
  window.won = won.map(item => item.seq);
};
"""
"""What a tab does once the race is called."""
BUY_HERTZ, ERROR_HERTZ = 523.25, 220


class Tabs:
    """Tabs of one browser, in one window: only the one in front is visible."""

    def __init__(self, page: DeckPage) -> None:
        self.page = page
        self.driver = page.driver
        self.page.before_load(RECORDER)
        self.handles: list[str] = []
        self.seq = 0

    def open(self, count: int) -> Tabs:
        for _ in range(count):
            if self.handles:
                self.driver.switch_to.new_window("tab")
                self.page.before_load(RECORDER)
            self.page.open()
            self.page.js(LISTEN)
            self.handles.append(self.driver.current_window_handle)
        self.seq = self.page.seq
        return self

    def hide(self, *, is_awake: bool = True) -> None:
        """Something else comes in front of all of them: a page of the same origin, from which the claim can be read.

        The tab that was in front knows it then, where it is awake.
        """
        self.page.js("localStorage.removeItem('test.looks')")
        self.driver.switch_to.new_window("tab")
        self.driver.get(self.page.url + "/healthz")
        looks = "return localStorage.getItem('test.looks')"
        eventually(lambda: not is_awake or self.page.js(looks) == "hidden", what="a tab that knows that it is hidden")

    def wait_claimed(self, seq: int) -> None:
        """Without looking at any tab, for that would make it visible."""
        eventually(lambda: self.driver.execute_async_script(CLAIMED, seq), what=f"a claim of {seq}")

    def wait_shown(self, title: str) -> None:
        """The same of a notification, which no tab shows any more once it is looked at."""
        eventually(lambda: self.page.js("return localStorage.getItem('test.shown')") == title, what=title)

    def close_front(self) -> None:
        self.driver.close()
        self.handles.pop()
        self.driver.switch_to.window(self.handles[-1])

    def freeze_first(self) -> None:
        """The browser puts that tab to sleep: nothing in it runs any more, and it is not asked for its records."""
        self.page.expect_outage()
        self.driver.switch_to.window(self.handles.pop(0))
        self.driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "frozen"})

    def each(self, name: str, *, decided: int) -> list[list[Any]]:
        """What each tab recorded under that name, once each knows whose each of so many events is."""
        return [self._recorded(handle, name, decided) for handle in self.handles]

    def _recorded(self, handle: str, name: str, decided: int) -> list[Any]:
        self.driver.switch_to.window(handle)
        self.page.wait_for(lambda: self.page.js("return window.claimed.length") >= decided, what=f"{decided} claims")
        recorded: list[Any] = self.page.js("return window[arguments[0]]", name)
        return recorded


@pytest.fixture
def tabs(relay: Relay, new_page: Callable[..., DeckPage]) -> Iterator[Tabs]:
    opened = Tabs(new_page(relay.url))
    yield opened
    for handle in opened.driver.window_handles[1:]:
        opened.driver.switch_to.window(handle)
        opened.driver.close()
    opened.driver.switch_to.window(opened.driver.window_handles[0])


@pytest.mark.parametrize(
    ("tab", "waits"),
    [
        ({"isHidden": False, "isSeenElsewhere": True, "isHeard": True}, 0),
        ({"isHidden": True, "isSeenElsewhere": False, "isHeard": True}, 0),
        ({"isHidden": False, "isSeenElsewhere": False, "isHeard": False}, 300),
        ({"isHidden": True, "isSeenElsewhere": True, "isHeard": True}, 4000),
    ],
)
def test_who_is_looked_at_goes_first(scripts: Scripts, tab: dict[str, bool], waits: int) -> None:
    assert scripts.call("tabs.patience", tab) == waits


def test_each_event_has_one_claim(scripts: Scripts) -> None:
    first = scripts.call("claims.divide", None, "tape", [{"seq": 4}, {"seq": 5}])
    assert ([item["seq"] for item in first["mine"]], first["claim"]) == ([4, 5], "tape 5")
    second = scripts.call("claims.divide", first["claim"], "tape", [{"seq": 5}, {"seq": 6}])
    assert ([item["seq"] for item in second["mine"]], second["claim"]) == ([6], "tape 6")


def test_another_tape_begins_anew_and_what_is_this_pages_own_is_its_own(scripts: Scripts) -> None:
    assert scripts.call("claims.divide", "old 900", "new", [{"seq": 1}])["claim"] == "new 1"
    assert scripts.call("claims.divide", "tape 9", "tape", [{"text": "refused"}])["mine"] == [{"text": "refused"}]


def test_where_a_browser_keeps_nothing_a_tab_still_calls_each_event_once(scripts: Scripts) -> None:
    scripts.load()  # a document without an origin, which has no database
    assert scripts.call("claims.take", "tape", [{"seq": 1}, {"seq": 2}]) == [{"seq": 1}, {"seq": 2}]
    assert scripts.call("claims.take", "tape", [{"seq": 2}, {"seq": 3}]) == [{"seq": 3}]


def test_of_tabs_that_claim_at_the_same_time_one_has_each_event(tabs: Tabs) -> None:
    tabs.open(3)
    for handle in tabs.handles:
        tabs.driver.switch_to.window(handle)
        tabs.page.js(RACE, "race", 1000)
    tabs.page.js("new BroadcastChannel('race').postMessage('go')")
    won = []
    for handle in tabs.handles:
        tabs.driver.switch_to.window(handle)
        tabs.page.wait_for(lambda: tabs.page.js("return window.won") is not None, 45, "the end of the race")
        won.append(tabs.page.js("return window.won"))
    assert sorted(chain(*won)) == list(range(1, 1001))


def test_the_tab_that_is_seen_sounds_and_when_none_is_one_sounds_and_notifies(bot: ForeignBot, tabs: Tabs) -> None:
    tabs.open(3)
    bot.call("trade_executed", messages.trade(1, side="buy"))
    tabs.page.wait_for(lambda: tabs.page.js("return window.heard") == [BUY_HERTZ], what="the tone")
    assert tabs.each("heard", decided=1) == [[], [], [BUY_HERTZ]]
    assert tabs.each("shown", decided=1) == [[], [], []]
    tabs.hide()
    bot.call("alert", messages.alert(1, level="error", title="The exchange is away"))
    tabs.wait_claimed(tabs.seq + 2)
    tabs.wait_shown("The exchange is away")
    assert sorted(chain(*tabs.each("heard", decided=2))) == [ERROR_HERTZ, BUY_HERTZ]
    assert [shown["title"] for shown in chain(*tabs.each("shown", decided=2))] == ["The exchange is away"]


def test_when_one_is_closed_and_another_sleeps_the_third_calls(bot: ForeignBot, tabs: Tabs) -> None:
    tabs.open(3).close_front()
    tabs.freeze_first()
    tabs.hide(is_awake=False)
    bot.call("trade_executed", messages.trade(1, side="buy", price="43250.10"))
    tabs.wait_claimed(tabs.seq + 1)
    tabs.wait_shown("▲ New trade: BUY at 43,250.10")
    assert tabs.each("heard", decided=1) == [[BUY_HERTZ]]
    [[shown]] = tabs.each("shown", decided=1)
    assert (shown["title"], shown["tag"]) == ("▲ New trade: BUY at 43,250.10", f"tapedeck {messages.trade_id(1)}")
