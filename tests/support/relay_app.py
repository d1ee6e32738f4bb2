"""The relay's parts in this process, listening nowhere: for tests that try thousands of inputs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from relay.access.passwords import Passwords, hashed
from relay.access.visitor import Role
from relay.auth import load_tokens
from relay.limits.connections import Connections
from relay.server import Relay
from relay.tape import Tape
from tests.support.relay import API_TOKEN, BOT_TOKEN
from tests.support.waiting import eventually


@contextmanager
def relay_parts(folder: Path, *, password: str | None = None) -> Iterator[Relay]:
    """A relay on a tape of its own in `folder`, with an operator's password where one is given; its tape is written."""
    tape = Tape(f"sqlite:///{folder / 'tape.db'}")
    relay = Relay(
        Flask("tapedeck"),
        tape,
        load_tokens(folder, api=API_TOKEN, bot=BOT_TOKEN),
        "threading",
        data_dir=folder,
        passwords=Passwords(hashes={Role.OPERATOR: hashed(password)} if password else {}),
        off_loop=lambda work: work(),
        connections=Connections(limit=100, is_proxied=False),
    )
    threading.Thread(target=relay.hub.write, daemon=True).start()
    yield relay
    eventually(lambda: not relay.hub._pending, what="the tape's writer")
    with relay.deck.lock:
        tape.close()
