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
    early, sheet = Bundle(ASSETS, "js", only=IN_HEAD), Bundle(ASSETS, "css")
    script = Bundle(ASSETS, "js", without=IN_HEAD)
    app.interpolate_index = partial(document.index, early, script, sheet, suites.chart_scripts())
    app.layout = layouts.layout()
    callbacks.register(app)
    packs = Packs()
    serving.serve(server, app, serving.Shelf(app, ASSETS, [early, script, sheet]), packs)
    offline.serve(server, app, packs)
    return app
