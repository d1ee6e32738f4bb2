"""The set-up scripts behind `make`: they do their work once, and say in a sentence what is missing."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from setup.audit_verdict import verdict
from tests.support.processes import ROOT, clean_environment

LISTS = ("requirements", "requirements-test", "requirements-tools")
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
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


def pins(text: str) -> set[tuple[str, str]]:
    """Each package that is pinned, by its name as indexes write it, and its version."""
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in PIN.findall(text)}


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_that_a_person_wrote_is_installed_as_it_is(name: str) -> None:
    chosen, installed = ((ROOT / f"{name}.{kind}").read_text() for kind in ("in", "txt"))
    assert pins(chosen) <= pins(installed), "run `make pins`"
    written = [line for line in chosen.splitlines() if line and not line.startswith("#")]
    assert len(pins(chosen)) == len(written), "each line is one pin"


@pytest.mark.parametrize("name", LISTS)
def test_every_package_that_is_installed_has_hashes_and_no_list_names_a_host(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    entries = re.sub(r" \\\n\s+", " ", re.sub(r"^\s*#.*\n?", "", text, flags=re.MULTILINE)).splitlines()
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert re.search(r" --hash=sha256:[0-9a-f]{64}( |$)", entry), entry
    assert "://" not in text


def tiny_wheel(folder: Path) -> Path:
    """A package that holds nothing, as a wheel."""
    wheel, about = folder / "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("tiny.py", "")
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return wheel


def test_a_package_whose_bytes_are_not_the_listed_ones_is_not_installed(tmp_path: Path) -> None:
    requirements, venv, wheel = tmp_path / "requirements.txt", tmp_path / "venv", tiny_wheel(tmp_path)
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for listed, is_taken in (("0" * 64, False), (right, True)):
        requirements.write_text(f"tiny @ {wheel.as_uri()} --hash=sha256:{listed}\n")
        done = run("venv", str(venv), str(requirements))
        assert (done.returncode == 0) == is_taken, done.stderr
        assert (venv / ".installed").exists() == is_taken
        assert bool(list(venv.rglob("tiny.py"))) == is_taken


def test_an_audit_fails_on_a_known_vulnerability_alone() -> None:
    well = {"name": "flask", "version": "3.1.3", "vulns": []}
    bad = {"name": "jinja2", "version": "3.0.0", "vulns": [{"id": "GHSA-1", "fix_versions": ["3.1.6"]}]}
    skipped = {"name": "ours", "skip_reason": "not found"}
    assert verdict([well]) == (0, ["No known vulnerability in 1 packages."])
    assert verdict([well, bad]) == (1, ["jinja2 3.0.0: GHSA-1, mended in 3.1.6."])
    assert verdict([well, skipped])[1] == ["The database does not know ours.", "No known vulnerability in 1 packages."]
    assert verdict([skipped]) == (3, [])
