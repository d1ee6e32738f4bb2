"""A journal is brought up to date once, whole, and without loss; or it is left as it was."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text

from bot.core.state import load_account
from bot.shell import journal_migration, journal_schema, journal_store
from bot.shell.journal import Journal, JournalError
from tests.support.processes import ROOT, clean_environment

SCHEMA_1 = json.loads(Path(__file__).with_name("journal_schema_1.json").read_text())
"""What the last Tapedeck without migrations left: its own CREATE statements and the rows of a bot that had traded."""

NEXT = journal_schema.VERSION + 1
Open = Callable[..., Journal]


@pytest.fixture
def open_journal(tmp_path: Path, database_url: str) -> Iterator[Open]:
    opened: list[Journal] = []

    def start(bot_id: str = "bot-1", **options: Any) -> Journal:
        lock = tmp_path / f"{bot_id}.lock"
        opened.append(Journal(database_url, bot_id, **{"lock_path": lock, "lock_wait_s": 0.1, **options}))
        return opened[-1]

    yield start
    for journal in opened:
        journal.close()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def make_schema_1(url: str) -> None:
    with connected(url) as connection:
        for statement in SCHEMA_1["statements"][connection.dialect.name]:
            connection.execute(text(statement))
        tables = MetaData()
        tables.reflect(connection)
        for name, rows in SCHEMA_1["rows"].items():
            connection.execute(tables.tables[name].insert(), rows)


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with connected(url) as connection:
        tables = MetaData()
        tables.reflect(connection)
        return {table.name: sorted(map(tuple, connection.execute(table.select()))) for table in tables.sorted_tables}


def shape(url: str) -> dict[str, Any]:
    """Columns, keys and indexes of the journal's tables, as the database has them."""
    with connected(url) as connection:
        found = inspect(connection)
        names = [name for name in found.get_table_names() if name in journal_schema.metadata.tables]
        return {
            name: {
                "columns": [{**column, "type": str(column["type"])} for column in found.get_columns(name)],
                "key": found.get_pk_constraint(name)["constrained_columns"],
                "indexes": sorted((str(index["name"]), index["column_names"]) for index in found.get_indexes(name)),
                "others": [found.get_foreign_keys(name), found.get_unique_constraints(name)],
                "numbers": _numbers(connection, name),
            }
            for name in names
        }


def _numbers(connection: Connection, table: str) -> bool:
    """Whether SQLite never gives a row's number again."""
    if connection.dialect.name != "sqlite":
        return True
    made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
    return "AUTOINCREMENT" in str(made)


def test_the_migrated_tables_are_the_ones_that_the_code_knows(
    open_journal: Open, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    open_journal()
    other = f"sqlite:///{tmp_path / 'other.db'}"
    if database_url.startswith("postgresql"):
        other = request.getfixturevalue("postgres").new_database()
    with connected(other) as connection:
        journal_schema.metadata.create_all(connection)
    assert shape(database_url) == shape(other)
    assert set(shape(database_url)) == set(journal_schema.metadata.tables)


def test_the_newest_migration_is_the_schema_that_the_code_knows() -> None:
    numbers = {file.name.split("_")[1] for file in (journal_migration.FOLDER / "versions").glob("schema_*.py")}
    assert numbers == {str(number + 1) for number in range(journal_schema.VERSION)}


def test_a_journal_from_before_the_migrations_is_taken_over_without_loss(open_journal: Open, database_url: str) -> None:
    make_schema_1(database_url)
    before = content(database_url)
    journal = open_journal()
    account = journal.open_account("a")
    assert account == load_account(SCHEMA_1["rows"]["journal_accounts"][0]["snapshot"])
    assert [order.id for order in account.orders] == ["bot-1-abc-4"]
    journal.close()
    after = content(database_url)
    assert after.pop("journal_version") == [(str(journal_schema.VERSION),)]
    assert after.pop("journal_events") == []
    before["journal_meta"][before["journal_meta"].index(("", "schema", "1"))] = (
        "",
        "schema",
        str(journal_schema.VERSION),
    )
    before["journal_orders"] = [(*row, "market", None, None, "", None) for row in before["journal_orders"]]
    assert after == before


@pytest.mark.parametrize("is_known", [True, False])
def test_an_order_from_before_events_named_theirs_has_its_life(
    open_journal: Open, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    open_journal().close()
    if not is_known:
        forget_how_databases_read_json(tmp_path, monkeypatch)
    told = [
        ("command", {"name": "test_trade", "ok": True, "data": {"order_id": "o-1"}, "error": None}),
        ("order_placed", {"id": "o-1", "side": "buy"}),
        ("fill", {"order_id": "o-1", "amount": "2", "price": "10", "fee": None}),
        ("order_closed", {"order_id": "o-1", "status": "filled", "detail": ""}),
        ("command", {"name": "halt", "ok": True, "data": {}, "error": None}),
        ("notice", {"title": "o-1"}),
    ]
    with connected(database_url) as connection:
        connection.execute(text("DROP INDEX journal_events_by_order"))
        connection.execute(text("ALTER TABLE journal_events DROP COLUMN order_id"))
        connection.execute(text("UPDATE journal_version SET version_num = '3'"))
        connection.execute(text("UPDATE journal_meta SET value = '3' WHERE key = 'schema'"))
        tables = MetaData()
        tables.reflect(connection)
        rows = [
            {"bot_id": "bot-1", "account": "a", "ts": 5, "type": name, "data": json.dumps(data)} for name, data in told
        ]
        connection.execute(tables.tables["journal_events"].insert(), rows)
        order = {"bot_id": "bot-1", "id": "o-1", "account": "a", "ts": 5, "side": "buy", "amount": "2"}
        order |= {"purpose": "test", "reason": "by hand", "status": "filled", "detail": ""}
        connection.execute(tables.tables["journal_orders"].insert(), [order])
    story = open_journal().order("o-1")
    assert story is not None
    assert [(moment.state, moment.text) for moment in story.life] == [
        ("decided", "by hand."),
        ("sent", "Written down, then sent: buy 2 at the market."),
        ("filled", "2 filled at 10."),
    ]
    named = [(row[4], row[6]) for row in content(database_url)["journal_events"]]
    assert [order_id for _, order_id in named] == ["o-1", "o-1", "o-1", "o-1", None, None]


def forget_how_databases_read_json(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a database that the migration has no words for; what is asked of it then is SQL that all of them know."""
    scripts = folder / "migrations"
    shutil.copytree(journal_migration.FOLDER, scripts)
    script = scripts / "versions" / "schema_4_order_events.py"
    known = script.read_text()
    unknown = known.replace('"sqlite": {', '"db2": {').replace('"postgresql": {', '"informix": {')
    assert known.count('": {') == unknown.count('": {') == 2
    script.write_text(unknown)
    monkeypatch.setattr(journal_migration, "FOLDER", scripts)


def test_a_first_journal_is_made_without_words_that_only_some_databases_know(open_journal: Open) -> None:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement.upper())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        open_journal()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    made = [statement for statement in said if statement.lstrip().startswith("CREATE ")]
    assert len(made) > len(journal_schema.metadata.tables)
    assert not [statement for statement in made if "IF NOT EXISTS" in statement], "MySQL has it not for an index"


def test_a_first_start_that_was_cut_off_is_finished(open_journal: Open, database_url: str) -> None:
    with connected(database_url) as connection:
        first, *_ = SCHEMA_1["statements"][connection.dialect.name]
        connection.execute(text(first))
    assert open_journal().open_account("a") is None
    assert set(shape(database_url)) == set(journal_schema.metadata.tables)


def test_a_journal_that_is_up_to_date_starts_without_alembic(
    open_journal: Open, database_url: str, tmp_path: Path
) -> None:
    open_journal("bot-1").close()
    program = OPEN + "print('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, database_url, "bot-1", str(tmp_path)],
        cwd=ROOT, env=clean_environment({}), capture_output=True, text=True, check=True, input="go",
    )  # fmt: skip
    assert done.stdout.split() == ["ready", "False"]


@pytest.mark.parametrize("has_schema_1", [True, False])
def test_bots_that_start_at_once_migrate_once(database_url: str, tmp_path: Path, has_schema_1: bool) -> None:
    if has_schema_1:
        make_schema_1(database_url)
    bots = [
        subprocess.Popen(
            [sys.executable, "-c", SLOWLY + OPEN, database_url, f"bot-{number}", str(tmp_path)],
            cwd=ROOT, env=clean_environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    for bot in bots:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
    answers = []
    for bot in bots:
        assert bot.stdin is not None
        bot.stdin.write("go\n")
        bot.stdin.flush()
    answers = [bot.communicate(timeout=30)[0] for bot in bots]
    assert sorted(answers) == ["", "", "migrates\n"]
    assert [bot.returncode for bot in bots] == [0, 0, 0]
    assert content(database_url)["journal_version"] == [(str(journal_schema.VERSION),)]


OPEN = """
import sys
from pathlib import Path
from bot.shell.journal import Journal
url, bot_id, folder = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
Journal(url, bot_id, lock_path=Path(folder) / bot_id).close()
"""
SLOWLY = """
import time
from bot.shell import journal_migration
migrate = journal_migration.migrate
def slowly(*arguments):
    print("migrates", flush=True)
    time.sleep(0.3)
    migrate(*arguments)
journal_migration.migrate = slowly
"""


@pytest.mark.parametrize("fault", ["op.execute('SELECT * FROM nowhere')", "raise RuntimeError('a mistake of ours')"])
@pytest.mark.parametrize("has_schema_1", [True, False])
def test_a_migration_that_fails_leaves_the_journal_as_it_was(
    open_journal: Open,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    has_schema_1: bool,
) -> None:
    if has_schema_1:
        make_schema_1(database_url)
    before, shape_before = content(database_url), shape(database_url)
    add_migration(
        tmp_path,
        monkeypatch,
        "op.create_table('journal_more', sa.Column('n', sa.Integer))\n"
        "    op.execute('UPDATE journal_trades SET ts = 0')\n"
        "    op.add_column('journal_trades', sa.Column('more', sa.Text))\n"
        f"    {fault}",
    )
    with pytest.raises(JournalError) as error:
        open_journal()
    sentence = str(error.value)
    assert f"could not be brought to schema {NEXT} (" in sentence
    assert "it was left as it was" in sentence
    assert "\n" not in sentence
    assert (content(database_url), shape(database_url)) == (before, shape_before)
    monkeypatch.undo()
    open_journal()  # the lock was let go, and the migrations that are right still work


def add_migration(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """One migration more than there are."""
    scripts = folder / "50% of migrations"
    shutil.copytree(journal_migration.FOLDER, scripts)
    (scripts / "versions" / f"schema_{NEXT}_more.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = '{NEXT}'\ndown_revision = '{NEXT - 1}'\n\n\n"
        f"def upgrade():\n    {body}\n"
    )
    monkeypatch.setattr(journal_migration, "FOLDER", scripts)
    monkeypatch.setattr(journal_schema, "VERSION", NEXT)


def test_a_next_migration_finds_what_the_last_one_left(
    open_journal: Open, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_journal().close()
    with monkeypatch.context() as later:
        add_migration(tmp_path, later, "op.create_table('journal_more', sa.Column('n', sa.Integer))")
        open_journal().close()
    assert content(database_url)["journal_more"] == []
    with pytest.raises(
        JournalError, match=rf"was written by a newer Tapedeck \(schema {NEXT}, this one knows {NEXT - 1}\)"
    ):
        open_journal()


def test_a_newer_journal_is_left_untouched(open_journal: Open, database_url: str) -> None:
    open_journal().close()
    with connected(database_url) as connection:
        connection.execute(text("UPDATE journal_meta SET value = '99' WHERE key = 'schema'"))
    before = content(database_url)
    for lock_path in ({}, {"lock_path": None}):
        with pytest.raises(JournalError, match="newer Tapedeck"):
            open_journal(**lock_path)
    assert content(database_url) == before


def test_an_older_journal_is_read_only_after_a_bot_has_brought_it_up_to_date(
    open_journal: Open, database_url: str
) -> None:
    make_schema_1(database_url)
    with pytest.raises(
        JournalError, match=rf"is of an older Tapedeck \(schema 1, this one reads {NEXT - 1}\): start the bot once"
    ):
        open_journal(lock_path=None)
    open_journal().close()
    assert open_journal(lock_path=None).open_account("a") is not None


def test_a_migration_does_not_wait_for_ever(
    open_journal: Open, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_schema_1(database_url)
    monkeypatch.setattr(journal_store, "BUSY_MS", 200)
    with connected(database_url) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("UPDATE journal_meta SET value = value"))
        else:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({journal_store.MIGRATION_LOCK})"))
        with pytest.raises(JournalError, match="lock"):
            open_journal()
