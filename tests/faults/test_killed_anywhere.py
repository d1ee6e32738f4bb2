"""kill -9 at every write and every send of a live trading day: the day comes to what it comes to without it.

The bot is the product's own, live on the Binance stand-in through the real ccxt.pro.binance. A day is traded once
undisturbed, which also names its points (`tests/support/kill_points.py`); then once for each point that is a kill of
its own, killed there, and gone on with by a new process on the same journal. After each of these days holds
(`tests/support/judged_day.py`): no order was sent twice, no decision has two, each execution is one trade in the
journal and on the line, the journal's money is the exchange's to the last digit, and nothing rests there that the
journal does not know.

And the day comes to the same: executions, decisions, balances, commands' answers, and the account with all of its
statistics. There is one exception. An order that was written down and never left cannot be told from one that was lost
on the line; so the day must come to what it does when nobody is killed and the line loses just that order: it is told
as lost, an entry is not made later at another price, and a sale is wished anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.kill_points import different
from tests.support.kill_sweep import Sweep, on_days
from tests.support.postgres import Postgres
from tests.support.trading_days import DAYS

PARTS = 2
"""Of each day's points, so that the suite's workers share them."""
RECOVERY = 4
"""So many points of a second life are those of its recovery."""
ON_POSTGRES = 6
"""A kill at every so many-th point."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", DAYS)
def test_killed_at_any_point_the_day_comes_to_the_same(name: str, part: int, tmp_path: Path) -> None:
    async def scenario(sweep: Sweep) -> None:
        points = await sweep.undisturbed()
        await sweep.kill_at_each([(point,) for point in different(points) if int(point.split()[1]) % PARTS == part])

    print(name, part, dict(on_days(DAYS[name], tmp_path, scenario)))


@pytest.mark.parametrize("first", ["send 1 taken", "send 2 before"])
@pytest.mark.parametrize("name", DAYS)
def test_killed_again_while_it_recovers_the_day_comes_to_the_same(name: str, first: str, tmp_path: Path) -> None:
    async def scenario(sweep: Sweep) -> None:
        await sweep.undisturbed()
        _, recovery = await sweep.kill_at((first,))
        await sweep.kill_at_each([(first, point) for point in different(recovery)[:RECOVERY]])

    print(name, first, dict(on_days(DAYS[name], tmp_path, scenario)))


def test_killed_on_postgresql_the_day_comes_to_the_same(postgres: Postgres, tmp_path: Path) -> None:
    async def scenario(sweep: Sweep) -> None:
        points = await sweep.undisturbed()
        await sweep.kill_at_each([(point,) for point in different(points)[::ON_POSTGRES]])

    print(dict(on_days(DAYS["limit orders"], tmp_path, scenario, postgres.new_database)))
