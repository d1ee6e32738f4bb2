"""Our own scripts and sheets, each kind as one file whose URL changes with its content.

Thirty small files are five round trips on a browser's six connections; one is one. The scripts are functions in a
closure each, so one after the other is what Dash would have loaded one by one.
"""

from __future__ import annotations

from pathlib import Path

from dash_app.packing import tag

MIMETYPES = {"js": "text/javascript", "css": "text/css"}


class Bundle:
    """All `*.<kind>` of a folder, joined in the order of their names; read anew when one of them has changed.

    With `only` the one of that stem alone, which gives it its name; with `without` all but that one.
    """

    def __init__(self, folder: Path, kind: str, *, only: str | None = None, without: str | None = None) -> None:
        self._folder = folder
        self._kind = kind
        self._name = only or "deck"
        self._glob = f"{only or '*'}.{kind}"
        self._without = without
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
        files = sorted(file for file in self._folder.glob(self._glob) if file.stem != self._without)
        seen = [(file.name, file.stat().st_mtime_ns) for file in files]
        if seen != self._seen:
            self._body = b"\n".join(file.read_bytes() for file in files)
            self._path = f"/assets/{self._name}.{tag(self._body)}.{self._kind}"
            self._seen = seen
