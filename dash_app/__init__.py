"""The Dash shell: one page, laid out once by Python and kept alive by the scripts in `assets/`."""

from __future__ import annotations

from pathlib import Path

import flask
from dash import Dash

import callbacks
import layouts
from dash_app import document

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def create_app(server: flask.Flask, *, title: str = "Tapedeck") -> Dash:
    """Put the page on `server` at `/`.

    Routes that were registered before keep their paths: Dash only answers what no other route claims.
    """
    app = Dash(
        "tapedeck",
        server=server,
        title=title,
        update_title=None,
        assets_folder=str(ASSETS),
        assets_ignore=r"^backtest_\w+\.js$",  # asked for when the view is first opened (assets/backtest.js)
        use_pages=False,
        serve_locally=True,
        meta_tags=document.META_TAGS,
        add_log_handler=False,
    )
    app.index_string = document.index(app.get_asset_url("icon.svg"))
    app.layout = layouts.layout()
    callbacks.register(app)
    return app
