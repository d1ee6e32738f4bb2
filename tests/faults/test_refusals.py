"""What stops a start: one sentence, exit code 2, and not a byte overwritten."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.forges import bot_forge, relay_forge
from tests.support.modes import both_modes
from tests.support.ports import free_port
from tests.support.processes import Program
from tests.support.relay import Relay
from tests.support.waiting import eventually

PROGRAMS = {"relay": ["socket_server.py", "--no-bot"], "bot": ["-m", "bot", "run"], "product": ["socket_server.py"]}
DATABASES = {"relay": "tape.db", "bot": "journal.db", "product": "journal.db"}
"""What each of them opens, the product by its embedded bot."""

each_program = pytest.mark.parametrize("program", PROGRAMS)


def start(program: str, data_dir: Path, **env: str) -> tuple[int, str]:
    """(exit code, what it says after its address) of a start that is expected to fail."""
    given = {"TAPEDECK_DATA_DIR": str(data_dir), "TAPEDECK_PORT": str(free_port()), "TAPEDECK_BOT_TOKEN": "t", **env}
    forge = bot_forge() if program == "bot" else relay_forge(env.get("TAPEDECK_ASYNC_MODE", "eventlet"))
    with tempfile.TemporaryDirectory() as folder:
        run = Program(PROGRAMS[program], given, Path(folder) / "output", forge=forge)
        try:
            code = run.process.wait(30)
            said = run.output().splitlines(keepends=True)
            return code, "".join(line for line in said if not line.startswith("Tapedeck is at "))
        finally:
            run.end()


def assert_one_sentence(output: str, *words: str) -> None:
    lines = [line for line in output.splitlines() if line.strip()]
    assert len(lines) == 1, output
    assert all(word in lines[0] for word in words), output


@each_program
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TAPEDECK_PORT", "eighty", "eighty"),
        ("TAPEDECK_SYMBOL", "bitcoin", "bitcoin"),
        ("TAPEDECK_EXCHANGE_CONFIG", "{seed: 1}", "JSON"),
        ("TAPEDECK_TIMEFRAME", "5 minutes", "5 minutes"),
        ("TAPEDECK_LOG_LEVEL", "LOUD", "LOUD"),
    ],
)
def test_a_bad_setting_is_named(data_dir: Path, program: str, name: str, value: str, words: str) -> None:
    code, output = start(program, data_dir, **{name: value})
    assert code == 2, output
    assert_one_sentence(output, name, words)
    assert not data_dir.exists(), "something was written before the settings were checked"


@pytest.mark.parametrize("program", ["bot", "product"])
@pytest.mark.parametrize(
    ("name", "value"), [("TAPEDECK_STRATEGY", "no_such_strategy"), ("TAPEDECK_EXCHANGE", "no_such_exchange")]
)
def test_a_strategy_or_exchange_that_is_not_there_is_named(data_dir: Path, program: str, name: str, value: str) -> None:
    code, output = start(program, data_dir, **{name: value})
    assert code == 2, output
    assert_one_sentence(output, name, value)


@both_modes
def test_a_busy_port_is_named(data_dir: Path, async_mode: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, output = start("relay", data_dir, TAPEDECK_PORT=str(port), TAPEDECK_ASYNC_MODE=async_mode)
    assert code == 2, output
    assert_one_sentence(output, str(port))


@each_program
def test_a_file_in_place_of_the_data_folder_is_left_as_it_is(tmp_path: Path, program: str) -> None:
    file = tmp_path / "data"
    file.write_text("mine")
    code, output = start(program, file)
    assert code == 2, output
    assert_one_sentence(output, "TAPEDECK_DATA_DIR")
    assert file.read_text() == "mine"


@each_program
def test_a_data_folder_that_cannot_be_written_is_named(program: str) -> None:
    """/proc takes no new folder from anybody, root included."""
    folder = Path("/proc/tapedeck-data")
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    code, output = start(program, folder)
    assert code == 2, output
    assert_one_sentence(output, str(folder))


@each_program
@pytest.mark.parametrize("damage", ["text", "cut"])
def test_a_damaged_database_is_named_and_left_as_it_is(
    start_product: Callable[..., Relay], program: str, damage: str
) -> None:
    product = start_product()
    eventually(lambda: product.get("/readyz")[0] == 200, 40, what=product.output)
    product.end()
    database = product.data_dir / DATABASES[program]
    spoil(database, damage)
    spoiled = database.read_bytes()
    code, output = start(program, product.data_dir, TAPEDECK_API_TOKEN="t")
    assert code == 2, output
    assert_one_sentence(output, DATABASES[program])
    assert database.read_bytes() == spoiled
    assert not list(database.parent.glob(database.name + "-*")), "something was begun beside it"


def spoil(database: Path, damage: str) -> None:
    """Make a database into something else: a text of the same length, or its own first half and then nothing."""
    for part in database.parent.glob(database.name + "-*"):
        part.unlink()
    whole = database.read_bytes()
    assert len(whole) > 8_192
    spoiled = b"this is no database " * (len(whole) // 20) if damage == "text" else whole[: len(whole) // 2]
    database.write_bytes(spoiled)
