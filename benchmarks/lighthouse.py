"""What Lighthouse says of the page, as a phone and as a desk: `python -m benchmarks.lighthouse`.

It comes from npm, into a folder of the system's temporary files; nobody but this needs Node.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.first_load import product_of
from benchmarks.measuring import show_table
from tests.support.chromium import BINARIES
from tests.support.processes import ROOT

FOLDER = Path(tempfile.gettempdir()) / "tapedeck-lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
FIGURES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
TRIES = 3
"""It sometimes misses the beginning of the page's load in its own recording, and says to run it again."""
FORMS: dict[str, list[str]] = {"phone": [], "desk": ["--preset=desktop"]}


def installed() -> Path:
    """The program, installed when it is not there yet."""
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("This benchmark needs Node with npm: install it and run again.")
        FOLDER.mkdir(exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), "lighthouse"]
        subprocess.run(command, check=True)
    return program


def judge(program: Path, url: str, form: list[str]) -> dict[str, Any]:
    """The whole report."""
    browser = next(filter(None, map(shutil.which, BINARIES)), "")
    command = [
        str(program),
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        "--chrome-flags=--headless=new --no-sandbox",
        *form,
    ]
    env = {**os.environ, "CHROME_PATH": browser}
    for _ in range(TRIES):
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False, timeout=300)
        if done.returncode == 0:
            return dict(json.loads(done.stdout))
    sys.exit(f"Lighthouse gave up {TRIES} times: what it says stands above.")


def row(name: str, report: dict[str, Any]) -> list[str]:
    scores = [f"{report['categories'][category]['score'] * 100:.0f}" for category in CATEGORIES]
    return [name, *scores, *(report["audits"][figure]["displayValue"] for figure in FIGURES)]


def failures(report: dict[str, Any]) -> list[str]:
    """What cost a point outside of performance."""
    audits = [ref["id"] for name in CATEGORIES[1:] for ref in report["categories"][name]["auditRefs"] if ref["weight"]]
    failed = [report["audits"][name] for name in audits if report["audits"][name]["score"] not in (None, 1)]
    return [f"{audit['id']}: {audit['title']}" for audit in failed]


def main() -> None:
    program = installed()
    with product_of(ROOT) as relay:
        reports = {name: judge(program, relay.url, form) for name, form in FORMS.items()}
    head = ["form", *CATEGORIES, *FIGURES]
    show_table("Lighthouse", head, [row(name, report) for name, report in reports.items()])
    for name, report in reports.items():
        for failure in failures(report):
            print(f"{name}: {failure}")


if __name__ == "__main__":
    main()
