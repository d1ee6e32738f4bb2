"""The line to a real Socket.IO server, which goes away, comes back and drops what it likes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bot.events import Heartbeat, Log, Trade, parse
from bot.shell import link as link_module
from bot.shell.backoff import backoff
from bot.shell.journal import Journal, Record
from bot.shell.link import Link
from tests.support import messages
from tests.support.bot_relay import BotRelay
from tests.support.ports import free_port
from tests.support.processes import Program
from tests.support.trading import price


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(f"sqlite:///{tmp_path / 'journal.db'}", "bot-1", lock_path=tmp_path / "lock")
    yield opened
    opened.close()


class Side:
    """The bot's side of a link, and what became of it."""

    def __init__(self, port: int, outbox: Journal, token: str = "t", **options: Any) -> None:
        self.logged: list[str] = []
        self.greetings = 0
        self.asked: list[tuple[object, ...]] = []
        self.link = Link(
            f"http://127.0.0.1:{port}",
            lambda: {"token": token, "bot_id": "bot-1", "name": "test"},
            outbox,
            on_command=self.answer,
            on_connected=self.greet,
            log=lambda level, text: self.logged.append(f"{level}: {text}"),
            random=lambda: 0.5,
            **options,
        )

    def greet(self) -> None:
        self.greetings += 1

    async def answer(self, *asked: object) -> dict[str, Any]:
        self.asked.append(asked)
        return {"ok": True, "data": {"n": len(self.asked)}}


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[None]:
    task = asyncio.create_task(link.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(relay: BotRelay, port: int) -> AsyncIterator[None]:
    runner = await relay.serve(port)
    try:
        yield
    finally:
        await relay.server.shutdown()
        await runner.cleanup()


async def until(condition: Callable[[], object], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # the other side is a process or a file, which sets no event
            await asyncio.sleep(0.005)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


def received(file: Path, event: str = "trade_executed") -> list[dict[str, Any]]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [data for name, data in map(json.loads, lines) if name == event]


def ids(events: list[dict[str, Any]]) -> list[str]:
    """Each id once, in the order of its first arrival: what a relay keeps."""
    return list(dict.fromkeys(event["id"] for event in events))


def trades(count: int, first: int = 0) -> list[Trade]:
    parsed = [parse("trade_executed", messages.trade(number)) for number in range(first, first + count)]
    return [trade for trade in parsed if isinstance(trade, Trade)]


def test_a_thousand_trades_in_one_loop_are_through_at_once_and_in_order(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side, relay = Side(port, journal), BotRelay(file)

    async def test() -> None:
        async with serving(relay, port), running(side.link):
            await until(lambda: side.link.connected)
            sent = trades(1000)
            journal.write(Record(messages=[*sent]))
            side.link.wake()
            await until(lambda: relay.kept == 1000)
            await until(lambda: not journal.undelivered(0, 1))
        assert [event["id"] for event in received(file)] == [trade.id for trade in sent]

    run(test)


def test_every_trade_arrives_in_order_over_a_line_that_is_cut_again_and_again(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)
    sent = trades(200)

    async def test() -> None:
        async with serving(BotRelay(file, drop_after=23), port), running(side.link):
            for trade in sent:
                journal.write(Record(messages=[trade]))
                side.link.wake()
                await asyncio.sleep(0)
            await until(lambda: not journal.undelivered(0, 1), 40)
        assert side.greetings > 5
        assert ids(received(file)) == [trade.id for trade in sent]

    run(test)


def test_what_happened_while_the_relay_was_killed_comes_when_it_is_back(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)

    def start() -> Program:
        return Program(["-m", "tests.support.bot_relay", str(port), str(file)], {}, tmp_path / "log")

    async def test(relays: list[Program]) -> None:
        async with running(side.link):
            await until(lambda: side.link.connected)
            journal.write(Record(messages=[*trades(3)]))
            side.link.wake()
            await until(lambda: len(received(file)) == 3)
            await asyncio.to_thread(relays[0].kill)
            journal.write(Record(messages=[*trades(3, first=3)]))
            side.link.wake()
            side.link.send(price(1))
            await until(lambda: not side.link.connected)
            relays.append(start())
            await until(lambda: len(ids(received(file))) == 6)
            await until(lambda: not journal.undelivered(0, 1))

    relays = [start()]
    try:
        run(lambda: test(relays))
    finally:
        for relay in relays:
            relay.end()
    assert ids(received(file)) == [trade.id for trade in trades(6)]
    assert received(file, "price_update") == []
    assert side.greetings == 2


def test_a_connection_whose_writer_gave_up_first_is_closed(tmp_path: Path, journal: Journal) -> None:
    """What the Socket.IO client does where it was writing when the line broke: its reader ends at the next message."""
    port = free_port()
    side, relay = Side(port, journal), BotRelay(tmp_path / "events")

    async def test() -> None:
        async with serving(relay, port), running(side.link):
            await until(lambda: side.link.connected)
            broken = side.link._client.eio  # the one place that knows its writer
            broken.write_loop_task.cancel()
            await until(lambda: broken.write_loop_task is None)
            await relay.tell({"id": "c-1", "name": "halt", "args": {}})
            await until(lambda: side.greetings == 2)
            assert broken.ws.closed

    run(test)


def test_a_refused_event_is_kept_said_and_does_not_block(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)
    first, second = trades(2)

    async def test() -> None:
        async with serving(BotRelay(file, refuse=(first.id,)), port), running(side.link):
            journal.write(Record(messages=[first, second]))
            await until(lambda: ids(received(file)) == [second.id])
            await until(lambda: not journal.undelivered(0, 1))
        assert journal.summary()["refused"] == 1
        assert any("trade_executed.id: is refused" in line for line in side.logged)

    run(test)


def test_the_price_is_the_latest_and_never_waited_for(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)

    async def test() -> None:
        side.link.send(price(1))
        async with serving(BotRelay(file), port), running(side.link):
            await until(lambda: side.link.connected)
            for number in range(2, 500):
                side.link.send(price(number))
            side.link.send(Heartbeat(ts=1))
            await until(lambda: received(file, "heartbeat"))
        assert [event["price"] for event in received(file, "price_update")] == ["499"]

    run(test)


def test_lines_said_while_the_relay_is_away_come_when_it_is_there(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)

    async def test() -> None:
        for number in range(3):
            side.link.send(Log(ts=number, level="info", message=f"line {number}"))
        side.link.send(price("43000"))
        async with serving(BotRelay(file), port), running(side.link):
            await until(lambda: len(received(file, "log")) == 3)
        assert [line["message"] for line in received(file, "log")] == ["line 0", "line 1", "line 2"]
        assert received(file, "price_update") == []

    run(test)


def test_a_command_reaches_the_bot_and_its_answer_the_relay(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)
    relay = BotRelay(file)

    async def test() -> None:
        async with serving(relay, port), running(side.link):
            await until(lambda: side.link.connected)
            answer = await relay.ask({"id": "c-1", "name": "halt", "args": {"flatten": True}})
            assert answer == {"ok": True, "data": {"n": 1}}
            assert (await relay.ask("halt"))["ok"] is False
        assert side.asked == [("c-1", "halt", {"flatten": True})]

    run(test)


def test_a_wrong_token_is_said_once_and_tried_on(tmp_path: Path, journal: Journal) -> None:
    port = free_port()
    side = Side(port, journal, token="wrong")
    relay = BotRelay(tmp_path / "events")

    async def test() -> None:
        async with serving(relay, port), running(side.link):
            await until(lambda: relay.refusals >= 3)
        (line,) = side.logged
        assert line.endswith(
            f"127.0.0.1:{port} refuses this bot: The bot's token is wrong; trying on, ever less often."
        )

    run(test)


def test_who_is_refused_asks_ever_less_often_and_who_finds_nobody_soon_again(tmp_path: Path, journal: Journal) -> None:
    waits: list[float] = []

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    port = free_port()
    side = Side(port, journal, token="wrong", sleep=no_wait)

    async def test() -> None:
        async with running(side.link):
            await until(lambda: len(waits) > 2)
            assert max(waits) < 0.5, "nobody is there"
            async with serving(BotRelay(tmp_path / "events"), port):
                await until(lambda: 30.0 in waits)
            asked = len(waits)
            await until(lambda: len(waits) > asked + 1)
            assert max(waits[asked + 1 :]) <= 2.0

    run(test)
    longest = waits.index(30.0)
    assert waits[longest - 6 : longest + 1] == [0.5, 1, 2, 4, 8, 16, 30]


def test_a_relay_that_acknowledges_nothing_is_left_for_a_new_connection(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "SILENCE_S", 0.3)
    file, port = tmp_path / "events", free_port()
    side, relay = Side(port, journal), BotRelay(file, deaf_connections=1)
    journal.write(Record(messages=[*trades(3)]))

    async def test() -> None:
        async with serving(relay, port), running(side.link):
            await until(lambda: not journal.undelivered(0, 1))
        assert ids(received(file)) == [trade.id for trade in trades(3)]
        assert any("has acknowledged nothing" in line for line in side.logged)

    run(test)


@pytest.mark.parametrize("is_there", [False, True])
def test_it_ends_at_once_whenever_it_is_told_to(tmp_path: Path, journal: Journal, *, is_there: bool) -> None:
    """The Socket.IO client swallows a cancellation that comes at a bad moment; each early moment is tried."""

    async def test() -> None:
        port = free_port()
        async with serving(BotRelay(tmp_path / "events"), port if is_there else free_port()):
            for turns in range(0, 60, 2):
                task = asyncio.create_task(Side(port, journal).link.run())
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asyncio.wait_for(task, 5)

    run(test)


def test_flush_gives_the_relay_what_still_waits(tmp_path: Path, journal: Journal) -> None:
    file, port = tmp_path / "events", free_port()
    side = Side(port, journal)

    async def test() -> None:
        async with serving(BotRelay(file), port), running(side.link):
            await until(lambda: side.link.connected)
            journal.write(Record(messages=[*trades(50)]))
            side.link.wake()
            await side.link.flush(5)
            await until(lambda: not side.link.connected)
        assert not [line for line in side.logged if "gone" in line], "it went by itself: nothing to warn of"
        assert len(received(file)) == 50
        assert journal.undelivered(0, 1) == []

    run(test)


def test_a_relay_that_is_back_is_noticed_within_half_a_second_for_the_first_seconds() -> None:
    waits = list(islice(backoff(lambda: 1.0), 200))
    soon = [wait for number, wait in enumerate(waits) if sum(waits[:number]) < 5]
    assert max(soon) <= 0.5
    assert max(waits) <= 2.5
    assert min(waits) >= 0.2
