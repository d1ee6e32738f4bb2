"""The keys, and what the colours of the truth line mean."""

from __future__ import annotations

from dash import html

KEYS = (
    ("s", "Start or stop the bot"),
    ("t", "Test trade"),
    ("c", "Line or candles"),
    ("/", "Filter the trades"),
    ("Esc", "Dismiss the newest toast, or close what is open"),
    ("?", "This help"),
)
WORDS = (
    ("Page", "This page and the relay: the age of the last thing that came over the line."),
    ("Bot", "The relay and the bot: the age of the bot's last heartbeat."),
    ("Market", "The bot and the exchange: the age of the last price."),
)


def layout() -> html.Dialog:
    """Keys on the left, words on the right."""
    keys = [html.Div(className="pair", children=[html.Kbd(key), html.Span(text)]) for key, text in KEYS]
    words = [html.Div(className="word", children=[html.B(word), html.Span(text)]) for word, text in WORDS]
    return html.Dialog(
        id="help",
        className="sheet",
        **{"aria-labelledby": "help-title"},
        children=[
            html.Div(
                className="sheet-head",
                children=[
                    html.H2("Keys and words", id="help-title"),
                    html.Button(id="help-close", type="button", className="switch", **{"aria-label": "Close"}),
                ],
            ),
            html.Div(keys, className="help-keys"),
            html.Div(
                [*words, html.P("Green: fresh. Amber: late. Red: stale; the figures that depend on it are grey.")],
                className="help-words",
            ),
        ],
    )
