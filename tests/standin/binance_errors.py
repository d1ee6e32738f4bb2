"""What Binance answers when it refuses: its own codes and words, as the spot API's error list has them."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request that Binance refuses; nothing has changed on the exchange."""

    def __init__(self, code: int, message: str, *, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}
        self.data: dict[str, Any] | None = None
        """What of a cancel-replace was done and what was not."""

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"code": self.code, "msg": self.message} | ({"data": self.data} if self.data else {})


def rejected(message: str) -> Refused:
    """The matching engine does not take an order."""
    return Refused(-2010, message)


def filter_failure(name: str, code: int = -1013) -> Refused:
    """An order that breaks a rule of its symbol."""
    return Refused(code, f"Filter failure: {name}")


def missing(parameter: str) -> Refused:
    """A parameter that has to be there."""
    return Refused(-1102, f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.")


def insufficient_balance() -> Refused:
    """Not enough free of what the order needs."""
    return rejected("Account has insufficient balance for requested action.")


def unknown_order(code: int) -> Refused:
    """-2013 for a query, -2011 for a cancel."""
    return Refused(code, "Order does not exist." if code == -2013 else "Unknown order sent.")


def invalid_key() -> Refused:
    """A key that is not known, or may not do this."""
    return Refused(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def too_late() -> Refused:
    """A request that is older than its window."""
    return Refused(-1021, "Timestamp for this request is outside of the recvWindow.")


def too_many_requests(retry_after_s: int, *, banned_until_ms: int | None = None) -> Refused:
    """429 with its wait; 418 for those who did not heed it."""
    headers = {"Retry-After": str(retry_after_s)}
    advice = "Please use WebSocket Streams for live updates to avoid"
    if banned_until_ms is None:
        limit = "current limit is 6000 request weight per 1 MINUTE"
        said = f"Too much request weight used; {limit}. {advice} polling the API."
        return Refused(-1003, said, status=429, headers=headers)
    said = f"Way too much request weight used; IP banned until {banned_until_ms}. {advice} bans."
    return Refused(-1003, said, status=418, headers=headers)
