"""Which kills are one and the same, so that each is made once."""

from __future__ import annotations

from tests.support.kill_points import different


def test_of_points_with_the_same_disk_and_exchange_the_first_stays() -> None:
    between = ["write 1 after", "OrderOpened 1 before", "OrderOpened 1 after", "write 2 before"]
    assert different(["write 1 before", *between, "write 2 after"]) == [
        "write 1 before",
        "write 1 after",
        "write 2 after",
    ]


def test_every_side_of_what_goes_over_the_line_stays() -> None:
    sent = ["send 1 before", "send 1 taken", "send 1 after"]
    delivered = ["delivery 1 before", "delivery 1 after"]
    assert different(["write 1 after", *sent, *delivered, "write 2 before"]) == ["write 1 after", *sent, *delivered]
