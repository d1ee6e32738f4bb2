"""A trade in full: what its reason names, what opened it, how its order went, and the way there and back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts

EMA = "EMA 9 (43,250.10) crossed above EMA 21 (43,240.05)"
STOP = "Stop loss: price 43,015.10 fell to the stop at 43,033.75 (0.4 % below the entry at 43,206.58)"
DONCHIAN = "Donchian: close 43,250.10 is above 43,200.00, the highest high of the 20 candles before"


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        (EMA, [["EMA 9", "43,250.10"], ["EMA 21", "43,240.05"]]),
        ("RSI 14 (31.2) crossed back above 30 after 28.4", [["RSI 14", "31.2"]]),
        (DONCHIAN, [["Close", "43,250.10"], ["Highest high of the 20 candles before", "43,200.00"]]),
        (STOP, [["Price", "43,015.10"], ["Stop", "43,033.75"], ["Entry", "43,206.58"]]),
        ("Take profit at 1 %", []),
        ("", []),
    ],
)
def test_the_values_that_a_reason_names(scripts: Scripts, reason: str, values: list[list[str]]) -> None:
    assert scripts.call("reason.values", reason) == values


def fill(side: str, amount: str, seq: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{side}{seq}",
        "seq": seq,
        "ts": seq,
        "side": side,
        "amount": amount,
        "bot_id": "b",
        "symbol": "X/Y",
        **changes,
    }


def opened_by(scripts: Scripts, trade: dict[str, Any], *older: dict[str, Any]) -> tuple[list[str], bool]:
    found = scripts.call("opening.of", trade, list(older))
    return [one["id"] for one in found["openings"]], found["isWhole"]


def test_a_sale_was_opened_by_the_buys_that_make_up_its_amount(scripts: Scripts) -> None:
    sale = fill("sell", "0.3", 9)
    older = fill("buy", "0.1", 8), fill("buy", "0.2", 7), fill("buy", "5", 6)
    assert opened_by(scripts, sale, *older) == (["buy8", "buy7"], True)
    assert scripts.call("opening.heldMs", sale, scripts.call("opening.of", sale, list(older))) == 2


def test_a_sale_between_takes_its_own_part(scripts: Scripts) -> None:
    older = fill("sell", "0.5", 8), fill("buy", "1", 7), fill("buy", "1", 6)
    assert opened_by(scripts, fill("sell", "0.5", 9), *older) == (["buy7"], True)


def test_another_bots_and_another_symbols_trades_are_left_out(scripts: Scripts) -> None:
    older = fill("buy", "1", 8, bot_id="c"), fill("buy", "1", 7, symbol="Z/Y"), fill("buy", "1", 6)
    assert opened_by(scripts, fill("sell", "1", 9), *older) == (["buy6"], True)


def test_what_is_not_known_is_not_guessed(scripts: Scripts) -> None:
    sale = fill("sell", "1", 9)
    assert opened_by(scripts, sale, fill("buy", "0.4", 8)) == (["buy8"], False)
    assert scripts.call("opening.heldMs", sale, scripts.call("opening.of", sale, [fill("buy", "0.4", 8)])) is None


def test_an_orders_life_in_steps(scripts: Scripts) -> None:
    order = {"life": [{"ts": 0, "state": "sent", "text": "To the exchange."}, {"ts": 1, "state": "filled"}]}
    steps = scripts.call("detail.life", order)
    assert [(step["state"], step["text"], step["isLast"]) for step in steps] == [
        ("sent", "To the exchange.", False),
        ("filled", "", True),
    ]
    assert scripts.call("detail.life", None) == []


@pytest.mark.parametrize(
    ("path", "state", "steps"),
    [("/", None, 1), ("/trade/a", {"steps": 1}, 2), ("/trade/a", None, None), ("/trade/a", {"steps": None}, None)],
)
def test_how_far_back_the_deck_is(scripts: Scripts, path: str, state: object, steps: int | None) -> None:
    assert scripts.call("route.stepsAfter", path, state) == steps
