"""What only one relay can have: its address and its data folder."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from filelock import FileLock, Timeout


class CannotStart(Exception):
    """Why the deck cannot start; one sentence that says what to do."""


def claim_address(host: str, port: int) -> socket.socket:
    """A listening socket; raises `CannotStart` where there is no such address here, or something else listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, UnicodeError) as error:
        listener.close()
        raise CannotStart(_why_not(host, port, error)) from None
    return listener


def _why_not(host: str, port: int, error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        why = "no machine is known by that name"
    elif error.errno == errno.EADDRNOTAVAIL:
        why = "this machine has no such address"
    else:
        return f"{host}:{port} cannot be used ({error.strerror}): stop what uses it or choose another --port."
    return f"TAPEDECK_HOST: got '{host}'; {why}: set it to one that this machine has, e.g. 127.0.0.1."


def claim_data_dir(data_dir: Path) -> FileLock:
    """The lock that keeps a second relay off this folder, and goes with the process; raises `CannotStart`."""
    lock = FileLock(data_dir / "relay.lock")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=3)
    except Timeout:
        raise CannotStart(f"{data_dir} is used by another Tapedeck: stop it or set TAPEDECK_DATA_DIR.") from None
    except OSError as error:
        raise CannotStart(
            f"TAPEDECK_DATA_DIR: got '{data_dir}'; cannot be written ({error.strerror}): mend it or name another."
        ) from None
    return lock
