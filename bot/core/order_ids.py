"""What an order is called on an exchange."""

from __future__ import annotations

from hashlib import sha256


def client_order_id(order_id: str) -> str:
    """The order's client id: 32 letters and digits, the same for the same order for ever.

    It is made of the id that the journal holds before anything is sent. 32 hexadecimal digits are what the exchanges
    have in common: Binance takes 36 characters, OKX 32 and no dashes, Kraken only this form or 18 characters.
    """
    return sha256(f"tapedeck:{order_id}".encode()).hexdigest()[:32]
