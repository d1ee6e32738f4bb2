"""Colours and typefaces are named in one file."""

from __future__ import annotations

import re
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b(?![^{]*\{)|rgba?\(|hsla?\(", re.IGNORECASE)


def sheets() -> list[Path]:
    return [path for path in ASSETS.glob("*.css") if path.name != "tokens.css"]


def test_no_sheet_but_the_tokens_names_a_colour() -> None:
    named = {path.name: COLOUR.findall(line) for path in sheets() for line in path.read_text().splitlines()}
    assert {name: found for name, found in named.items() if found} == {}


def test_no_script_names_a_colour() -> None:
    assert [
        path.name for path in ASSETS.glob("*.js") if re.search(r"[\"']#[0-9a-fA-F]{3,8}[\"']", path.read_text())
    ] == []


def test_every_token_that_is_used_is_defined() -> None:
    used = {name for path in ASSETS.glob("*.css") for name in re.findall(r"var\(--([\w-]+)", path.read_text())}
    defined = {name for path in ASSETS.glob("*.css") for name in re.findall(r"--([\w-]+):", path.read_text())}
    assert used - defined == set()


def test_no_selector_is_asked_of_the_whole_page_again_with_each_price() -> None:
    """`:has()` is fine where only a reader's hand can change what it looks at, or where it looks at children alone."""
    cheap = re.compile(r"\.segment:has\(:(checked|focus-visible)\)|body:has\(> ")
    lines = [line for path in sheets() for line in path.read_text().splitlines() if ":has(" in cheap.sub("", line)]
    assert lines == []


def test_both_ways_to_light_say_the_same() -> None:
    text = (ASSETS / "tokens.css").read_text()
    by_system = re.search(r':root:not\(\[data-theme="dark"\]\) \{(.*?)\n  \}', text, re.S)
    by_choice = re.search(r':root\[data-theme="light"\] \{(.*?)\n\}', text, re.S)
    assert by_system and by_choice
    assert by_system[1].split() == by_choice[1].split()
