"""What is done again and again: told once, then counted."""

from __future__ import annotations

from relay.access.repeats import KINDS, Repeats


def test_the_first_is_told_and_the_others_are_counted_by_the_second() -> None:
    repeats = Repeats(rest="rest")
    assert [repeats.is_first("a", 0.1 * number) for number in range(5)] == [True, False, False, False, False]
    assert repeats.due(0.9) == []
    assert repeats.due(1.0) == [("a", 4)]
    assert not repeats.is_first("a", 1.5)
    assert repeats.due(2.0) == [("a", 1)]
    assert repeats.due(3.0) == []
    assert repeats.is_first("a", 3.1)


def test_kinds_are_told_apart() -> None:
    repeats = Repeats(rest="rest")
    assert repeats.is_first("a", 0)
    assert repeats.is_first("b", 0)
    assert not repeats.is_first("a", 0)
    assert repeats.due(1) == [("a", 1)]


def test_a_flood_of_ever_new_kinds_is_one_more_kind() -> None:
    repeats: Repeats[object] = Repeats(rest="rest")
    told = sum(repeats.is_first(number, 0) for number in range(10 * KINDS))
    assert told == KINDS
    assert repeats.due(1) == [("rest", 9 * KINDS)]
    assert repeats.is_first("later", 3)
