"""What a browser downloads, compressed once.

What the installed packages ship is packed as tightly as it goes, seconds of work, when their environment is set up
(`dash_app/prepare.py`), and kept in it. What is not kept there is packed more loosely in the running relay, in
milliseconds.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

FOLDER = Path(sys.prefix) / "share" / "tapedeck" / "packed"
CODINGS = {"br": ".br", "gzip": ".gz"}
"""In the order of preference, with the names' endings."""
WINDOW = 24
TIGHT = {"br": 11, "gzip": 9}
LOOSE = {"br": 5, "gzip": 6}
SMALLEST = 512
"""Below this a header more costs what is won."""
PACKABLE = ("text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml")


def tag(body: bytes) -> str:
    """A name for exactly these bytes: a fingerprint for URLs, an ETag, a file's name."""
    return hashlib.sha256(body).hexdigest()[:20]


def is_worth_packing(body: bytes, mimetype: str) -> bool:
    return len(body) >= SMALLEST and mimetype.startswith(PACKABLE)


def pack(body: bytes, coding: str, effort: dict[str, int]) -> bytes:
    """`body` as `coding`, the same bytes each time."""
    if coding == "br":
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=effort["br"], lgwin=WINDOW))
    return gzip.compress(body, effort["gzip"], mtime=0)


class Packs:
    """Packed forms by tag and coding, each made or read once and then held."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._held: dict[tuple[str, str], bytes] = {}

    def get(self, body: bytes, name: str, coding: str) -> bytes:
        """`body`, whose tag is `name`, as `coding`."""
        key = (name, coding)
        if key not in self._held:
            self._held[key] = self._kept(name, coding) or pack(body, coding, LOOSE)
        return self._held[key]

    def _kept(self, name: str, coding: str) -> bytes | None:
        try:
            return (self._folder / (name + CODINGS[coding])).read_bytes()
        except OSError:
            return None


def fill(bodies: Iterable[bytes], folder: Path = FOLDER) -> None:
    """Keep each body in `folder` in every coding, tightly packed, and nothing else; what is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {tag(body) + ending: (body, coding) for body in bodies for coding, ending in CODINGS.items()}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)
    missing = [(folder / name, *what) for name, what in wanted.items() if not (folder / name).exists()]
    missing.sort(key=lambda job: len(job[1]), reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda job: _keep(*job), missing))


def _keep(path: Path, body: bytes, coding: str) -> None:
    """Whole or not at all, whoever else does the same at the same time."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(pack(body, coding, TIGHT))
    partial.replace(path)
