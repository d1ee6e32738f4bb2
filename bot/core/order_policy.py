"""How orders are sent (`TAPEDECK_ORDERS`): at the market or as limits, and where the stop loss waits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[int, Field(strict=True, ge=1, le=86_400)]


class OrderPolicy(BaseModel):
    """The defaults trade at the market, and the bot itself watches the stop; `docs/orders.md` says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: Literal["market", "limit"] = Field("market", description="how a position is opened: market or limit")
    exit: Literal["market", "limit"] = Field("market", description="how the strategy closes it: market or limit")
    timeout_s: Seconds = Field(30, description="seconds after which a limit that was not filled is taken back")
    reprices: Annotated[int, Field(strict=True, ge=0, le=1_000)] = Field(
        3, description="how often it is placed anew at the market's price; then an entry is given up, an exit sold"
    )
    stop_on_exchange: Annotated[bool, Field(strict=True)] = Field(
        False, description="let the stop rest on the exchange, where it works without the bot"
    )
