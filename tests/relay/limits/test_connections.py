"""Who is let in, who gives way, and who is late."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from relay.limits.connections import Connection, Connections, Refused
from relay.limits.serving import end_the_late


class Line:
    """A socket that can be shut."""

    def __init__(self) -> None:
        self.is_shut = False

    def shutdown(self, how: int, /) -> None:
        self.is_shut = True
        raise OSError("not connected any more")


@dataclass(slots=True)
class Body:
    """A request's body, read as far as `position`."""

    position: int
    content_length: int | None


def table(**limits: int) -> Connections:
    return Connections(limit=limits.get("limit", 10), reserve=limits.get("reserve", 2), per_address=3)


def fill(connections: Connections, count: int, *, first: int = 0) -> list[Connection]:
    return [connections.enter(f"192.0.2.{number}", Line()) for number in range(first, first + count)]


def test_an_address_has_its_share_and_loopback_a_large_one() -> None:
    connections = table(limit=100)
    for _ in range(3):
        connections.know(connections.enter("192.0.2.1", Line()), may_act=False)
    with pytest.raises(Refused, match="this address"):
        connections.enter("192.0.2.1", Line())
    for _ in range(50):
        connections.enter("127.0.0.1", Line())
    connections.enter("192.0.2.2", Line())


def test_at_an_addresss_share_its_own_oldest_stranger_gives_way() -> None:
    connections = table(limit=100)
    others = connections.enter("192.0.2.2", Line())
    known, served, idle = (connections.enter("192.0.2.1", Line()) for _ in range(3))
    connections.know(known, may_act=False)
    served.is_served = True
    newcomer = connections.enter("192.0.2.1", Line())
    shut = [each.line.is_shut for each in (others, known, served, idle, newcomer)]  # type: ignore[attr-defined]
    assert shut == [False, False, False, True, False]


def test_behind_a_proxy_all_may_come_from_its_address() -> None:
    connections = Connections(per_address=1, is_proxied=True)
    for _ in range(50):
        connections.enter("172.17.0.1", Line())


def test_who_leaves_makes_room_once() -> None:
    connections = table()
    mine = [connections.enter("192.0.2.1", Line()) for _ in range(3)]
    for each in mine:
        each.is_served = True
    connections.leave(mine[0])
    connections.leave(mine[0])
    assert len(connections) == 2
    connections.enter("192.0.2.1", Line()).is_served = True
    with pytest.raises(Refused):
        connections.enter("192.0.2.1", Line())


def test_at_the_limit_the_oldest_stranger_gives_way() -> None:
    connections = table()
    first, second, *_ = fill(connections, 10)
    connections.know(first, may_act=True)
    connections.enter("198.51.100.1", Line())
    assert len(connections) == 10
    assert [each.line.is_shut for each in (first, second)] == [False, True]  # type: ignore[attr-defined]


def test_the_address_with_the_most_strangers_gives_way_first() -> None:
    connections = table()
    lonely = connections.enter("192.0.2.200", Line())
    crowd = [connections.enter("192.0.2.1", Line()) for _ in range(3)]
    fill(connections, 6, first=10)
    connections.enter("198.51.100.1", Line())
    shut = [each.line.is_shut for each in (lonely, *crowd)]  # type: ignore[attr-defined]
    assert shut == [False, True, False, False]


def test_whose_request_is_being_answered_is_let_finish() -> None:
    connections = table()
    strangers = fill(connections, 10)
    strangers[0].is_served = True
    connections.enter("198.51.100.1", Line())
    assert [each.line.is_shut for each in strangers[:2]] == [False, True]  # type: ignore[attr-defined]
    for each in strangers:
        each.is_served = True
    connections.enter("198.51.100.2", Line()).is_served = True
    with pytest.raises(Refused, match="full"):
        connections.enter("198.51.100.3", Line())


def test_where_all_are_known_a_new_one_is_turned_away() -> None:
    connections = table()
    for connection in fill(connections, 10):
        connections.know(connection, may_act=True)
    with pytest.raises(Refused, match="full"):
        connections.enter("198.51.100.1", Line())


def test_those_who_only_look_leave_the_reserve_to_the_operator() -> None:
    connections = table(limit=10, reserve=2)
    lookers = fill(connections, 8)
    for connection in lookers:
        connections.know(connection, may_act=False)
    (next_one,) = fill(connections, 1, first=50)
    with pytest.raises(Refused, match="full"):
        connections.know(next_one, may_act=False)
    connections.leave(next_one)
    (operator,) = fill(connections, 1, first=60)
    connections.know(operator, may_act=True)
    assert operator.is_known


def test_who_is_late_is_ended_once_and_counted_by_what_it_was_late_with() -> None:
    connections, counted = table(), list[str]()
    slow, idle, quick = fill(connections, 3)
    slow.expect(10, "slow_headers")
    idle.expect(10, "")
    quick.expect(30, "slow_headers")
    for now in (9, 11, 12):
        end_the_late(connections, now, counted.append)
    assert counted == ["slow_headers"]
    assert [each.line.is_shut for each in (slow, idle, quick)] == [True, True, False]  # type: ignore[attr-defined]


def test_a_body_that_is_there_gives_the_answer_its_own_time() -> None:
    connections = table()
    (connection,) = fill(connections, 1)
    body = Body(position=5, content_length=10)
    connection.expect(10, "slow_body", body, then_s=600)
    assert not connection.is_overdue(9)
    body.position = 10
    assert not connection.is_overdue(20)
    assert not connection.is_overdue(619)
    assert connection.is_overdue(621)
    assert connection.why == "slow_reader"


def test_a_body_that_never_comes_is_late() -> None:
    (connection,) = fill(table(), 1)
    connection.expect(10, "slow_body", Body(position=5, content_length=10), then_s=600)
    assert connection.is_overdue(11)
    assert connection.why == "slow_body"
