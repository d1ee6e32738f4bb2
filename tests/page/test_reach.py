"""Which stretch of time and of prices is shown."""

from __future__ import annotations

import pytest

from tests.page.conftest import Scripts


def test_panning_keeps_the_width(scripts: Scripts) -> None:
    assert scripts.call("reach.pan", [100, 200], -0.2) == [80, 180]


@pytest.mark.parametrize(("at", "expected"), [(0, [0, 5_000]), (0.5, [2_500, 7_500]), (1, [5_000, 10_000])])
def test_zooming_leaves_where_it_is_what_is_under_the_hand(scripts: Scripts, at: float, expected: list[int]) -> None:
    assert scripts.call("reach.zoom", [0, 10_000], 0.5, at) == expected


def test_no_zoom_is_closer_than_two_seconds(scripts: Scripts) -> None:
    assert scripts.call("reach.zoom", [0, 3_000], 0.1, 0) == [0, 2_000]


def test_a_tenth_of_the_view_always_shows_data(scripts: Scripts) -> None:
    assert scripts.call("reach.within", [500, 600], [0, 100]) == [90, 190]
    assert scripts.call("reach.within", [-500, -400], [0, 100]) == [-90, 10]
    assert scripts.call("reach.within", [50, 150], [0, 100]) == [50, 150]


def test_live_shows_the_newest_with_air_at_the_right(scripts: Scripts) -> None:
    assert scripts.call("reach.live", list(range(0, 10_000, 100)), 40, 100) == [5_900, 10_100]


def test_a_few_candles_do_not_fill_the_whole_width(scripts: Scripts) -> None:
    start, end = scripts.call("reach.live", [9_800, 9_900], 40, 100)
    assert end - start > 30 * 100


def test_heights_stay_while_the_prices_fit(scripts: Scripts) -> None:
    first = scripts.call("reach.fit", 100, 110, None, False)
    assert first[0] < 100 < 110 < first[1]
    assert scripts.call("reach.fit", 101, 109, first, False) == first
    assert scripts.call("reach.fit", 100, 112, first, False) != first
    assert scripts.call("reach.fit", 104, 105, first, False) != first


def test_volume_gets_room_at_the_bottom(scripts: Scripts) -> None:
    low, high = scripts.call("reach.fit", 100, 110, None, True)
    assert (100 - low) / (high - low) == pytest.approx(0.28)


def test_one_price_alone_has_a_height(scripts: Scripts) -> None:
    low, high = scripts.call("reach.fit", 0.0001, 0.0001, None, False)
    assert low < 0.0001 < high


def test_indexes_have_one_more_on_either_side(scripts: Scripts) -> None:
    assert scripts.call("reach.indexes", [0, 10, 20, 30, 40, 50], [19, 31]) == [1, 5]
