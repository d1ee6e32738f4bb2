"""No text from outside becomes a formula."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spreadsheet import csv_line, text_cell


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-1+2", "@sum", "\tx", "\rx", "\nx", "＝1"])
def test_a_text_that_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a;=1", "a;'=1"), ("a\n=1", "a\n'=1"), ("a\r\n-1", "a\r\n'-1"), ("\t=1", "'\t'=1"), ("a|@b;+c", "a|'@b;'+c")],
)
def test_a_formula_behind_another_programs_separator_gets_one_too(text: str, cell: str) -> None:
    assert text_cell(text) == cell


@given(st.text(st.sampled_from("=+-@＝;|\t\r\n a1'\"")))
def test_whatever_the_separator_no_cell_begins_a_formula(text: str) -> None:
    for cell in re.split("[;|\t\r\n]", str(text_cell(text))):
        assert not cell.startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize("value", ["Stop loss: price fell", "", "a=b", None, -1.5, 7])
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert text_cell(value) == value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2))
def test_a_line_is_read_as_it_was_written(cells: list[str]) -> None:
    assert list(csv.reader(io.StringIO(csv_line(cells), newline=""))) == [cells]
