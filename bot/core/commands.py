"""What each command of a person does to the state. A refusal is one sentence, never silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.core import kill_switch, orders, reconciliation, resting, risk, strategy_change
from bot.core.messages import Command, CommandDone, CommandName, Effect, Event, Notice, PlaceOrder, Said
from bot.core.orders import Refused
from bot.core.state import State, with_account
from bot.core.words import amount_text
from bot.events import Side

Done = tuple[State, dict[str, Any], tuple[Event, ...], tuple[Effect, ...]]
NAMES: tuple[CommandName, ...] = get_args(CommandName)


class InvalidCommand(ValueError):
    """A command that is not one of ours, or with arguments it does not take; its text is one sentence."""


class _Args(BaseModel):
    model_config = ConfigDict(extra="ignore")

    side: Literal["buy", "sell"] | None = None
    flatten: Annotated[bool, Field(strict=True)] = False


class _StrategyArgs(BaseModel):
    model_config = ConfigDict(extra="ignore")

    strategy: Annotated[str, Field(min_length=1, max_length=200)]
    params: Annotated[dict[str, Any], Field(max_length=100)] = {}


_TAKES = {
    "side": "must be buy or sell",
    "flatten": "must be true or false",
    "strategy": "must be a built-in name, or the class that the settings name",
    "params": "must be an object of parameters",
}
_command_id = TypeAdapter(Annotated[str, Field(min_length=1, max_length=200)])


def parse_command(command_id: object, name: object, args: object) -> Command:
    """The checked command. Raises `InvalidCommand`."""
    known = next((each for each in NAMES if each == name), None)
    if known is None:
        raise InvalidCommand(f"{str(name)[:60]} is not a command of the bot; it takes {', '.join(NAMES)}.")
    if args is not None and not isinstance(args, Mapping):
        raise InvalidCommand(f"{name}.args: must be an object.")
    try:
        checked = _Args.model_validate(dict(args or {}))
        return Command(
            id=_command_id.validate_python(command_id),
            name=known,
            side=checked.side,
            flatten=checked.flatten,
        )
    except ValidationError as error:
        raise _invalid(known, error) from None


def parse_strategy(name: CommandName, args: object) -> tuple[str, dict[str, Any]]:
    """The strategy that `check_strategy` and `set_strategy` name, and its parameters. Raises `InvalidCommand`."""
    try:
        checked = _StrategyArgs.model_validate(args or {})
    except ValidationError as error:
        raise _invalid(name, error) from None
    return checked.strategy, checked.params


def _invalid(name: CommandName, error: ValidationError) -> InvalidCommand:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "id"
    takes = _TAKES.get(field) or first["msg"].replace("Input should", "must")
    return InvalidCommand(f"{name}.{field}: {takes}.")


def on_command(state: State, command: Command) -> tuple[State, tuple[Event, ...], tuple[Effect, ...]]:
    """Do it, or say in one sentence why not; either way its outcome is the first event."""
    try:
        after, data, events, effects = HANDLERS[command.name](state, command)
    except Refused as refusal:
        outcome = CommandDone(id=command.id, name=command.name, ok=False, error=str(refusal))
        return state, (outcome,), ()
    return after, (CommandDone(id=command.id, name=command.name, ok=True, data=data), *events), effects


def _start_bot(state: State, command: Command) -> Done:
    if state.account.halted:
        raise Refused("The bot is halted: resume it first.")
    if state.feed == "ended":
        raise Refused(state.message or "The market has ended.")
    after = with_account(state, run="running")
    said = () if state.account.run == "running" else (Said(level="info", message="Started: the strategy trades."),)
    return after, {"state": after.wire_state}, said, ()


def _stop_bot(state: State, command: Command) -> Done:
    after, effects = resting.entries_taken_back(state)
    after = with_account(after, run="stopping" if orders.in_flight(after) else "stopped")
    held = state.account.portfolio.lot is not None
    kept = " Stop loss and take profit stay active for the open position." if held else ""
    said = () if state.account.run != "running" else (Said(level="info", message=f"Stopped: no new entries.{kept}"),)
    return after, {"state": after.wire_state}, said, effects


def _test_trade(state: State, command: Command) -> Done:
    if state.config.mode == "live":
        raise Refused("A test trade is for paper and simulated only: in live it would be real money.")
    side: Side = command.side or "buy"
    if side == "buy" and state.account.halted:
        raise Refused("The bot is halted and buys nothing: resume it first.")
    reason = "Test trade, asked for by hand"
    if side == "buy":
        amount, reason = risk.allowed_entry(state, orders.test_buy_amount(state), reason, None)
    else:
        _check_sales(state)
        after, effects = resting.sold(state, orders.test_sell_amount(state), reason, "test")
        return after, _order_data(effects), (), effects
    after, effect = orders.order_of(state, side, amount, reason, "test")
    return after, _order_data((effect,)), (), (effect,)


def _close_position(state: State, command: Command) -> Done:
    _check_sales(state)
    reason = "Position closed by hand"
    amount = orders.sell_all_amount(state)
    after, recalled = resting.entries_taken_back(state, reason)
    after, effects = resting.sold(after, amount, reason, "close")
    return after, _order_data(effects), (), (*recalled, *effects)


def _check_sales(state: State) -> None:
    """Raises `Refused` where what the bot holds for its own may be somebody else's."""
    if state.account.sales_barred:
        raise Refused(state.account.halt_reason or "Nothing is sold before resume.")


def _halt(state: State, command: Command) -> Done:
    if command.flatten:
        _check_sales(state)
    after, effects = kill_switch.halted(state, flatten=command.flatten)
    closing = after.account.flattening
    if state.account.halted and state.account.flattening == closing:
        return after, {"state": after.wire_state}, (), effects
    what = "the position is being closed" if closing else "protection stays active"
    notice = Notice(level="warning", title="Halted", message=f"No entries until resume; {what}.")
    return after, {"state": after.wire_state}, (notice,), effects


def _resume(state: State, command: Command) -> Done:
    after = with_account(risk.after_resume(state), halted=False, flattening=False, sales_barred=False)
    said = (Said(level="info", message="Resumed."),) if state.account.halted else ()
    after, told = reconciliation.taken_over(after)
    return after, {"state": after.wire_state}, (*said, *told), ()


def _check_strategy(state: State, command: Command) -> Done:
    return state, strategy_change.told(state, command.change), (), ()


def _set_strategy(state: State, command: Command) -> Done:
    data = strategy_change.told(state, command.change)
    after, said = strategy_change.changed(state, command.change)
    return after, data, (said,), ()


def _order_data(effects: tuple[Effect, ...]) -> dict[str, Any]:
    """The order that was placed, or that it will be once what rests has been taken back."""
    placed = next((effect.order for effect in effects if isinstance(effect, PlaceOrder)), None)
    if placed is None:
        return {"order_id": None, "side": "sell"}
    return {"order_id": placed.id, "side": placed.side, "amount": amount_text(placed.amount)}


HANDLERS: dict[CommandName, Callable[[State, Command], Done]] = {
    "start_bot": _start_bot,
    "stop_bot": _stop_bot,
    "test_trade": _test_trade,
    "close_position": _close_position,
    "halt": _halt,
    "resume": _resume,
    "check_strategy": _check_strategy,
    "set_strategy": _set_strategy,
}
