"""A ledger in a PostgreSQL database: how it is opened, guarded, locked, committed and scrubbed.

Law: whoever holds the lock on the row of `head` may append, and positions come from that row, so that there is
never a gap; a commit is acknowledged only when the server calls it durable without a warning. The triggers are a
speed bump against mistakes. The proof is the tree.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event
from sqlalchemy.engine import Engine

from ledger.errors import InputOutput, LedgerError
from ledger.store.database import Database, Line, Write
from ledger.store.faults import SEND_AGAIN, translated
from ledger.store.statements import HEAD_LOCKED, Statement, in_few_statements

if TYPE_CHECKING:
    import psycopg

GUARDS = (
    """CREATE OR REPLACE FUNCTION ledger_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'what was recorded stays as it is: % of %', TG_OP, TG_TABLE_NAME; END $$""",
    """CREATE OR REPLACE FUNCTION ledger_takes_turns() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.position IS DISTINCT FROM (SELECT coalesce(max(position), 0) + 1 FROM entries) THEN
            RAISE EXCEPTION 'entries are added in turn';
        END IF;
        RETURN NEW;
    END $$""",
    *(
        # A statement trigger stops TRUNCATE too, which walks past row triggers.
        f"CREATE TRIGGER {table}_keep BEFORE {deeds} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps()"
        for table, deeds in (
            ("entries", "UPDATE OR DELETE OR TRUNCATE"),
            ("statements", "UPDATE OR DELETE OR TRUNCATE"),
            ("tags", "UPDATE OR DELETE OR TRUNCATE"),
            ("tiles", "UPDATE OR DELETE OR TRUNCATE"),
            ("openings", "UPDATE OR TRUNCATE"),
            ("head", "DELETE OR TRUNCATE"),
        )
    ),
    "CREATE TRIGGER entries_in_turn BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION ledger_takes_turns()",
    "CREATE TRIGGER head_only_grows BEFORE UPDATE ON head FOR EACH ROW"
    " WHEN (NEW.size <= OLD.size OR (length(OLD.checkpoint) > 0 AND length(NEW.checkpoint) = 0))"
    " EXECUTE FUNCTION ledger_keeps()",
    # ANALYZE keeps samples of a column's values in pg_statistic: of an opening it must keep none.
    "ALTER TABLE openings ALTER COLUMN opening SET STATISTICS 0",
)

BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

SETTINGS = (
    "SELECT set_config('lock_timeout', %s, false), set_config('client_min_messages', 'warning', false),"
    " current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')"
)
"""Run on every new connection. Warnings must reach us: one of them says that a commit was not replicated."""


class PostgresqlLine(Line):
    """A connection to the server."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._streams = 0
        self._warnings: list[str] = []
        self._driver.add_notice_handler(self._hear)

    def discard(self) -> None:
        """As for every database; where the server ended the session, the idle ones are not tried one by one."""
        lost = self._driver.closed
        super().discard()
        if lost:
            self._database.engine.dispose()

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            said = (notice.message_primary, notice.message_detail)
            self._warnings.append(" ".join(part for part in said if part))

    def stream(self, statement: Statement, /, **values: object) -> Iterator[tuple[Any, ...]]:
        sql, names = statement.on(self._dialect)
        self._streams += 1
        stream = f"stream_{self._streams}"
        with self.telling():
            self._driver.execute(f"DECLARE {stream} CURSOR FOR {sql}", [values[name] for name in names])
        while batch := self.run(f"FETCH 1000 FROM {stream}"):
            yield from batch
        self.run(f"CLOSE {stream}")  # one that is abandoned ends with its transaction

    def begin_reading(self) -> None:
        self.run(BEGIN_READING)

    def begin_writing(self) -> tuple[Any, ...] | None:
        # Two sentences in one message: one round trip less. The head is read after its lock is ours, and before
        # any other row; under READ COMMITTED it is then the last one committed.
        try:
            self._cursor.execute(f"{BEGIN_WRITING}; {HEAD_LOCKED.on(self._dialect)[0]}", prepare=False)
            self._cursor.nextset()
            head: tuple[Any, ...] | None = self._cursor.fetchone()
        except self._error as error:
            raise translated(error, self.where) from error
        return head

    def finish(self, writes: Sequence[Write]) -> None:
        self._warnings.clear()
        try:
            with self._one_trip():
                for write in writes:
                    for statement, values in in_few_statements(*write):
                        self._driver.execute(statement.on(self._dialect)[0], values)
                committed = self._driver.execute("COMMIT")
        except self._error as error:
            raise translated(error, self.where) from error
        # COMMIT of a transaction that has failed answers ROLLBACK, and calls that a success.
        if committed.statusmessage != "COMMIT" or self._warnings:
            said = "; ".join(self._warnings) or "it answered " + str(committed.statusmessage)
            raise InputOutput(
                f"The database did not confirm that it recorded this: {said}",
                where=self.where,
                next_step=SEND_AGAIN,
            )

    def _one_trip(self) -> AbstractContextManager[object]:
        """A pipeline where the client library has them: all is sent, then all answers are read."""
        import psycopg  # noqa: PLC0415

        pipeline: AbstractContextManager[object] = (
            self._driver.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()
        )
        return pipeline

    def give_back(self) -> None:
        self._driver.remove_notice_handler(self._hear)
        super().give_back()


def postgresql_engine(url: URL, **options: str) -> Engine:
    """An engine on psycopg, with as many connections as are asked for. InputOutput when psycopg is not installed."""
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), max_overflow=-1, **options)
    except ModuleNotFoundError as error:
        raise InputOutput(
            "The driver for PostgreSQL is not installed.",
            where=url.render_as_string(hide_password=True),
            next_step="Install it with: pip install 'shared-outcomes-ledger[postgres]'",
        ) from error


class Postgresql(Database):
    """A ledger's database, in the first schema of the user's search path.

    It wants sessions of its own: a pooler in front that deals out single transactions would lose their settings.
    """

    table_names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    guards = GUARDS
    shares = True
    line_class = PostgresqlLine

    def __init__(self, url: URL, patience: float) -> None:
        self._url = url
        super().__init__(url.render_as_string(hide_password=True), patience)

    @property
    def driver_error(self) -> type[Exception]:
        import psycopg  # noqa: PLC0415  # an extra: a ledger on SQLite does without

        return psycopg.Error

    def _connect(self) -> Engine:
        engine = postgresql_engine(self._url, paramstyle="format")
        event.listen(engine, "connect", self._settle)
        return engine

    def _settle(self, connection: psycopg.Connection, _: object) -> None:
        """Bring a new connection to what the laws demand, or refuse to use it."""
        connection.autocommit = True  # transactions begin and end where we say so
        answer = connection.execute(SETTINGS, [f"{max(1, round(self.patience * 1000))}ms"]).fetchone()
        names = ("synchronous_commit", "fsync", "full_page_writes")
        off = [name for name, value in zip(names, (answer or ())[2:], strict=False) if value == "off"]
        if answer is None or off:
            connection.close()
            raise InputOutput(
                f"This database acknowledges commits that a power cut would lose ({' and '.join(off)} is off).",
                where=self.where,
                next_step=f"Set {' and '.join(off)} to on.",
            )

    def _begin_making(self, line: Line) -> None:
        line.run(BEGIN_WRITING)
        # One maker at a time; the lock is let go when the transaction ends.
        line.run("SELECT pg_advisory_xact_lock(hashtext('shared outcomes ledger'))")

    def scrub(self) -> list[str]:
        """Rewrite the table of openings, then begin a new write-ahead log and drop the old.

        Waits as long as patience lasts for transactions that may still see the deleted rows.
        """
        with self.lending() as line:
            left = [sentence for asked, sentence in KEEPERS if line.run(asked) != [(0,)]]
            deadline = time.monotonic() + self.patience
            while (still_open := line.run(STILL_OPEN) != [(0,)]) and time.monotonic() < deadline:
                time.sleep(0.05)
            if still_open:
                left.append(KEPT_FOR_ANOTHER)
            for step, sentence in STEPS:
                try:
                    line.run(step)
                except LedgerError as error:
                    left.append(f"{sentence} {error.why}")
                    break
        return left


KEEPERS = (
    (
        "SELECT count(*) FROM pg_settings WHERE name = 'wal_recycle' AND setting <> 'off'",
        "Files of the write-ahead log that are used again may still hold the bytes. Set wal_recycle to off.",
    ),
    (
        "SELECT count(*) FROM pg_settings WHERE name = 'archive_mode' AND setting <> 'off'",
        "The archive of the write-ahead log may still hold the bytes. Destroy what it has from before this erasure.",
    ),
    (
        "SELECT count(*) FROM pg_settings WHERE name = 'wal_keep_size' AND setting <> '0'",
        "Files of the write-ahead log that are kept for standbys may still hold the bytes. Set wal_keep_size to 0.",
    ),
    (
        "SELECT count(*) FROM pg_replication_slots",
        "A replication slot may keep files of the write-ahead log that still hold the bytes. "
        "Scrub again when its standby has caught up, and scrub the standby.",
    ),
    (
        "SELECT count(*) FROM pg_settings WHERE (name = 'log_statement' AND setting IN ('mod', 'all'))"
        " OR (name IN ('log_min_duration_statement', 'log_min_duration_sample') AND setting <> '-1')",
        "The server's log may hold the bytes, because it writes statements with their values. "
        "Set log_statement to ddl or none and log_min_duration_statement to -1, and destroy the old log.",
    ),
)
"""What else may keep the bytes: how to ask (0 is no), and what to say."""

STILL_OPEN = (
    "SELECT (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())"
    " + (SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND CASE WHEN datname = current_database() THEN backend_xmin IS NOT NULL OR query = '<insufficient privilege>'"
    " WHEN datname IS NULL THEN backend_xmin IS NOT NULL END)"
)
"""How many others may still see rows that were deleted; whoever we are not allowed to look at is one of them."""

KEPT_FOR_ANOTHER = (
    "Another transaction was open, so the deleted row may have been kept for it. Scrub again when it has ended."
)

STEPS = (
    ("VACUUM (FULL) openings", "The table of openings was not rewritten, so it still holds the bytes."),
    ("CHECKPOINT", "The write-ahead log may still hold the bytes: only a superuser or pg_checkpoint may drop it."),
    ("SELECT pg_switch_wal()", "The write-ahead log may still hold the bytes: this user may not begin a new file."),
    ("CHECKPOINT", "The write-ahead log may still hold the bytes: the second checkpoint failed."),
)
"""What is done, in this order, and what it means when it fails."""
