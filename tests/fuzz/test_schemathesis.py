"""schemathesis against the running relay: no fault of its own, and every answer as the description says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.foreign_bot import ForeignBot
from tests.support.processes import clean_environment
from tests.support.relay import API_TOKEN, Relay

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PROCESSES = ("^/api/v1/strategies$", "^/api/v1/backtests$", "^/api/v1/backtests/data$")
"""What starts a process of the bot for an answer: tried a few times only."""
MISSING = "schemathesis is not in this environment: `make test` brings it."

pytestmark = pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason=MISSING)


def run(relay: Relay, folder: Path, *options: str) -> None:
    """In a process of its own: its plugin and its warnings stay out of this one."""
    asked = ("--checks", CHECKS, "--suppress-health-check", "all", "--warnings", "off", "--no-shrink", *options)
    token = ("--header", f"Authorization: Bearer {API_TOKEN}")
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    done = subprocess.run(
        [*command, f"{relay.url}/api/v1/openapi.json", *token, *asked],
        cwd=folder,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert "Exception on" not in relay.output()


def test_everything_that_is_sent_is_answered_as_it_is_described(relay: Relay, bot: ForeignBot, tmp_path: Path) -> None:
    run(
        relay,
        tmp_path,
        "--phases",
        "coverage,fuzzing",
        "--max-examples",
        "8",
        "--exclude-path-regex",
        "|".join(PROCESSES),
    )
    assert relay.get("/healthz")[0] == 200


def test_what_starts_a_process_is_answered_as_it_is_described(relay: Relay, bot: ForeignBot, tmp_path: Path) -> None:
    chosen = ("--include-path-regex", "|".join(PROCESSES))
    run(relay, tmp_path, "--phases", "fuzzing", "--max-examples", "4", *chosen)
