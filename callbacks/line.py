"""The one callback that holds the line: all that comes in, all that goes out."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output

from dash_app import ids


def register(app: Dash) -> None:
    """What the socket, the timer and the poke say becomes `send` and `url`; on the way the panels are drawn."""
    app.clientside_callback(
        ClientsideFunction("page", "turn"),
        Output(ids.LINE, "send"),
        Output(ids.LINE, "url"),
        Input(ids.LINE, "message"),
        Input(ids.LINE, "state"),
        Input(ids.TIMER, "n_intervals"),
        Input(ids.POKE, "data"),
    )
