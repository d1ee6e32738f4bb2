"""The one callback that holds the line: all that comes in, all that goes out."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output
from dash_app import ids


def register(app: Dash) -> None:
    """What the socket, the timer, the buttons and the browser say becomes `send`, `url` and the changed slices."""
    app.clientside_callback(
        ClientsideFunction("page", "turn"),
        Output(ids.LINE, "send"),
        Output(ids.LINE, "url"),
        *(Output(ids.slice_store(name), "data") for name in ids.SLICES),
        Input(ids.LINE, "message"),
        Input(ids.LINE, "state"),
        Input(ids.TIMER, "n_intervals"),
        Input(ids.POKE, "data"),
    )
