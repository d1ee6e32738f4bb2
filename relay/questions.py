"""Asks connected bots what no command is: nothing is recorded, equal questions that wait are one, answers are kept a
second. So a page that is opened ten times asks its bot once.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from relay.bots import Bot
from relay.envelope import encode
from relay.transport import Event, Transport

TIMEOUT = 5.0
KEPT_FOR = 1.0
"""Seconds for which an answer, or that there was none, serves for the same question."""
KEPT_LIMIT = 200

Caller = Callable[[Bot, dict[str, Any], Callable[[object], None]], None]
Read = Callable[[Mapping[str, Any]], Any]
T = TypeVar("T")


class Unanswered(Exception):
    """There is no answer; the text is one sentence that says why."""


@dataclass(slots=True)
class Asking:
    """A question on its way, and its answer or fault once `done` is set, at `done_at` (monotonic seconds)."""

    done: Event
    value: Any = None
    fault: str | None = None
    done_at: float | None = None

    def result(self) -> Any:
        """The answer. Raises `Unanswered`."""
        if self.fault is not None:
            raise Unanswered(self.fault)
        return self.value


class Questions:
    """`ask` waits for the bot's word, so call it in a task of its own and without a lock."""

    def __init__(self, transport: Transport, call: Caller, monotonic: Callable[[], float]) -> None:
        """`call(bot, command, done)` sends it; `done` gets the bot's answer, or None when the bot went away."""
        self._transport = transport
        self._call = call
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asking: dict[tuple[str, str, str], Asking] = {}

    def ask(self, bot: Bot, name: str, args: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> T:
        """What `read` makes of the answer's data, done once for all who ask the same. Raises `Unanswered`.

        `read` raises `ValueError` for data that is no answer.
        """
        key = (bot.bot_id, name, encode(args))
        asking, is_first = self._join(key)
        if is_first:
            self._fulfil(asking, bot, {"id": f"question-{uuid.uuid4().hex}", "name": name, "args": {**args}}, read)
        elif not asking.done.wait(TIMEOUT + 1):
            raise Unanswered(_late(bot))
        answer: T = asking.result()
        return answer

    def _join(self, key: tuple[str, str, str]) -> tuple[Asking, bool]:
        with self._lock:
            found = self._asking.get(key)
            if found is not None and not self._is_old(found):
                return found, False
            if len(self._asking) >= KEPT_LIMIT:
                self._asking = {key: asking for key, asking in self._asking.items() if not self._is_old(asking)}
            made = self._asking[key] = Asking(self._transport.event())
            return made, True

    def _is_old(self, asking: Asking) -> bool:
        return asking.done_at is not None and self._monotonic() - asking.done_at > KEPT_FOR

    def _fulfil(self, asking: Asking, bot: Bot, command: dict[str, Any], read: Read) -> None:
        asking.fault = f"The relay could not ask bot {bot.bot_id}: see its log."
        try:
            asking.value = read(self._data(bot, command))
            asking.fault = None
        except Unanswered as error:
            asking.fault = str(error)
        except ValueError:
            asking.fault = f"Bot {bot.bot_id} gave no readable answer."
        finally:
            asking.done_at = self._monotonic()
            asking.done.set()

    def _data(self, bot: Bot, command: dict[str, Any]) -> Mapping[str, Any]:
        if not bot.connected:
            raise Unanswered(f"Bot {bot.bot_id} is away: ask again when it is back.")
        answers: list[object] = []
        answered = self._transport.event()

        def done(answer: object) -> None:
            answers.append(answer)
            answered.set()

        self._call(bot, command, done)
        answered.wait(TIMEOUT)
        if not answers:
            raise Unanswered(_late(bot))
        return _data_of(answers[0], bot)


def _late(bot: Bot) -> str:
    return f"Bot {bot.bot_id} did not answer within {TIMEOUT:.0f} s: ask again later."


def _data_of(answer: object, bot: Bot) -> Mapping[str, Any]:
    if answer is None:
        raise Unanswered(f"Bot {bot.bot_id} went away before it answered: ask again when it is back.")
    if not isinstance(answer, Mapping):
        raise Unanswered(f"Bot {bot.bot_id} gave no readable answer.")
    if answer.get("ok") is not True:
        raise Unanswered(str(answer.get("error") or f"Bot {bot.bot_id} does not say.")[:500])
    data = answer.get("data")
    return data if isinstance(data, Mapping) else {}
