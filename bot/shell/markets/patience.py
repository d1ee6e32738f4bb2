"""How long the bot waits for an exchange."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """All in seconds but `attempts`. The defaults suit a real exchange; tests take less."""

    silence_s: float = 20.0
    """Without a price for so long the line is held to be dead."""
    quiet_silence_s: float = 60.0
    """The same for candles, ticker and quotes, which may rest in a quiet market."""
    poll_s: float = 2.0
    """Between two REST calls where there is no stream."""
    gather_s: float = 0.05
    """Prices that come within this time of one another are thinned to the lowest, the highest and the last."""
    close_grace_s: float = 2.0
    """So long a price of the next candle waits for the last one to close before REST is asked."""
    attempts: int = 4
    """Of a REST call that the start needs."""
