"""What a check says: one line for each thing that was tried, as soon as it is known."""

from __future__ import annotations

from collections.abc import Callable

Echo = Callable[[str, bool], None]
"""Prints a line; the second argument is whether it is a fault."""


class CheckReport:
    """Passes every line on and counts the faults."""

    def __init__(self, echo: Echo) -> None:
        self._echo = echo
        self.faults = 0

    def well(self, line: str) -> None:
        """Tried and well, or good to know."""
        self._echo(line, False)

    def fault(self, line: str) -> None:
        """A bot with these settings could not trade, or should not; the line says how to mend it."""
        self.faults += 1
        self._echo(line, True)

    def tell(self, line: str, *, is_fault: bool) -> None:
        """One or the other."""
        (self.fault if is_fault else self.well)(line)
