"""History into a file, by the real ccxt.pro.binance from a Binance on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.settings import load
from bot.shell.download import Asked, append_rows, download
from bot.shell.market import MarketError
from bot.shell.markets.candle_book import row_of
from bot.shell.markets.candle_csv import read_candles
from bot.shell.refusal import Refusal
from tests.standin.binance import BinanceStandIn

MINUTE = 60_000
START = 1_790_000_040_000
COUNT = 2_500
"""Three pages of Binance's thousand; the last candle is forming."""
NOW = START + (COUNT - 1) * MINUTE + 20_000


async def at_once(seconds: float) -> None:
    """The next try comes at once."""
    await asyncio.sleep(0)


def listed(binance: BinanceStandIn, count: int = COUNT, *, first: int = 0) -> None:
    for number in range(first, count):
        close = f"{100 + number % 90 + 0.25:.2f}"
        binance.list_kline(START + number * MINUTE, (close, "200.5", "99.0", close), "1.5")


def fetched(
    file: Path,
    *,
    to_ts: int | None = None,
    from_ts: int = START,
    timeframe: str = "1m",
    symbol: str = "BTC/USDT",
    now: int = NOW,
    setting_up: Callable[[BinanceStandIn], None] = listed,
    on_candles: Callable[[BinanceStandIn, int], None] = lambda binance, count: None,
) -> tuple[list[str], BinanceStandIn]:
    """What a download from a fresh exchange says, and the exchange with what it was asked."""

    async def scene() -> tuple[list[str], BinanceStandIn]:
        async with BinanceStandIn() as binance:
            setting_up(binance)
            settings = load(exchange="binance", exchange_config={**binance.config(), "paper": {"deposit": 5}})
            asked = Asked(symbol=symbol, timeframe=timeframe, from_ts=from_ts, to_ts=to_ts, file=file)
            lines = await asyncio.to_thread(
                download,
                settings,
                asked,
                on_candles=lambda count: on_candles(binance, count),
                clock=lambda: now,
                sleep=at_once,
            )
            return lines, binance

    return asyncio.run(scene())


def pages(binance: BinanceStandIn) -> list[str]:
    return [request for request in binance.requests if "klines" in request]


def times(file: Path) -> list[int]:
    return [bar.ts for bar in read_candles(file)]


def test_all_closed_candles_come_once_over_several_pages_and_the_replay_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "BTC_USDT-1m.csv"
    lines, binance = fetched(file)
    assert times(file) == [START + number * MINUTE for number in range(COUNT - 1)]
    assert file.read_text().splitlines()[:2] == [
        "timestamp,open,high,low,close,volume",
        f"{START},100.25,200.5,99,100.25,1.5",
    ]
    assert lines == [f"{file}: 2,499 candles of 1m, 2,499 of them new, 2026-09-21 14:14 UTC to 2026-09-23 07:52 UTC."]
    assert len(pages(binance)) == 4
    assert list(tmp_path.iterdir()) == [file]


def test_the_last_day_is_left_out_and_nothing_beyond_it_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    _, binance = fetched(file, to_ts=START + 700 * MINUTE)
    assert times(file)[-1] == START + 699 * MINUTE
    assert len(pages(binance)) == 1


def test_a_file_goes_on_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    fetched(file, to_ts=START + 1_100 * MINUTE)
    before = file.read_bytes()
    lines, binance = fetched(file)
    assert file.read_bytes().startswith(before)
    assert times(file) == [START + number * MINUTE for number in range(COUNT - 1)]
    assert "2,499 candles of 1m, 1,399 of them new" in lines[0]
    assert f"startTime={START + 1_100 * MINUTE}" in pages(binance)[0]


def test_a_file_that_is_up_to_date_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    fetched(file)
    before = file.read_bytes()
    lines, _ = fetched(file)
    assert "0 of them new" in lines[0]
    assert file.read_bytes() == before


def test_what_had_come_is_kept_when_the_exchange_fails_and_the_next_run_completes_it(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"

    def fail_after_a_page(binance: BinanceStandIn, count: int) -> None:
        if count == 1_000:
            binance.rest_status = 503

    with pytest.raises(MarketError, match="binance does not answer as it should"):
        fetched(file, on_candles=fail_after_a_page)
    assert len(times(file)) == 1_000
    fetched(file)
    assert times(file) == [START + number * MINUTE for number in range(COUNT - 1)]


def test_what_had_come_is_kept_when_a_person_stops_it(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"

    class Stopped(BaseException):
        """Ctrl-C, which asyncio hands to the coroutine that waits."""

    def stop(binance: BinanceStandIn, count: int) -> None:
        if count == 1_000:
            raise Stopped

    with pytest.raises(Stopped):
        fetched(file, on_candles=stop)
    assert len(times(file)) == 1_000


def test_a_candle_that_may_be_forming_is_left_out_until_its_time_is_surely_over(tmp_path: Path) -> None:
    early, late = tmp_path / "early.csv", tmp_path / "late.csv"
    last = START + (COUNT - 1) * MINUTE
    fetched(early, now=last + 2 * MINUTE - 1)
    fetched(late, now=last + 2 * MINUTE)
    assert (times(early)[-1], times(late)[-1]) == (last - MINUTE, last)


def test_a_time_before_the_listing_is_said(tmp_path: Path) -> None:
    lines, _ = fetched(tmp_path / "candles.csv", from_ts=START - 500 * MINUTE)
    assert lines[1] == "binance has nothing earlier."


def test_what_lies_before_a_file_is_not_fetched_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    fetched(file, from_ts=START + 100 * MINUTE, to_ts=START + 200 * MINUTE)
    lines, _ = fetched(file, to_ts=START + 300 * MINUTE)
    assert lines[1].startswith("What lies before the file's first candle was not fetched")
    assert times(file)[0] == START + 100 * MINUTE


def test_a_time_without_candles_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    with pytest.raises(Refusal, match="lists fewer than 2 closed candles of BTC/USDT in that time"):
        fetched(file, now=START + MINUTE + 10_000, setting_up=lambda binance: listed(binance, 2))
    assert not file.exists()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"symbol": "BTC/USDX"}, MarketError, "has no market 'BTC/USDX'"),
        ({"timeframe": "7m"}, MarketError, "has no candles of '7m'"),
        ({"timeframe": "1M"}, Refusal, "months differ in length"),
    ],
)
def test_what_the_exchange_does_not_have_is_one_sentence(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        fetched(tmp_path / "candles.csv", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    file.write_text("a letter to my mother\n")
    with pytest.raises(Refusal, match=r"--out: candles.csv line 1.* or name a new file"):
        fetched(file)
    assert file.read_text() == "a letter to my mother\n"


def test_a_file_of_other_candles_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    file.write_text(f"{START},1,1,1,1,1\n{START + 300_000},1,1,1,1,1\n")
    with pytest.raises(Refusal, match="holds candles of 5m, not of 1m; name another file"):
        fetched(file)


def test_a_file_whose_last_line_has_no_end_gets_one_before_it_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    file.write_text(f"{START},1,1,1,1,1\n{START + MINUTE},1,1,1,1,1")
    row = row_of([START + 2 * MINUTE, 1e-05, 1e-05, 1e-05, 1e-05, 2.0])
    assert row is not None
    append_rows(file, [row])
    assert file.read_text().splitlines()[-1] == f"{START + 2 * MINUTE},0.00001,0.00001,0.00001,0.00001,2"
    assert len(times(file)) == 3


def test_a_market_without_a_history_is_refused(tmp_path: Path) -> None:
    asked = Asked(symbol="BTC/USDT", timeframe="1m", from_ts=START, to_ts=None, file=tmp_path / "candles.csv")
    with pytest.raises(Refusal, match="--exchange: got simulated, which has no history"):
        download(load(), asked, on_candles=lambda count: None)
