"""What a command says when it cannot be done as it was asked."""

from __future__ import annotations


class Refusal(ValueError):
    """Nothing was done; the text is the one sentence that says why and what to do."""
