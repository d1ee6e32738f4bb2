"""The page's scripts without a page: every asset in an empty document, so that their pure parts can be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import axe, gallery
from tests.support.chromium import Chromium
from tests.support.gallery import Gallery
from tests.support.person import WITH_PASSWORDS
from tests.support.relay import Relay

ROOT = Path(__file__).resolve().parents[2]
ASSETS = sorted((ROOT / "assets").glob("*.js"))
FRAME = "<!doctype html><html lang=en><body></body></html>"


AWAY = "the bench is not here"


class Scripts:
    """Calls what the assets put on `window.dash_clientside`; loads them again where another test used the browser."""

    def __init__(self, driver: Chromium) -> None:
        self.driver = driver
        self._scripts = list(ASSETS)

    def load(self) -> Scripts:
        self.driver.get("data:text/html," + FRAME)
        for script in self._scripts:
            self.driver.execute_script(script.read_text())
        self.driver.execute_script("window.isBench = true;")
        return self

    def add(self, script: Path) -> None:
        """One more script into the same document."""
        self._scripts.append(script)
        self.load()

    def run(self, body: str, *arguments: Any) -> Any:
        """The value of a function body in which `scripts` are the namespaces and `a`, `b`, ... the arguments."""
        names = ", ".join(chr(ord("a") + i) for i in range(len(arguments)))
        here = f"if (!window.isBench) return '{AWAY}'; const scripts = window.dash_clientside;"
        wrapped = f"{here} return (({names}) => {{ {body} }})(...arguments);"
        value = self.driver.execute_script(wrapped, *arguments)
        if value == AWAY:
            value = self.load().driver.execute_script(wrapped, *arguments)
        return value

    def call(self, name: str, *arguments: Any) -> Any:
        """`call("format.price", "1.5")`; arguments go over as JSON, so a decimal stays a string."""
        return self.run(f"return scripts.{name}(...a);", list(arguments))


@pytest.fixture(scope="module")
def scripts(browsers: Callable[[int], Chromium]) -> Scripts:
    """All assets loaded into an empty document, once a module."""
    return Scripts(browsers(0)).load()


@pytest.fixture(scope="session")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """One relay for many tests that asks who somebody is; what earlier tests left in it does not matter."""
    relay = Relay(tmp_path_factory.mktemp("asking") / "data", env=WITH_PASSWORDS)
    yield relay.start()
    relay.end()


@pytest.fixture(scope="module")
def shown(browsers: Callable[[int], Chromium]) -> Iterator[Gallery]:
    """One gallery for a whole file."""
    with gallery.opened(browsers(0)) as opened:
        opened.page.before_load(axe.source())  # there at once, and not sent to each view
        yield opened
