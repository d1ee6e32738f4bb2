"""A file is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.shell.refusal import Refusal
from bot.shell.whole_file import check_place, whole_file


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with whole_file("--html", path) as file:
        file.write("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file("--html", path) as file:
        file.write(str(1 / 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"--html: .* is a folder; give the path of a file"):
        check_place("--html", tmp_path)
    with pytest.raises(Refusal, match="there is no folder"):
        check_place("--html", tmp_path / "no" / "file")
    with pytest.raises(Refusal, match="cannot be written"), whole_file("--html", tmp_path / "no" / "file"):
        pass
    check_place("--html", tmp_path / "file")
