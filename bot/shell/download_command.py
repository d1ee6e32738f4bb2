"""What `python -m bot download` shows: how far it is, and what it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.shell.download import Asked, download
from bot.shell.markets.pace import wall_clock_ms
from bot.shell.progress import Form, progress
from bot.shell.refusal import Refusal

if TYPE_CHECKING:
    from bot.settings import Settings


def run_download(settings: Settings, from_ts: int, to_ts: int | None, file: Path, form: Form = "bar") -> list[str]:
    """The lines to print. Raises `Refusal`, `SettingsError`, `MarketError` and `KeyboardInterrupt`."""
    asked = Asked(symbol=settings.symbol, timeframe=settings.timeframe, from_ts=from_ts, to_ts=to_ts, file=file)
    now = wall_clock_ms()
    end = min(to_ts or now, now)
    if end <= from_ts:
        raise Refusal("--from: must be before --to and before today.")
    with progress((end - from_ts) // asked.length_ms, "Candles", form) as on_candles:
        try:
            return download(settings, asked, on_candles=on_candles)
        except KeyboardInterrupt:
            if file.exists():
                click.echo(f"\n{file} keeps what has come; the same command goes on.", err=True)
            raise
