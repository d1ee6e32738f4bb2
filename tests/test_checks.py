"""What `make check` runs is part of the suite: format, lint and types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.timeout(400)
@pytest.mark.parametrize("tool", ["ruff format --check .", "ruff check .", "mypy"])
def test_the_code_passes(tool: str) -> None:
    """A cold mypy cache is a minute of work on two cores."""
    done = subprocess.run([sys.executable, "-m", *tool.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
