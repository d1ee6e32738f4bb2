"""What the relay cannot have, and the setting to change, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.claims import CannotStart, claim_address, claim_data_dir
from tests.support.ports import free_port


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("no-such-host.invalid", "no machine is known by that name"),
        ("a..b", "no machine is known by that name"),
        ("192.0.2.1", "this machine has no such address"),
    ],
)
def test_a_host_that_is_not_here_is_named_with_its_setting(host: str, why: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        claim_address(host, free_port())
    assert str(refusal.value) == (
        f"TAPEDECK_HOST: got '{host}'; {why}: set it to one that this machine has, e.g. 127.0.0.1."
    )


def test_a_data_folder_that_cannot_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotStart, match=r"^TAPEDECK_DATA_DIR: got '.*'; cannot be written \(Not a directory\): mend"):
        claim_data_dir(tmp_path / "file" / "data")
