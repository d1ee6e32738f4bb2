"""Both of the relay's ways to run."""

from __future__ import annotations

import pytest

both_modes = pytest.mark.parametrize("async_mode", ["eventlet", "threading"])
"""Marks a test (or, as `pytestmark`, a file) whose relay is to run in eventlet and in threading mode."""
