"""What the code on the terminal does in a phone's browser: one scan, and the deck is live over https."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from relay.access.certificate import CERT
from tests.support.deck_page import DeckPage
from tests.support.qr_reader import read_qr
from tests.support.relay import Relay
from tests.support.waiting import eventually

ANY_CERTIFICATE = "Security.setIgnoreCertificateErrors"
"""What a person does who compares the fingerprint and goes on."""


def test_one_scan_logs_in_and_the_deck_is_live(
    start_product: Callable[..., Relay], new_page: Callable[..., DeckPage], data_dir: Path
) -> None:
    relay = start_product(certificate=data_dir / CERT, arguments=["--phone", "--host", "127.0.0.1"])
    eventually(lambda: "SHA-256" in relay.output(), what=relay.output)
    link = read_qr(relay.output())
    page = new_page(relay.url, width=390, height=844)
    page.driver.execute_cdp_cmd(ANY_CERTIFICATE, {"ignore": True})
    try:
        page.driver.get(link)
        eventually(lambda: page.connection == "connected", 30, what=lambda: page.driver.page_source[:2_000])
        assert "#" not in page.driver.current_url
        eventually(lambda: page.data("price"), 30, what="a price")
    finally:
        page.driver.get("about:blank")
        page.driver.execute_cdp_cmd(ANY_CERTIFICATE, {"ignore": False})
