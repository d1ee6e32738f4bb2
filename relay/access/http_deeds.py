"""Writes down what people do over HTTP that is no command: runs that are started, cancelled, files that are brought."""

from __future__ import annotations

import json

from flask import Blueprint, Response, g, request

from relay.access.clerk import OK, Clerk
from relay.access.visitor import Visitor

DEEDS = {
    "backtests.start": "backtest_start",
    "backtests.download": "download_start",
    "backtests.cancel": "backtest_cancel",
    "backtests.upload": "history_upload",
}
"""By endpoint."""


def write_down(api: Blueprint, clerk: Clerk) -> None:
    """Call it before the blueprint is registered."""

    def note(response: Response) -> Response:
        action, who = DEEDS.get(request.endpoint or ""), g.get("visitor")
        if action is not None and isinstance(who, Visitor):
            if response.status_code < 400:
                clerk.deed(who, action, _detail(), OK)
            else:
                clerk.refused(who, action, _error_of(response))
        return response

    api.after_request(note)


def _detail() -> str:
    asked = {**(request.view_args or {}), **request.args.to_dict()}
    body = request.get_json(silent=True)
    return json.dumps({**asked, **body} if isinstance(body, dict) else asked, ensure_ascii=False)


def _error_of(response: Response) -> str:
    told = response.get_json(silent=True)
    return str(told.get("error")) if isinstance(told, dict) else f"HTTP {response.status_code}"
