"""Takes the pictures of the README: `make pictures`.

The product runs as `make run` starts it, only faster, until there is something to see.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from benchmarks.measuring import running_browser, running_relay
from tests.support.deck_page import DeckPage
from tests.support.relay import Relay

FOLDER = Path(__file__).parent / "pictures"
SPEED = 10
"""Market seconds a second: an hour's trades in six minutes."""
ENOUGH_TRADES = 4
SIZES = {"desktop": (1440, 900, True), "phone": (390, 844, False)}


def prefer_dark(page: DeckPage, *, dark: bool) -> None:
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def fit(page: DeckPage, width: int, height: int) -> None:
    """The viewport itself, not the window around it."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def take(page: DeckPage, name: str) -> None:
    width, height, dark = SIZES[name]
    fit(page, width, height)
    prefer_dark(page, dark=dark)
    page.open()
    page.wait_trades(ENOUGH_TRADES, 300)
    page.wait_for(lambda: page.data("position") != "flat", 300, "a position")
    page.wait_drawn()
    time.sleep(2)  # figures count up and toasts slide in
    page.driver.save_screenshot(str(FOLDER / f"{name}.png"))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    env = {"TAPEDECK_EXCHANGE_CONFIG": json.dumps({"speed": SPEED})}
    with running_relay(embedded_bot=True, env=env) as relay:
        _take_all(relay)


def _take_all(relay: Relay) -> None:
    for name in SIZES:
        with running_browser(relay.url) as page:
            take(page, name)
            print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    main()
