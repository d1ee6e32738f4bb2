"""Who asks: the checks that Binance makes of a signed request, by REST and over its WebSocket API."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

from tests.standin.binance_errors import Refused, invalid_key, missing, too_late

DEFAULT_RECEIVE_WINDOW_MS = 5_000
AHEAD_MS = 1_000
API_KEY = "standin-key"
API_SECRET = "standin-secret"


class Gate:
    """Knows the keys (`keys`: secret by key) and the exchange's time."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.keys = {API_KEY: API_SECRET}
        self._clock = clock

    def check_rest(self, key: str | None, payload: str, params: Mapping[str, str]) -> None:
        """`payload` is what was signed with its signature, as it came over the line. Raises `Refused`."""
        signed, _, signature = payload.rpartition("&signature=")
        self._check(key, signed, signature, params)

    def check_web_socket(self, params: Mapping[str, object]) -> None:
        """The parameters of a WebSocket request, which are signed in the order of their names. Raises `Refused`."""
        told = {name: str(value) for name, value in params.items()}
        signed = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "signature")
        self._check(told.get("apiKey"), signed, told.get("signature", ""), told)

    def _check(self, key: str | None, signed: str, signature: str, params: Mapping[str, str]) -> None:
        if not key:
            raise Refused(-2014, "API-key format invalid.", status=401)
        if key not in self.keys:
            raise invalid_key()
        self._check_time(params)
        right = hmac.new(self.keys[key].encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, signature):
            raise Refused(-1022, "Signature for this request is not valid.")

    def _check_time(self, params: Mapping[str, str]) -> None:
        if not params.get("timestamp", "").isdigit():
            raise missing("timestamp")
        age_ms = self._clock() - int(params["timestamp"])
        if age_ms < -AHEAD_MS:
            raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
        if age_ms > int(params.get("recvWindow", DEFAULT_RECEIVE_WINDOW_MS)):
            raise too_late()
