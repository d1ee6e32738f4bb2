"""Every colour that words are written in can be read on every ground it stands on, in each theme and both palettes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "assets" / "tokens.css").read_text()
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
GROUNDS = ("bg", "panel", "panel-2", "live")
WORDS = ("text", "muted", "buy", "sell", "warn", "accent")
PAIRS = [
    *((words, ground) for words in WORDS for ground in GROUNDS),
    *((f"{name}-text", name) for name in ("start", "stop", "live")),
    ("on-accent", "accent"),
    ("on-badge", "live-badge"),
]
THEMES = {
    "dark": [":root {"],
    "light": [":root {", ':root[data-theme="light"] {'],
    "dark, blue and orange": [":root {", ':root[data-colours="blue-orange"] {'],
    "light, blue and orange": [
        ":root {",
        ':root[data-theme="light"] {',
        ':root[data-colours="blue-orange"] {',
        ':root[data-colours="blue-orange"][data-theme="light"] {',
    ],
}


def block(opening: str) -> str:
    return TOKENS.split(f"\n{opening}", 1)[1].split("\n}", 1)[0]


def colours(theme: str) -> dict[str, str]:
    return {name: value for opening in THEMES[theme] for name, value in TOKEN.findall(block(opening))}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_words_stand_out_from_their_ground(theme: str) -> None:
    named = colours(theme)
    found = {f"{words} on {ground}": contrast(named[words], named[ground]) for words, ground in PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_up_and_down_are_told_apart_from_each_other_and_from_links(theme: str) -> None:
    named = colours(theme)
    assert len({named[name] for name in ("buy", "sell", "accent", "warn")}) == 4


def test_both_ways_to_light_say_the_same_in_blue_and_orange() -> None:
    by_system = TOKENS.split(':root[data-colours="blue-orange"]:not([data-theme="dark"]) {', 1)[1].split("\n  }", 1)[0]
    assert by_system.split() == block(':root[data-colours="blue-orange"][data-theme="light"] {').split()
