"""Draws the icons of a home screen from assets/icon.svg: `python -m docs.draw_icons`. Run it when the icon changes."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

from selenium.webdriver import Chrome

from dash_app.document import THEME_COLORS
from tests.support import chromium

ASSETS = Path(__file__).resolve().parent.parent / "assets"
GROUND = THEME_COLORS["dark"]
SHAPES = {
    "icon-192": (192, 1.0, "transparent"),
    "icon-512": (512, 1.0, "transparent"),
    "maskable-512": (512, 0.8, GROUND),
    "apple-touch": (180, 1.0, GROUND),
}
"""Name: (pixels, share of the width that the drawing takes, ground).

A mask may cut off all but the middle 80 %, and iOS rounds corners itself.
"""


def page(size: int, share: float, ground: str) -> str:
    """A document that shows the icon and nothing else."""
    svg = (ASSETS / "icon.svg").read_text()
    picture = f'<img width="{size * share}" src="data:image/svg+xml,{quote(svg)}">'
    style = f"margin:0;height:{size}px;display:grid;place-items:center;background:{ground}"
    return f'<!doctype html><body style="{style}">{picture}</body>'


def draw(driver: Chrome, size: int, share: float, ground: str) -> bytes:
    driver.get("data:text/html," + quote(page(size, share, ground)))
    driver.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
    clip = {"x": 0, "y": 0, "width": size, "height": size, "scale": 1}
    taken = driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True}
    )
    return base64.b64decode(taken["data"])


def main() -> None:
    driver = chromium.launch()
    try:
        for name, shape in SHAPES.items():
            (ASSETS / "icons" / f"{name}.png").write_bytes(draw(driver, *shape))
    finally:
        chromium.close(driver)


if __name__ == "__main__":
    main()
