"""Every view, on every screen and in both themes: nothing is out of place, and axe-core finds nothing."""

from __future__ import annotations

import pytest

from tests.support import axe, inspector, views
from tests.support.gallery import HEIGHTS, THEMES, TOUCHED_BELOW, Gallery, View

RULES_OF = {"dark": None, "light": axe.COLOUR}
"""The themes differ in colours alone: places are measured and all rules asked in one, those about colours in both."""


BETWEEN = 1024
"""A width at which places alone are measured: what axe asks is the same as on the desk."""


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda view: view.name)
def test_nothing_is_out_of_place_and_axe_finds_nothing(shown: Gallery, view: View) -> None:
    page = shown.show(view)
    found = []
    for width in HEIGHTS:
        shown.turn(width, THEMES[0])
        found += [f"{width} px: {sentence}" for sentence in inspector.findings(page, touched=width < TOUCHED_BELOW)]
        for theme in THEMES if width != BETWEEN else ():
            if theme != THEMES[0]:
                shown.turn(width, theme)
            found += [f"{width} px, {theme}: {sentence}" for sentence in axe.violations(page, RULES_OF[theme])]
    assert not found, "\n" + "\n".join(found)
