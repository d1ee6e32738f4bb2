"""The stand-in's REST door: reads a request, lets the API answer it, and lets the faults spoil that."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.standin.binance_auth import Gate
from tests.standin.binance_errors import Refused, invalid_key, too_late, too_many_requests
from tests.standin.binance_faults import NO_FAULT, Fault, Faults
from tests.standin.binance_private import PrivateApi, Signed
from tests.standin.binance_public import Params, PublicApi

RETRY_AFTER_S = 1
NEW_ORDERS = {("POST", "/api/v3/order"), ("POST", "/api/v3/order/cancelReplace")}
INTERNAL_ERROR = Refused(-1001, "Internal error; unable to process your request. Please try again.", status=500)
UNAVAILABLE = Refused(-1000, "Unknown error, please check your request or try again later.", status=503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An order that somebody sent, whatever became of it: `taken`, `refused`, or `lost` before it was looked at."""

    client_order_id: str
    params: Mapping[str, str]
    outcome: str


class RestDoor:
    """`answer` is aiohttp's handler for every path of the API. `after_each` runs when a request has been done."""

    def __init__(
        self,
        public: PublicApi,
        private: PrivateApi,
        gate: Gate,
        faults: Faults,
        after_each: Callable[[], Awaitable[None]],
    ) -> None:
        self._public = public.endpoints()
        self._private = private.endpoints()
        self._gate = gate
        self._faults = faults
        self._after_each = after_each
        self.status = 200
        """Any other: nothing is done any more, and this is the answer to everything."""
        self.requests: list[str] = []
        """Path and query of all that was asked, with POST bodies left out."""
        self.posted: list[Posted] = []

    def posts_by_client_id(self) -> Counter[str]:
        """How often an order with this client id was sent. More than once is what a bot must not do."""
        return Counter(posted.client_order_id for posted in self.posted)

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        body = await request.text()
        if self.status != 200:
            return _error(Refused(-1001, "Internal error", status=self.status))
        where = (request.method, request.path)
        fault = self._faults.next_of(self._private[where].kind if where in self._private else "market")
        await asyncio.sleep(fault.arrives_after_s)
        payload = "&".join(part for part in (request.rel_url.raw_query_string, body) if part)
        answer = self._do(where, request.headers.get("X-MBX-APIKEY"), payload, fault)
        await self._after_each()
        await asyncio.sleep(fault.answers_after_s)
        return self._spoil(request, answer, fault)

    def _do(self, where: tuple[str, str], key: str | None, payload: str, fault: Fault) -> web.Response:
        params = dict(parse_qsl(payload, keep_blank_values=True))
        outcome = "lost"
        try:
            if not fault.is_done:
                return _error(INTERNAL_ERROR)
            outcome = "refused"
            answer = web.json_response(self._call(where, key, payload, params))
            outcome = "taken"
            return answer
        except Refused as refused:
            return _error(refused)
        except ValueError:
            return _error(Refused(-1100, "Illegal characters found in a parameter."))
        finally:
            if where in NEW_ORDERS:
                name = params.get("newClientOrderId", "")
                self.posted.append(Posted(client_order_id=name, params=params, outcome=outcome))

    def _call(self, where: tuple[str, str], key: str | None, payload: str, params: Params) -> Any:
        if where in self._public:
            return self._public[where](params)
        endpoint = self._private.get(where)
        if endpoint is None:
            raise Refused(-1000, f"The stand-in has no {where[0]} {where[1]}.", status=404)
        self._gate.check_rest(key, payload, params)
        self._check_permission(endpoint)
        return endpoint.call(params)

    def _check_permission(self, endpoint: Signed) -> None:
        allowed = self._faults.key_may_read if endpoint.kind == "query" else self._faults.key_may_trade
        if not allowed:
            raise invalid_key()

    def _spoil(self, request: web.Request, answer: web.Response, fault: Fault) -> web.Response:
        if fault is NO_FAULT or fault.answer == "ok":
            return answer
        if fault.answer == "cut":
            if request.transport is not None:
                request.transport.abort()
            return answer
        if fault.answer == "broken":
            whole = answer.text or ""
            return web.Response(text=whole[: len(whole) // 2], content_type="application/json", status=answer.status)
        return _error(_page_of(fault.answer))


def _page_of(answer: str) -> Refused:
    pages = {
        "500": INTERNAL_ERROR,
        "503": UNAVAILABLE,
        "429": too_many_requests(RETRY_AFTER_S),
        "-1021": too_late(),
    }
    return pages.get(answer) or too_many_requests(RETRY_AFTER_S, banned_until_ms=1_900_000_000_000)


def _error(refused: Refused) -> web.Response:
    return web.json_response(text=json.dumps(refused.body), status=refused.status, headers=refused.headers)
