"""The HTML document around the page: what the browser needs before any script has come.

The shape of the bar is painted from here; numbers come over the line only. Scripts of the first price are in the
document; those of the chart stand there without a `src`, which `assets/later.js` gives them after that price.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import flask
from flask_wtf.csrf import generate_csrf

from dash_app import suites
from dash_app.bundle import Bundle

THEME_COLORS = {"dark": "#0a0e13", "light": "#f3f5f8"}
"""`--bg` of assets/tokens.css; a browser paints its own bars with it."""
META_TAGS = [
    {"name": "viewport", "content": "width=device-width, initial-scale=1, viewport-fit=cover"},
    {"name": "color-scheme", "content": "dark light"},
    {"name": "description", "content": "A live deck for a crypto trading bot."},
    {"name": "apple-mobile-web-app-title", "content": "Tapedeck"},
    {"name": "mobile-web-app-capable", "content": "yes"},
    *(
        {"name": "theme-color", "media": f"(prefers-color-scheme: {theme})", "content": color}
        for theme, color in THEME_COLORS.items()
    ),
]

_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {metas}
    <title>{title}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
    <link rel="apple-touch-icon" href="/assets/icons/apple-touch.png">
    <link rel="manifest" href="/assets/manifest.webmanifest">
    {head}
  </head>
  <body>
    <div class="shell">
      <div class="shell-bar"><span class="reel" aria-hidden="true"></span><span class="shell-name">Tapedeck</span></div>
      <p class="shell-note" role="status">Opening the deck…</p>
    </div>
    {app_entry}
    <noscript>Tapedeck needs JavaScript: prices and trades come over a live line that a script holds.</noscript>
    <div hidden>
      {config}
      {scripts}
      {renderer}
    </div>
  </body>
</html>
"""

SETTINGS = {"end_id": "", "disable_version_check": True, "dash_version_url": ""}
"""Dash's settings that would make each document another, for background callbacks, or have it look for a newer Dash."""
_CONFIG = re.compile(r"(<script[^>]*>)(.*)(</script>)", re.DOTALL)

Later = Sequence[tuple[str | None, str]]


def index(early: Bundle, script: Bundle, sheet: Bundle, on_demand: Bundle, later: Later, **parts: Any) -> str:
    """Dash's index: `parts` are what `Dash.interpolate_index` gets, and the scripts are chosen and ordered here."""
    first = [*suites.first_scripts(parts["scripts"]), script.path]
    *dash_scripts, own = [f'<script src="{escape(url)}"></script>' for url in first]
    inline = suites.inline_scripts(parts["scripts"])
    return _INDEX.format(
        metas=parts["metas"],
        title=parts["title"],
        head="\n    ".join(_head(early, sheet, on_demand)),
        app_entry=parts["app_entry"],
        config=_CONFIG.sub(_settled, parts["config"]),
        scripts="\n      ".join([*inline, *map(_later, later), own, *dash_scripts]),
        renderer=parts["renderer"],
    )


def session_tags() -> str:
    """Who the request's visitor is and the token that goes with what they do; empty for all but logged-in people."""
    visitor = flask.g.get("visitor")
    if visitor is None or visitor.means != "session":
        return ""
    named = {"csrf-token": generate_csrf(), "role": str(visitor.role)}
    return "".join(f'<meta name="{name}" content="{escape(content)}">' for name, content in named.items())


def with_tags(document: str, tags: str) -> str:
    """That document for one person; what is shared, kept or compared is always the one without."""
    return document.replace("<head>", f"<head>{tags}", 1)


def _head(early: Bundle, sheet: Bundle, on_demand: Bundle) -> list[str]:
    """The reader's choice of looks and the style, before anything is painted; and what Dash asks for first."""
    ahead = ("/_dash-layout", "/_dash-dependencies")
    links = [f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{path}">' for path in ahead]
    view = f'<meta name="backtest-script" content="{on_demand.path}">'
    return [f'<script src="{early.path}"></script>', f'<link rel="stylesheet" href="{sheet.path}">', *links, view]


def _settled(config: re.Match[str]) -> str:
    """Dash's settings with ours in place; no `<` leaves a JSON string as it is, for a tag would end the script."""
    settings = json.dumps({**json.loads(config[2]), **SETTINGS}, separators=(",", ":")).replace("<", "\\u003c")
    return config[1] + settings + config[3]


def _later(script: tuple[str | None, str]) -> str:
    name, url = script
    named = f' data-webpack="{escape(name)}"' if name else ""
    return f'<script{named} data-later="{escape(url)}"></script>'
