"""`python -m bot run`, `check`, `status`, `export` and `backtest`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import click

from bot import settings as settings_module
from bot.settings import SettingsError

CANNOT_START = 2
FAILED = 1


class _Help(click.Group):
    """Lists every setting under the commands."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write(settings_module.describe() + "\n")


@click.group(cls=_Help, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The trading bot of Tapedeck."""


@main.command()
def run() -> None:
    """Trade until told to stop (Ctrl-C)."""
    is_child = os.environ.pop(settings_module.CHILD_MARK, "") == "1"
    with _sentences():
        settings = settings_module.load()
        from bot.log import set_up_logging

        set_up_logging(settings.log_format, settings.log_level)
        for warning in settings.warnings:
            click.echo(warning, err=True)
        from bot.shell.compose import run_bot

        run_bot(settings, is_child=is_child)


@main.command()
def status() -> None:
    """What the journal says; changes nothing, and the bot may be running."""
    with _sentences():
        from bot.core.strategies import load_strategy
        from bot.shell import compose
        from bot.shell.status_report import status_lines

        settings = settings_module.load()
        strategy = load_strategy(settings.strategy, settings.strategy_params)
        journal = compose.open_journal(settings, writable=False)
        try:
            _, traded = compose.market_maker(settings, compose.wall_ms())
            config = compose.config_of(settings, traded, strategy.params)
            for line in status_lines(journal, compose.account_key(settings, traded), config):
                click.echo(line)
        finally:
            journal.close()


@main.command()
@click.option("--what", type=click.Choice(["trades", "orders", "events", "all"]), default="trades", show_default=True)
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--out", default="-", metavar="PATH", help="A file that is not there yet; else standard output.")
def export(what: str, format_: str, out: str) -> None:
    """Write out what the journal holds, oldest first; the bot may be running."""
    with _sentences():
        from bot.shell import journal_export

        try:
            journal_export.export_journal(settings_module.load(), what, out, as_csv=format_ == "csv")
        except journal_export.Unwritable as error:
            _stop([str(error)], CANNOT_START)


@main.command()
def check() -> None:
    """Whether a bot with these settings could trade now; sends no order."""
    with _sentences():
        import asyncio

        from bot.core.strategies import load_strategy
        from bot.shell.compose import market_maker, wall_ms
        from bot.shell.market import MarketError
        from bot.shell.market_check import check_lines
        from bot.shell.paper_broker import paper_settings

        settings = settings_module.load()
        strategy = load_strategy(settings.strategy, settings.strategy_params)
        paper_settings(settings.exchange_config)
        click.echo(f"Settings: {settings.mode} on {settings.exchange}, strategy {settings.strategy}: fine.")
        open_market, _ = market_maker(settings, wall_ms())

        async def tell() -> None:
            async for line in check_lines(open_market(), strategy.warmup):
                click.echo(line)

        try:
            asyncio.run(tell())
        except MarketError as error:
            _stop([str(error)], FAILED)
        click.echo("All is well; no order was sent.")


@main.command()
@click.option("--data", required=True, type=click.Path(), help="Candles as CSV in ccxt's column order.")
@click.option("--strategy", help="A built-in name or package.module:Class; else the settings'.")
@click.option("--params", help='The strategy\'s parameters as JSON, e.g. \'{"fast": 9, "slow": 21}\'.')
@click.option("--from", "from_", metavar="DATE", help="First day, YYYY-MM-DD, UTC.")
@click.option("--to", metavar="DATE", help="First day that is left out, YYYY-MM-DD, UTC.")
def backtest(data: str, strategy: str | None, params: str | None, from_: str | None, to: str | None) -> None:
    """Trade a file of candles with the live bot's own engine and broker."""
    with _sentences():
        span = (_timestamp("--from", from_), _timestamp("--to", to))
        import asyncio

        from bot.shell.backtest import NothingToTest, table
        from bot.shell.backtest_file import backtest_file

        settings = settings_module.load()
        given = {"file": data, **{key: value for key, value in settings.exchange_config.items() if key == "paper"}}
        overrides: dict[str, Any] = {"exchange": "replay", "exchange_config": given, "strategy": strategy}
        settings = settings_module.load(**overrides, strategy_params=params)
        try:
            rows = table(asyncio.run(backtest_file(settings, *span)))
        except NothingToTest as error:
            _stop([str(error)], FAILED)
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            click.echo(f"{name.ljust(width)}  {value}")


def _timestamp(option: str, date: str | None) -> int | None:
    if date is None:
        return None
    try:
        return int(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        _stop([f"{option}: got '{date}'; takes a day such as 2018-01-15."], CANNOT_START)


@contextmanager
def _sentences() -> Iterator[None]:
    """What stops a start is said in a line each, and nothing else."""
    try:
        yield
    except SettingsError as error:
        _stop(error.lines, CANNOT_START)
    except Exception as error:
        lines = _lines_of(error)
        if lines is None:
            raise
        _stop(lines, CANNOT_START)


def _lines_of(error: Exception) -> list[str] | None:
    from bot.core.strategies import StrategyError
    from bot.shell.journal_store import JournalError
    from bot.shell.market import MarketError
    from bot.shell.paper_broker import InvalidPaper

    if isinstance(error, StrategyError):
        return [_with_setting(line) for line in error.lines]
    return [str(error)] if isinstance(error, JournalError | InvalidPaper | MarketError) else None


def _with_setting(line: str) -> str:
    """`strategy_params.fast: ...` as the name that a person set: `TAPEDECK_STRATEGY_PARAMS.fast: ...`."""
    field = line.partition(":")[0].partition(".")[0]
    return settings_module.PREFIX + field.upper() + line.removeprefix(field)


def _stop(lines: list[str], code: int) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main(prog_name="python -m bot")
