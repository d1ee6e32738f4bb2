"""What is known of a bot outlasts the relay: its place, its name, when it was heard, its last price and stats."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from relay.bot_store import BotStore, Kept
from relay.deck import Deck
from relay.tape import Entry, Tape
from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.relay import Relay
from tests.support.waiting import eventually


def deck_on(tape: Tape) -> Deck:
    return Deck(tape, monotonic=lambda: 0.0, wall_ms=lambda: 9_000)


def test_bots_keep_the_order_in_which_they_came_whoever_wrote_to_the_tape_first(database_url: str) -> None:
    tape = Tape(database_url)
    deck = deck_on(tape)
    first, _silent, second = (deck.bots.add(bot_id, f"Bot {bot_id}") for bot_id in ("z", "m", "a"))
    second.heard(1.0, 1_000)
    deck.record([Entry(bot_id="a", type="alert", id="1", ts=1_000, data="{}")])
    first.heard(2.0, 2_000)
    deck.keep_bots()
    again = deck_on(tape)
    assert [(bot.bot_id, bot.name, bot.heard_ms) for bot in again.bots] == [
        ("z", "Bot z", 2_000),
        ("a", "Bot a", 1_000),
    ]
    tape.close()


def test_on_an_older_tape_they_come_in_the_order_of_their_first_event(database_url: str) -> None:
    tape = Tape(database_url)
    deck_on(tape).record([Entry(bot_id=bot_id, type="alert", id="1", ts=1_000, data="{}") for bot_id in "ba"])
    assert [(bot.bot_id, bot.name, bot.heard_ms) for bot in deck_on(tape).bots] == [
        ("b", "b", 1_000),
        ("a", "a", 1_000),
    ]
    tape.close()


def test_the_last_price_and_stats_are_there_again(database_url: str) -> None:
    tape = Tape(database_url)
    deck = deck_on(tape)
    deck.bots.add("b").heard(1.0, 1_000)
    shown = {name: deck.show(name, "b", {"of": name}) for name in ("price", "stats")}
    deck.keep_bots()
    again = deck_on(tape)
    assert {name: again.newest(name, "b") for name in shown} == shown
    assert again.snapshot().text.count('"of"') == 2
    tape.close()


def test_a_kill_leaves_the_first_of_each(database_url: str) -> None:
    tape = Tape(database_url)
    deck = deck_on(tape)
    deck.bots.add("b").heard(1.0, 1_000)
    shown = {name: deck.show(name, "b", {"of": name}) for name in ("price", "stats")}
    deck.show("price", "b", {"of": "later"})
    assert {name: deck_on(tape).newest(name, "b") for name in shown} == shown
    tape.close()


def test_what_cannot_be_written_is_tried_again(database_url: str) -> None:
    tape = Tape(database_url)
    store = BotStore(tape.engine)
    with tape.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE tape_bots RENAME TO elsewhere"))
    assert not store.keep([Kept(bot_id="b", place=1, name="B")])
    with tape.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO tape_bots"))
    assert store.keep([Kept(bot_id="b", place=1, name="B")])
    assert store.keep([Kept(bot_id="b", place=1, name="C", heard_ms=5)])
    assert store.load() == [Kept(bot_id="b", place=1, name="C", heard_ms=5)]
    tape.close()


@both_modes
def test_a_bot_that_is_away_while_the_relay_restarts_is_told_as_it_was(
    relay: Relay, start_bot: Callable[..., ForeignBot], listen: Callable[..., Listener]
) -> None:
    other, bot = start_bot(relay.url, "other").connect(), start_bot(relay.url, "bot-1", name="First")
    bot.come_up()
    other.call("alert", messages.alert(1))
    relay.running.end()
    heard_by, came_back = messages.now_ms(), messages.now_ms() + 1_500
    other.end()
    bot.end()
    eventually(lambda: messages.now_ms() > came_back)
    relay.restart()
    client = listen(relay.url)
    eventually(lambda: client.state() == "offline", 5)
    assert client.of("status")[-1]["data"]["since"] <= heard_by, "not when the relay came back"
    bots = relay.get("/api/v1/bots")[1]["bots"]
    assert [(each["bot_id"], each["name"]) for each in bots] == [("other", "other"), ("bot-1", "First")]
    told = [each["type"] for each in listen(relay.url).heard if each["bot_id"] == "bot-1"]
    assert {each["type"] for each in client.heard if each["bot_id"] == "bot-1"} >= {"status", "stats", "price"}, told
