"""Trades a day once undisturbed and then once for each point at which a bot can be killed, and compares.

`python -m tests.support.kill_sweep --times 5` does that with days five times as long, at all of their points.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from tests.standin.binance_faults import Fault
from tests.support.judged_day import Books, Outcome, apart, books_of, check, outcome_of
from tests.support.kill_points import BY_THE_CLOCK
from tests.support.killed_day import KilledDay
from tests.support.nursery import Nursery
from tests.support.trading_days import DAYS, TradingDay

AT_ONCE = 4
"""Days that are traded side by side: each of them waits most of the time."""

Plan = tuple[str, ...]
"""The points at which the first lives of a bot end, one each."""


class Sweep:
    """Days of one kind. `counts` says how many kills, orders and executions there were in all that were judged."""

    def __init__(
        self, day: TradingDay, folder: Path, nursery: Nursery, new_database: Callable[[], str] | None = None
    ) -> None:
        """`new_database` gives the address of an empty one for each day; without it each has a file of its own."""
        self._day, self._folder, self._nursery, self._new_database = day, folder, nursery, new_database
        self._undisturbed: Outcome | None = None
        self._losing: dict[int, asyncio.Task[Outcome]] = {}
        self.counts: Counter[str] = Counter()

    async def undisturbed(self) -> list[str]:
        """Trade the day with nobody killed; its points, in order."""
        day, books = await self._traded("undisturbed")
        assert not books.lost
        self._undisturbed = outcome_of(day, books)
        return day.lives[0].points

    async def kill_at_each(self, plans: Iterable[Plan]) -> None:
        """A day for each plan, `AT_ONCE` at a time. Raises `AssertionError` with all that went wrong."""
        places = asyncio.Semaphore(AT_ONCE)

        async def kill(plan: Plan) -> str | None:
            async with places:
                try:
                    await self.kill_at(plan)
                except Exception as fault:
                    return f"{plan}: {''.join(traceback.format_exception(fault))[-9000:]}"
            return None

        faults = [fault for fault in await asyncio.gather(*map(kill, plans)) if fault is not None]
        assert not faults, "\n".join(faults)

    async def kill_at(self, plan: Plan) -> list[list[str]]:
        """A day whose first lives end as planned, judged and compared; the points of each of its lives."""
        day, books = await self._traded("-then-".join(plan).replace(" ", "-"), plan)
        kills = sum(life.ended != 0 for life in day.lives)
        assert kills == len(plan) or plan[kills].startswith(BY_THE_CLOCK), f"{plan[kills]} was never reached"
        lost = {books.orders[number - 1]["client_order_id"] for number in books.lost}
        assert not lost & day.binance.posts_by_client_id.keys()
        assert len(books.lost) <= len(plan)
        self.counts += Counter(kills=kills, never_sent=len(books.lost))
        expected = await self._with_lost(books.lost[0]) if books.lost else self._undisturbed
        assert expected is not None, "trade the day undisturbed first"
        outcome = outcome_of(day, books)
        assert outcome == expected, f"{day.log()}\n{apart(outcome, expected)}"
        return [life.points for life in day.lives]

    async def _traded(self, name: str, plan: Plan = (), *, loses: int = 0) -> tuple[KilledDay, Books]:
        """A whole day, judged; the line loses order number `loses`."""
        database_url = self._new_database() if self._new_database else None
        day = KilledDay(self._day, self._folder / name, self._nursery, database_url)
        if loses > 1:
            day.binance.faults.add(Fault(kind="order", times=loses - 1))
        if loses:
            day.binance.faults.add(Fault(kind="order", answer="cut", accepted=False))
        await day.live_through(plan)
        books = books_of(day)
        check(day, books)
        self.counts += Counter(days=1, orders=len(day.exchange.orders), fills=len(day.exchange.fills))
        return day, books

    async def _with_lost(self, number: int) -> Outcome:
        """What a day comes to where nobody is killed and the line loses that order; traded when first asked for."""
        if number not in self._losing:
            self._losing[number] = asyncio.create_task(self._traded_losing(number))
        return await self._losing[number]

    async def _traded_losing(self, number: int) -> Outcome:
        day, books = await self._traded(f"loses-{number}", loses=number)
        assert books.lost == (number,)
        return outcome_of(day, books)


def on_days(
    day: TradingDay,
    folder: Path,
    scenario: Callable[[Sweep], Awaitable[None]],
    new_database: Callable[[], str] | None = None,
) -> Counter[str]:
    """Run the scenario with a sweep over that kind of day; what it counted."""

    async def run() -> Counter[str]:
        async with Nursery() as nursery:
            sweep = Sweep(day, folder, nursery, new_database)
            await scenario(sweep)
            return sweep.counts

    return asyncio.run(run())


async def kill_everywhere(sweep: Sweep) -> None:
    """A kill at every point of the day."""
    points = await sweep.undisturbed()
    await sweep.kill_at_each([(point,) for point in points])


def main() -> None:
    """Every kind of day, at every point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="how many times as long a day is as in the suite")
    parser.add_argument("--day", choices=DAYS, action="append", help="one kind of day, else all")
    asked = parser.parse_args()
    for name in asked.day or DAYS:
        with tempfile.TemporaryDirectory(prefix="tapedeck-kills-") as folder:
            counts = on_days(DAYS[name].repeated(asked.times), Path(folder), kill_everywhere)
        print(f"{name}: {dict(counts)}", flush=True)


if __name__ == "__main__":
    main()
