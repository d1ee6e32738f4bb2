"""The deck's secrets are for whoever runs it alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relay.auth import load_tokens

pytestmark = pytest.mark.skipif(os.name != "posix", reason="this system says nothing of who may read")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_tokens_are_made_for_their_owner_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = load_tokens(tmp_path)
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    assert load_tokens(tmp_path) == made
    assert not caplog.records


@pytest.mark.parametrize("name", ["api.token", "bot.token", "cookie.key"])
def test_one_that_others_may_read_is_shut_to_them_and_said(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = load_tokens(tmp_path)
    (tmp_path / name).chmod(0o644)
    assert load_tokens(tmp_path) == made
    assert mode(tmp_path / name) == 0o600
    (said,) = caplog.messages
    assert said.startswith(f"{tmp_path / name} could be read by others")


def test_where_it_cannot_be_shut_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that is read only."""
    made = load_tokens(tmp_path)
    (tmp_path / "api.token").chmod(0o644)

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "chmod", refuse)
    assert load_tokens(tmp_path) == made
    assert caplog.messages == [
        f"{tmp_path / 'api.token'}: others on this machine may read it (Read-only file system): chmod 600 it."
    ]
