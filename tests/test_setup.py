"""The set-up scripts behind `make`: they do their work once, and say in a sentence what is missing."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from tests.support.processes import ROOT, clean_environment

BARE_TOOLS = ("bash", "cat", "cmp", "rm", "uname", "id", "mktemp", "tail", "env")


def run(script: str, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = clean_environment({"PATH": path} if path else {})
    command = [str(ROOT / "setup" / script), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def bare_path(folder: Path) -> str:
    """A PATH with neither Python nor a browser nor apt on it."""
    folder.mkdir()
    for tool in BARE_TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    return str(folder)


def test_an_environment_is_made_once_and_renewed_when_its_requirements_change(tmp_path: Path) -> None:
    requirements, venv = tmp_path / "requirements.txt", tmp_path / "venv"
    requirements.write_text("# nothing yet\n")
    first = run("venv", str(venv), str(requirements))
    assert first.returncode == 0, first.stderr
    assert "Setting up" in first.stdout
    began = time.monotonic()
    again = run("venv", str(venv), str(requirements))
    assert (again.returncode, again.stdout) == (0, "")
    assert time.monotonic() - began < 1
    requirements.write_text("# something else\n")
    assert "Setting up" in run("venv", str(venv), str(requirements)).stdout


def test_without_a_python_there_is_one_sentence(tmp_path: Path) -> None:
    done = run("venv", str(tmp_path / "venv"), str(ROOT / "requirements.txt"), path=bare_path(tmp_path / "bin"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Tapedeck needs Python 3.11 or newer")


def test_without_a_browser_and_a_way_to_install_one_there_is_one_sentence(tmp_path: Path) -> None:
    done = run("browser", path=bare_path(tmp_path / "bin"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("The tests need Chromium and chromedriver")
