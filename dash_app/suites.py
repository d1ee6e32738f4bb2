"""The files of Dash and its components as the page asks for them: which, under which URL, and with which bytes."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator

from dash import Dash
from dash.fingerprint import build_fingerprint, check_fingerprint

from dash_app.packing import tag

PREFIX = "/_dash-component-suites/"
UNUSED = ("/deps/polyfill@", "/dash_table/")
"""What Dash always loads: language features that every browser has had since 2019, and a table that we do not use."""
CHART_CHUNKS = ("dash_core_components-shared", "async-graph")
CHART_LIBRARY = ("plotly", "package_data/plotly.min.js")
_TAG = re.compile(r'<script src="([^"]+)"></script>')
_INLINE = re.compile(r"<script>.*?</script>", re.DOTALL)


def first_scripts(dash_html: str) -> list[str]:
    """The URLs of Dash's script tags that the page needs before it can show a price."""
    left_out = (*UNUSED, *CHART_CHUNKS)
    return [url for url in _TAG.findall(dash_html) if not any(part in url for part in left_out)]


def inline_scripts(dash_html: str) -> list[str]:
    """Dash's own inline scripts, as they are: their hashes are in the policy."""
    return _INLINE.findall(dash_html)


def chart_scripts() -> list[tuple[str | None, str]]:
    """(webpack's name for it, URL) of what only the chart needs, the library last; each URL carries a fingerprint.

    dcc asks for its chunks under a name of webpack's, and takes a script element that has it instead of making one.
    """
    core = read("dash", "dcc/dash_core_components.js").decode()
    found = []
    for name in CHART_CHUNKS:
        number = re.search(rf'(\d+):"{name}"', core)
        if number:
            found.append((f"dash_core_components:chunk-{number[1]}", url("dash", f"dcc/{name}.js")))
    return [*found, (None, url(*CHART_LIBRARY))]


def url(package: str, path: str) -> str:
    """Where that file of a package is served, with a fingerprint of its bytes."""
    return f"{PREFIX}{package}/{build_fingerprint(path, 'x', tag(read(package, path)))}"


def read(package: str, path: str) -> bytes:
    """The bytes of a file that a package ships."""
    data = pkgutil.get_data(package, path)
    if data is None:
        raise FileNotFoundError(f"{package} ships no {path}")
    return data


def locate(app: Dash, path: str) -> tuple[str, str, bool] | None:
    """(package, file, has a fingerprint) of a URL's path; None where nobody registered such a file."""
    package, _, fingerprinted = path.removeprefix(PREFIX).partition("/")
    file, is_fixed = check_fingerprint(fingerprinted)
    return (package, file, is_fixed) if file in app.registered_paths.get(package, ()) else None


def bodies(app: Dash) -> Iterator[bytes]:
    """Everything that a visit downloads from the packages."""
    with app.server.test_request_context("/"):
        html = app.index()
    paths = re.findall(rf'(?:src|data-later)="({PREFIX}[^"]+)"', html)
    for package, file, _ in filter(None, (locate(app, path) for path in paths)):
        yield read(package, file)
