"""Numbers as text: no digit lost, none made up, nothing ever `NaN`."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page.conftest import Scripts

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**15), max_value=10**15)


def plain(text: str) -> str:
    return text.replace(",", "").replace("−", "-")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("43250.10", "43,250.10"),
        ("43250.1", "43,250.10"),
        ("0.0984", "0.0984"),
        ("0.09846001", "0.09846001"),
        ("1", "1.00"),
        (1e-8, "0.00000001"),
        ("123456789012345678.123456789", "123,456,789,012,345,678.123456789"),
        (None, "–"),
        ("what", "–"),
    ],
)
def test_a_price_shows_all_its_digits(scripts: Scripts, value: object, text: str) -> None:
    assert scripts.call("format.price", value) == text


@settings(max_examples=200, deadline=None)
@given(value=DECIMALS)
def test_an_amount_reads_back_as_what_it_was(scripts: Scripts, value: Decimal) -> None:
    assert Decimal(plain(scripts.call("format.amount", format(value, "f")))) == value


@settings(max_examples=200, deadline=None)
@given(one=DECIMALS, two=DECIMALS)
def test_sums_are_exact(scripts: Scripts, one: Decimal, two: Decimal) -> None:
    assert Decimal(scripts.call("format.add", format(one, "f"), format(two, "f"))) == one + two


@settings(max_examples=200, deadline=None)
@given(value=DECIMALS.filter(lambda value: abs(value) >= 1))
def test_money_is_rounded_half_up_to_two_places(scripts: Scripts, value: Decimal) -> None:
    shown = Decimal(plain(scripts.call("format.money", format(value, "f"))))
    assert shown == value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12.4", "+12.40"),
        ("-6.12", "−6.12"),
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("0.00001234", "+0.00001234"),
        (None, "–"),
    ],
)
def test_signed_money(scripts: Scripts, value: str | None, text: str) -> None:
    assert scripts.call("format.signedMoney", value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0.01234567", "BTC", "+0.01234567"),
        ("0.012345678", "ETH", "+0.01234568"),
        ("0.000000001234", "BTC", "+0.000000001234"),
        ("-2", "BTC", "−2.00"),
        ("0.01234567", "USDT", "+0.0123"),
        ("2.079273", "USDT", "+2.08"),
        (None, "BTC", "–"),
    ],
)
def test_money_in_coins_keeps_their_decimals(scripts: Scripts, value: str | None, unit: str, text: str) -> None:
    assert scripts.call("format.signedMoney", value, unit) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ago", 400, "just now"),
        ("ago", 3200, "3 s ago"),
        ("ago", 125000, "2 min ago"),
        ("age", 230, "0.2 s"),
        ("age", 14000, "14 s"),
        ("duration", 14 * 60000, "14 min"),
        ("duration", 125 * 60000, "2 h 05 min"),
        ("percent", None, "–"),
        ("signedPercent", 1.024, "+1.02 %"),
        ("signedPercent", -0.001, "0.00 %"),
        ("time", None, "–"),
    ],
)
def test_times_and_shares(scripts: Scripts, name: str, value: object, text: str) -> None:
    assert scripts.call(f"format.{name}", value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("999999.99", "+999,999.99"),
        ("1000000.50", "+1,000,001"),
        ("-1234567.89", "−1,234,568"),
        ("0", "0.00"),
        (None, "–"),
    ],
)
def test_a_sum_is_short_from_a_million_on(scripts: Scripts, value: str | None, text: str) -> None:
    assert scripts.call("format.shortMoney", value) == text


@pytest.mark.parametrize("ts", [2**53, -(2**53), None, "soon"])
def test_a_time_beyond_all_dates_is_no_time(scripts: Scripts, ts: object) -> None:
    said = [scripts.call(f"format.{name}", ts, 0) for name in ("moment", "time", "dateTime", "iso")]
    assert said == ["–"] * 4


@pytest.mark.parametrize(("numbers", "text"), [("comma", "1.235B"), ("dot", "1,235B"), ("space", "1,235B")])
def test_a_short_figure_is_english_with_the_readers_decimal_point(scripts: Scripts, numbers: str, text: str) -> None:
    scripts.run("scripts.choices.set('numbers', a); scripts.format.renew();", numbers)
    try:
        assert scripts.call("format.fit", "1234567890", 8) == text
    finally:
        scripts.run("scripts.choices.set('numbers', 'auto'); scripts.format.renew();")
