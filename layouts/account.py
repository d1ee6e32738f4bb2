"""Who looks at the page; nothing of it is seen where nobody had to log in."""

from __future__ import annotations

from dash import html


def strip() -> html.Div:
    """Below the bar, over every view: the script says here that the session is over."""
    return html.Div(id="account-strip", className="notice account-strip")


def layout() -> html.Dialog:
    """Role, log out, sessions and the audit log: a dialog that the script fills and opens."""
    return html.Dialog(id="account", className="sheet", **{"aria-labelledby": "account-title"})


def proof() -> html.Dialog:
    """The password once more, before real money is set going: a dialog that the script fills and opens."""
    return html.Dialog(
        id="proof", className="sheet", **{"aria-labelledby": "proof-title", "aria-describedby": "proof-text"}
    )
