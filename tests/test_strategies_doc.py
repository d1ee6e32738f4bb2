"""What docs/strategies.md promises: its tables are the parameters as they are, and its strategy and test run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.core.strategies import BUILT_IN, StrategyParams, load_strategy
from tests.support.processes import ROOT, clean_environment

T0 = 1_515_542_400_000
CLOSES = [9, 10, 11, 12] * 20
DOC = (ROOT / "docs" / "strategies.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"docs/strategies.md has no section {title}"
    return found[1]


def rows(params: type[StrategyParams]) -> dict[str, str]:
    """The table's row of each parameter, as it must be."""
    schema = params.model_json_schema()["properties"]
    return {
        name: f"| `{name}` | {shown(field.default)} | {takes(schema[name])} | {field.description} |"
        for name, field in params.model_fields.items()
    }


def shown(default: object) -> str:
    return "null" if default is None else str(default)


def takes(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kinds = schema.get("anyOf", [schema])
    number = next(kind for kind in kinds if kind["type"] in ("integer", "number"))
    least = f"{number['minimum']:g}" if "minimum" in number else f"above {number['exclusiveMinimum']:g}"
    most = f"below {number['exclusiveMaximum']:g}" if "exclusiveMaximum" in number else f"{number['maximum']:g}"
    return f"{least} to {most}" + (", or null" if {"type": "null"} in kinds else "")


def test_the_common_parameters_are_as_they_are() -> None:
    for row in rows(StrategyParams).values():
        assert row in section("What all of them take")


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_each_strategy_has_a_table_of_what_is_its_own(name: str) -> None:
    common = rows(StrategyParams)
    own = {row for parameter, row in rows(type(load_strategy(name, {}).params)).items() if common.get(parameter) != row}
    documented = set(re.findall(r"^\| `.*$", section(f"`{name}`"), re.MULTILINE))
    assert documented == own


@pytest.fixture
def own_strategy(tmp_path: Path) -> Path:
    """A folder with the strategy of the page and its test."""
    code, test = re.findall(r"```python\n(.*?)```", section("A strategy of your own"), re.DOTALL)
    (tmp_path / "my_strategies.py").write_text(code)
    (tmp_path / "test_my_strategies.py").write_text(test)
    return tmp_path


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment({"PYTHONPATH": str(ROOT)})
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_strategy_of_the_page_passes_the_test_of_the_page(own_strategy: Path) -> None:
    done = ran(own_strategy, "pytest", "-q", "-p", "no:cacheprovider", "test_my_strategies.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_strategy_of_the_page_is_backtested_by_its_name(own_strategy: Path) -> None:
    lines = [f"{T0 + number * 300_000},{close},{close},{close},{close},1" for number, close in enumerate(CLOSES)]
    (own_strategy / "ABC_USDT-5m.csv").write_text("\n".join(["timestamp,open,high,low,close,volume", *lines]))
    done = ran(
        own_strategy, "bot", "backtest", "--data", "ABC_USDT-5m.csv", "--strategy", "my_strategies:Rises",
        "--params", '{"rises": 2}',
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Round trips +[1-9]\d* ", done.stdout, re.MULTILINE)


def test_the_strategy_of_the_page_is_twenty_lines() -> None:
    code = re.findall(r"```python\n(.*?)```", section("A strategy of your own"), re.DOTALL)[0]
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(lines) <= 20
