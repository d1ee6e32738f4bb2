"""The Dash shell: one page, laid out once by Python and kept alive by the scripts in `assets/`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import flask
from dash import Dash

import callbacks
import layouts
from dash_app import document, offline, serving, suites
from dash_app.bundle import Bundle
from dash_app.packing import Packs

ASSETS = Path(__file__).resolve().parent.parent / "assets"
IN_HEAD = "choices"
"""The one script that must run before the first paint; all others stand at the end of the body."""
ON_DEMAND = "backtest_"
"""Scripts of the view that is asked for when it is first opened (assets/backtest.js)."""


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
        include_assets_files=False,
        use_pages=False,
        serve_locally=True,
        meta_tags=document.META_TAGS,
        add_log_handler=False,
    )
    early = Bundle(ASSETS, "js", IN_HEAD, IN_HEAD.__eq__)
    script = Bundle(ASSETS, "js", "deck", lambda stem: stem != IN_HEAD and not stem.startswith(ON_DEMAND))
    backtest = Bundle(ASSETS, "js", "backtest-view", lambda stem: stem.startswith(ON_DEMAND))
    sheet = Bundle(ASSETS, "css", "deck")
    app.interpolate_index = partial(document.index, early, script, sheet, backtest, suites.chart_scripts())
    app.layout = layouts.layout()
    callbacks.register(app)
    packs = Packs()
    serving.serve(server, app, serving.Shelf(app, ASSETS, [early, script, backtest, sheet]), packs)
    offline.serve(server, app, packs)
    return app
