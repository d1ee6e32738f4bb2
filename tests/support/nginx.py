"""A real nginx with the configuration that docs/security.md gives, on loopback ports of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from relay.access.certificate import Certificate
from tests.support.ports import free_port, is_listening
from tests.support.processes import ROOT
from tests.support.waiting import eventually

MISSING = "nginx is not installed (Debian: apt install nginx)"
FRAME = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{given}
}}
"""


def find_nginx() -> str | None:
    return shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))


def documented() -> str:
    """The configuration as a person copies it."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert found, "docs/security.md gives no nginx configuration"
    return found[1]


class Nginx:
    """In front of the relay at `relay_port`; `url` is where it serves."""

    def __init__(self, program: str, folder: Path, relay_port: int, files: Certificate) -> None:
        folder.mkdir()
        self.port, plain = free_port(), free_port()
        self.log = folder / "error.log"
        given = _fitted(documented(), self.port, plain, relay_port, files)
        (folder / "nginx.conf").write_text(FRAME.format(folder=folder, given=given))
        self._process = subprocess.Popen(
            [program, "-e", str(self.log), "-p", str(folder), "-c", str(folder / "nginx.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: is_listening(self.port), what=self._said)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(15)

    def _said(self) -> str:
        return self.log.read_text() if self.log.exists() else "nothing"


def _fitted(given: str, port: int, plain: int, relay_port: int, files: Certificate) -> str:
    """Only addresses and files are another's; each must be there to be replaced."""
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "deck.example.org": "localhost",
        "/etc/letsencrypt/live/localhost/fullchain.pem": str(files.cert),
        "/etc/letsencrypt/live/localhost/privkey.pem": str(files.key),
        "http://127.0.0.1:8050": f"http://127.0.0.1:{relay_port}",
    }
    for before, after in changes.items():
        assert before in given, f"{before} is not in the documented configuration"
        given = given.replace(before, after)
    return given
