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


def test_a_line_that_has_just_begun_is_ten_seconds_wide(scripts: Scripts) -> None:
    """Its axis tells seconds, and told each of them twice."""
    start, end = scripts.call("reach.live", [50_000, 50_100], 100, 0)
    assert end - start > 10_000


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


@pytest.mark.parametrize("unit", [1e-8, 0.01, 1])
@pytest.mark.parametrize("has_volume", [False, True])
def test_a_price_that_stands_has_a_range_of_a_few_of_its_own_units(
    scripts: Scripts, unit: float, has_volume: bool
) -> None:
    low, high = scripts.call("reach.fit", 123 * unit, 123 * unit, None, has_volume, unit)
    assert 4 * unit <= high - low <= 10 * unit
    assert low < 123 * unit < high


def test_a_usual_price_keeps_its_range(scripts: Scripts) -> None:
    assert scripts.call("reach.fit", 43_250, 43_260, None, False, 0.01) == scripts.call(
        "reach.fit", 43_250, 43_260, None, False
    )


@pytest.mark.parametrize(
    ("span", "unit", "expected"),
    [
        ([0.00000120, 0.00000123], 1e-8, ["0.00000120", "0.00000121", "0.00000122", "0.00000123"]),
        ([0.000001228, 0.000001232], 1e-8, ["0.00000123"]),
        ([43_245, 43_275], 0.01, ["43,245", "43,250", "43,255", "43,260", "43,265", "43,270", "43,275"]),
        ([43_250.11, 43_250.14], 0.01, ["43,250.11", "43,250.12", "43,250.13", "43,250.14"]),
        ([-1, 1], 1, ["−1", "0", "1"]),
    ],
)  # fmt: skip
def test_the_axis_has_no_figure_twice_and_none_finer_than_the_price(
    scripts: Scripts, span: list[float], unit: float, expected: list[str]
) -> None:
    seen = scripts.run(
        "const {values, places} = scripts.reach.ticks(a, 8, b), off = b * 1e-6;"
        "return values.filter(one => one >= a[0] - off && one <= a[1] + off)"
        "  .map(one => scripts.format.number(one, places));",
        span,
        unit,
    )
    assert seen == expected


@pytest.mark.parametrize(
    ("texts", "unit"),
    [(["43250.10", "43251"], 0.01), (["0.00000123"], 1e-8), (["1.23e-6"], 1e-8), (["5"], 1), ([], 1), (["1e3"], 1)],
)
def test_the_least_by_which_prices_move(scripts: Scripts, texts: list[str], unit: float) -> None:
    assert scripts.call("points.unit", texts) == pytest.approx(unit)


def test_indexes_have_one_more_on_either_side(scripts: Scripts) -> None:
    assert scripts.call("reach.indexes", [0, 10, 20, 30, 40, 50], [19, 31]) == [1, 5]
