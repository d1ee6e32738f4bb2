"""The whole product on PostgreSQL: tape and journal in one database, and nothing is lost there either."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.support.modes import both_modes
from tests.support.postgres import Postgres
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = both_modes


def trades(relay: Relay) -> list[dict[str, Any]]:
    code, body = relay.get("/api/v1/trades")
    return list(body["trades"]) if code == 200 else []


def test_trades_and_account_survive_a_kill_of_everything(
    start_product: Callable[..., Relay], postgres: Postgres
) -> None:
    env = {"TAPEDECK_DATABASE_URL": postgres.new_database(), "TAPEDECK_AUTOSTART": "false"}
    product = start_product(env=env)
    eventually(lambda: product.get("/readyz")[0] == 200, 40, what=product.output)
    for number in range(3):
        assert product.command("test_trade", id=f"k-{number}", args={"side": "buy"})[1]["ok"]
    eventually(lambda: len(trades(product)) == 3, 20, what=product.output)
    before = trades(product)
    product.kill()
    product.restart()
    eventually(lambda: product.get("/readyz")[0] == 200, 40, what=product.output)
    assert trades(product) == before
    assert product.command("test_trade", id="k-2", args={"side": "buy"})[1]["ok"]  # once more the same: nothing more
    held = sum(Decimal(trade["amount"]) for trade in before)
    status = eventually(lambda: product.get("/api/v1/status")[1].get("position") and product.get("/api/v1/status")[1])
    assert Decimal(status["position"]["amount"]) == held
    assert trades(product) == before
    assert not list(product.data_dir.glob("*.db"))
