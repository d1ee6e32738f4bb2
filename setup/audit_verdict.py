"""What a report of pip-audit comes to: `audit_verdict.py REPORT` prints it and exits with its code.

0 where nothing is known against the packages, 1 where something is, 3 where the database knew none of them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WELL, VULNERABLE, NOTHING_LOOKED_UP = 0, 1, 3


def verdict(packages: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit code and what to say; `packages` are the report's dependencies, a skipped one without its version."""
    known = [package for package in packages if "version" in package]
    unknown = [package["name"] for package in packages if "version" not in package]
    if not known:
        return NOTHING_LOOKED_UP, []
    said = [_sentence(package, fault) for package in known for fault in package["vulns"]]
    is_well = not said
    if unknown:
        said.append(f"The database does not know {', '.join(unknown)}.")
    if is_well:
        said.append(f"No known vulnerability in {len(known)} packages.")
    return WELL if is_well else VULNERABLE, said


def _sentence(package: dict[str, Any], fault: dict[str, Any]) -> str:
    mended = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}."


if __name__ == "__main__":
    code, said = verdict(json.loads(Path(sys.argv[1]).read_text())["dependencies"])
    print("\n".join(said), end="\n" if said else "")
    sys.exit(code)
