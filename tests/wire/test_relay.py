"""The relay makes of each golden message what its file says."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Envelope, Listener
from tests.support.relay import Relay
from tests.support.waiting import eventually
from tests.wire.golden import GOLDEN, Case


def test_every_golden_message_is_shown_as_its_file_says(
    relay: Relay, start_bot: Callable[..., ForeignBot], listen: Callable[..., Listener]
) -> None:
    """Positions on the tape and the relay's clock are its own; all else is the file's."""
    bot, listener = start_bot(relay.url).connect(), listen(relay.url)
    for name, golden in GOLDEN.items():
        before = len(listener.of(name))
        for case in golden["accepted"]:
            assert bot.call(golden["event"], case["sent"]) == {"ok": True}
        shown = wait_for(listener, name, before + len(golden["accepted"]))[before:]
        for case, envelope in zip(golden["accepted"], shown, strict=True):
            assert set(envelope) == set(case["shown"])
            assert (envelope["type"], envelope["bot_id"]) == (name, "bot-1")
            assert envelope["data"] == expected(case, envelope["ts"])


def expected(case: Case, now_ms: int) -> Case:
    """The file's data, with what the relay fills in where a bot left it out."""
    filled = {field: now_ms if value == "now" else value for field, value in case.get("filled_in", {}).items()}
    return {**case["shown"]["data"], **filled}


def wait_for(listener: Listener, name: str, count: int) -> list[Envelope]:
    eventually(lambda: len(listener.of(name)) >= count, what=f"{count} of {name}")
    return listener.of(name)


def test_every_refused_message_is_answered_with_its_sentence_and_the_line_is_kept(
    relay: Relay, start_bot: Callable[..., ForeignBot], listen: Callable[..., Listener]
) -> None:
    bot, listener = start_bot(relay.url).connect(), listen(relay.url)
    for golden in GOLDEN.values():
        for case in golden["refused"]:
            answer = bot.call(golden["event"], case["sent"])
            assert answer["ok"] is False
            assert answer["error"].startswith(case["error"])
    assert bot.client.connected
    assert listener.heard == []
