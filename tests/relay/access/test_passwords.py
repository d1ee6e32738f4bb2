"""Passwords are kept as argon2id hashes, in a file that nobody else reads."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from relay.access import passwords
from relay.access.passwords import FILE, LONGEST, AccessFileError, hashed, load, read, write
from relay.access.verifier import WAITING, Busy, Verifier
from relay.access.visitor import Role


def test_a_password_says_who_it_is(tmp_path: Path) -> None:
    found = load(tmp_path, {Role.OPERATOR: "steer", Role.VIEWER: "look"})
    assert found.role_of("steer") is Role.OPERATOR
    assert found.role_of("look") is Role.VIEWER
    assert found.role_of("") is None
    assert found.role_of("x" * (LONGEST + 1)) is None
    assert all(kept.startswith("$argon2id$") for kept in found.hashes.values())


def test_the_settings_beat_what_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"operator": hashed("old"), "viewer": hashed("look")})
    found = load(tmp_path, {Role.OPERATOR: "new", Role.VIEWER: None})
    assert [found.role_of(given) for given in ("old", "new", "look")] == [None, Role.OPERATOR, Role.VIEWER]


def test_without_an_operators_password_the_deck_asks_for_none(tmp_path: Path) -> None:
    assert not load(tmp_path, {})
    assert not load(tmp_path, {Role.VIEWER: "look"})


def test_the_file_is_for_its_owner_alone_and_never_half(tmp_path: Path) -> None:
    write(tmp_path / "data", {"operator": "a"})
    write(tmp_path / "data", {"operator": "b"})
    path = tmp_path / "data" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(tmp_path / "data") == {"operator": "b"}
    assert [file.name for file in path.parent.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_damaged_file_is_said_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(AccessFileError, match="delete it and set the passwords anew"):
        read(tmp_path)


def test_a_code_works_once_and_only_the_operator_needs_one(tmp_path: Path) -> None:
    secret = pyotp.random_base32()
    write(tmp_path, {"totp": secret})
    verifier = Verifier(load(tmp_path, {Role.OPERATOR: "steer", Role.VIEWER: "look"}), lambda work: work())
    code = pyotp.TOTP(secret).now()
    assert verifier.role_of("steer", "") is None
    assert verifier.role_of("look", "") is Role.VIEWER
    assert verifier.role_of("steer", code) is Role.OPERATOR
    assert verifier.role_of("steer", code) is None


def test_no_code_works_again_after_a_later_one_did(tmp_path: Path) -> None:
    """RFC 6238, section 5.2: whoever reads two codes along can use neither."""
    secret, now = pyotp.random_base32(), [1_700_000_010.0]
    write(tmp_path, {"totp": secret})
    found = load(tmp_path, {Role.OPERATOR: "steer"})
    verifier = Verifier(found, lambda work: work(), lambda: now[0])
    codes = [pyotp.TOTP(secret).at(int(now[0]) + 30 * late) for late in range(-1, 3)]
    assert verifier.role_of("steer", codes[1]) is Role.OPERATOR
    assert verifier.role_of("steer", codes[2]) is Role.OPERATOR
    assert [verifier.role_of("steer", code) for code in codes] == [None] * 4
    now[0] += 30
    assert verifier.role_of("steer", codes[3]) is Role.OPERATOR
    verifier.renew(replace(found, totp=pyotp.random_base32()))
    assert verifier.role_of("steer", codes[3]) is None, "that of another secret"


def test_a_new_secret_starts_anew(tmp_path: Path) -> None:
    found = load(tmp_path, {Role.OPERATOR: "steer"})
    first, second = pyotp.random_base32(), pyotp.random_base32()
    verifier = Verifier(replace(found, totp=first), lambda work: work())
    assert verifier.role_of("steer", pyotp.TOTP(first).now()) is Role.OPERATOR
    verifier.renew(replace(found, totp=second))
    assert verifier.role_of("steer", pyotp.TOTP(second).now()) is Role.OPERATOR


def test_only_so_many_may_wait(tmp_path: Path) -> None:
    verifier: Verifier
    outcomes: list[object] = []

    def work_while_others_come(work: object) -> None:
        verifier._waiting = WAITING
        with pytest.raises(Busy):
            verifier.role_of("x", "")
        outcomes.append(work)
        verifier._waiting = 1

    verifier = Verifier(load(tmp_path, {Role.OPERATOR: "steer"}), work_while_others_come)
    assert verifier.role_of("x", "") is None
    assert len(outcomes) == 1


def test_every_hash_is_tried_so_that_the_time_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = load(tmp_path, {Role.OPERATOR: "steer", Role.VIEWER: "look"})
    tried: list[str] = []
    fits = passwords._fits

    def noted(kept: str, given: str) -> bool:
        tried.append(kept)
        return fits(kept, given)

    monkeypatch.setattr(passwords, "_fits", noted)
    for given in ("steer", "look", "nothing"):
        tried.clear()
        found.role_of(given)
        assert len(tried) == 2
