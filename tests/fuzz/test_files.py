"""Files, names of files and settings: taken, or refused in sentences; no name leads out of its folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.candle_names import candle_file_name, symbol_of
from bot.settings import Settings, SettingsError, load
from bot.shell.markets.candle_csv import CandleFileError, read_candles
from relay.access.passwords import AccessFileError, read
from relay.history import History, NotUsable, safe_name
from tests.support.nonsense import ANY_TEXT, JSON, NASTY, WEB_TEXT
from tests.support.runs import runs

MANY = runs(300)
SOME = runs(100)
NUMBER = (
    st.sampled_from(["1", "0", "-1", "1e9", "NaN", "Infinity", "1e400", "0x1", "1_000", "", " 1 ", "9" * 400])
    | WEB_TEXT
)
ROWS = st.lists(st.tuples(st.integers(0, 10**14).map(str) | NUMBER, *([NUMBER] * 5)).map(",".join), max_size=6)
GOOD = "1600000000000,1,2,1,1,1\n1600000060000,1,2,1,1,1\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("files"))


@MANY
@given(content=st.binary(max_size=300) | ROWS.map(lambda rows: "\n".join(rows).encode()) | WEB_TEXT.map(str.encode))
@example(content=(GOOD + '1600000120000,"1,1,1,1,1\n').encode())
@example(content=GOOD.encode("utf-16"))
@example(content=GOOD.encode() + b"\0,\0,\0,\0,\0,\0")
def test_a_file_of_candles_is_read_or_refused_in_a_sentence(folder: Path, content: bytes) -> None:
    file = folder / "BTC_USDT-1m.csv"
    file.write_bytes(content)
    refusal = ""
    try:
        bars = read_candles(file)
    except CandleFileError as error:
        refusal = str(error)
    else:
        assert [bar.ts for bar in bars] == sorted({bar.ts for bar in bars})
        assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert len(refusal) < 1_000
    assert symbol_of(file) == "BTC/USDT"


@MANY
@given(name=ANY_TEXT | NASTY | st.builds("{}{}".format, ANY_TEXT, st.sampled_from([".csv", ".CSV", "/..", "\\x.csv"])))
@example(name="../../etc/passwd")
@example(name="..\\..\\x.csv")
@example(name="\0.csv")
@example(name=".csv")
@example(name="-rf.csv")
def test_no_name_of_an_upload_leads_out_of_the_folder(folder: Path, name: str) -> None:
    history = History(folder / "history")
    plain = safe_name(name)
    assert safe_name(plain) == plain
    assert history.path(plain).parent == history.folder
    with history.incoming(name) as place:
        place.write_text(GOOD)
        assert place.resolve().is_relative_to(history.folder.resolve())
        kept = history.keep(place)
    assert (history.folder / kept.name).read_text() == GOOD
    (history.folder / kept.name).unlink()
    assert [path.name for path in folder.iterdir() if path.name not in ("history", "BTC_USDT-1m.csv")] == []


@MANY
@given(name=ANY_TEXT | NASTY)
def test_a_file_is_only_found_by_a_plain_name(folder: Path, name: str) -> None:
    history = History(folder / "none")
    with contextlib.suppress(NotUsable):
        assert history.path(name).parent == history.folder
        assert not set(name) & set("/\\\0")
    with pytest.raises(NotUsable):
        history.find(name)


@MANY
@given(name=ANY_TEXT | NASTY)
def test_a_symbol_is_read_from_any_name_of_a_file(name: str) -> None:
    found = symbol_of(Path("x") / name.replace("/", "_"))
    if found is not None:
        assert symbol_of(Path(candle_file_name(found, "1m", "binance"))) == found


NAMES = sorted(Settings.model_fields)
SETTABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
VALUES = SETTABLE | NASTY.filter(lambda text: "\0" not in text)


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(f"TAPEDECK_{name.upper()}", raising=False)
        yield


def loaded() -> None:
    """The settings, or a line for each that is wrong."""
    lines = ["fine"]
    try:
        load()
    except SettingsError as error:
        lines = error.lines
    assert lines
    assert all(line.strip() for line in lines)


@SOME
@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_settings_of_the_environment_are_taken_or_named(folder: Path, values: dict[str, str]) -> None:
    with standing_in(folder), pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(f"TAPEDECK_{name.upper()}", value)
        loaded()


SETTINGS_FILES = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3).map(
        lambda values: "\n".join(f"{name} = {value!r}" for name, value in values.items()).encode(errors="replace")
    ),
)


@SOME
@given(content=SETTINGS_FILES)
@example(content=b'port = "\xff"')
@example(content=b"mode = []")
@example(content=b"a = " + b"[" * 5_000)
@example(content=b"exchange_config = " + b"{a=" * 500 + b"1" + b"}" * 500)
def test_a_file_of_settings_is_taken_or_named(folder: Path, content: bytes) -> None:
    for name in ("tapedeck.toml", ".env"):
        file = folder / name
        file.write_bytes(content)
        try:
            with standing_in(folder):
                loaded()
        finally:
            file.unlink()


@SOME
@given(content=st.binary(max_size=100) | JSON.map(lambda value: repr(value).encode(errors="replace")))
@example(content=b"[" * 100_000)
@example(content=b"\xff")
def test_a_damaged_file_of_passwords_is_named(folder: Path, content: bytes) -> None:
    (folder / "access.json").write_bytes(content)
    with contextlib.suppress(AccessFileError):
        read(folder)
    (folder / "access.json").unlink()
