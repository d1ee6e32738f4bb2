"""How long the bot waits for an exchange."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """All in seconds but `attempts`. The defaults suit a real exchange; tests take less."""

    silence_s: float = 10.0
    """Without a price for so long the line is held to be dead, in a market that is not quiet by itself."""
    quiet_silence_s: float = 30.0
    """The same for candles, ticker and quotes, which may rest in a quiet market."""
    poll_s: float = 1.0
    """Between two REST calls for the price where there is no stream, and an exchange allows it (`price_poll_s`)."""
    candle_poll_s: float = 5.0
    """The same for the forming candle; how one closed is asked for when the next one's first price is there."""
    quote_every_s: float = 0.25
    """A changed bid or ask is told with the last price, but not more often than this."""
    gather_s: float = 0.05
    """Prices that come within this time of one another are thinned to the lowest, the highest and the last."""
    close_grace_s: float = 1.0
    """So long a price of the next candle waits for the last one to close before REST is asked."""
    close_answer_s: float = 2.0
    """So long REST may take to answer then, before the prices go first: stops wait for them."""
    attempts: int = 4
    """Of a REST call that the start needs."""

    def price_poll_s(self, rate_limit_ms: float) -> float:
        """Between two polls of the price: every other call that the exchange allows is left to candles and orders."""
        return max(self.poll_s, 2 * rate_limit_ms / 1000)
