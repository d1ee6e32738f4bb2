"""Every setting of Tapedeck, defined once; `load` is the only way in.

A setting comes from an argument of `load`, else from the environment (`TAPEDECK_PORT`), else from `.env` (the same
name), else from `tapedeck.toml` (`port`), both in the working directory, else it has its default. An empty value counts
as unset.
"""

from __future__ import annotations

import difflib
import textwrap
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot import settings_checks as checks
from bot import settings_files
from bot.core.limits import RiskLimits
from bot.core.order_policy import OrderPolicy
from bot.settings_files import ENV_FILE, PREFIX, TOML_FILE

CHILD_MARK = "TAPEDECK_CHILD"
"""Set by the relay for the bot that it starts; not a setting."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingsError(Exception):
    """The settings cannot be used; `lines` has one sentence for each that is wrong."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _secret(check: Any) -> AfterValidator:
    return AfterValidator(lambda secret: SecretStr(check(secret.get_secret_value())))


def _setting(default: Any, meaning: str, takes: str, default_text: str = "", *, secret: bool = False) -> Any:
    extra: dict[str, Any] = {"takes": takes, "default": default_text, "secret": secret}
    return Field(default=default, description=meaning, json_schema_extra=extra, repr=not secret)


JsonObject = Annotated[dict[str, Any], NoDecode, BeforeValidator(checks.json_object)]
Token = Annotated[SecretStr, _secret(checks.token)]
Password = Annotated[SecretStr, _secret(checks.password)]


class _Toml(TomlConfigSettingsSource):
    """Where an empty text counts as unset, as it does everywhere."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if value != ""}


class Settings(BaseSettings):
    """What a person chose, checked; names are the contract's, lower case and without prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, toml_file=TOML_FILE, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: Annotated[str, AfterValidator(checks.host)] = _setting(
        "127.0.0.1", "where the relay and the page listen; other than loopback needs a password", "a host"
    )
    port: Annotated[int, BeforeValidator(checks.no_bool), Field(ge=1, le=65535)] = _setting(
        8050, "the port of the relay and the page", "a whole number from 1 to 65535"
    )
    password: Password | None = _setting(
        None, "the operator's password, without which only loopback is served", "a text", secret=True
    )
    viewer_password: Password | None = _setting(None, "the password of who may look and not act", "a text", secret=True)
    tls_cert: Path | None = _setting(None, "the certificate to serve https with, chain included", "a PEM file")
    tls_key: Path | None = _setting(None, "the certificate's key", "a PEM file that nobody else may read")
    behind_proxy: bool = _setting(
        False, "one reverse proxy is in front, whose X-Forwarded headers are believed", "true or false"
    )
    insecure_lan: bool = _setting(
        False, "serve other hosts without encryption: whoever is on the line reads all, passwords too", "true or false"
    )
    api_token: Token | None = _setting(
        None, "the token of scripts", "a text", "made at first start, kept in the data folder", secret=True
    )
    bot_token: Token | None = _setting(
        None, "the token of bots", "a text", "made at first start, kept in the data folder", secret=True
    )
    data_dir: Annotated[Path, AfterValidator(checks.data_dir)] = _setting(
        Path("data"), "the folder of journal, tape, tokens and logs", "a folder"
    )
    database_url: Annotated[str, AfterValidator(checks.database_url)] | None = _setting(
        None, "where journal and tape are kept", "a SQLAlchemy URL", "SQLite in the data folder", secret=True
    )
    redis_url: Annotated[str, AfterValidator(checks.redis_unbuilt)] | None = _setting(
        None, "several relays serving one deck (not built yet)", "a Redis URL", secret=True
    )
    relay_url: Annotated[str, AfterValidator(checks.relay_url)] | None = _setting(
        None, "where a bot on its own connects", "an http:// or https:// address", "the embedded relay"
    )
    bot_id: Annotated[str, AfterValidator(checks.identifier)] = _setting(
        "bot-1", "the bot's id, one of its own for each bot", "1 to 64 letters, digits, dots, dashes or underscores"
    )
    bot_name: Annotated[str, Field(min_length=1, max_length=100)] | None = _setting(
        None, "the bot's name on the page", "1 to 100 characters", "the strategy's name"
    )
    mode: Annotated[Literal["paper", "live"], BeforeValidator(checks.mode)] = _setting(
        "paper", "paper trades no real money, live does and also needs TAPEDECK_LIVE_CONFIRM", "paper or live"
    )
    live_confirm: str | None = _setting(
        None,
        "what live mode is to trade, said once more; paper mode does without",
        "<exchange>:<symbol> as set, e.g. binance:BTC/USDT",
    )
    exchange: Annotated[str, AfterValidator(checks.exchange)] = _setting(
        "simulated", "the market: simulated, replay or any ccxt id", "simulated, replay or a ccxt id such as binance"
    )
    exchange_config: JsonObject = _setting(
        {},
        "JSON for the market; for ccxt its constructor's, urls merged deeply, sandbox for its test net",
        "a JSON object",
        "{}",
        secret=True,
    )
    symbol: Annotated[str, AfterValidator(checks.symbol)] = _setting(
        "BTC/USDT", "what is traded", "BASE/QUOTE as ccxt writes it, e.g. BTC/USDT"
    )
    timeframe: Annotated[str, AfterValidator(checks.timeframe)] = _setting(
        "1m", "the length of a candle", "a number and a unit as ccxt writes it: 1s 1m 5m 15m 1h 4h 1d 1w 1M"
    )
    strategy: Annotated[str, AfterValidator(checks.strategy)] = _setting(
        "ema_cross", "the strategy: a built-in name or package.module:Class", "a built-in name or package.module:Class"
    )
    strategy_params: JsonObject = _setting(
        {}, 'JSON for the strategy, e.g. {"fast": 9, "slow": 21} for ema_cross', "a JSON object", "{}"
    )
    risk: Annotated[RiskLimits, NoDecode, BeforeValidator(checks.json_object)] = _setting(
        {},
        'JSON with the limits that are to hold, e.g. {"daily_loss_limit_pct": 5}; docs/risk.md says what each does',
        "a JSON object",
        "{}, no limit",
    )
    orders: Annotated[OrderPolicy, NoDecode, BeforeValidator(checks.json_object)] = _setting(
        {},
        'JSON that says how orders are sent, e.g. {"entry": "limit"}; docs/orders.md says what each does',
        "a JSON object",
        "{}, at the market",
    )
    autostart: bool | None = _setting(
        None, "trade as soon as the bot is up", "true or false", "true with simulated, else false"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = _setting(
        "console", "how the log is written; json for machines", "console or json"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)] = _setting(
        "INFO", "how much is logged", " ".join(LOG_LEVELS)
    )
    async_mode: Annotated[Literal["eventlet", "threading"], BeforeValidator(_lower)] = _setting(
        "eventlet", "how the relay runs its clients side by side", "eventlet or threading"
    )

    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat the environment, which beats `.env`, which beats `tapedeck.toml`."""
        return init_settings, env_settings, dotenv_settings, _Toml(settings_cls)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each name that looks like a setting and is none."""
        return self._warnings

    @property
    def autostart_effective(self) -> bool:
        """Whether to trade at once: as set, else only where no real market is involved."""
        return self.exchange == "simulated" if self.autostart is None else self.autostart

    @property
    def bot_name_effective(self) -> str:
        """The bot's name on the page: as set, else its strategy's."""
        return self.bot_name or self.strategy.rpartition(":")[2]

    @property
    def relay_url_effective(self) -> str:
        """Where the bot connects: as set, else the relay that these settings start."""
        return self.relay_url or self.served_at(checks.reachable(self.host))

    def served_at(self, host: str) -> str:
        """The address of the relay that these settings start, by that name or address."""
        return f"http{'s' if self.tls_cert else ''}://{checks.in_address(host)}:{self.port}"

    def database_url_effective(self, name: str) -> str:
        """The SQLAlchemy URL for `journal` or `tape`: as set, else a SQLite file of that name in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / name}.db"

    def is_explicit(self, name: str) -> bool:
        """Whether the setting (`symbol`) was given by someone, and is not its default."""
        return name in self.model_fields_set


def load(**overrides: Any) -> Settings:
    """The settings as they stand; `overrides` beat all; None or an empty text in them is 'not given'.

    Raises `SettingsError` with a line for each setting that is wrong.
    """
    try:
        warnings = tuple(settings_files.warnings(Settings.model_fields))
        settings = Settings(**{name: value for name, value in overrides.items() if value not in (None, "")})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{TOML_FILE}: is not valid TOML ({error}); correct it or move it away"]) from None
    except RecursionError:
        raise SettingsError([f"{TOML_FILE} or a setting in JSON: is nested too deep; write it flatter"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{ENV_FILE} or {TOML_FILE}: is not UTF-8 text; save it as UTF-8"]) from None
    except OSError as error:
        raise SettingsError([f"{error.filename}: cannot be read ({error.strerror}); make it readable"]) from None
    except ValidationError as error:
        raise SettingsError([_line(detail) for detail in error.errors(include_url=False)]) from None
    fault = settings_files.fault(Settings.model_fields)
    if fault:
        raise SettingsError([fault])
    fault = checks.live_fault(settings.exchange, settings.symbol, settings.live_confirm)
    if settings.mode == "live" and fault:
        raise SettingsError([fault])
    settings._warnings = warnings
    return settings


KEYS_OF: dict[str, tuple[type[BaseModel], str]] = {
    "risk": (RiskLimits, "a limit"),
    "orders": (OrderPolicy, "a word about orders"),
}
"""Settings that hold several: what they are made of, and what one of them is called."""


def _line(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0])
    extra = _extra(Settings.model_fields[name])
    if len(detail["loc"]) > 1:
        return _key_line(name, str(detail["loc"][1]), detail)
    sentence = detail["msg"].removeprefix("Value error, ") if detail["type"] == "value_error" else ""
    got = "a value that is not shown" if extra["secret"] else _short(detail["input"])
    return f"{PREFIX}{name.upper()}: got {got}; {sentence or 'takes ' + extra['takes']}"


def _key_line(name: str, key: str, detail: ErrorDetails) -> str:
    """`TAPEDECK_RISK.max_open_orders: must be ..., got 0`."""
    path = f"{PREFIX}{name.upper()}.{key}"
    if detail["type"] == "extra_forbidden":
        model, word = KEYS_OF[name]
        close = difflib.get_close_matches(key, model.model_fields, n=1)
        hint = f"did you mean {close[0]}?" if close else f"takes {', '.join(model.model_fields)}"
        return f"{path}: is not {word}; {hint}"
    text = (
        detail["msg"]
        .removeprefix("Value error, ")
        .replace("Input should be", "must be")
        .replace("a valid boolean", "true or false")
    )
    return f"{path}: {text}, got {_short(detail['input'])}"


def _short(value: object) -> str:
    text = repr(str(value) if isinstance(value, Path) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def _extra(field: FieldInfo) -> dict[str, Any]:
    assert isinstance(field.json_schema_extra, dict)
    return field.json_schema_extra


def describe() -> str:
    """Every setting with its default and meaning, for `--help`."""
    lines = [
        f"Settings, from the environment, else the same names in {ENV_FILE}, else in {TOML_FILE} in lower case and"
        f" without {PREFIX}:",
        "",
    ]
    for name, field in Settings.model_fields.items():
        extra = _extra(field)
        default = extra["default"] or ("unset" if field.default is None else str(field.default))
        meaning = f"{field.description}. Takes {extra['takes']}. Default: {default}."
        lines.append(f"  {PREFIX}{name.upper()}")
        lines += textwrap.wrap(meaning, 100, initial_indent="      ", subsequent_indent="      ")
        if name in KEYS_OF:
            lines += [f"        {key}: {each.description}" for key, each in KEYS_OF[name][0].model_fields.items()]
    return "\n".join(lines)
