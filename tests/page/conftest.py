"""The page's scripts without a page: every asset in an empty document, so that their pure parts can be called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

ROOT = Path(__file__).resolve().parents[2]
ASSETS = sorted((ROOT / "assets").glob("*.js"))
FRAME = "<!doctype html><html lang=en><body></body></html>"


class Scripts:
    """Calls what the assets put on `window.dash_clientside`."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def load(self) -> Scripts:
        self.driver.get("data:text/html," + FRAME)
        for asset in ASSETS:
            self.driver.execute_script(asset.read_text())
        return self

    def run(self, body: str, *arguments: Any) -> Any:
        """The value of a function body in which `scripts` are the namespaces and `a`, `b`, ... the arguments."""
        names = ", ".join(chr(ord("a") + i) for i in range(len(arguments)))
        wrapped = f"const scripts = window.dash_clientside; return (({names}) => {{ {body} }})(...arguments);"
        return self.driver.execute_script(wrapped, *arguments)

    def call(self, name: str, *arguments: Any) -> Any:
        """`call("format.price", "1.5")`; arguments go over as JSON, so a decimal stays a string."""
        return self.run(f"return scripts.{name}(...a);", list(arguments))

    def add(self, script: Path) -> None:
        """One more script into the same document."""
        self.driver.execute_script(script.read_text())


@pytest.fixture(scope="module")
def scripts(browsers: Callable[[int], Chrome]) -> Scripts:
    """All assets loaded into an empty document, once a module."""
    return Scripts(browsers(0)).load()


@pytest.fixture(scope="session")
def golden() -> Callable[[str], dict[str, Any]]:
    """A golden message of `tests/wire/`, as the wire carries it."""

    def read(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((ROOT / "tests" / "wire" / f"{name}.json").read_text())
        return found

    return read
