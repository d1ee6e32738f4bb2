"""Settings: where they come from, and what a person reads when one is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import settings as module
from bot import settings_checks as checks
from bot.core.limits import RiskLimits
from bot.settings import Settings, SettingsError, describe, load


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith("TAPEDECK_"):
            monkeypatch.delenv(name)


def refused(call: Callable[[], object]) -> list[str]:
    """The lines of the error that the call raises."""
    with pytest.raises(SettingsError) as caught:
        call()
    assert str(caught.value) == "\n".join(caught.value.lines)
    return caught.value.lines


def answer_of(rule: Callable[[str], object], text: str) -> str:
    """`fine`, or what the rule says it takes."""
    try:
        rule(text)
    except ValueError as error:
        return str(error)
    return "fine"


def test_without_any_setting_a_paper_bot_trades_the_simulated_market_on_loopback() -> None:
    settings = load()

    assert (settings.host, settings.port, settings.mode) == ("127.0.0.1", 8050, "paper")
    assert (settings.exchange, settings.symbol, settings.timeframe) == ("simulated", "BTC/USDT", "1m")
    assert (settings.strategy, settings.strategy_params, settings.exchange_config) == ("ema_cross", {}, {})
    assert (settings.bot_id, settings.bot_name_effective) == ("bot-1", "ema_cross")
    assert (settings.log_format, settings.log_level, settings.async_mode) == ("console", "INFO", "eventlet")
    assert settings.relay_url_effective == "http://127.0.0.1:8050"
    assert settings.database_url_effective("tape") == f"sqlite:///{Path.cwd()}/data/tape.db"
    assert settings.api_token is None
    assert settings.warnings == ()


def test_an_argument_beats_the_environment_beats_env_file_beats_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tapedeck.toml").write_text('port = 1\nbot_id = "toml"\nbot_name = "toml"\nlog_level = "error"\n')
    Path(".env").write_text("TAPEDECK_PORT=2\nTAPEDECK_BOT_ID=env-file\nTAPEDECK_BOT_NAME=env-file\n")
    monkeypatch.setenv("TAPEDECK_PORT", "3")
    monkeypatch.setenv("TAPEDECK_BOT_ID", "env")

    settings = load(port=4, bot_id=None)

    assert (settings.port, settings.bot_id, settings.bot_name) == (4, "env", "env-file")
    assert settings.log_level == "ERROR"


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_PASSWORD", "")
    monkeypatch.setenv("TAPEDECK_PORT", "")

    assert load().port == 8050


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("PORT", "0", "TAPEDECK_PORT: got '0'; takes a whole number from 1 to 65535"),
        ("HOST", "a b", "TAPEDECK_HOST: got 'a b'; takes the name or the address of this machine, e.g. 127.0.0.1"),
        ("DATA_DIR", "/dev/null/x", "TAPEDECK_DATA_DIR: got '/dev/null/x'; takes a folder, and /dev/null is a file"),
        ("DATA_DIR", "d" * 300, "TAPEDECK_DATA_DIR: got 'ddd"),
        ("PORT", "http", "TAPEDECK_PORT: got 'http'; takes a whole number from 1 to 65535"),
        ("PASSWORD", "hunter2\x7f", "TAPEDECK_PASSWORD: got a value that is not shown; takes 1 to 1000 printable"),
        ("VIEWER_PASSWORD", "hunter2\t", "TAPEDECK_VIEWER_PASSWORD: got a value that is not shown; takes 1 to 1000"),
        ("BEHIND_PROXY", "perhaps", "TAPEDECK_BEHIND_PROXY: got 'perhaps'; takes true or false"),
        ("API_TOKEN", "two hunter2", "TAPEDECK_API_TOKEN: got a value that is not shown; takes 1 to 512 printable"),
        ("DATABASE_URL", "hunter2", "TAPEDECK_DATABASE_URL: got a value that is not shown; takes a SQLAlchemy URL"),
        ("DATABASE_URL", "nosql://u:hunter2@h/d", "TAPEDECK_DATABASE_URL: got a value that is not shown; takes"),
        ("REDIS_URL", "redis://:hunter2@h", "TAPEDECK_REDIS_URL: got a value that is not shown; is not used yet"),
        ("RELAY_URL", "localhost:8050", "TAPEDECK_RELAY_URL: got 'localhost:8050'; takes an http:// or https://"),
        ("BOT_ID", "my bot", "TAPEDECK_BOT_ID: got 'my bot'; takes 1 to 64 letters"),
        ("MODE", "live", "TAPEDECK_MODE: got 'live'; takes paper while TAPEDECK_EXCHANGE is simulated"),
        ("MODE", "demo", "TAPEDECK_MODE: got 'demo'; takes paper or live"),
        ("EXCHANGE", "my exchange", "TAPEDECK_EXCHANGE: got 'my exchange'; takes simulated, replay or a ccxt id"),
        ("EXCHANGE_CONFIG", '{"secret": "hunter2"', "TAPEDECK_EXCHANGE_CONFIG: got a value that is not shown; takes"),
        ("EXCHANGE_CONFIG", '["hunter2"]', "TAPEDECK_EXCHANGE_CONFIG: got a value that is not shown; takes a JSON"),
        ("STRATEGY_PARAMS", "9, 21", "TAPEDECK_STRATEGY_PARAMS: got '9, 21'; takes a JSON object, but at character 2"),
        ("STRATEGY_PARAMS", "null", "TAPEDECK_STRATEGY_PARAMS: got 'null'; takes a JSON object such as {}, not null"),
        ("RISK", "5", "TAPEDECK_RISK: got '5'; takes a JSON object such as {}, not a number"),
        ("RISK", '{"max_open_orders": 0}', "TAPEDECK_RISK.max_open_orders: must be greater than or equal to 1, got 0"),
        ("RISK", '{"price_band_pct": "x"}', "TAPEDECK_RISK.price_band_pct: must be a valid decimal, got 'x'"),
        ("RISK", '{"max_positon_pct": 5}', "TAPEDECK_RISK.max_positon_pct: is not a limit; did you mean max_position"),
        ("RISK", '{"x": 5}', "TAPEDECK_RISK.x: is not a limit; takes risk_per_trade_pct, trailing_stop_pct,"),
        ("RISK", '{"cooldown_losses": 3}', "TAPEDECK_RISK: got {'cooldown_losses': 3}; takes cooldown_losses and"),
        ("SYMBOL", "BTCUSDT", "TAPEDECK_SYMBOL: got 'BTCUSDT'; takes BASE/QUOTE"),
        ("TIMEFRAME", "1 minute", "TAPEDECK_TIMEFRAME: got '1 minute'; takes a number and a unit"),
        ("STRATEGY", "strategies/mine.py", "TAPEDECK_STRATEGY: got 'strategies/mine.py'; takes a built-in"),
        ("AUTOSTART", "perhaps", "TAPEDECK_AUTOSTART: got 'perhaps'; takes true or false"),
        ("LOG_FORMAT", "xml", "TAPEDECK_LOG_FORMAT: got 'xml'; takes console or json"),
        ("LOG_LEVEL", "loud", "TAPEDECK_LOG_LEVEL: got 'LOUD'; takes DEBUG INFO WARNING ERROR CRITICAL"),
        ("ASYNC_MODE", "gevent", "TAPEDECK_ASYNC_MODE: got 'gevent'; takes eventlet or threading"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_setting_what_it_got_and_what_it_takes(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TAPEDECK_{name}", value)

    [told] = refused(load)

    assert told.startswith(line)
    assert "\n" not in told
    assert "hunter2" not in told


@pytest.mark.parametrize("value", ["true", "false"])
def test_true_is_no_number(value: str) -> None:
    Path("tapedeck.toml").write_text(f"port = {value}\n")
    assert refused(load) == [f"TAPEDECK_PORT: got {value.title()}; takes a whole number from 1 to 65535"]


def test_an_empty_text_is_unset_wherever_it_stands() -> None:
    Path("tapedeck.toml").write_text('data_dir = ""\nport = ""\nhost = ""\n')
    settings = load(host="")
    assert (settings.data_dir, settings.port, settings.host) == (Path("data"), 8050, "127.0.0.1")
    assert not settings.is_explicit("data_dir")


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "deck.example", "m\u00fcll"]
)
def test_a_host_is_a_name_or_an_address(name: str) -> None:
    assert load(host=name).host == name


def test_every_bad_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_PORT", "x")
    monkeypatch.setenv("TAPEDECK_SYMBOL", "x")

    lines = refused(load)

    assert [line.partition(":")[0] for line in lines] == ["TAPEDECK_PORT", "TAPEDECK_SYMBOL"]


def test_every_bad_limit_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_RISK", '{"max_open_orders": 0, "daily_loss_limit_pct": 150, "max_position_pct": true}')

    assert sorted(refused(load)) == [
        "TAPEDECK_RISK.daily_loss_limit_pct: must be less than 100, got 150",
        "TAPEDECK_RISK.max_open_orders: must be greater than or equal to 1, got 0",
        "TAPEDECK_RISK.max_position_pct: must be a number, not true or false, got True",
    ]


def test_limits_come_from_json_or_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().risk == RiskLimits()
    Path("tapedeck.toml").write_text("[risk]\ntrailing_stop_pct = 1.5\nmax_open_orders = 2\n")
    assert load().risk == RiskLimits(trailing_stop_pct=Decimal("1.5"), max_open_orders=2)
    monkeypatch.setenv("TAPEDECK_RISK", '{"trailing_stop_pct": 0.1}')
    assert load().risk == RiskLimits(trailing_stop_pct=Decimal("0.1"))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "https://127.0.0.1:8050"),
        ("0.0.0.0", "https://127.0.0.1:8050"),
        ("::", "https://[::1]:8050"),
        ("192.168.0.7", "https://192.168.0.7:8050"),
    ],
)
def test_the_embedded_bot_finds_its_relay_wherever_it_listens(host: str, url: str) -> None:
    assert load(host=host, tls_cert="deck.crt", tls_key="deck.key").relay_url_effective == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost", "LOCALHOST"])
def test_loopback_has_many_names(host: str) -> None:
    assert load(host=host).host == host


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_without_a_driver_gets_the_one_that_comes_with_us(scheme: str) -> None:
    settings = load(database_url=f"{scheme}://me@host/deck")
    assert settings.database_url_effective("tape") == "postgresql+pg8000://me@host/deck"


def test_a_database_without_its_driver_is_told_by_the_drivers_name() -> None:
    [line] = refused(lambda: load(database_url="postgresql+psycopg2://me@host/deck"))

    assert "psycopg2" in line
    assert "me@host" not in line


def test_a_data_folder_that_is_a_file_is_refused() -> None:
    Path("data").write_text("")

    [line] = refused(load)

    assert line == "TAPEDECK_DATA_DIR: got 'data'; takes a folder, and that is a file"


def test_unknown_names_are_told_with_the_closest_known_one_and_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_LOGFORMAT", "json")
    monkeypatch.setenv("TAPEDECK_ZZZ", "1")
    Path(".env").write_text("TAPEDECK_PASWORD=x\nOTHER=1\n")
    Path("tapedeck.toml").write_text('symbl = "A/B"\n')

    assert load().warnings == (
        "TAPEDECK_LOGFORMAT is not a setting and is ignored; did you mean TAPEDECK_LOG_FORMAT?",
        "TAPEDECK_PASWORD is not a setting and is ignored; did you mean TAPEDECK_PASSWORD?",
        "TAPEDECK_ZZZ is not a setting and is ignored; --help lists them all",
        "symbl in tapedeck.toml is not a setting and is ignored; did you mean symbol?",
    )


def test_a_broken_toml_is_one_sentence() -> None:
    Path("tapedeck.toml").write_text("port = = 1")

    [line] = refused(load)

    assert line.startswith("tapedeck.toml: is not valid TOML")


def test_toml_takes_tables_for_json() -> None:
    Path("tapedeck.toml").write_text("autostart = false\n[strategy_params]\nfast = 3\nslow = 8\n")

    assert load().strategy_params == {"fast": 3, "slow": 8}


@pytest.mark.parametrize(
    ("confirm", "got"),
    [
        (None, "nothing"),
        ("yes", "'yes'"),
        ("binance:BTC/USDT", "'binance:BTC/USDT'"),
        ("kraken:ETH/EUR ", "'kraken:ETH/EUR '"),
        ("Kraken:ETH/EUR", "'Kraken:ETH/EUR'"),
    ],
)
def test_live_needs_to_be_told_once_more_what_it_trades(confirm: str | None, got: str) -> None:
    [line] = refused(lambda: load(mode="live", exchange="kraken", symbol="ETH/EUR", live_confirm=confirm))

    assert line.startswith(f"TAPEDECK_LIVE_CONFIRM: got {got}; takes exactly kraken:ETH/EUR with TAPEDECK_MODE=live")


def test_live_with_its_confirmation_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_LIVE_CONFIRM", "binance:BTC/USDT")

    settings = load(mode="LIVE", exchange="Binance", symbol="btc/usdt")

    assert (settings.mode, settings.exchange, settings.autostart_effective) == ("live", "binance", False)


@pytest.mark.parametrize("exchange", ["simulated", "replay"])
def test_live_on_a_made_up_market_is_refused_however_it_is_confirmed(exchange: str) -> None:
    [line] = refused(lambda: load(mode="live", exchange=exchange, live_confirm=f"{exchange}:BTC/USDT"))

    assert line == (
        f"TAPEDECK_MODE: got 'live'; takes paper while TAPEDECK_EXCHANGE is {exchange}, where there is no real money:"
        " name a ccxt id such as binance, or set TAPEDECK_MODE=paper"
    )


def test_in_paper_mode_a_confirmation_does_no_harm() -> None:
    assert load(live_confirm="binance:BTC/USDT").mode == "paper"


@pytest.mark.parametrize(
    ("given_values", "starts"),
    [
        ({}, True),
        ({"exchange": "replay"}, False),
        ({"exchange": "binance"}, False),
        ({"exchange": "binance", "autostart": True}, True),
        ({"autostart": False}, False),
    ],
)
def test_only_the_simulated_market_starts_by_itself(given_values: dict[str, Any], starts: bool) -> None:
    assert load(**given_values).autostart_effective is starts


def test_what_was_chosen_is_told_from_what_is_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAPEDECK_SYMBOL", "BTC/USDT")

    settings = load()

    assert settings.is_explicit("symbol")
    assert not settings.is_explicit("timeframe")


def test_secrets_do_not_show_in_the_settings_text() -> None:
    settings = load(
        api_token="hunter2",
        database_url="sqlite:///hunter2.db",
        exchange_config={"secret": "hunter2"},
        exchange="binance",
    )

    assert "hunter2" not in repr(settings)
    assert settings.api_token is not None
    assert settings.api_token.get_secret_value() == "hunter2"


def test_help_lists_every_setting_with_its_meaning_and_default() -> None:
    text = describe()

    for name, field in Settings.model_fields.items():
        assert f"TAPEDECK_{name.upper()}\n" in text
        assert field.description
    assert "Default: 8050." in text
    for name in RiskLimits.model_fields:
        assert f"        {name}: " in text
    assert "Default: true with simulated, else false." in text


@given(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.lists(st.text(max_size=5))))
def test_any_json_object_comes_through(value: dict[str, Any]) -> None:
    assert checks.json_object(json.dumps(value)) == value
    assert checks.json_object(value) == value


@given(st.text())
def test_whatever_is_given_a_check_answers_or_says_what_it_takes(text: str) -> None:
    rules: list[Callable[[str], object]] = [
        checks.json_object, checks.symbol, checks.timeframe, checks.exchange, checks.strategy, checks.identifier,
        checks.token, checks.relay_url, checks.password, checks.mode, checks.database_url,
    ]  # fmt: skip
    answers = [answer_of(rule, text) for rule in rules]

    assert all(answer.startswith(("fine", "takes ", "needs ")) for answer in answers)


def test_the_settings_load_without_the_heavy_libraries() -> None:
    heavy = "{'dash', 'flask', 'ccxt', 'sqlalchemy', 'eventlet'}"
    code = f"import sys; from bot import settings; settings.load(); sys.exit(str({heavy} & set(sys.modules)))"
    root = Path(module.__file__).parent.parent

    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )

    assert run.stderr.strip() == "set()"
