"""axe-core on a page: the accessibility rules of WCAG 2.2 A and AA, and those of good practice.

The script comes with the PyPI package `axe-playwright-python` of the tests' environment; Playwright is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tests.support.deck_page import DeckPage

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOUR = ("color-contrast", "link-in-text-block")
"""The rules whose outcome the colours decide."""
RUN = """
const [type, values, done] = arguments;
axe.run(document, {runOnly: {type, values}, resultTypes: ['violations'], preload: false})
  .then(result => done(result.violations), error => done(String(error)));
"""


@cache
def source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def version(page: DeckPage) -> tuple[int, ...]:
    _load(page)
    return tuple(int(part) for part in str(page.js("return axe.version")).split("."))


def violations(page: DeckPage, rules: Sequence[str] | None = None) -> list[str]:
    """One sentence for each element that breaks one of these rules, or any."""
    _load(page)
    found = page.driver.execute_async_script(RUN, *(("rule", rules) if rules else ("tag", TAGS)))
    assert isinstance(found, list), f"axe-core did not run: {found}"
    return [_sentence(rule, node) for rule in found for node in rule["nodes"]]


def _load(page: DeckPage) -> None:
    if not page.js("return 'axe' in window"):
        page.js(source())


def _sentence(rule: dict[str, Any], node: dict[str, Any]) -> str:
    summary = " ".join(str(node.get("failureSummary", "")).split())
    return f"{rule['id']}: {node['target'][-1]}: {summary}"
