"""Our scripts and sheets as one file each."""

from __future__ import annotations

import os
from pathlib import Path

from dash_app.bundle import Bundle


def test_files_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.js").write_text("second")
    (tmp_path / "a.js").write_text("first")
    (tmp_path / "c.css").write_text("of another kind")
    assert Bundle(tmp_path, "js", "deck").body == b"first\nsecond"


def test_a_changed_file_is_another_path_and_the_same_content_is_not(tmp_path: Path) -> None:
    file, bundle = tmp_path / "a.js", Bundle(tmp_path, "js", "deck")
    file.write_text("one")
    first = bundle.path
    os.utime(file, ns=(1, 1))
    assert bundle.path == first
    file.write_text("two")
    assert bundle.path != first
    assert bundle.body == b"two"
