"""Breaking a page on purpose: a check that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.deck_page import DeckPage

ADOPT = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(arguments[0]);
document.adoptedStyleSheets = [sheet];
"""


@contextmanager
def styled(page: DeckPage, css: str) -> Iterator[None]:
    """The page with one more style sheet."""
    page.js(ADOPT, css)
    yield
    page.js("document.adoptedStyleSheets = []")
