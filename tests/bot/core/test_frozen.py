"""A changed copy is the one that the standard library makes."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from bot.core.frozen import replace
from bot.core.state import State
from tests.support.trading import live_state


def test_the_copy_is_the_one_of_the_standard_library_and_the_original_stays() -> None:
    state = live_state(at=40_000)
    changes = {"price": Decimal(41_000), "market_ts": 7}
    assert replace(state, **changes) == dataclasses.replace(state, **changes)  # type: ignore[arg-type]
    assert state.price == 40_000
    assert replace(state) == state


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        replace(live_state(), colour="red")


def test_the_copy_is_as_frozen_as_the_original() -> None:
    copy: State = replace(live_state(), price=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.price = Decimal(1)  # type: ignore[misc]
