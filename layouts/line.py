"""The line itself and the stores it fills. Nothing of it is visible."""

from __future__ import annotations

from dash import dcc, html
from dash_app import ids
from dash_extensions import WebSocket

URL = "/socket.io/?EIO=4&transport=websocket&r=0"
TICK_MS = 500


def layout() -> html.Div:
    """The WebSocket, its timer, and one store for each slice of state."""
    stores = [dcc.Store(id=ids.slice_store(name), storage_type="memory") for name in ids.SLICES]
    return html.Div(
        hidden=True,
        children=[
            WebSocket(id=ids.LINE, url=URL),
            dcc.Interval(id=ids.TIMER, interval=TICK_MS),
            dcc.Store(id=ids.POKE, storage_type="memory"),
            *stores,
        ],
    )
