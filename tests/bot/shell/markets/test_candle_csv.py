"""Candle CSVs: what is read, and the sentence for what cannot be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shell.markets.bars import Bar
from bot.shell.markets.candle_csv import CandleFileError, parse_candles, price_digits, read_candles

HEADER = "timestamp,open,high,low,close,volume"
GOOD = "1515560100000,0.0984,0.0994766,0.09828605,0.0994766,1820.54447418"
NEXT = "1515560400000,0.09946999000000001,0.0997238,0.099,0.09969000000000001,2527.92100293"


def steps(text: str) -> int:
    return int(Decimal(text) * 10**8)


def test_a_file_is_read_with_and_without_a_header_and_empty_lines() -> None:
    with_header = parse_candles([HEADER, "", GOOD, NEXT, ""], "x.csv")

    assert with_header == parse_candles([GOOD, NEXT], "x.csv")
    assert [(bar.ts, bar.length_ms) for bar in with_header] == [(1515560100000, 300_000), (1515560400000, 300_000)]


def test_the_noise_of_floats_is_rounded_away_and_no_digit_is_lost() -> None:
    first, second = parse_candles([GOOD, NEXT], "x.csv")

    assert (first.open, first.low, first.volume) == (steps("0.0984"), steps("0.09828605"), steps("1820.54447418"))
    assert (second.open, second.close) == (steps("0.09946999"), steps("0.09969"))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([GOOD, "1515560400000,1,2,x,1,1"], "x.csv line 2, low: got 'x'; takes a price above zero"),
        ([GOOD, "1515560400000,1,2,0,1,1"], "x.csv line 2, low: got '0'; takes a price above zero, 0.00000001 or more"),
        ([GOOD, "1515560400000,1,2,nan,1,1"], "x.csv line 2, low: got 'nan'; takes a price above zero"),
        ([GOOD, "1515560400000,1,inf,1,1,1"], "x.csv line 2, high: got 'inf'; takes a price above zero"),
        ([GOOD, "1515560400000,1,2,1,1,-1"], "x.csv line 2, volume: got '-1'; takes an amount, 0 or more"),
        ([GOOD, "1515560400000,1,2,1,1,"], "x.csv line 2, volume: got ''; takes an amount, 0 or more"),
        ([GOOD, "1515560400000,1,2,1,1"], "x.csv line 2: has 5 fields; must have six"),
        ([GOOD, "1515560400000,3,2,1,1,1"], "x.csv line 2, high: must not be below open, close or low"),
        ([GOOD, "1515560400000,1,2,1.5,2,1"], "x.csv line 2, low: must not be above open or close"),
        ([GOOD, "2018-01-10,1,2,1,1,1"], "x.csv line 2, timestamp: got '2018-01-10'; takes milliseconds UTC"),
        ([GOOD, "1515560400,1,2,1,1,1"], "x.csv line 2, timestamp: got 1515560400; takes milliseconds UTC, and this"),
        ([GOOD, GOOD], "x.csv line 2, timestamp: must be later than in the line before"),
        (
            [HEADER, GOOD, NEXT, "1515560500000,1,2,1,1,1"],
            "x.csv line 4, timestamp: is 100 s after the line before, where",
        ),
        ([GOOD], "x.csv: has 1 candles; give a file with two or more"),
        ([], "x.csv: has 0 candles"),
        (["timestamp,open,close,high,low,volume", GOOD, NEXT], "x.csv line 1: must name the columns timestamp,open"),
        (["1515560400000,1,1,1,1,1", "1515560400500,1,1,1,1,1"], "x.csv: candles are 500 ms apart"),
    ],
)
def test_a_bad_line_is_one_sentence_with_line_and_field(lines: list[str], sentence: str) -> None:
    with pytest.raises(CandleFileError) as caught:
        parse_candles(lines, "x.csv")

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_candles_may_be_missing() -> None:
    bars = parse_candles([f"{1515560100000 + index * 60_000},1,1,1,1,0" for index in (0, 1, 5, 7)], "x.csv")

    assert {bar.length_ms for bar in bars} == {60_000}


def test_a_file_that_is_not_there_or_no_text_is_a_sentence(tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\xff\xfe\x00\x80")

    with pytest.raises(CandleFileError, match="there is no such file"):
        read_candles(tmp_path / "none.csv")
    with pytest.raises(CandleFileError, match=r"picture.csv: is not text"):
        read_candles(picture)
    with pytest.raises(CandleFileError, match="cannot be read"):
        read_candles(tmp_path)


PRICES = st.integers(1, 10**15)


@given(
    st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES, st.integers(0, 10**18)), min_size=2, max_size=20),
    st.integers(1, 10**6),
    st.integers(10**8, 10**9),
)
def test_what_is_written_is_read(rows: list[tuple[int, int, int, int, int]], seconds: int, start: int) -> None:
    bars = []
    for index, (*four, volume) in enumerate(rows):
        low, opening, close, high = sorted(four)
        bars.append(Bar((start + index * seconds) * 1000, seconds * 1000, opening, high, low, close, volume))
    lines = [
        ",".join(
            [
                str(bar.ts),
                *(str(Decimal(value) / 10**8) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)),
            ]
        )
        for bar in bars
    ]

    assert parse_candles(lines, "x.csv") == bars


@given(st.lists(st.text(), max_size=5))
def test_any_text_is_candles_or_one_sentence(lines: list[str]) -> None:
    try:
        bars = parse_candles(lines, "x.csv")
    except CandleFileError as error:
        sentence = str(error)
    else:
        sentence = "x.csv" if len(bars) >= 2 else ""

    assert sentence.startswith("x.csv")


@pytest.mark.parametrize(("price", "digits"), [("43000", 0), ("43000.5", 1), ("0.0984", 4), ("0.09828605", 8)])
def test_prices_say_how_many_digits_they_need(price: str, digits: int) -> None:
    value = steps(price)

    assert price_digits([Bar(0, 1, value, value, value, value, 0)]) == digits
