"""The names that layouts, callbacks, scripts and tests share. Those of contract section 5 are fixed."""

from __future__ import annotations

DECK = "deck"
CONNECTION_STATUS = "connection-status"
LAST_UPDATE = "last-update"
PRICE = "price"
PRICE_FLASH = "price-flash"
PRICE_CHART = "price-chart"
POSITION_PANEL = "position-panel"
BALANCE_PANEL = "balance-panel"
STATS_PANEL = "stats-panel"
TRADES_TABLE = "trades-table"
TOAST_CONTAINER = "toast-container"
START_BUTTON = "start-button"
STOP_BUTTON = "stop-button"
TEST_TRADE_BUTTON = "test-trade-button"
MODE_BADGE = "mode-badge"
BOT_SELECT = "bot-select"

CONTRACT = (
    DECK,
    CONNECTION_STATUS,
    LAST_UPDATE,
    PRICE,
    PRICE_FLASH,
    PRICE_CHART,
    POSITION_PANEL,
    BALANCE_PANEL,
    STATS_PANEL,
    TRADES_TABLE,
    TOAST_CONTAINER,
    START_BUTTON,
    STOP_BUTTON,
    TEST_TRADE_BUTTON,
    MODE_BADGE,
    BOT_SELECT,
)

LINE = "line"
TIMER = "line-timer"
POKE = "line-poke"
