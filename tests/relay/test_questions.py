"""A question reaches its bot once for all who ask it, and an answer is one for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from relay.bots import Bot
from relay.questions import KEPT_FOR, KEPT_LIMIT, Questions, Unanswered
from tests.support.waiting import eventually

Done = Callable[[object], None]


class Threads:
    """As much of the transport as a question needs."""

    def event(self) -> threading.Event:
        return threading.Event()


class Asked:
    """Questions to a bot whose answers the test gives; `answer` at once, or later through `waiting`."""

    def __init__(self, answer: object = ...) -> None:
        self.now = 100.0
        self.answer = answer
        self.commands: list[dict[str, Any]] = []
        self.waiting: list[Done] = []
        self.bot = Bot("bot-1", "one", eio_sid="sid")
        self.questions = Questions(Threads(), self.call, lambda: self.now)  # type: ignore[arg-type]

    def call(self, bot: Bot, command: dict[str, Any], done: Done) -> None:
        self.commands.append(command)
        self.waiting.append(done)
        if self.answer is not ...:
            done(self.answer)

    def ask(self, name: str = "get_order", **args: Any) -> Any:
        return self.questions.ask(self.bot, name, args, number)


def number(data: Mapping[str, Any]) -> int:
    return int(data["number"])


def test_the_bot_gets_name_and_args_and_its_data_is_read() -> None:
    asked = Asked({"ok": True, "data": {"number": "7"}})
    assert asked.ask(order_id="o-1") == 7
    (command,) = asked.commands
    assert (command["name"], command["args"]) == ("get_order", {"order_id": "o-1"})
    assert command["id"].startswith("question-")


def test_equal_questions_within_a_second_are_one() -> None:
    asked = Asked({"ok": True, "data": {"number": 7}})
    assert {asked.ask(order_id="o-1") for _ in range(10)} == {7}
    assert len(asked.commands) == 1
    asked.ask(order_id="o-2")
    asked.ask("get_candles", order_id="o-1")
    assert len(asked.commands) == 3
    asked.now += KEPT_FOR + 0.1
    asked.ask(order_id="o-1")
    assert len(asked.commands) == 4


def test_those_who_ask_while_it_is_on_its_way_wait_for_the_same_answer() -> None:
    asked, answers = Asked(), list[int]()
    asking = [threading.Thread(target=lambda: answers.append(asked.ask())) for _ in range(8)]
    for thread in asking:
        thread.start()
    eventually(lambda: asked.waiting)
    asked.waiting[0]({"ok": True, "data": {"number": 7}})
    for thread in asking:
        thread.join(10)
    assert (answers, len(asked.commands)) == ([7] * 8, 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"ok": False, "error": "No such order."}, "No such order."),
        ({"ok": False}, "Bot bot-1 does not say."),
        (None, "Bot bot-1 went away before it answered: ask again when it is back."),
        ("odd", "Bot bot-1 gave no readable answer."),
        ({"ok": True, "data": {"number": "many"}}, "Bot bot-1 gave no readable answer."),
        ({"ok": True, "data": {}}, "Bot bot-1 gave no readable answer."),
        ({"ok": True}, "Bot bot-1 gave no readable answer."),
    ],
)
def test_without_an_answer_all_get_the_sentence(answer: object, sentence: str) -> None:
    asked = Asked(answer)
    for _ in range(2):
        with pytest.raises(Unanswered) as unanswered:
            asked.ask()
        assert str(unanswered.value) == sentence
    assert len(asked.commands) == 1


def test_a_bot_that_is_away_is_not_asked() -> None:
    asked = Asked()
    asked.bot.eio_sid = None
    with pytest.raises(Unanswered, match="Bot bot-1 is away"):
        asked.ask()
    assert asked.commands == []


def test_a_bot_that_does_not_answer_is_waited_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.questions.TIMEOUT", 0.05)
    asked = Asked()
    with pytest.raises(Unanswered, match="did not answer within"):
        asked.ask()
    asked.waiting[0]({"ok": True, "data": {"number": 7}})  # too late, and nobody's any more
    asked.answer = {"ok": True, "data": {"number": 8}}
    asked.now += KEPT_FOR + 0.1
    assert asked.ask() == 8


def test_answers_are_not_kept_for_ever() -> None:
    asked = Asked({"ok": True, "data": {"number": 7}})
    for each in range(3 * KEPT_LIMIT):
        asked.now += 1
        asked.ask(order_id=str(each))
    assert len(asked.questions) <= KEPT_LIMIT
