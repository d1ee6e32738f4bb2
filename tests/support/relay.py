"""The relay as a real process."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.forges import relay_forge
from tests.support.ports import free_port
from tests.support.processes import Program
from tests.support.waiting import eventually

BOT_TOKEN = "bot-token-of-the-tests"
API_TOKEN = "api-token-of-the-tests"
SCRIPT = "socket_server.py"


class Relay:
    """`python socket_server.py` on a port of its own with its own data folder; can be killed and started again."""

    def __init__(
        self,
        data_dir: Path,
        *,
        async_mode: str = "eventlet",
        port: int | None = None,
        embedded_bot: bool = False,
        env: Mapping[str, str] | None = None,
        certificate: Path | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        """`certificate` is the one that it serves https with, where it does."""
        self.data_dir = data_dir
        self.certificate = certificate
        self.port = port or free_port()
        self.arguments = [SCRIPT, "--port", str(self.port), *arguments]
        self.arguments += [] if embedded_bot else ["--no-bot"]
        self.env = {
            "TAPEDECK_DATA_DIR": str(data_dir),
            "TAPEDECK_BOT_TOKEN": BOT_TOKEN,
            "TAPEDECK_API_TOKEN": API_TOKEN,
            "TAPEDECK_ASYNC_MODE": async_mode,
            **(env or {}),
        }
        self.log = data_dir.parent / f"relay-{self.port}.log"
        self.program: Program | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}"

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Trusts its certificate; made anew each time, for the relay may make it when it starts."""
        return ssl.create_default_context(cafile=self.certificate) if self.certificate else None

    @property
    def running(self) -> Program:
        assert self.program is not None, "the relay was not started"
        return self.program

    def start(self, timeout: float = 40) -> Relay:
        """Start the process and wait until it serves."""
        is_common = self.arguments[0] == SCRIPT and "--no-bot" in self.arguments
        forge = relay_forge(self.env["TAPEDECK_ASYNC_MODE"]) if is_common else None
        self.program = Program(self.arguments, self.env, self.log, forge=forge)
        eventually(self._serves_or_died, timeout, what=lambda: f"GET /healthz\n{self.output()}")
        assert self.running.is_running, f"the relay ended by itself:\n{self.output()}"
        return self

    def _serves_or_died(self) -> bool:
        return self.is_serving() or not self.running.is_running

    def is_serving(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2, context=self.tls) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        self.running.kill()

    def restart(self) -> Relay:
        """Start again after `kill`, on the same port and data."""
        return self.start()

    def get(self, path: str) -> tuple[int, Any]:
        """(code, body) of an API path; the body is parsed where it is JSON."""
        return self._ask(urllib.request.Request(self.url + path))

    def command(self, name: str, **fields: Any) -> tuple[int, Any]:
        body = json.dumps({"command": name, **fields}).encode()
        request = urllib.request.Request(self.url + "/api/v1/command", body, {"Content-Type": "application/json"})
        return self._ask(request)

    def _ask(self, request: urllib.request.Request) -> tuple[int, Any]:
        request.add_header("Authorization", f"Bearer {API_TOKEN}")
        try:
            with urllib.request.urlopen(request, timeout=15, context=self.tls) as answer:
                return answer.status, _body(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _body(error.read())

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def end(self) -> None:
        if self.program is not None:
            self.program.end()


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
