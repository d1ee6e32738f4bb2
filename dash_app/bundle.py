"""Our own scripts and sheets, each kind as one file whose URL changes with its content.

Thirty small files are five round trips on a browser's six connections; one is one. The scripts are functions in a
closure each, so one after the other is what Dash would have loaded one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dash_app.packing import tag

MIMETYPES = {"js": "text/javascript", "css": "text/css"}


class Bundle:
    """Those `*.<kind>` of a folder that it takes, joined in the order of their names; read anew when one changed."""

    def __init__(self, folder: Path, kind: str, name: str, takes: Callable[[str], bool] = bool) -> None:
        """`takes(stem)` says whether a file belongs to it; `name` begins the name that they are served under."""
        self._folder = folder
        self._kind = kind
        self._name = name
        self._takes = takes
        self._seen: list[tuple[str, int]] = []
        self._body = b""
        self._path = ""

    @property
    def mimetype(self) -> str:
        return MIMETYPES[self._kind]

    @property
    def path(self) -> str:
        """Where it is served; never the same for other bytes."""
        self._refresh()
        return self._path

    @property
    def body(self) -> bytes:
        self._refresh()
        return self._body

    def _refresh(self) -> None:
        files = sorted(file for file in self._folder.glob(f"*.{self._kind}") if self._takes(file.stem))
        seen = [(file.name, file.stat().st_mtime_ns) for file in files]
        if seen != self._seen:
            self._body = b"\n".join(file.read_bytes() for file in files)
            self._path = f"/assets/{self._name}.{tag(self._body)}.{self._kind}"
            self._seen = seen
