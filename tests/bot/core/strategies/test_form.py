"""Parameters as a form needs them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import Field

from bot.core.strategies import BUILT_IN, StrategyParams, strategy_class
from bot.core.strategies.form import form_of


class EveryKind(StrategyParams):
    """One parameter of each kind."""

    length: Annotated[int, Field(ge=2, le=50)]
    """How long."""
    level: Annotated[Decimal, Field(gt=0, lt=100)] = Decimal(30)
    way: Literal["up", "down"] = "up"
    loud: bool = False
    note: str | None = None


def test_each_kind_comes_with_its_range_and_default() -> None:
    fields = {field["name"]: field for field in form_of(EveryKind)}
    assert list(fields) == ["length", "level", "way", "loud", "note", "stake_pct", "stop_loss_pct", "take_profit_pct"]
    length, level = fields["length"], fields["level"]
    assert (length["kind"], length["required"], length["description"]) == ("whole", True, "How long.")
    assert (length["minimum"], length["maximum"]) == (2, 50)
    assert (level["kind"], level["above"], level["below"], level["default"]) == ("decimal", 0, 100, "30")
    assert (fields["way"]["kind"], fields["way"]["choices"]) == ("choice", ("up", "down"))
    assert (fields["loud"]["kind"], fields["loud"]["default"]) == ("switch", False)
    assert (fields["note"]["kind"], fields["note"]["optional"]) == ("text", True)


def test_a_protection_can_be_switched_off_and_has_the_narrower_bound_alone() -> None:
    stop = next(field for field in form_of(StrategyParams) if field["name"] == "stop_loss_pct")
    assert stop["optional"]
    assert (stop["below"], stop["maximum"]) == (100, None)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_defaults_of_each_strategy_are_what_it_takes(name: str) -> None:
    params = strategy_class(name).Params
    fields = form_of(params)
    assert all(field["description"] for field in fields)
    assert params.model_validate({field["name"]: field["default"] for field in fields}) == params()
