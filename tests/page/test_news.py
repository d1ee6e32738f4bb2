"""What is called out: everything once, whether somebody looks or not, and nothing that is long over."""

from __future__ import annotations

from typing import Any

from tests.page.conftest import Scripts


class News:
    """The page's news, told what comes in."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.held = scripts.call("news.start")

    def trade(self, *numbers: int, is_hidden: bool = False) -> News:
        fresh = [
            {"kind": "trade", "key": f"bot-1 {seq}", "seq": seq, "trade": {"side": "buy", "pnl": None}}
            for seq in numbers
        ]
        return self._do("add", fresh, is_hidden)

    def error(self, seq: int, *, is_hidden: bool = False) -> News:
        fresh = [{"kind": "alert", "level": "error", "key": f"bot-1 {seq}", "seq": seq, "title": "x", "text": ""}]
        return self._do("add", fresh, is_hidden)

    def state(self, seq: int, state: str, **changes: Any) -> News:
        fresh = [{"kind": "state", "state": state, "key": f"bot-1 {seq}", "seq": seq, "text": "", **changes}]
        return self._do("add", fresh, False)

    def come_back(self, seq: int, absent_ms: int, *, is_hidden: bool = False) -> News:
        return self._do("comeBack", seq, absent_ms, is_hidden)

    def reach(self, seq: int, *, is_hidden: bool = False) -> News:
        return self._do("reach", seq, is_hidden)

    def look(self) -> News:
        return self._do("look")

    def _do(self, name: str, *given: Any) -> News:
        self.held = self.scripts.call(f"news.{name}", self.held, *given)
        return self

    @property
    def called(self) -> list[tuple[str, int]]:
        return [(item["kind"], item["seq"]) for item in self.held["calls"]["items"]]

    @property
    def told(self) -> list[str]:
        return [item["kind"] for item in self.held["items"]]


def test_what_is_told_at_once_is_called_out_once(scripts: Scripts) -> None:
    news = News(scripts).trade(1).trade(1, 2)
    assert news.called == [("trade", 1), ("trade", 2)]


def test_while_nobody_looks_it_is_called_out_and_told_later(scripts: Scripts) -> None:
    news = News(scripts).trade(1, is_hidden=True)
    assert (news.called, news.told) == ([("trade", 1)], [])
    news.look()
    assert (news.called, news.told) == ([("trade", 1)], ["digest"])


def test_what_a_short_gap_in_the_line_held_back_is_called_out_after_it(scripts: Scripts) -> None:
    news = News(scripts).come_back(2, 900).trade(1, 2)
    assert news.called == []
    assert news.reach(2).called == [("trade", 1), ("trade", 2)]


def test_what_a_hidden_page_missed_is_called_out_when_its_line_is_back(scripts: Scripts) -> None:
    news = News(scripts).trade(1, is_hidden=True).come_back(2, 60_000, is_hidden=True).trade(2, is_hidden=True)
    assert news.reach(2, is_hidden=True).called == [("trade", 1), ("trade", 2)]


def test_after_a_long_absence_only_errors_are_called_out(scripts: Scripts) -> None:
    assert News(scripts).come_back(2, 600_000).trade(1, 2).reach(2).called == []
    assert News(scripts).come_back(2, 600_000).trade(1).error(2).reach(2).called == [("digest", 2)]


def test_a_bot_that_stopped_meanwhile_is_named_in_the_digest_as_it_stands_at_last(scripts: Scripts) -> None:
    news = News(scripts).come_back(4, 600_000).trade(1).state(2, "halted", bot_id="a", bot="A")
    [digest] = (
        news.state(3, "stopped", bot_id="b", bot="B").state(4, "running", bot_id="a", bot="A").reach(4).held["items"]
    )
    assert digest["states"] == [{"state": "running", "bot": "A"}, {"state": "stopped", "bot": "B"}]
    assert digest["errors"] == 0


def test_that_a_bot_failed_meanwhile_is_an_error_and_called_out(scripts: Scripts) -> None:
    news = News(scripts).come_back(2, 600_000).trade(1).state(2, "error").reach(2)
    assert news.called == [("digest", 2)]
    assert news.held["items"][0]["errors"] == 1


def test_a_refusal_is_told_and_called_out(scripts: Scripts) -> None:
    news = News(scripts)
    news._do("say", [{"kind": "refusal", "key": "refusal 1", "text": "Start refused: no."}])
    assert [item["kind"] for item in news.held["calls"]["items"]] == news.told == ["refusal"]
