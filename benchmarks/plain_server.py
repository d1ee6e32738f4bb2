"""The baseline: the least that a Flask-SocketIO server can do, in eventlet mode, with the same versions.

`python -m benchmarks.plain_server <port>`: what a bot says on `/bot` is broadcast on `/`, and nothing else happens.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet")


@app.get("/healthz")
def healthz() -> str:
    return "ok"


def price_update(price: dict[str, Any]) -> dict[str, bool]:
    envelope = {"type": "price", "bot_id": "bot-1", "ts": price["ts"], "data": price}
    socketio.emit("price", envelope, namespace="/")
    return {"ok": True}


socketio.on_event("price_update", price_update, namespace="/bot")

if __name__ == "__main__":
    socketio.run(app, port=int(sys.argv[1]), log_output=False)
