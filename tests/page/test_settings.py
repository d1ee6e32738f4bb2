"""The settings: kept in the browser, in force at once, in every tab, and before anything is painted."""

from __future__ import annotations

import re
from collections.abc import Callable

import flask
import pytest

from dash_app import create_app
from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

TRADE = messages.trade_id(1)
WANTED = "return document.querySelector('[name=notify]:checked').value"
REMEMBER_THE_DRESS = """
new MutationObserver(() => {
  if (document.body && window.dress === undefined) window.dress = {...document.documentElement.dataset};
}).observe(document, {childList: true, subtree: true});
"""
PRETEND_TO_NOTIFY = """
window.asked = 0;
window.Notification = class {
  static permission = 'default';
  static requestPermission = async () => (window.asked += 1, window.Notification.permission = window.answer);
};
"""
RECORD_SOUND = """
window.heard = [];
window.dash_clientside.sound.makeSpeaker = () => ({
  wake: async () => {}, isAwake: () => true, play: (hertz, loudness) => window.heard.push(loudness),
});
"""
MARKER_COLOUR = "return document.querySelector('#price-chart .js-plotly-plot')?.data?.[1]?.marker.color"
TOKEN = "return getComputedStyle(document.documentElement).getPropertyValue('--buy').trim()"


def choose(deck: DeckPage, name: str, value: str) -> None:
    """Click on it in the panel, which is opened for that where it is not open."""
    if not deck.js("return document.getElementById('settings').open"):
        deck.click("settings-button")
    deck.driver.find_element("css selector", f"label:has([name={name}][value={value}])").click()


def test_what_is_kept_and_unknown_counts_as_not_chosen(scripts: Scripts) -> None:
    scripts.call("choices.set", "theme", "sepia")
    assert scripts.call("choices.get", "theme") == "system"


def test_every_choice_can_be_made_in_the_panel(scripts: Scripts) -> None:
    shown = scripts.run(
        "return Object.fromEntries(scripts.settings.GROUPS.flatMap(([, rows]) => rows)"
        ".map(([name, , values]) => [name, Object.keys(values).sort()]));"
    )
    known = scripts.run("return scripts.choices.CHOICES;")
    assert shown == {name: sorted(values) for name, values in known.items()}


def test_the_script_that_dresses_the_page_is_in_the_head_and_loaded_once() -> None:
    server = flask.Flask("test")
    create_app(server)
    client = server.test_client()
    head, body = client.get("/").text.split("</head>")
    assert head.index("/assets/choices.") < head.index("stylesheet")
    loaded = [client.get(path).text for path in re.findall(r'src="(/assets/[^"]+)"', head + body)]
    assert [text.count("scripts.choices = ") for text in loaded] == [1, 0]


def test_looks_hold_at_once_and_before_the_first_paint_of_the_next_visit(bot: ForeignBot, deck: DeckPage) -> None:
    deck.wait_for(lambda: deck.js(MARKER_COLOUR) == deck.js(TOKEN), 40, "the chart in green and red")
    green = deck.js(TOKEN)
    choose(deck, "colours", "blue-orange")
    assert deck.js(TOKEN) != green
    deck.wait_for(lambda: deck.js(MARKER_COLOUR) == deck.js(TOKEN), what="the chart in blue and orange")
    choose(deck, "theme", "light")
    choose(deck, "motion", "still")
    dress = {"theme": "light", "colours": "blue-orange", "motion": "still"}
    assert deck.js("return {...document.documentElement.dataset}") == dress
    assert deck.js("return getComputedStyle(document.documentElement).colorScheme") == "light"
    deck.before_load(REMEMBER_THE_DRESS)
    deck.open(live=False)
    assert deck.js("return window.dress") == dress


def test_numbers_and_times_change_everywhere_in_every_tab_without_a_reload(
    bot: ForeignBot, deck: DeckPage, elsewhere: DeckPage
) -> None:
    ts = 1_800_000_000_000
    bot.call("trade_executed", messages.trade(1, price="43250.10", ts=ts))
    bot.call("status_change", messages.status(balances=messages.status()["balances"]))
    deck.wait_trades(1)
    deck.js("window.isSame = true; window.dash_clientside.route.open({id: arguments[0], of: null})", TRADE)
    first = deck.driver.current_window_handle
    elsewhere.open()
    choose(elsewhere, "numbers", "dot")
    choose(elsewhere, "times", "utc")
    deck.driver.switch_to.window(first)
    deck.wait_for(lambda: "43.250,10" in deck.text("trades-table"), what="the row")
    deck.wait_for(lambda: "08:00" in deck.text("trades-table"), what="its time")
    deck.wait_for(lambda: deck.text("price") == "43.250,10", what="the price")
    deck.wait_for(lambda: "08:00:00 UTC" in deck.text("trade-detail"), what="the detail's time")
    assert "43.250,10" in deck.text("trade-detail")
    assert deck.js("return window.isSame")


@pytest.fixture
def elsewhere(deck: DeckPage) -> DeckPage:
    """Another tab of the same browser, in a time zone of its own."""
    deck.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    return Tab(deck)


class Tab(DeckPage):
    def __init__(self, first: DeckPage) -> None:
        super().__init__(first.driver, first.url)

    def open(self, path: str = "/", *, live: bool = True) -> DeckPage:
        self.driver.switch_to.new_window("tab")
        return super().open(path, live=live)


def test_the_bars_switches_are_the_same_choices_and_the_test_button_sounds_as_loud_as_chosen(deck: DeckPage) -> None:
    deck.js(RECORD_SOUND)
    for switch in ("theme-switch", "sound-switch", "sound-switch"):
        deck.click(switch)
    assert deck.js("return document.documentElement.dataset.theme") == "dark"
    assert deck.js("return document.getElementById('sound-switch').ariaPressed") == "false"
    choose(deck, "volume", "soft")
    deck.click("sound-test")
    choose(deck, "volume", "loud")
    deck.click("sound-test")
    medium, soft, loud = deck.js("return window.heard")
    assert loud > medium > soft > 0
    assert deck.js("return window.dash_clientside.sound.isAble()") is False
    checked = "return [...document.querySelectorAll('#settings :checked')].map(one => one.name + ' ' + one.value)"
    assert {"theme dark", "sound off", "volume loud"} <= set(deck.js(checked))


def test_the_browser_is_asked_for_notifications_by_a_click_alone(
    relay: Relay, new_page: Callable[..., DeckPage]
) -> None:
    page = new_page(relay.url)
    page.before_load(PRETEND_TO_NOTIFY)
    page.open()
    choose(page, "flash", "off")
    assert page.js("return window.asked") == 0
    _answer(page, "denied", asked=1, kept="off")
    assert "blocks notifications" in page.text("notify-note")
    _answer(page, "granted", asked=2, kept="on")
    assert "while this tab is hidden" in page.text("notify-note")


def _answer(page: DeckPage, answer: str, *, asked: int, kept: str) -> None:
    page.js("window.answer = arguments[0]", answer)
    choose(page, "notify", "on")
    page.wait_for(lambda: page.js("return window.asked") == asked, what="the question")
    page.wait_for(lambda: page.js(WANTED) == kept, what=kept)
    assert page.js("return window.dash_clientside.choices.get('notify')") == kept
