"""Makes a ccxt exchange of the settings, and reads from it what a market demands. ccxt is imported here and only here.

A test net or a local exchange stands in with TAPEDECK_EXCHANGE_CONFIG alone. For Binance spot on port 9000 of this
machine (the word `/stream` in the WebSocket's address is how ccxt tells spot from futures; without the options real
hosts are called)::

    {"urls": {"api": {"public": "http://127.0.0.1:9000/api/v3", "private": "http://127.0.0.1:9000/api/v3",
                      "ws": {"spot": "ws://127.0.0.1:9000/stream/ws",
                             "ws-api": {"spot": "ws://127.0.0.1:9000/ws-api/v3"}}}},
     "options": {"fetchCurrencies": false, "fetchMargins": false, "fetchMarkets": {"types": ["spot"]}}}

Binance's `sapi` then is on port 9000 too. `{"sandbox": true}` takes the exchange's own test net.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from urllib.parse import urlsplit

import ccxt
import ccxt.async_support
import ccxt.pro
from ccxt.base.decimal_to_precision import number_to_string

from bot.core.market_rules import MarketRules
from bot.settings import SettingsError
from bot.shell.market import MarketError

FALLBACK_FEE_RATE = Decimal("0.001")
_FALLBACK_STEP = Decimal("0.00000001")
_log = logging.getLogger(__name__)


def connect(exchange_id: str, exchange_config: Mapping[str, Any]) -> Any:
    """A ccxt exchange, with streams where ccxt has them. Raises `SettingsError` for an id or a config it can't use.

    `sandbox` leads to the exchange's test net; then `urls` are merged, so they have the last word. With keys, signed
    calls carry the exchange's time and not this machine's.
    """
    kind = _kind_of(exchange_id)
    given = dict(exchange_config)
    urls, is_sandbox = given.pop("urls", {}), given.pop("sandbox", False)
    if not isinstance(urls, dict):
        raise SettingsError(["TAPEDECK_EXCHANGE_CONFIG.urls: takes an object, which is merged into ccxt's urls"])
    if not isinstance(is_sandbox, bool):
        raise SettingsError(["TAPEDECK_EXCHANGE_CONFIG.sandbox: takes true, for the exchange's test net, or false"])
    exchange = _made(kind, given)
    exchange.log = _say
    if is_sandbox:
        _enter_sandbox(exchange)
    _lead(exchange, urls)
    if exchange.check_required_credentials(False) and "adjustForTimeDifference" not in given.get("options", {}):
        exchange.options["adjustForTimeDifference"] = True
    _ask_for_the_time_at_most(exchange)
    return exchange


def _ask_for_the_time_at_most(exchange: Any) -> None:
    """An exchange that does not tell its time can be traded all the same: ccxt asks for it before the markets."""
    load = exchange.load_time_difference

    async def load_if_told(*args: Any, **kwargs: Any) -> Any:
        try:
            return await load(*args, **kwargs)
        except Exception as error:  # whatever it is, signed calls go out by this machine's clock then
            _log.info("%s does not tell its time (%s)", exchange.id, type(error).__name__)
            return exchange.options.get("timeDifference", 0)

    exchange.load_time_difference = load_if_told


def _kind_of(exchange_id: str) -> Any:
    kind = getattr(ccxt.pro, exchange_id, None) if exchange_id in ccxt.pro.exchanges else None
    kind = kind or (getattr(ccxt.async_support, exchange_id) if exchange_id in ccxt.exchanges else None)
    if kind is None:
        hint = _did_you_mean(exchange_id, ccxt.exchanges)
        takes = f"takes simulated, replay or one of ccxt's {len(ccxt.exchanges)} ids"
        raise SettingsError([f"TAPEDECK_EXCHANGE: got {exchange_id!r}; {takes}{hint}"])
    return kind


def _made(kind: Any, given: Mapping[str, Any]) -> Any:
    try:
        return kind({"enableRateLimit": True, **given})
    except Exception as error:
        # ccxt sets what it is given as attributes, so a wrong value can raise anything; its text may hold a key.
        kind_of_error = type(error).__name__
        raise SettingsError(
            [f"TAPEDECK_EXCHANGE_CONFIG: ccxt's {kind.__name__} does not take it ({kind_of_error})"]
        ) from None


def _say(*words: object) -> None:
    """What ccxt would print (`"verbose": true`), keys in its headers and all; the log keeps secrets out."""
    _log.info("%s", " ".join(map(str, words)).strip())


def _enter_sandbox(exchange: Any) -> None:
    try:
        exchange.set_sandbox_mode(True)
    except (ccxt.NotSupported, TypeError):  # TypeError: a class whose address of a test net is None
        raise SettingsError(
            [f"TAPEDECK_EXCHANGE_CONFIG.sandbox: got true; {exchange.id} has no test net that ccxt knows: leave it out"]
        ) from None


def _lead(exchange: Any, urls: Mapping[str, Any]) -> None:
    """Merge the person's addresses into ccxt's.

    Where a new address of `private` comes without those of its siblings (for Binance `sapi`, `sapiV2`, ...), they go to
    the same host: signed calls must not reach the real exchange while a stand-in is meant.
    """
    own = urls.get("api")
    siblings = _siblings(exchange.describe()["urls"]["api"], own) if isinstance(own, dict) else {}
    exchange.urls = exchange.deep_extend(exchange.urls, {"api": siblings} if siblings else {}, urls)


def _siblings(known: Any, own: Mapping[str, Any]) -> dict[str, str]:
    """ccxt's `known` addresses on the host of `private`, moved to where the person's `own` one leads.

    `public` carries no key and stays.
    """
    private = own.get("private")
    if not isinstance(known, dict) or not isinstance(known.get("private"), str) or not isinstance(private, str):
        return {}
    origin, moved = _origin(known["private"]), _origin(private)
    return {
        name: moved + address.removeprefix(origin)
        for name, address in known.items()
        if name not in {"public", *own} and isinstance(address, str) and _origin(address) == origin
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def check_market(exchange: Any, symbol: str, timeframe: str) -> dict[str, Any]:
    """ccxt's market structure of a symbol. Raises `MarketError` with close matches; the markets must be loaded."""
    if symbol not in exchange.markets:
        hint = _did_you_mean(symbol, exchange.markets)
        raise MarketError(f"TAPEDECK_SYMBOL: {exchange.id} has no market {symbol!r}{hint or '; choose one it lists'}")
    if exchange.timeframes and timeframe not in exchange.timeframes:
        known = " ".join(exchange.timeframes)
        raise MarketError(f"TAPEDECK_TIMEFRAME: {exchange.id} has no candles of {timeframe!r}; it has {known}")
    market: dict[str, Any] = exchange.markets[symbol]
    return market


def rules_of(exchange: Any, market: Mapping[str, Any], price: Decimal | None = None) -> MarketRules:
    """What ccxt says the market demands. `price` is needed only where precision is in significant digits."""
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    amount_step = _step(exchange, precision.get("amount"), None)
    return MarketRules(
        symbol=market["symbol"],
        base_currency=market["base"],
        quote_currency=market["quote"],
        price_step=_step(exchange, precision.get("price"), price),
        amount_step=amount_step,
        min_amount=_minimum(limits, "amount") or amount_step,
        max_amount=_maximum(limits),
        min_cost=_minimum(limits, "cost") or Decimal(0),
        maker_fee_rate=_fee_rate(exchange, market, "maker"),
        taker_fee_rate=_fee_rate(exchange, market, "taker"),
    )


def _step(exchange: Any, precision: Any, price: Decimal | None) -> Decimal:
    if precision is None:
        return _FALLBACK_STEP
    if exchange.precisionMode == ccxt.TICK_SIZE:
        return Decimal(number_to_string(precision))
    digits = int(precision)
    if exchange.precisionMode == ccxt.SIGNIFICANT_DIGITS:
        if price is None:
            return _FALLBACK_STEP
        digits -= int(price.log10().to_integral_value(ROUND_FLOOR)) + 1
    return Decimal(10) ** -digits


def _minimum(limits: Mapping[str, Any], name: str) -> Decimal | None:
    least = (limits.get(name) or {}).get("min")
    return Decimal(str(least)) if least else None


def _maximum(limits: Mapping[str, Any]) -> Decimal | None:
    """The most that one order may be of: what holds for all and what holds for those at the market, the lesser."""
    given = ((limits.get(name) or {}).get("max") for name in ("amount", "market"))
    return min((Decimal(str(most)) for most in given if most), default=None)


def _fee_rate(exchange: Any, market: Mapping[str, Any], side: str) -> Decimal:
    for fees in (market, (exchange.fees or {}).get("trading") or {}):
        if fees.get(side) is not None:
            return Decimal(str(fees[side]))
    return FALLBACK_FEE_RATE


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""
