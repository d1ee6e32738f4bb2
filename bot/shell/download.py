"""`python -m bot download`: an exchange's candles into a CSV that the replay and the backtest read.

The file grows whole: rows are put to a copy of it, which then takes its place. What has come is kept when the line
fails or a person stops it, and the same command goes on where the file ends.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bot.core.words import amount_text
from bot.shell.backtest_report import time_text
from bot.shell.history import closed_candles
from bot.shell.markets.bars import Bar
from bot.shell.markets.candle_book import Row
from bot.shell.markets.candle_csv import COLUMNS, CandleFileError, read_candles
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.timeframe import timeframe_ms, timeframe_name
from bot.shell.refusal import Refusal
from bot.shell.whole_file import check_place, whole_file

if TYPE_CHECKING:
    from bot.settings import Settings

PAGES_A_WRITE = 20
"""So much is lost at most when the machine goes off; a write copies the file."""
FEWEST = 2
"""A file of fewer candles has no length of a candle, and could not be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to fetch into which file; times in ms UTC, `to_ts` itself left out."""

    symbol: str
    timeframe: str
    from_ts: int
    to_ts: int | None
    file: Path

    @property
    def length_ms(self) -> int:
        return timeframe_ms(self.timeframe)


def download(
    settings: Settings,
    asked: Asked,
    *,
    on_candles: Callable[[int], object],
    clock: Clock = wall_clock_ms,
    sleep: Sleep = asyncio.sleep,
) -> list[str]:
    """Fetch, and say in a few lines what the file holds now. `settings` name the exchange.

    Raises `Refusal`, `SettingsError` and `MarketError`; what had come before is in the file.
    """
    if settings.exchange in ("simulated", "replay"):
        raise Refusal(f"--exchange: got {settings.exchange}, which has no history; takes a ccxt id such as binance.")
    if asked.timeframe.endswith("M"):
        raise Refusal("--timeframe: months differ in length, which a replay cannot show; take 1d or 1w.")
    check_place("--out", asked.file)
    known = _known(asked)
    on_candles(len(known))
    came = asyncio.run(_fetch(settings, asked, known, on_candles, clock, sleep))
    return _summary(settings, asked, known, came)


def _known(asked: Asked) -> list[Bar]:
    """The candles that are in the file. Raises `Refusal` where it is another kind of file."""
    if not asked.file.exists():
        return []
    try:
        bars = read_candles(asked.file)
    except CandleFileError as error:
        raise Refusal(f"--out: {error}, or name a new file.") from None
    if bars[0].length_ms != asked.length_ms:
        holds = timeframe_name(bars[0].length_ms)
        raise Refusal(f"--out: {asked.file} holds candles of {holds}, not of {asked.timeframe}; name another file.")
    return bars


async def _fetch(
    settings: Settings,
    asked: Asked,
    known: Sequence[Bar],
    on_candles: Callable[[int], object],
    clock: Clock,
    sleep: Sleep,
) -> list[int]:
    """The times of the candles that came, which are in the file."""
    from bot.shell.markets.exchange_connect import check_market, connect
    from bot.shell.markets.exchange_rest import ExchangeRest

    config = {key: value for key, value in settings.exchange_config.items() if key != "paper"}
    exchange: Any = connect(settings.exchange, config)
    rest = ExchangeRest(
        exchange,
        symbol=asked.symbol,
        timeframe=asked.timeframe,
        length_ms=asked.length_ms,
        attempts=Patience().attempts,
        sleep=sleep,
        random=Random(),
    )
    try:
        await rest.patiently(exchange.load_markets)
        check_market(exchange, asked.symbol, asked.timeframe)
        pages = closed_candles(
            exchange,
            asked.symbol,
            asked.timeframe,
            asked.length_ms,
            from_ts=known[-1].ts + asked.length_ms if known else asked.from_ts,
            to_ts=asked.to_ts,
            patiently=rest.patiently,
            clock=clock,
        )
        writer = _Writer(asked.file)
        try:
            async for rows in pages:
                writer.take(rows)
                on_candles(len(rows))
        finally:
            writer.write()
        return writer.times
    finally:
        await exchange.close()


class _Writer:
    """Rows on their way into the file, some pages at a time."""

    def __init__(self, file: Path) -> None:
        self.times: list[int] = []
        self._file = file
        self._waiting: list[Row] = []
        self._pages = 0

    def take(self, rows: Sequence[Row]) -> None:
        """A page of candles."""
        self._waiting += rows
        self._pages += 1
        if self._pages % PAGES_A_WRITE == 0:
            self.write()

    def write(self) -> None:
        """Put what waits to the file. Raises `Refusal` where it cannot be written."""
        if self._waiting and (self._file.exists() or len(self._waiting) >= FEWEST):
            append_rows(self._file, self._waiting)
            self.times += [row.ts for row in self._waiting]
            self._waiting = []


def append_rows(file: Path, rows: Sequence[Row]) -> None:
    """The file with these candles at its end, in ccxt's column order; made where it is not there."""
    with whole_file("--out", file) as whole:
        if file.exists():
            with file.open(encoding="utf-8", newline="") as before:
                shutil.copyfileobj(before, whole)
            if not _ends_a_line(file):
                whole.write("\n")
        else:
            whole.write(",".join(COLUMNS) + "\n")
        for row in rows:
            numbers = (row.open, row.high, row.low, row.close, row.volume)
            whole.write(",".join([str(row.ts), *map(amount_text, numbers)]) + "\n")


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as bytes_:
        bytes_.seek(-1, 2)
        return bytes_.read() == b"\n"


def _summary(settings: Settings, asked: Asked, known: Sequence[Bar], came: Sequence[int]) -> list[str]:
    times = [*(bar.ts for bar in known), *came]
    if not times:
        raise Refusal(
            f"{settings.exchange} lists fewer than {FEWEST} closed candles of {asked.symbol} in that time;"
            " choose an earlier --from."
        )
    lines = [
        f"{asked.file}: {len(times):,} candles of {asked.timeframe}, {len(came):,} of them new,"
        f" {time_text(times[0])} to {time_text(times[-1])}."
    ]
    if known and asked.from_ts < known[0].ts:
        lines.append("What lies before the file's first candle was not fetched: name another file for it.")
    if not known and asked.from_ts + asked.length_ms < times[0]:
        lines.append(f"{settings.exchange} has nothing earlier.")
    return lines
