"""Which addresses are one visitor."""

from __future__ import annotations

import pytest

from relay.limits.addresses import visitor_of


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_one(address: str) -> None:
    assert visitor_of(address) == "loopback"


def test_a_home_s_ipv6_network_is_one_and_two_homes_are_two() -> None:
    assert visitor_of("2001:db8:1:2::1") == visitor_of("2001:db8:1:2:ffff::9")
    assert visitor_of("2001:db8:1:2::1") != visitor_of("2001:db8:1:3::1")


def test_ipv4_is_the_same_however_it_is_written() -> None:
    assert visitor_of("::ffff:192.0.2.7") == visitor_of("192.0.2.7") != visitor_of("192.0.2.8")


def test_what_is_no_address_is_taken_as_it_is() -> None:
    assert visitor_of("unknown") == "unknown"
    assert visitor_of("fe80::1%eth0") == visitor_of("fe80::2%eth0")
