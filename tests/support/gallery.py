"""Shows the page in every view, size and theme: one tab, one relay a story, a clock that stands still."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import chromium
from tests.support.chromium import Chromium
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.person import WITH_PASSWORDS
from tests.support.relay import Relay
from tests.support.stories import MOMENT_MS, Story

THEMES = ("dark", "light")
HEIGHTS = {1440: 900, 1024: 768, 768: 1024, 390: 844, 320: 640}
"""Width of each screen that the page is looked at on, and its height."""

TOUCHED_BELOW = 900
"""Narrower screens are touched with a thumb."""

STAND_STILL = f"""
if (location.protocol.startsWith('http')) localStorage.clear();
window.moment = {MOMENT_MS - 1};
window.Date = new Proxy(Date, {{
  construct: (kind, given, target) => Reflect.construct(kind, given.length ? given : [window.moment], target),
  apply: (kind) => new kind(window.moment).toString(),
  get: (kind, name) => (name === 'now' ? () => window.moment : Reflect.get(kind, name)),
}});
"""
NEXT_SECOND = f"window.moment = {MOMENT_MS}"
"""Ages are written anew with each second: from here on they all stand at nothing."""

IS_SETTLED = """
const isQuiet = document.getAnimations().every(one => one.playState !== 'running');
const isWide = matchMedia(`(width: ${arguments[0]}px)`).matches;
return isQuiet && isWide && document.fonts.status === 'loaded';
"""
HAS_DIALOG = "return !!document.querySelector('dialog[open]')"
PAGE_HEIGHT = "return document.scrollingElement.scrollHeight"


@dataclass
class Stage:
    """The relay of one story and the bots that have told it, as they stand while a view is shown."""

    story: Story
    relay: Relay
    bots: list[ForeignBot] = field(default_factory=list)

    def begin(self) -> Stage:
        self.relay.start()
        for teller in self.story.bots:
            bot = ForeignBot(self.relay.url, teller.bot_id, name=teller.name).connect()
            self.bots.append(bot)
            for event, data in teller.market_messages():
                bot.emit(event, data)
            for event, data in teller.own_messages():
                bot.call(event, data)
            bot.call("status_change", teller.status_now())
            bot.keep_heartbeat()
        if not self.story.stays:
            self.part()
        return self

    def stand(self, view: View) -> None:
        """The first bot is now as the view has it."""
        for bot, teller in list(zip(self.bots, self.story.bots, strict=False))[:1]:
            bot.beat = dict(view.beat)
            bot.call("status_change", teller.status_now(**view.status))

    def refresh(self) -> None:
        """Every bot is heard now."""
        for bot, teller in zip(self.bots, self.story.bots, strict=False):
            bot.call("price_update", teller.market.price())

    def part(self) -> None:
        """The bots go away."""
        for bot in self.bots:
            bot.end()
        self.bots.clear()

    def end(self) -> None:
        self.part()
        self.relay.kill()


def nothing(stage: Stage, page: DeckPage) -> None:
    """The view is what the page shows by itself."""


@dataclass(frozen=True, slots=True)
class View:
    """One thing that the page can look like: a story, how its first bot stands, what happens once the page is open.

    `opens` leads a browser that was never there to `path`; the login has no chart.
    """

    name: str
    story: Story
    status: Mapping[str, Any] = field(default_factory=dict)
    beat: Mapping[str, Any] = field(default_factory=dict)
    path: str = "/"
    opens: Callable[[DeckPage, str], object] = DeckPage.open
    reach: Callable[[Stage, DeckPage], None] = nothing
    has_chart: bool = True


class Gallery:
    """Shows views in one tab of `driver`; what the relays keep is under `folder`."""

    def __init__(self, driver: Chromium, folder: Path) -> None:
        self.driver = driver
        self.page = DeckPage(driver, "")
        self._folder = folder
        self._stages: dict[str, Stage] = {}
        chromium.make_new(driver)
        self._width = 1440
        self._tell("Emulation.setTimezoneOverride", {"timezoneId": "UTC"})
        self._tell("Emulation.setLocaleOverride", {"locale": "en-US"})
        self.page.before_load(STAND_STILL)

    def show(self, view: View, width: int = 1440, theme: str = "dark") -> DeckPage:
        """The view, reached and at rest."""
        stage = self._stage(view.story)
        stage.stand(view)
        self._emulate(width, theme)
        self.page.url = stage.relay.url
        self._tell("Network.clearBrowserCookies", {})
        view.opens(self.page, view.path)
        if stage.bots:
            self._meet(stage)
        view.reach(stage, self.page)
        self.rest()
        return self.page

    def turn(self, width: int, theme: str) -> None:
        """The same view on another screen or in the other theme."""
        self._emulate(width, theme)
        self.rest()

    def stretch(self, most: int) -> None:
        """Make the screen as high as the page, `most` at the most; what lies under an open dialog does not count."""
        needed = 0 if self.page.js(HAS_DIALOG) else int(self.page.js(PAGE_HEIGHT))
        self._fit(min(most, max(needed, HEIGHTS[self._width])))
        self.rest()

    def rest(self) -> None:
        """Wait until nothing moves."""
        self.page.wait_for(lambda: self.page.js(IS_SETTLED, self._width), what="a page at rest")

    def close(self) -> None:
        self.driver.get("about:blank")
        with ThreadPoolExecutor() as together:
            list(together.map(Stage.end, self._stages.values()))

    def _stage(self, story: Story) -> Stage:
        stage = self._stages.get(story.name)
        if stage is None or not stage.relay.is_serving():
            if stage is not None:
                stage.end()
            folder = Path(tempfile.mkdtemp(prefix="stage-", dir=self._folder))
            env = WITH_PASSWORDS if story.asks else {}
            stage = self._stages[story.name] = Stage(story, Relay(folder / "data", env=env))
            stage.begin()
        return stage

    def _meet(self, stage: Stage) -> None:
        """The page has heard its bots just now, so that every age is that of this moment."""
        stage.refresh()
        heard = "updated just now"
        self.page.wait_for(lambda: self.page.text("last-update") == heard, what=heard)
        self.page.js(NEXT_SECOND)

    def _emulate(self, width: int, theme: str) -> None:
        self._width = width
        self._fit(HEIGHTS[width])
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self._tell("Emulation.setEmulatedMedia", {"features": features})

    def _fit(self, height: int) -> None:
        is_touched = self._width < TOUCHED_BELOW
        screen = {"width": self._width, "height": height, "deviceScaleFactor": 1, "mobile": is_touched}
        self._tell("Emulation.setDeviceMetricsOverride", screen)
        self._tell("Emulation.setTouchEmulationEnabled", {"enabled": is_touched})

    def _tell(self, command: str, parameters: dict[str, Any]) -> None:
        self.driver.execute_cdp_cmd(command, parameters)


@contextmanager
def opened(driver: Chromium) -> Iterator[Gallery]:
    """A gallery that leaves nothing behind, neither a process nor a file."""
    with tempfile.TemporaryDirectory(prefix="tapedeck-gallery-") as folder:
        gallery = Gallery(driver, Path(folder))
        try:
            yield gallery
        finally:
            gallery.close()
