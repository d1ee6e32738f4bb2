"""Takes the pictures of every view: `make pictures`. They are the same again until the page looks different."""

from __future__ import annotations

import base64
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tests.support import chromium, gallery, views
from tests.support.gallery import THEMES, Gallery, View

FOLDER = Path(__file__).parent / "pictures"
COLOURS = 64
"""A picture of this page needs no more, and takes a third of the bytes."""

MAIN_VIEWS = ("position", "toasts")
WIDTHS, MAIN_WIDTHS = (1440, 390), (1440, 768, 390, 320)
HIGHEST = 2400
"""Pixels of a page that are shown at most."""

PAUSE, TRIES = 0.5, 40
"""Seconds between two looks, longer than the chart waits before it draws; and how many looks."""


def widths_of(view: View) -> tuple[int, ...]:
    return MAIN_WIDTHS if view.name in MAIN_VIEWS else WIDTHS


def picture(shown: Gallery) -> bytes:
    """The whole page as a PNG, once two looks at it are the same."""
    before = b""
    for _ in range(TRIES):
        time.sleep(PAUSE)
        now = base64.b64decode(shown.driver.get_screenshot_as_base64())
        if now == before:
            return now
        before = now
    raise SystemExit("The page does not come to rest: no picture was taken.")


def small(png: bytes) -> bytes:
    """The same picture in few colours, without dots between them."""
    packed = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def take(shown: Gallery, view: View) -> Iterator[tuple[str, bytes]]:
    """(name, PNG) of one view on each of its screens in both themes."""
    shown.show(view).wait_drawn()
    for width in widths_of(view):
        for theme in THEMES:
            shown.turn(width, theme)
            shown.stretch(HIGHEST)
            yield f"{view.name}-{width}-{theme}.png", small(picture(shown))


def main(wanted: list[str]) -> None:
    """Take those that are named, or all; what no view is called any more goes."""
    driver = chromium.launch()
    FOLDER.mkdir(exist_ok=True)
    try:
        with gallery.opened(driver) as shown:
            for view in views.VIEWS:
                if not wanted or view.name in wanted:
                    _write(dict(take(shown, view)))
    finally:
        chromium.close(driver)


def _write(pictures: dict[str, bytes]) -> None:
    for name, png in pictures.items():
        (FOLDER / name).write_bytes(png)
        print(f"docs/pictures/{name} {len(png) // 1024} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
