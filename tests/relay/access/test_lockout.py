"""Wrong passwords cost time, and only the time of who gave them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay.access.lockout import (
    ADDRESSES,
    FORGOTTEN_AFTER_S,
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    LONGEST_OF_ALL_S,
    LONGEST_ON_LOOPBACK_S,
    LONGEST_S,
    Lockout,
)

HERE, ATTACKER, OWNER = "127.0.0.1", "203.0.113.9", "198.51.100.7"


def after(tries: int, address: str, lockout: Lockout | None = None) -> Lockout:
    found = lockout or Lockout()
    for _ in range(tries):
        found.failed(address, 0)
    return found


def test_a_few_mistakes_are_free() -> None:
    assert after(FREE_TRIES - 1, ATTACKER).wait_s(ATTACKER, 0) == 0


def test_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    waits = [after(FREE_TRIES + n, ATTACKER).wait_s(ATTACKER, 0) for n in range(4)]
    assert waits == [1, 2, 4, 8]
    assert after(1_000, ATTACKER).wait_s(ATTACKER, 0) == LONGEST_S


def test_the_wait_runs_out_and_is_forgotten() -> None:
    lockout = after(FREE_TRIES, ATTACKER)
    assert lockout.wait_s(ATTACKER, 1) == 0
    lockout.failed(ATTACKER, FORGOTTEN_AFTER_S + 2)
    assert lockout.wait_s(ATTACKER, FORGOTTEN_AFTER_S + 2) == 0


def test_the_right_password_ends_it() -> None:
    lockout = after(20, ATTACKER)
    lockout.succeeded(ATTACKER)
    lockout.failed(ATTACKER, 0)
    assert lockout.wait_s(ATTACKER, 0) == 0


@given(st.lists(st.ip_addresses(v=4).map(str), max_size=400))
def test_nobody_can_lock_the_owner_out_of_loopback(attackers: list[str]) -> None:
    lockout = Lockout()
    for address in [*attackers, *attackers]:
        lockout.failed(address, 0)
    assert lockout.wait_s(HERE, 0) <= LONGEST_ON_LOOPBACK_S


def test_a_guess_from_ever_new_addresses_holds_up_new_ones_and_not_the_owner() -> None:
    lockout = Lockout()
    lockout.succeeded(OWNER)
    for number in range(FREE_TRIES_OF_ALL + 20):
        lockout.failed(f"203.0.113.{number}", 0)
    assert lockout.wait_s("203.0.113.250", 0) == LONGEST_OF_ALL_S
    assert lockout.wait_s(OWNER, 0) == 0
    assert lockout.wait_s(HERE, 0) == 0


def test_it_remembers_so_many_addresses_and_no_more() -> None:
    lockout = Lockout()
    for number in range(ADDRESSES + 50):
        lockout.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
        lockout.succeeded(f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(lockout._by_address) == len(lockout._known) == ADDRESSES


def test_a_success_that_forgives_nothing_leaves_the_mistakes() -> None:
    """A viewer's password must not buy more guesses at the operator's."""
    lockout = after(FREE_TRIES, ATTACKER)
    lockout.succeeded(ATTACKER, forgets=False)
    assert lockout.wait_s(ATTACKER, 0) == 1
    lockout.succeeded(ATTACKER)
    assert lockout.wait_s(ATTACKER, 0) == 0


def test_a_network_that_a_home_gets_is_one_address_and_loopback_is_loopback_however_it_is_written() -> None:
    lockout = Lockout()
    for number in range(FREE_TRIES + 3):
        lockout.failed(f"2001:db8:1:2::{number:x}", 0)
    assert lockout.wait_s("2001:db8:1:2:ffff::1", 0) == 8
    assert lockout.wait_s("2001:db8:1:3::1", 0) == 0
    after(FREE_TRIES + 10, "::ffff:127.0.0.1", lockout)
    for here in ("::1", "127.0.0.1", "::ffff:127.0.0.1"):
        assert lockout.wait_s(here, 0) == LONGEST_ON_LOOPBACK_S
