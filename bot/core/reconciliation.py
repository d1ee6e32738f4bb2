"""What the exchange says is held beside what the account says; a difference is told and stops entries.

A difference counts once it was seen twice with the same account in between: a fill whose news is on its way makes one
for a moment. It is settled when it is gone, or when a person takes the exchange's figures over with `resume`: what came
or went is then a deposit or a withdrawal, and no trade. What was on the exchange before the bot is not the bot's.
"""

from __future__ import annotations

from decimal import Decimal

from bot.core.frozen import replace
from bot.core.messages import BalancesSeen, Event, Notice, Said
from bot.core.portfolio import EXACT, ZERO, open_portfolio, plain, put_in, taken_out
from bot.core.protection import protection_prices
from bot.core.state import State, Step, with_account
from bot.core.words import amount_text

UNSEEN = "The exchange's balances have not been compared with the journal yet: no entry before that."


def on_balances(state: State, seen: BalancesSeen) -> Step:
    """Take in what the exchange says; nothing is judged where the account has changed since it was asked."""
    account = state.account
    if not account.is_opened:
        return _opened(state, seen)
    if account.portfolio != seen.portfolio:
        return state, (), ()
    found = difference(state, seen)
    after = replace(state, balances_seen=seen, suspected=found)
    if found is None:
        settled = state.difference is not None
        notice = Notice(level="success", title="Settled", message="The exchange and the journal agree again.")
        return replace(after, difference=None), (notice,) if settled else (), ()
    if found == state.difference or found != state.suspected:
        return after, (), ()
    notice = Notice(level="error", title="The exchange and the journal differ", message=found)
    return replace(after, difference=found), (notice,), ()


def _opened(state: State, seen: BalancesSeen) -> Step:
    """A live account's first look: what is there is its deposit, and base that is there is somebody else's."""
    after = with_account(state, portfolio=open_portfolio(seen.quote), base_elsewhere=seen.base, is_opened=True)
    config = state.config
    apart = (
        f"; {amount_text(seen.base)} {config.base_currency} were there before and are left alone" if seen.base else ""
    )
    text = f"The account opens with {amount_text(seen.quote)} {config.quote_currency}{apart}."
    return (
        replace(after, balances_seen=replace(seen, portfolio=after.account.portfolio)),
        (Said(level="info", message=text),),
        (),
    )


def difference(state: State, seen: BalancesSeen) -> str | None:
    """What differs and by how much, in one sentence, or None."""
    config, account = state.config, state.account
    base = EXACT.add(account.portfolio.base, account.base_elsewhere)
    found = [
        *_amounts(config.quote_currency, seen.quote, account.portfolio.cash),
        *_amounts(config.base_currency, seen.base, base),
    ]
    if seen.strays:
        found.append(f"orders that are over by the journal rest on the exchange ({', '.join(seen.strays)})")
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
    return state.difference if is_compared(state) else UNSEEN


def is_compared(state: State) -> bool:
    """Whether the account has been seen beside the exchange since the start, where it is on one."""
    return state.config.mode != "live" or state.balances_seen is not None


def taken_over(state: State) -> tuple[State, tuple[Event, ...]]:
    """The account with the exchange's figures, where they differ; nothing of it counts as a trade."""
    seen, account = state.balances_seen, state.account
    if state.difference is None or seen is None or account.orders:
        return state, ()
    portfolio = put_in(account.portfolio, EXACT.subtract(seen.quote, account.portfolio.cash))
    missing = EXACT.subtract(EXACT.add(portfolio.base, account.base_elsewhere), seen.base)
    elsewhere = max(EXACT.subtract(account.base_elsewhere, missing), ZERO)
    gone = EXACT.subtract(missing, EXACT.subtract(account.base_elsewhere, elsewhere))
    portfolio = taken_out(portfolio, gone) if gone > 0 else portfolio
    stop, target = protection_prices(state, portfolio.lot)
    after = with_account(
        state,
        portfolio=portfolio,
        base_elsewhere=plain(elsewhere),
        parts=account.parts if portfolio.lot else 0,
        stop_price=stop,
        take_profit_price=target,
    )
    text = "The exchange's figures were taken over; what differed counts as paid in or out."
    after = replace(after, difference=None, suspected=None)
    return after, (Notice(level="info", title="Settled", message=text),)
