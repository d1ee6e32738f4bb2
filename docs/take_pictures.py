"""Takes the pictures of every view: `make pictures`. They are the same again until the page looks different."""

from __future__ import annotations

import argparse
import base64
import io
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support import chromium, gallery, views
from tests.support.chromium import Chromium
from tests.support.gallery import THEMES, Gallery, View

FOLDER = Path(__file__).parent / "pictures"
COLOURS = 255
"""A picture of this page needs no more, and takes a third of the bytes."""

WIDTHS = (1440, 768, 390, 320)
HIGHEST = 2400
"""Pixels of a page that are shown at most."""

PAUSE, TRIES = 0.5, 40
"""Seconds between two looks, longer than the chart waits before it draws; and how many looks."""


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
    fewer = image.quantize(palette=palette(image), dither=Image.Dither.NONE)
    fewer.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def palette(image: Image.Image) -> Image.Image:
    """The colours that cover most of it, exactly as they are: a panel must not turn green to make room for letters."""
    counted: Any = image.getcolors(image.width * image.height)
    found = Image.new("P", (1, 1))
    found.putpalette([part for _, colour in sorted(counted, reverse=True)[:COLOURS] for part in colour])
    return found


def take(shown: Gallery, view: View) -> Iterator[tuple[str, bytes]]:
    """(name, PNG) of each picture of that view: every width, both themes."""
    page = shown.show(view)
    if view.has_chart:
        page.wait_drawn()
    for width in WIDTHS:
        for theme in THEMES:
            shown.turn(width, theme)
            shown.stretch(HIGHEST)
            yield f"{view.name}-{width}-{theme}.png", small(picture(shown))


def take_all(folder: Path, wanted: Collection[str]) -> None:
    """The views that are wanted, or all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as driver, gallery.opened(driver) as shown:
        for view in views.VIEWS:
            if not wanted or view.name in wanted:
                for name, png in take(shown, view):
                    (folder / name).write_bytes(png)
                    print(f"{folder.name}/{name} {len(png) // 1024} kB", flush=True)


@contextmanager
def open_browser() -> Iterator[Chromium]:
    driver = chromium.launch()
    try:
        yield driver
    finally:
        chromium.close(driver)


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes pictures of the page, all views unless some are named.")
    parser.add_argument("views", nargs="*", help=", ".join(view.name for view in views.VIEWS))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put them")
    given = parser.parse_args()
    take_all(given.folder, given.views)


if __name__ == "__main__":
    main()
