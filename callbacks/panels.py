"""One callback a panel: the slices it reads, the script that draws them. None has an output: what a script has drawn stays
out of Dash's state, so that a price costs one small write to the document and nothing else."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input
from dash_app import ids


def _slice(name: str) -> Input:
    return Input(ids.slice_store(name), "data")


def _panels() -> dict[tuple[str, str], list[Input]]:
    return {
        ("position", "paint"): [_slice("status"), _slice("clock")],
        ("balance", "paint"): [_slice("status"), _slice("trades")],
        ("stats", "paint"): [_slice("stats"), _slice("clock"), _slice("trades")],
        ("trades", "paint"): [_slice("trades")],
        ("activity", "paint"): [_slice("activity")],
        ("toasts", "paint"): [_slice("news")],
        ("connection", "paint"): [_slice("truth")],
        ("bots", "paint"): [_slice("bots")],
        ("controls", "paint"): [_slice("controls")],
        ("controls", "press"): [
            Input(name, "n_clicks") for name in (ids.START_BUTTON, ids.STOP_BUTTON, ids.TEST_TRADE_BUTTON)
        ],
        ("page", "seal"): [_slice("seq")],
    }


def register(app: Dash) -> None:
    """Wire every panel's script to its slices."""
    for (namespace, function), inputs in _panels().items():
        app.clientside_callback(ClientsideFunction(namespace, function), *inputs, prevent_initial_call=True)
