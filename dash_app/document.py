"""The HTML document around the page: what the browser needs before any script has come."""

from __future__ import annotations

META_TAGS = [
    {"name": "viewport", "content": "width=device-width, initial-scale=1, viewport-fit=cover"},
    {"name": "color-scheme", "content": "dark light"},
    {"name": "description", "content": "A live deck for a crypto trading bot."},
]

_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    <link rel="icon" type="image/svg+xml" href="ICON">
    <script src="CHOICES"></script>
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <noscript>Tapedeck needs JavaScript: prices and trades come over a live line that a script holds.</noscript>
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>
"""


def index(icon_url: str, choices_url: str) -> str:
    """Dash's index template, with our icon, and with the script that dresses the page before it is first painted."""
    return _INDEX.replace("ICON", icon_url).replace("CHOICES", choices_url)
