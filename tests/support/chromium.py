"""One headless Chromium for many tests, as good as new for each."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--force-prefers-no-reduced-motion",
    "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIGHT = ("/usr/lib/chromium/chromium-headless-shell", "chrome-headless-shell")
"""The same engine without windows: a third less processor time for the same page. No tab of it is ever hidden."""
Wire = dict[str, Any]


class Chromium(Chrome):
    """A browser whose files, profile included, are gone when it is."""

    def __init__(self, driver_path: str, options: ChromeOptions) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tapedeck-chromium-", ignore_cleanup_errors=True)
        env = {**os.environ, "TMPDIR": self._folder.name, "HOME": self._folder.name}
        super().__init__(service=Service(driver_path, log_path=os.devnull, env=env), options=options)
        self.is_new = True
        """Nobody has told its one tab anything yet."""

    def quit(self) -> None:
        try:
            super().quit()
        finally:
            self._folder.cleanup()


def launch(*, width: int = 1440, height: int = 900, network_log: bool = False, needs_windows: bool = True) -> Chromium:
    """A new browser; `network_log` keeps every network event for `network_events`."""
    driver_path = shutil.which("chromedriver")
    assert driver_path, "chromedriver is not on the PATH: run `make test`, which installs it where it can"
    options = ChromeOptions()
    for switch in (*SWITCHES, f"--window-size={width},{height}"):
        options.add_argument(switch)
    binary = next(filter(None, map(shutil.which, BINARIES if needs_windows else (*LIGHT, *BINARIES))), None)
    if binary:
        options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", **({"performance": "ALL"} if network_log else {})})
    if network_log:
        options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    driver = Chromium(driver_path, options)
    driver.set_script_timeout(60)
    driver.set_page_load_timeout(60)
    return driver


def make_new(driver: Chromium, *, width: int = 1440, height: int = 900) -> None:
    """A fresh tab with no cookies, storage, service worker, emulation or console left over.

    What came over the network for good is kept, compiled: else each test waits a second for the chart's library.
    """
    if not driver.is_new:
        close_tabs(driver)
    driver.is_new = False
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    driver.set_window_size(width, height)
    driver.get_log("browser")


def close_tabs(driver: Chromium) -> None:
    """One empty tab in place of all that there are: none of them comes back to an address that it knows."""
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})  # else it slows the process, tabs to come too
    old = driver.window_handles
    driver.switch_to.new_window("tab")
    fresh = driver.current_window_handle
    for handle in old:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(fresh)
    driver.is_new = True


def network_events(driver: Chrome) -> Iterator[tuple[str, Wire]]:
    """(method, params) of every DevTools network event since the last call; the browser must keep a network log."""
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        yield message["method"], message["params"]


def requests_made(driver: Chrome) -> list[str]:
    """The urls asked for over HTTP since the last call."""
    events = network_events(driver)
    return [params["request"]["url"] for method, params in events if method == "Network.requestWillBeSent"]


def heap_bytes(driver: Chrome) -> int:
    """The page's JavaScript heap in use, after a collection."""
    for _ in range(2):
        driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    return int(driver.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"])


def close(driver: Chrome) -> None:
    try:
        driver.quit()
    except WebDriverException:
        driver.service.stop()
