"""Numbers and times as the reader reads them: their language, their time zone, what they chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.page.conftest import Scripts

NOON = int(datetime(2026, 7, 1, 12, 30, 5, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000

Elsewhere = Callable[..., Scripts]


@pytest.fixture
def elsewhere(scripts: Scripts) -> Iterator[Elsewhere]:
    """`elsewhere(language=, zone=, **choices)`: the scripts in a browser of that language and time zone."""

    def move(language: str = "en-US", zone: str = "UTC", **choices: str) -> Scripts:
        scripts.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": language})
        scripts.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
        scripts.load()
        for name, value in choices.items():
            scripts.call("choices.set", name, value)
        scripts.call("format.renew")
        return scripts

    yield move
    scripts.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {})
    scripts.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
    scripts.load()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "1,234,567.0900"),
        ("de-DE", "1.234.567,0900"),
        ("fr-FR", "1\u202f234\u202f567,0900"),
        ("en-IN", "12,34,567.0900"),
        ("ar-EG", "١٬٢٣٤٬٥٦٧٫٠٩٠٠"),
    ],
)
def test_a_price_is_written_as_the_browsers_language_writes_it(elsewhere: Elsewhere, language: str, text: str) -> None:
    assert elsewhere(language).call("format.price", "1234567.0900") == text


@pytest.mark.parametrize(
    ("numbers", "text", "separators"),
    [("comma", "−1,234.50", ".,"), ("dot", "−1.234,50", ",."), ("space", "−1\u202f234,50", ",\u202f")],
)
def test_a_chosen_way_to_write_numbers_holds_in_any_browser(
    elsewhere: Elsewhere, numbers: str, text: str, separators: str
) -> None:
    scripts = elsewhere("ar-EG", numbers=numbers)
    assert scripts.call("format.signedMoney", "-1234.5") == text
    assert scripts.call("format.number", -1234.5) == text
    assert scripts.call("format.separators") == separators


def test_ages_have_the_digits_of_the_language_too(elsewhere: Elsewhere) -> None:
    scripts = elsewhere("ar-EG")
    assert scripts.call("format.ago", 12_000) == "١٢ s ago"
    assert scripts.call("format.duration", 125 * 60_000) == "٢ h ٠٥ min"


@pytest.mark.parametrize(
    ("zone", "time"),
    [("America/New_York", "08:30:05"), ("Europe/Berlin", "14:30:05"), ("Asia/Kolkata", "18:00:05")],
)
def test_local_times_are_those_of_the_readers_zone(elsewhere: Elsewhere, zone: str, time: str) -> None:
    assert elsewhere(zone=zone).call("format.time", NOON) == time


def test_in_utc_the_time_is_the_same_everywhere_and_says_so(elsewhere: Elsewhere) -> None:
    scripts = elsewhere(zone="Asia/Tokyo", times="utc")
    assert scripts.call("format.time", NOON) == "12:30:05"
    assert scripts.call("format.dateTime", NOON).endswith("12:30:05 UTC")


@pytest.mark.parametrize(("times", "ahead"), [("local", 9 * HOUR), ("utc", 0)])
def test_the_chart_reads_by_the_same_clock(elsewhere: Elsewhere, times: str, ahead: int) -> None:
    scripts = elsewhere(zone="Asia/Tokyo", times=times)
    [at] = scripts.call("points.line", [{"ts": NOON, "text": "1"}])["x"]
    assert at - NOON == ahead


def test_the_chart_knows_summer_from_winter(elsewhere: Elsewhere) -> None:
    scripts = elsewhere(zone="Europe/Berlin")
    winter = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    assert [scripts.call("format.zoneOffset", ts) for ts in (winter, NOON)] == [HOUR, 2 * HOUR]


@pytest.mark.parametrize(("times", "began"), [("local", "2026-06-30T15:00"), ("utc", "2026-07-01T00:00")])
def test_the_day_begins_at_midnight_of_the_chosen_clock(elsewhere: Elsewhere, times: str, began: str) -> None:
    scripts = elsewhere(zone="Asia/Tokyo", times=times)
    expected = int(datetime.fromisoformat(began).replace(tzinfo=UTC).timestamp() * 1000)
    assert scripts.call("format.midnight", NOON) == expected
