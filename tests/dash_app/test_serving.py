"""How files go out: packed as the browser takes them, and kept where their URL says which bytes they are."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dash_app import create_app, suites
from dash_app.packing import CODINGS, Packs, fill, tag

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}
LATER = re.compile(r'data-later="([^"]+)"')
FIRST = re.compile(r'<script src="([^"]+)"')


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    server = flask.Flask("test")
    create_app(server)
    return server.test_client()


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> str:
    return str(client.get("/").text)


@pytest.fixture
def react(document: str) -> str:
    urls: list[str] = FIRST.findall(document)
    return next(url for url in urls if "react-dom@" in url)


def ask(client: FlaskClient, url: str, **headers: str) -> TestResponse:
    return client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("coding", CODINGS)
def test_a_file_comes_packed_as_asked_and_unpacks_to_itself(client: FlaskClient, react: str, coding: str) -> None:
    plain, packed = client.get(react), ask(client, react, Accept_Encoding=coding)
    assert packed.headers["Content-Encoding"] == coding
    assert UNPACK[coding](packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None), ("*", "br")],
)
def test_a_browser_gets_the_best_that_it_takes(client: FlaskClient, react: str, accepted: str, coding: str) -> None:
    assert ask(client, react, Accept_Encoding=accepted).headers.get("Content-Encoding") == coding


def test_each_form_has_a_tag_of_its_own_and_is_not_sent_again(client: FlaskClient) -> None:
    tags = {ask(client, "/", Accept_Encoding=coding).headers["ETag"] for coding in ("br", "gzip", "identity")}
    assert len(tags) == 3
    again = ask(client, "/", Accept_Encoding="br", If_None_Match=ask(client, "/", Accept_Encoding="br").headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_the_head_of_a_file_tells_its_packed_length(client: FlaskClient, react: str) -> None:
    wanted = {"Accept-Encoding": "br"}
    head, whole = client.head(react, headers=wanted), client.get(react, headers=wanted)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(whole.data))
    assert head.headers["ETag"] == whole.headers["ETag"]


def test_a_part_of_a_file_is_a_part_of_its_plain_bytes(client: FlaskClient, react: str) -> None:
    part = ask(client, react, Range="bytes=10-19", Accept_Encoding="br")
    plain = client.get(react).data
    assert (part.status_code, part.data) == (206, plain[10:20])
    assert "Content-Encoding" not in part.headers
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(plain)}"
    assert ask(client, react, Range=f"bytes={len(plain)}-").status_code == 416


def test_everything_that_the_document_loads_may_be_kept_for_ever(client: FlaskClient, document: str) -> None:
    urls = [*FIRST.findall(document), *LATER.findall(document), *re.findall(r'stylesheet" href="([^"]+)', document)]
    assert len(urls) > 10
    for url in urls:
        caching = client.get(url).headers["Cache-Control"]
        assert "immutable" in caching, url
        assert "max-age=31536000" in caching, url


@pytest.mark.parametrize("url", ["/", "/trade/t-1", "/_dash-layout", "/_dash-dependencies", "/service-worker.js"])
def test_what_has_no_fingerprint_is_asked_for_each_time(client: FlaskClient, url: str) -> None:
    answers = [ask(client, url, Accept_Encoding="br") for _ in range(2)]
    assert answers[0].headers["Cache-Control"] == "no-cache"
    assert answers[0].headers["Content-Encoding"] == "br"
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"], "nothing in it may be of one request"


def test_the_document_names_the_chart_library_but_does_not_load_it(document: str) -> None:
    first, later = FIRST.findall(document), LATER.findall(document)
    assert [url for url in first if "plotly" in url or "async-" in url or "polyfill" in url] == []
    assert "plotly.min.js" in re.sub(r"\.v\w+", "", later[-1])
    assert len(later) == 3, "a new dcc loads its chart in another way: look at suites.chart_scripts"


def test_no_path_leads_out_of_the_packages_and_the_assets(client: FlaskClient) -> None:
    outside = ("/assets/../socket_server.py", "/assets/%2e%2e/socket_server.py", "/assets/nothing.js")
    assert {client.get(url).status_code for url in outside} == {404}
    assert client.get(f"{suites.PREFIX}dash/dash.py").status_code in (404, 500)


def test_the_policy_lets_in_this_host_and_the_scripts_of_dash_alone(client: FlaskClient, document: str) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert sources["default-src"] == sources["connect-src"] == "'self'"
    assert re.fullmatch(r"'self'( 'sha256-[\w+/=]+')+", sources["script-src"])
    assert "unsafe" not in sources["script-src"]


def test_what_was_not_packed_at_set_up_is_packed_once(tmp_path: Path) -> None:
    body = b"words and words and words " * 200
    packs = Packs(tmp_path / "nothing here")
    packed = packs.get(body, tag(body), "br")
    assert brotli.decompress(packed) == body
    assert packs.get(body, tag(body), "br") is packed


def test_what_set_up_packed_is_taken_from_there_and_what_is_old_goes(tmp_path: Path) -> None:
    bodies = [b"one " * 500, b"two " * 500]
    fill(bodies, tmp_path)
    fill(bodies[1:], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [tag(bodies[1]) + end for end in (".br", ".gz")]
    (tmp_path / (tag(bodies[1]) + ".br")).write_bytes(b"from there")
    assert Packs(tmp_path).get(bodies[1], tag(bodies[1]), "br") == b"from there"
