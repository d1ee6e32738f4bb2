"""Many raw clients in a process of their own.

`python -m benchmarks.raw_clients <port> <namespace> <count> [deaf]`: says `ready` when all are connected, takes two
lines, from when and until when (ms) to count, and answers with one line of JSON. `deaf`
clients stop reading once they are connected.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from typing import Any

from benchmarks.measuring import percentile, raise_file_limit
from benchmarks.raw_client import RawClient
from tests.support.relay import API_TOKEN

SMALL_BUFFER = 4096


def connect_text(namespace: str) -> bytes:
    if namespace == "/page":
        return b'40/page,{"tape":null,"seq":0}'
    return b"40" + json.dumps({"token": API_TOKEN}).encode()


async def connect(port: int, namespace: str, count: int, *, reads: bool) -> list[RawClient]:
    """All connected; at most fifty handshakes at a time."""
    gate = asyncio.Semaphore(50)

    async def one() -> RawClient:
        async with gate:
            ready = asyncio.Event()
            _, client = await asyncio.get_running_loop().create_connection(
                lambda: RawClient(b"127.0.0.1:%d" % port, connect_text(namespace), ready.set, reads=reads),
                sock=_socket(port, reads=reads),
            )
            await asyncio.wait_for(ready.wait(), 30)
            return client

    return list(await asyncio.gather(*(one() for _ in range(count))))


def _socket(port: int, *, reads: bool) -> socket.socket:
    """Connected; one that will not read gets a small buffer, so that the relay feels it soon."""
    made = socket.socket()
    if not reads:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


def summary(clients: list[RawClient], since_ms: float, until_ms: float) -> dict[str, Any]:
    """What was heard of the prices sent between the two."""
    heard = [[(stamp, at) for stamp, at in client.arrivals if since_ms <= stamp <= until_ms] for client in clients]
    delays = [at - stamp for arrivals in heard for stamp, at in arrivals] or [0.0]
    return {
        "fewest": min(len({stamp for stamp, _ in arrivals}) for arrivals in heard),
        "p50": percentile(delays, 0.5),
        "p99": percentile(delays, 0.99),
        "worst": max(delays),
        "closed": sum(client.closed for client in clients),
    }


async def serve(port: int, namespace: str, count: int, *, reads: bool) -> None:
    clients = await connect(port, namespace, count, reads=reads)
    print("ready", flush=True)
    since_ms = float(await asyncio.to_thread(sys.stdin.readline))
    until_ms = float(await asyncio.to_thread(sys.stdin.readline))
    print(json.dumps(summary(clients, since_ms, until_ms)), flush=True)
    for client in clients:
        client.close()
    await asyncio.sleep(0)


if __name__ == "__main__":
    raise_file_limit()
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), reads=sys.argv[4:] != ["deaf"]))
