"""What is out of place on a page, in sentences."""

from __future__ import annotations

from pathlib import Path

from tests.support.deck_page import DeckPage

SCRIPT = Path(__file__).with_name("inspector.js").read_text()


def findings(page: DeckPage, *, touched: bool) -> list[str]:
    """One sentence for each thing that is too wide, cut, overlapped, too small for a thumb or behind the bottom bar."""
    return [str(sentence) for sentence in page.js(SCRIPT, {"touched": touched})]
