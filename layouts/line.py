"""The line itself. Nothing of it is visible."""

from __future__ import annotations

from dash import dcc, html
from dash_extensions import WebSocket

from dash_app import ids

URL = "/socket.io/?EIO=4&transport=websocket&r=0"
TICK_MS = 500


def layout() -> html.Div:
    """The WebSocket, its timer, and the poke that wakes it when the browser or a button has something to say."""
    return html.Div(
        hidden=True,
        children=[
            WebSocket(id=ids.LINE, url=URL),
            dcc.Interval(id=ids.TIMER, interval=TICK_MS),
            dcc.Store(id=ids.POKE, storage_type="memory"),
        ],
    )
