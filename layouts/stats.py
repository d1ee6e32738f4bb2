"""The six statistics."""

from __future__ import annotations

from dash import html
from dash_app import ids

STATS = (
    ("pnl", "Realised P&L", "What closed trades have won or lost, after fees."),
    ("win-rate", "Win rate", "The share of closed trades that made money."),
    ("profit-factor", "Profit factor", "All winnings divided by all losses; above 1 makes money."),
    ("drawdown", "Drawdown", "How far equity is below its highest point, now and at worst."),
    ("sharpe", "Sharpe", "Return for each unit of its ups and downs; higher is steadier."),
    ("trades", "Trades", "Fills since the bot's statistics began."),
)


def layout() -> html.Section:
    """Six small cards: name, figure, and the line that puts it in proportion."""
    return html.Section(
        id=ids.STATS_PANEL,
        className="stats",
        **{"aria-label": "Statistics"},
        children=[_stat(*stat) for stat in STATS],
    )


def _stat(name: str, label: str, meaning: str) -> html.Div:
    return html.Div(
        className="panel stat",
        tabIndex=0,
        children=[
            html.H3(label, className="stat-name"),
            html.P("–", id=f"stat-{name}", className="stat-value needs-bot"),
            html.P(id=f"stat-{name}-note", className="stat-note"),
            html.P(meaning, className="stat-meaning", role="tooltip"),
        ],
    )
