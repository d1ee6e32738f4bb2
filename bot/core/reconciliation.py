"""What the exchange says is held beside what the account says; a difference is told and stops entries.

A difference counts once one was seen twice with the same account in between: a fill whose news is on its way makes one
for a moment. It is settled when it is gone, or when a person takes the exchange's figures over with `resume`: what came
or went is then a deposit or a withdrawal, and no trade, and limits and statistics take it for neither gain nor loss.
What was on the exchange before the bot is not the bot's.
"""

from __future__ import annotations

from decimal import Decimal

from bot.core.equity_limits import after_transfer
from bot.core.frozen import replace
from bot.core.messages import BalancesSeen, Event, Notice, Said
from bot.core.portfolio import EXACT, ZERO, open_portfolio, plain, put_in, taken_out
from bot.core.protection import protection_prices
from bot.core.state import Account, State, Step, with_account
from bot.core.words import amount_text

UNSEEN = "The exchange's balances have not been compared with the journal yet: no entry before that."


def on_balances(state: State, seen: BalancesSeen) -> Step:
    """Take in what the exchange says; nothing is judged where the account has changed since it was asked."""
    account = state.account
    if not account.is_opened:
        return _opened(state, seen)
    if account.portfolio != seen.portfolio:
        return state, (), ()
    found, before = difference(state, seen), state.balances_seen
    is_seen_again = state.suspected is not None and before is not None and before.portfolio == seen.portfolio
    after = replace(state, balances_seen=seen, suspected=found)
    if found is None:
        return _settled(after)
    if account.difference is None and not is_seen_again:
        return after, (), ()
    return _differing(after, found)


def _settled(state: State) -> Step:
    if state.account.difference is None:
        return state, (), ()
    notice = Notice(level="success", title="Settled", message="The exchange and the journal agree again.")
    return with_account(state, difference=None), (notice,), ()


def _differing(state: State, found: str) -> Step:
    """The difference stands: told once, and kept up to date."""
    if found == state.account.difference:
        return state, (), ()
    is_new = state.account.difference is None
    notice = Notice(level="error", title="The exchange and the journal differ", message=found)
    return with_account(state, difference=found), (notice,) if is_new else (), ()


def _opened(state: State, seen: BalancesSeen) -> Step:
    """A live account's first look: what is there is its deposit, and base that is there is somebody else's."""
    config = state.config
    opened = with_account(state, portfolio=open_portfolio(seen.quote), base_elsewhere=seen.base, is_opened=True)
    after = after_transfer(state, opened)
    apart = (
        f"; {amount_text(seen.base)} {config.base_currency} were there before and are left alone" if seen.base else ""
    )
    text = f"The account opens with {amount_text(seen.quote)} {config.quote_currency}{apart}."
    after = replace(after, balances_seen=replace(seen, portfolio=after.account.portfolio))
    return after, (Said(level="info", message=text),), ()


def difference(state: State, seen: BalancesSeen) -> str | None:
    """What differs and by how much, in one sentence, or None."""
    config, account = state.config, state.account
    base = EXACT.add(account.portfolio.base, account.base_elsewhere)
    found = [
        *_amounts(config.quote_currency, seen.quote, account.portfolio.cash),
        *_amounts(config.base_currency, seen.base, base),
    ]
    if seen.strays:
        names = ", ".join(seen.strays)
        found.append(f"Orders that are over by the journal rest on the exchange, cancel them there ({names})")
    if not found:
        return None
    return f"{'; '.join(found)}: no new entries until it is settled; resume takes the exchange's figures over."


def _amounts(currency: str, there: Decimal, here: Decimal) -> list[str]:
    if there == here:
        return []
    apart = EXACT.subtract(there, here)
    which = f"{amount_text(abs(apart))} {'more' if apart > 0 else 'less'}"
    return [f"The exchange holds {amount_text(there)} {currency}, {which} than the journal's {amount_text(here)}"]


def entry_refusal(state: State) -> str | None:
    """Why there is no entry now, for an account on an exchange."""
    if state.config.mode != "live":
        return None
    return state.account.difference if is_compared(state) else UNSEEN


def is_compared(state: State) -> bool:
    """Whether the account has been seen beside the exchange since the start, where it is on one."""
    return state.config.mode != "live" or state.balances_seen is not None


def is_moving(account: Account) -> bool:
    """Whether the exchange may know more than the account, because something is on its way."""
    wanted = account.wanted_exit
    is_held_back = wanted is not None and wanted.not_before_ts is None  # what the market refused is not on its way
    return is_held_back or any(order.type == "market" or order.status != "open" for order in account.orders)


def taken_over(state: State) -> tuple[State, tuple[Event, ...]]:
    """The account with the exchange's figures, where they differ; nothing of it counts as a trade.

    Only what was seen of the account as it is now is taken over; what cannot be settled so goes on standing.
    """
    seen, account = state.balances_seen, state.account
    if account.difference is None:
        return state, ()
    if seen is None or seen.portfolio != account.portfolio or is_moving(account):
        text = "An order is on its way, or the exchange was not asked since the last one: resume again in a moment."
        return state, (Notice(level="warning", title="Not settled yet", message=text),)
    after = after_transfer(state, _with_figures(state, seen))
    left = difference(after, seen)
    after = replace(
        with_account(after, difference=left),
        balances_seen=replace(seen, portfolio=after.account.portfolio),
        suspected=left,
    )
    if left is not None:
        return after, (Notice(level="warning", title="Not settled yet", message=left),)
    text = "The exchange's figures were taken over; what differed counts as paid in or out."
    return after, (Notice(level="info", title="Settled", message=text),)


def _with_figures(state: State, seen: BalancesSeen) -> State:
    """What is missing in base was somebody else's as far as that goes, then dust, then the position's."""
    account = state.account
    portfolio = put_in(account.portfolio, EXACT.subtract(seen.quote, account.portfolio.cash))
    there = EXACT.subtract(seen.base, portfolio.base)
    gone = max(there.copy_negate(), ZERO)
    if gone:
        portfolio = taken_out(portfolio, gone, dust_below=state.rules.amount_step if state.rules else ZERO)
    after = with_account(state, portfolio=portfolio, base_elsewhere=plain(max(there, ZERO)))
    if portfolio.lot is None:
        return with_account(
            after,
            parts=0,
            stop_price=None,
            take_profit_price=None,
            stop_refused=False,
            exit_refused_ts=None,
            exit_refusals=0,
            risk=replace(account.risk, highest_bid=None, trailing_stop=None),
        )
    stop, target = protection_prices(state, portfolio.lot)
    return with_account(after, stop_price=stop, take_profit_price=target)
