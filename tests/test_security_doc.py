"""What docs/security.md promises stands in the tests that it names."""

from __future__ import annotations

import re

from tests.support.processes import ROOT

DOC = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| `([^|`]+)` \|$", re.MULTILINE)


def test_every_row_of_the_threat_model_names_a_test_that_there_is() -> None:
    named = [row[3] for row in ROW.findall(DOC)]
    assert len(named) >= 15
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_link_inside_leads_to_a_heading() -> None:
    titles = re.findall(r"^#+ (.+)$", DOC, re.MULTILINE)
    headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", DOC)) <= headings
