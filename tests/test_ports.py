"""Two workers of the suite never use the same port, also while neither listens on it yet."""

from __future__ import annotations

import os

from tests.support.ports import WORKERS, free_port


def test_a_port_is_given_once_and_to_one_worker() -> None:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    given = [free_port() for _ in range(500)]
    assert len(set(given)) == len(given)
    assert {port % WORKERS for port in given} == {worker % WORKERS}
