"""The folder of candle files that backtests are made over. Names from outside are made safe before they are used."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.candle_names import symbol_of
from bot.core.timeframe import timeframe_name

MOST_FILES = 200
LARGEST_BYTES = 100_000_000
"""Of an upload: two years of one-minute candles take 60 MB."""
_GLANCE = 4_096
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.csv")
_INCOMING = ".incoming-"


class NotUsable(ValueError):
    """A file that cannot be taken or found; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleFile:
    """What a glance at a file's beginning and end tells; null where it tells nothing. Times in ms UTC."""

    name: str
    bytes: int
    symbol: str | None
    timeframe: str | None
    from_ts: int | None
    to_ts: int | None

    def wire(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class History:
    """The candle files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for left in [*folder.glob(f"{_INCOMING}*"), *folder.glob(".*.part")]:
            _remove(left)

    def files(self) -> list[CandleFile]:
        """All of them, by name."""
        found = sorted(path for path in self.folder.glob("*.csv") if _NAME.fullmatch(path.name))
        return [_glance(path) for path in found[:MOST_FILES]]

    def find(self, name: str) -> CandleFile:
        """The file of that name. Raises `NotUsable`."""
        file = next((file for file in self.files() if file.name == name), None)
        if file is None:
            raise NotUsable("There is no such candle file: choose one of the list, upload one or download one.")
        return file

    def path(self, name: str) -> Path:
        """Where a file of that name is, or will be. Raises `NotUsable` for a name that is not plain."""
        if not _NAME.fullmatch(name):
            raise NotUsable("That is no name of a candle file: take letters, digits, - and _, such as BTC_USDT-1h.csv.")
        return self.folder / name

    @contextmanager
    def incoming(self, name: str) -> Iterator[Path]:
        """A place to write an upload to, gone with the block unless it was `kept`. Raises `NotUsable`."""
        if len(self.files()) >= MOST_FILES:
            raise NotUsable(f"There are {MOST_FILES} candle files already: remove some from {self.folder}.")
        room = self.folder / f"{_INCOMING}{secrets.token_hex(8)}"
        room.mkdir(parents=True)
        try:
            yield room / safe_name(name)
        finally:
            _remove(room)

    def keep(self, incoming: Path) -> CandleFile:
        """Move a checked upload into the folder, under a name that is free."""
        place = self.folder / incoming.name
        number = 2
        while place.exists():
            place = self.folder / f"{incoming.stem[:76]}-{number}.csv"
            number += 1
        incoming.rename(place)
        return _glance(place)

    def forget_parts(self, pid: int) -> None:
        """Remove what a download that was killed had not finished writing."""
        for part in self.folder.glob(f".*.{pid}.part"):
            _remove(part)


def safe_name(given: str) -> str:
    """A plain file name that keeps what can be kept: `../ETH BTC (5m).CSV` becomes `ETH_BTC_5m.csv`."""
    last = re.split(r"[\\/]", given)[-1]
    stem = last[: -len(".csv")] if last.lower().endswith(".csv") else last
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", stem).strip("._-")[:76]
    return f"{plain or 'candles'}.csv"


def _glance(path: Path) -> CandleFile:
    head, tail = _ends(path)
    first, last = _times(head.splitlines()), _times(tail.splitlines()[-3:])
    spacings = [later - earlier for earlier, later in pairwise(first) if later > earlier]
    length_ms = min(spacings, default=0)
    return CandleFile(
        name=path.name,
        bytes=path.stat().st_size,
        symbol=symbol_of(path),
        timeframe=_named(length_ms),
        from_ts=first[0] if first else None,
        to_ts=last[-1] + length_ms if last else None,
    )


def _ends(path: Path) -> tuple[str, str]:
    """The first and the last few lines; the middle of a large file is not read."""
    with path.open("rb") as file:
        head = file.read(_GLANCE)
        file.seek(max(0, path.stat().st_size - _GLANCE))
        tail = file.read(_GLANCE)
    return head.rpartition(b"\n")[0].decode(errors="replace"), tail.decode(errors="replace")


def _times(lines: list[str]) -> list[int]:
    firsts = (line.partition(",")[0].strip() for line in lines)
    return [int(text) for text in firsts if text.isascii() and text.isdigit() and len(text) <= 15]


def _named(length_ms: int) -> str | None:
    try:
        return timeframe_name(length_ms)
    except ValueError:
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
