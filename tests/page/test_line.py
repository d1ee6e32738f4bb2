"""The page's end of the line, as a pure state machine: what it says, and that no network makes it lose a trade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.page.conftest import Scripts

Steps = list[tuple[str, int]]
NOW = 1_000_000

STEP = st.one_of(
    st.tuples(st.just("trades"), st.integers(1, 12)),
    st.tuples(
        st.sampled_from(["hear", "hear", "hear", "answer", "answer", "lose_down", "lose_up", "swallow", "repeat"]),
        st.just(0),
    ),
    st.tuples(st.sampled_from(["ping", "dismiss", "cut", "wake", "command"]), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([100, 500, 1100, 3000, 9000, 20000])),
)


@pytest.fixture(scope="module")
def simulation(scripts: Scripts) -> Scripts:
    scripts.add(Path(__file__).with_name("line_simulation.js"))
    return scripts


def play(simulation: Scripts, steps: Steps) -> dict[str, Any]:
    result: dict[str, Any] = simulation.run("return window.simulate(a);", steps)
    return result


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, max_size=60))
def test_whatever_the_network_does_every_trade_stands_once_and_in_order(simulation: Scripts, steps: Steps) -> None:
    end = play(simulation, steps)
    assert end["problems"] == []
    assert end["phase"] == "live"
    assert end["seq"] == end["tape"]
    held = sorted(end["held"])
    assert held == list(range(end["tape"] - len(held) + 1, end["tape"] + 1)), "a gap"
    assert end["count"] == end["tape"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, max_size=60))
def test_a_command_is_done_at_most_once_and_always_comes_to_an_end(simulation: Scripts, steps: Steps) -> None:
    end = play(simulation, [*steps, ("command", 0)])
    assert end["done"] <= end["asked"]
    assert end["answered"] == end["asked"]


def test_a_cut_line_is_live_again_within_two_seconds_of_a_good_network(simulation: Scripts) -> None:
    cuts: Steps = [("hear", 0), ("answer", 0)] * 3
    for _ in range(20):
        cuts += [("trades", 10), ("hear", 0), ("cut", 0), ("wait", 1100)]
    end = play(simulation, cuts)
    assert end["count"] == 200
    assert end["calmedMs"] <= 2000


class Line:
    """One line under test; each method is one turn."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.state = scripts.call("line.start", NOW)
        self.said: list[str] = []

    def turn(self, at: int = NOW, **event: Any) -> dict[str, Any]:
        step = self.scripts.run("return scripts.line.step(a, b, c, () => 0.5);", self.state, event, at)
        out = self.scripts.call("line.flush", step["line"], at) if "url" not in step else {"line": step["line"]}
        self.state = out["line"]
        if "send" in out:
            self.said.append(out["send"])
        return {**step, **out}

    def hear(self, data: str, at: int = NOW) -> dict[str, Any]:
        return self.turn(at, kind="message", data=data)

    def open(self) -> Line:
        self.turn(kind="state", readyState=1)
        self.hear('0{"sid":"x","pingInterval":25000,"pingTimeout":20000}')
        return self

    def frame(self, at: int = NOW, **body: Any) -> dict[str, Any]:
        frame = {"n": 1, "after": 0, "ts": at, "messages": [], **body}
        return self.hear(f'42/page,["frame",{json.dumps(frame)}]', at)

    def live(self, seq: int = 0) -> Line:
        self.open().frame(hello={"kind": "snapshot", "tape": "T", "seq": seq, "bots": []})
        return self


@pytest.fixture
def line(scripts: Scripts) -> Line:
    return Line(scripts)


def sync(text: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text.removeprefix("42/page,"))[1]
    return body


def durable(kind: str, *seqs: int) -> list[dict[str, Any]]:
    return [{"type": kind, "bot_id": "b", "seq": seq, "ts": NOW, "data": {}} for seq in seqs]


def test_it_says_what_it_holds_when_it_connects(line: Line) -> None:
    line.open()
    assert json.loads(line.said[-1].removeprefix("40/page,")) == {"tape": None, "seq": 0, "turn": 1}


def test_a_frame_makes_it_live_and_is_acknowledged(line: Line) -> None:
    line.live(seq=7)
    assert line.state["phase"] == "live"
    assert line.state["seq"] == 7
    assert sync(line.said[-1])["ack"] == 1


def test_the_first_frame_is_enough_where_the_acceptance_was_merged_away(line: Line) -> None:
    line.live()
    assert line.state["hello"] is True


def test_a_repeated_frame_is_acknowledged_again_and_applied_once(line: Line) -> None:
    line.live()
    body: dict[str, Any] = {"n": 2, "messages": [{"type": "price", "bot_id": "b", "ts": NOW, "data": {}}]}
    assert len(line.frame(**body)["frame"]["messages"]) == 1
    said = len(line.said)
    assert "frame" not in line.frame(**body)
    assert sync(line.said[said])["ack"] == 2


def test_nothing_is_ever_said_twice_in_the_same_words(line: Line) -> None:
    line.live()
    for _ in range(3):
        line.hear("2")
        line.frame(n=1)
    assert len(set(line.said)) == len(line.said)


def test_a_ping_is_answered(line: Line) -> None:
    line.live()
    line.hear("2")
    assert line.said[-1].startswith("3")


def test_a_pong_goes_out_unasked_where_a_ping_was_merged_away(line: Line) -> None:
    line.live()
    for second in range(1, 29):
        line.frame(at=NOW + second * 1000, n=1 + second)
        line.turn(NOW + second * 1000, kind="tick")
    assert any(said.startswith("3") for said in line.said)


def test_silence_of_eight_seconds_is_a_lost_line(line: Line) -> None:
    line.live()
    line.turn(NOW + 7900, kind="tick")
    assert line.state["phase"] == "live"
    line.turn(NOW + 8100, kind="tick")
    assert line.state["phase"] == "waiting"
    assert line.turn(line.state["retryAt"], kind="tick")["url"].endswith("&r=1")


@pytest.mark.parametrize("packet", ["41/page,", '44/page,{"message":"No."}', "1"])
def test_being_sent_away_is_a_close(line: Line, packet: str) -> None:
    line.live()
    line.hear(packet)
    assert line.state["phase"] == "waiting"
    assert line.state["attempt"] == 1


def test_a_refusal_keeps_its_words_until_the_line_is_live(line: Line) -> None:
    line.open().hear('44/page,{"message":"Sign in first."}')
    assert line.state["refusal"] == "Sign in first."


def test_a_gap_in_seq_brings_the_line_down_and_keeps_what_came_before_it(line: Line) -> None:
    line.live(seq=1)
    messages = durable("alert", 2, 4)
    step = line.frame(n=2, messages=messages)
    assert [message["seq"] for message in step["frame"]["messages"]] == [2]
    assert (line.state["seq"], line.state["phase"]) == (2, "waiting")


def test_a_durable_message_that_is_known_is_left_out_and_no_gap(line: Line) -> None:
    line.live(seq=5)
    messages = durable("status", 3, 6)
    step = line.frame(n=2, messages=messages)
    assert [message["seq"] for message in step["frame"]["messages"]] == [6]
    assert (line.state["seq"], line.state["phase"]) == (6, "live")


def test_the_pauses_grow_with_the_outage_from_half_a_second_to_fifteen(scripts: Scripts) -> None:
    pauses = scripts.run(
        "return a.map((away) => scripts.line.pause(away, () => 0.5));", [0, 6000, 12000, 60000, 600000]
    )
    assert pauses == [500, 1000, 2000, 10000, 15000]
    spread = scripts.run("return [0, 0.999].map((chance) => scripts.line.pause(12000, () => chance));")
    assert spread == [1600, 2399]


def test_a_tab_that_is_shown_again_dials_at_once(line: Line) -> None:
    line.live()
    line.turn(kind="state", readyState=3)
    assert "url" in line.turn(NOW + 1, kind="wake")


def test_a_command_is_said_again_with_the_same_id_until_it_is_answered(line: Line) -> None:
    line.live()
    line.turn(kind="command", command={"id": "c1", "command": "stop_bot", "bot_id": "b", "args": {}})
    assert sync(line.said[-1])["commands"] == [{"id": "c1", "command": "stop_bot", "bot_id": "b", "args": {}}]
    said = len(line.said)
    line.turn(NOW + 500, kind="tick")
    assert len(line.said) == said
    line.turn(NOW + 1500, kind="tick")
    assert len(line.said) == said + 1
    assert sync(line.said[-1])["commands"][0]["id"] == "c1"
    outcome = {"id": "c1", "command": "stop_bot", "ok": True}
    assert line.frame(n=2, outcomes=[outcome])["frame"]["outcomes"] == [outcome]
    assert line.state["commands"] == []


def test_an_outcome_in_a_frame_that_is_otherwise_known_is_not_lost(line: Line) -> None:
    line.live()
    line.turn(kind="command", command={"id": "c1", "command": "get_bots", "bot_id": "b", "args": {}})
    assert line.frame(n=1, outcomes=[{"id": "c1", "ok": True}])["frame"]["outcomes"] == [{"id": "c1", "ok": True}]


def test_a_command_without_an_answer_is_given_up_after_a_while(line: Line) -> None:
    line.live()
    line.turn(kind="command", command={"id": "c1", "command": "stop_bot", "bot_id": "b", "args": {}})
    for second in range(1, 17):
        line.frame(at=NOW + second * 1000, n=1 + second)
        step = line.turn(NOW + second * 1000, kind="tick")
    assert [command["id"] for command in step["expired"]] == ["c1"]


def test_a_message_of_the_socket_before_is_not_heard(line: Line) -> None:
    line.turn(kind="state", readyState=1, stamp=500)
    line.turn(kind="message", data='0{"sid":"old"}', stamp=400)
    assert line.state["phase"] == "connecting"


def test_a_frame_that_waited_in_the_socket_while_the_page_slept_is_as_old_as_that(line: Line) -> None:
    line.live()
    late = NOW + 600_000
    frame = {"n": 2, "after": 1, "ts": NOW + 1000, "messages": []}
    step = line.hear(f'42/page,["frame",{json.dumps(frame)}]', late)
    assert step["frame"]["lateMs"] == pytest.approx(599_000, abs=700)
    assert line.state["heardAt"] == pytest.approx(NOW + 1000, abs=700)


def test_two_clocks_that_part_slowly_make_no_frame_late(line: Line) -> None:
    """A clock that gains two seconds a day."""
    line.live()
    for hour in range(1, 25):
        at = NOW + hour * 3_600_000
        step = line.frame(at=at, n=1 + hour, ts=round(at - hour * 2_000 / 24))
    assert step["frame"]["lateMs"] < 100


def test_a_page_that_wakes_to_a_silent_line_dials_at_once_and_often(line: Line) -> None:
    line.live()
    woken = NOW + 600_000
    assert "url" in line.turn(woken, kind="wake")
    line.turn(woken + 100, kind="state", readyState=3)
    assert line.state["retryAt"] - woken <= 1000, "the pause counted the sleep"


def test_a_page_that_is_shown_again_keeps_a_line_that_lives(line: Line) -> None:
    line.live()
    line.frame(at=NOW + 60_000, n=2)
    assert "url" not in line.turn(NOW + 60_500, kind="wake")
