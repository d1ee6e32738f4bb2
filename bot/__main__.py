"""`python -m bot run`, `check`, `status`, `export`, `backtest`, `download`, `strategies` and `candles`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot import settings as settings_module
from bot.plain_text import plain_line
from bot.redaction import conceal, guard_tracebacks, redacted, secrets_of, without_credentials
from bot.settings import Settings, SettingsError
from bot.settings_files import PREFIX

if TYPE_CHECKING:
    from bot.shell.progress import Form

CANNOT_START = 2
FAILED = 1
INTERRUPTED = 130
"""What a shell calls a command that Ctrl-C ended."""


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
        settings = _load_with_keys()
        from bot.log import set_up_logging

        set_up_logging(settings.log_format, settings.log_level)
        for warning in settings.warnings:
            _say(warning, err=True)
        from bot.shell.compose import run_bot

        run_bot(settings, is_child=is_child)


@main.command()
def status() -> None:
    """What the journal says; changes nothing, and the bot may be running."""
    with _sentences():
        from bot.core.strategies import load_strategy
        from bot.shell import compose
        from bot.shell.status_report import status_lines

        settings = _load()
        strategy = load_strategy(settings.strategy, settings.strategy_params)
        journal = compose.open_journal(settings, writable=False)
        try:
            _, traded = compose.market_maker(settings, compose.wall_ms())
            config = compose.config_of(settings, traded, strategy.params)
            for line in status_lines(journal, compose.account_key(settings, traded), config):
                _say(line)
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
            journal_export.export_journal(_load(), what, out, as_csv=format_ == "csv")
        except journal_export.Unwritable as error:
            _stop([str(error)], CANNOT_START)


@main.command()
def check() -> None:
    """Whether a bot with these settings could trade now; sends no order."""
    with _sentences():
        import asyncio
        import logging

        from bot.core.strategies import load_strategy
        from bot.shell.check_command import run_check
        from bot.shell.check_report import CheckReport
        from bot.shell.compose import config_of, market_maker, wall_ms
        from bot.shell.paper_broker import paper_settings

        settings = _load_with_keys()
        strategy = load_strategy(settings.strategy, settings.strategy_params)
        paper_settings(settings.exchange_config, settings.exchange)
        open_market, traded = market_maker(settings, wall_ms())
        config_of(settings, traded, strategy.params)
        click.echo(f"Settings: {settings.mode} on {settings.exchange}, strategy {settings.strategy}: fine.")
        report = CheckReport(lambda line, is_fault: _say(line, err=is_fault))
        feed_log = logging.getLogger("bot.shell.markets")
        level = feed_log.level
        feed_log.setLevel(logging.ERROR)  # the report says what matters of it
        try:
            asyncio.run(run_check(settings, open_market, strategy.warmup, report))
        finally:
            feed_log.setLevel(level)
        if report.faults:
            _stop([f"{report.faults} {'fault' if report.faults == 1 else 'faults'}; no order was sent."], FAILED)
        click.echo("All is well; no order was sent.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the range and default of each parameter.")
def strategies(as_json: bool) -> None:
    """The strategies that there are and the parameters that each takes."""
    _become_child()
    with _sentences():
        from bot.shell.strategies_command import strategy_lines, strategy_list

        listed = strategy_list(_load(mode="paper"))
        for line in [json.dumps(listed)] if as_json else strategy_lines(listed["strategies"]):
            _say(line)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def candles(file: Path, as_json: bool) -> None:
    """Whether a CSV file is a list of candles, and of what."""
    _become_child()
    with _sentences():
        from bot.shell.candles_command import candles_line, candles_of

        known = candles_of(file)
        _say(json.dumps(known) if as_json else candles_line(known))


_progress = click.option(
    "--progress",
    type=click.Choice(["bar", "json"]),
    default="bar",
    show_default=True,
    help="On standard error: a bar where that is a terminal, or lines of JSON.",
)


@main.command()
@click.option("--data", required=True, type=click.Path(), help="Candles as CSV in ccxt's column order.")
@click.option("--strategy", help="A built-in name or package.module:Class; else the settings'.")
@click.option("--params", help='The strategy\'s parameters as JSON, e.g. \'{"fast": 9, "slow": 21}\'.')
@click.option("--from", "from_", metavar="DATE", help="First day, YYYY-MM-DD, UTC.")
@click.option("--to", metavar="DATE", help="First day that is left out, YYYY-MM-DD, UTC.")
@click.option("--symbol", help="BASE/QUOTE of the file; else read from its name, or the settings'.")
@click.option("--timeframe", help="Join the file's candles to longer ones, e.g. 1h; else the settings'.")
@click.option("--paper", help='Over the settings\' paper as JSON, e.g. \'{"deposit": 1000, "spread_pct": 0.05}\'.')
@click.option("--html", type=click.Path(path_type=Path), help="Also write a report with charts to this file.")
@click.option("--json", "json_", type=click.Path(path_type=Path), help="Also write all of it as JSON to this file.")
@_progress
@click.option("--sweep", multiple=True, metavar="RANGES", help="Try many, e.g. fast=5..20 slow=20..60:5.")
@click.argument("more_ranges", nargs=-1, metavar="[RANGES]...")
@click.option("--sort", default="sharpe", show_default=True, help="The figure that the sweep looks for.")
@click.option(
    "--split",
    type=click.FloatRange(0.1, 0.9),
    default=0.7,
    show_default=True,
    help="Share of the time that the sweep chooses by; the best are tested on the rest.",
)
@click.option("--best", type=click.IntRange(1, 1_000), default=10, show_default=True, help="How many of it to show.")
@click.option("--processes", type=click.IntRange(1, 256), help="Of the sweep; else one a core.")
def backtest(
    data: str,
    strategy: str | None,
    params: str | None,
    from_: str | None,
    to: str | None,
    symbol: str | None,
    timeframe: str | None,
    paper: str | None,
    html: Path | None,
    json_: Path | None,
    progress: Form,
    sweep: tuple[str, ...],
    more_ranges: tuple[str, ...],
    sort: str,
    split: float,
    best: int,
    processes: int | None,
) -> None:
    """Trade a file of candles with the live bot's own engine and broker."""
    if more_ranges and not sweep:
        _stop([f"{more_ranges[0]}: belongs behind --sweep, e.g. --sweep fast=5..20 slow=20..60:5."], CANNOT_START)
    if sweep and (html or json_):
        _stop([f"{'--html' if html else '--json'} is for one backtest: leave it out, or --sweep."], CANNOT_START)
    _become_child()
    with _sentences():
        from bot.shell import backtest_command
        from bot.shell.backtest import NothingToTest
        from bot.shell.backtest_file import Span

        span = Span(from_ts=_timestamp("--from", from_), to_ts=_timestamp("--to", to))
        asked = {"strategy": strategy, "strategy_params": params, "symbol": symbol, "timeframe": timeframe}
        paper_asked = backtest_command.paper_given(paper)
        settings = _load(**backtest_command.replay_overrides(_load(mode="paper"), data, paper_asked), **asked)
        outputs = backtest_command.Outputs(html=html, json=json_, progress=progress)
        lines = backtest_command.run_one(settings, span, outputs)
        if sweep:
            crew = processes or os.cpu_count() or 1
            ranges = (*sweep, *more_ranges)
            lines = backtest_command.run_many(settings, span, ranges, sort=sort, split=split, best=best, processes=crew)
        try:
            for line in lines:
                _say(line)
        except NothingToTest as error:
            _stop([str(error)], FAILED)


@main.command()
@click.option("--exchange", help="A ccxt id such as binance; else the settings'.")
@click.option("--symbol", help="BASE/QUOTE as ccxt writes it; else the settings'.")
@click.option("--timeframe", help="The length of a candle, e.g. 1h; else the settings'.")
@click.option("--from", "from_", required=True, metavar="DATE", help="First day, YYYY-MM-DD, UTC.")
@click.option("--to", metavar="DATE", help="First day that is left out; else up to now.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The CSV; one that is there goes on.")
@_progress
def download(
    exchange: str | None,
    symbol: str | None,
    timeframe: str | None,
    from_: str,
    to: str | None,
    out: Path,
    progress: Form,
) -> None:
    """Fetch an exchange's candles into a file, for a backtest or a replay."""
    _become_child()
    with _sentences():
        from bot.shell.download_command import run_download

        settings = _load(mode="paper", exchange=exchange, symbol=symbol, timeframe=timeframe)
        if settings.exchange != _load(mode="paper").exchange:
            config = without_credentials(settings.exchange_config)  # no exchange is told the keys of another one
            settings = settings.model_copy(update={"exchange_config": config})
        for line in run_download(settings, _timestamp("--from", from_) or 0, _timestamp("--to", to), out, progress):
            _say(line)


def _become_child() -> None:
    """Where the relay started this: end with it, and let the trading bot go first."""
    if os.environ.pop(settings_module.CHILD_MARK, "") == "1":
        from bot.shell.child import work_as_child

        work_as_child()


def _timestamp(option: str, date: str | None) -> int | None:
    if date is None:
        return None
    try:
        return int(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        _stop([f"{option}: got '{date}'; takes a day such as 2018-01-15."], CANNOT_START)


def _load(**overrides: Any) -> Settings:
    """The settings; from here on this process writes none of their secrets."""
    settings = settings_module.load(**overrides)
    conceal(secrets_of(settings))
    return settings


def _load_with_keys() -> Settings:
    """The same, with what the system's keyring holds for the exchange."""
    from bot.keyring_secrets import with_keyring

    settings = with_keyring(_load())
    conceal(secrets_of(settings))
    return settings


@contextmanager
def _sentences() -> Iterator[None]:
    """What stops a start is said in a line each, and nothing else."""
    try:
        yield
    except SettingsError as error:
        _stop(error.lines, CANNOT_START)
    except KeyboardInterrupt:
        _stop(["Stopped."], INTERRUPTED)
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
    from bot.shell.refusal import Refusal

    if isinstance(error, StrategyError):
        return [_with_setting(line) for line in error.lines]
    return [str(error)] if isinstance(error, JournalError | InvalidPaper | MarketError | Refusal) else None


def _with_setting(line: str) -> str:
    """`strategy_params.fast: ...` as the name that a person set: `TAPEDECK_STRATEGY_PARAMS.fast: ...`."""
    field = line.partition(":")[0].partition(".")[0]
    return PREFIX + field.upper() + line.removeprefix(field)


def _say(line: str, *, err: bool = False) -> None:
    """A line on the terminal: without secrets, and as plain text whatever an exchange or a file put into it."""
    click.echo(plain_line(redacted(line)), err=err)


def _stop(lines: list[str], code: int) -> NoReturn:
    for line in lines:
        _say(line, err=True)
    sys.exit(code)


if __name__ == "__main__":
    guard_tracebacks()
    main(prog_name="python -m bot")
