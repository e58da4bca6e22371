"""Ledgers to attack: one story of sixty entries in a real store, and the operator who writes it again.

Law: the honest ledger comes through the one way in, `recording.Log`, into a real SQLite file or PostgreSQL database.
The hostile operator holds the log key and the database, and nobody else's pen: whatever he writes, every leaf, root,
tile, tag and checkpoint beside it is right, so that only the entries can give him away.
"""

from __future__ import annotations

import atexit
import io
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import entry, pack, recording
from ledger.checkpoint import Checkpoint, LogKey, sign_checkpoint
from ledger.errors import LedgerError
from ledger.merkle import Tree, leaf_hash
from ledger.recording import Log, Submission
from ledger.rules import register
from ledger.statement import Seen, Statement
from ledger.store import Row, Store, Turn
from ledger.store.tables import TABLES
from ledger.values import Digest, Instant
from tests.rules import (
    CHARITY,
    CLERK,
    DEPUTY,
    ICB_CFO,
    ICB_DEPUTY,
    POLICE_CFO,
    S151,
    admits,
    appoints,
    approves,
    changes_holder,
    closes,
    commits,
    confirms,
    declines,
    erases,
    firms,
    log_key,
    passes,
    pool,
    retires,
    reverses,
    revokes,
    rotates,
    rule,
    says,
    sets_table,
    takes_back,
    transcribes,
    varies,
    withdraws,
)
from tests.story import COUNCIL, ICB, ORIGIN, POLICE, Telling, World, commitment, key_of, line, raw

ROOT: Final = Path(__file__).parents[1]
LOG_KEYS: Final = (key_of(f"log of {ORIGIN}"), key_of("the new log key"))
"""The key that the ledger is founded with, and the one that it changes to."""
COVER, TREASURER = f"{COUNCIL}/cover", f"{COUNCIL}/treasurer"
DEPUTY_POWERS: Final = ["appoint", "agree", "commit", "approve"]
TABLE: Final = (
    rule("pool-agreed/1", "named-parties"),
    rule("pool-closed/1", "named-parties"),
    rule("commitment-made/1", "second-officer", above="100000.00"),
    rule("commitment-varied/1", "second-officer", above="100000.00"),
)
LATER_TABLE: Final = (*TABLE, rule("commitment-withdrawn/1", "second-officer", until_then="counts-unsigned"))
NOTE: Final = {"sealed": {"note": "Agreed with the board."}}

LARGE, SMALL = line("250000.00"), line("40000.00")


def _noted(reference: str, *lines: dict[str, Any], by: str = S151, note: str = "Agreed with the board.") -> Telling:
    """A commitment with a sealed note."""
    body = commitment(reference, *lines, funder=by.split("/", 1)[0])
    return says("commitment-made/1", body, by, sealed={"note": note})


def _old_seen(*tellings: Telling) -> Telling:
    """These are signed in one go, as an import is: each has seen the head that the first one saw."""

    def tell(world: World) -> None:
        seen = Seen(root=Digest(world.tree.root()), size=world.tree.size)
        write = world.write

        def write_with(kind: str, body: dict[str, Any], by: str, **more: Any) -> tuple[bytes, dict[str, bytes]]:
            return write(kind, body, by, seen=seen, **more)

        world.write = write_with  # type: ignore[method-assign]
        try:
            world.given(*tellings)
        finally:
            world.write = write  # type: ignore[method-assign]

    return tell


STORY: Final[tuple[tuple[str, tuple[Telling, ...]], ...]] = (
    # -- the register
    ("the ledger is founded", (lambda world: world.found(approvals=list(TABLE)),)),
    ("the ICB is admitted", (admits(ICB),)),
    ("the police are admitted", (admits(POLICE, ICB_CFO),)),
    ("the charity is admitted", (admits(CHARITY, officer=False), approves(ICB_CFO), approves(POLICE_CFO))),
    ("the deputy is appointed", (appoints(DEPUTY, DEPUTY_POWERS, limit="500000.00"),)),
    ("the clerk is appointed", (appoints(CLERK, ["transcribe", "agree"]),)),
    ("the cover is appointed", (appoints(COVER, ["commit"], limit="50000.00", until="2026-04-30"),)),
    ("the ICB's deputy is appointed", (appoints(ICB_DEPUTY, DEPUTY_POWERS, by=ICB_CFO, limit="400000.00"),)),
    # -- a pool, and what is committed to it
    ("the pool waits", (pool(COUNCIL, ICB, POLICE),)),
    ("the pool is agreed", (approves(ICB_CFO), approves(POLICE_CFO))),
    ("C-1 is made", (_noted("C-1"),)),
    ("C-2 waits", (commits("C-2", LARGE),)),
    ("C-2 is approved", (approves(DEPUTY),)),
    ("C-3 waits", (commits("C-3", LARGE),)),
    ("C-3 is declined", (declines(DEPUTY, "commitment-made/1"),)),
    ("C-3 waits again", (commits("C-3", line("150000.00")),)),
    ("C-3 is taken back", (takes_back(S151, "commitment-made/1"),)),
    ("C-4 waits, and lapses", (commits("C-4", LARGE),)),
    ("I-1 is made", (_noted("I-1", SMALL, by=ICB_CFO, note="Subject to the plan."),)),
    ("I-2 is indicative", (commits("I-2", SMALL, by=ICB_CFO, strength="indicative"),)),
    ("I-2 is firm", (firms("I-2", ICB_CFO),)),
    ("I-2 is varied", (varies("I-2", line("45000.00"), by=ICB_DEPUTY),)),
    ("P-1 is made", (commits("P-1", SMALL, by=POLICE_CFO),)),
    # -- keys come and go
    ("the deputy's key is rotated", (rotates(DEPUTY, S151),)),
    ("the deputy signs with the new key", (commits("C-5", SMALL, by=DEPUTY),)),
    ("the ICB's deputy commits, and it waits", (commits("I-3", LARGE, by=ICB_DEPUTY),)),
    ("the ICB's deputy's key is revoked", (revokes(ICB_DEPUTY, ICB_CFO),)),
    ("the ICB's deputy has a new key", (rotates(ICB_DEPUTY, ICB_CFO),)),
    ("somebody else is the clerk", (changes_holder(CLERK, S151, "another clerk"),)),
    ("T-1 is transcribed", (transcribes("T-1", by=CLERK, funder=ICB),)),
    ("T-1 is confirmed", (confirms(ICB_CFO),)),
    ("T-2 is transcribed", (transcribes("T-2", by=CLERK, funder=CHARITY),)),
    ("the clerk is retired", (retires(CLERK),)),
    ("the cover signs in time", (commits("C-6", line("9000.00"), by=COVER),)),
    # -- corrections
    ("five weeks pass", (passes(days=35),)),
    ("P-1 is withdrawn", (withdraws("P-1", POLICE_CFO),)),
    ("C-7 is made", (_noted("C-7", line("1000.00"), note="A mistake."),)),
    ("C-7 is reversed", (reverses("commitment-made/1"),)),
    ("the note of C-7 is erased", (erases("note", "commitment-made/1"),)),
    # -- the rules and the log key
    ("a new table waits", (sets_table(*LATER_TABLE),)),
    ("the new table holds", (approves(ICB_CFO), approves(POLICE_CFO))),
    ("a new log key waits", (lambda world: world.say("log-key-changed/1", log_key(world)),)),
    ("the log key is changed", (approves(ICB_CFO), approves(POLICE_CFO))),
    ("the aligned pool waits", (pool(COUNCIL, ICB, pool="aligned", name="Aligned money", legal_power="aligned"),)),
    ("the aligned pool is agreed", (approves(ICB_CFO),)),
    ("A-1 is made", (commits("A-1", SMALL, pool="aligned"),)),
    ("the aligned pool's end waits", (closes("aligned"),)),
    ("the aligned pool is closed", (approves(ICB_CFO),)),
    # -- the end: the last that another partner says, and then the council alone
    ("I-2 is varied again", (varies("I-2", line("46000.00"), by=ICB_CFO),)),
    ("C-8 is made", (_noted("C-8", line("2000.00")),)),
    ("C-1 is varied", (varies("C-1", line("26000.00")),)),
    ("the import", (_old_seen(*(commits(f"M-{n}", line(f"{n}00.00")) for n in range(1, 5))),)),
)
"""What happens, in order: a name for each step, and who says what in it. An hour passes between two steps."""


@dataclass(slots=True)
class Story:
    """What was told: a world at its end, and the number of the first entry of each step by its name."""

    world: World = field(default_factory=World)
    at: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.world.lines)

    def tell(self, step: str, *tellings: Telling) -> None:
        """One step more."""
        self.at[step] = self.size + 1
        self.world.given(*tellings, passes(seconds=3600))

    def said(self, step: str) -> Statement:
        """The statement of a step's first entry."""
        return entry.read(self.world.lines[self.at[step] - 1]).statement


def story(to: str = "") -> Story:
    """The story told anew, to its end or up to and with a step; the world's pens go on from there."""
    told = Story()
    for step, tellings in STORY:
        told.tell(step, *tellings)
        if step == to:
            break
    return told


@cache
def the_story() -> Story:
    """The same story, told once; for those who only read it."""
    return story()


def the_end() -> World:
    """A world in which all of it was said, and whose pens go on from there. Its Book is empty: nothing is judged."""
    world = the_story().world
    return World(tree=world.tree.copy(), lines=list(world.lines), keys=dict(world.keys), now=world.now, told=world.told)


def long_story(entries: int = 520) -> Story:
    """The same, and then commitments of the council until the log has so many entries: its tiles have two levels."""
    told = story()
    told.at["the long import"] = told.size + 1
    wanted = entries - told.size
    told.world.given(_old_seen(*(commits(f"L-{n}", line(f"{n}.00")) for n in range(1, wanted + 1))))
    return told


# -- the honest ledger ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class At:
    """A clock that says what it is told."""

    moment: Instant

    def now(self) -> Instant:
        return self.moment


@dataclass(frozen=True, slots=True)
class Honest:
    """A recorded story: where it is, and the checkpoint that was acknowledged with each entry."""

    url: str
    story: Story
    notes: tuple[bytes, ...]
    """`notes[n - 1]` is the checkpoint of n entries."""

    @property
    def identity(self) -> bytes:
        return leaf_hash(self.story.world.lines[0])


def record(told: Story, url: str) -> Honest:
    """Record a story in a new ledger at that address, each statement at its moment."""
    notes: list[bytes] = []
    world = told.world
    with closing(Store.open(url, create=True)) as store:
        log = Log(store, LOG_KEYS)
        submissions = [
            (entry.received_at(line), Submission(entry.read(line).statement.wire, world.openings.get(number, {})))
            for number, line in enumerate(world.lines, 1)
        ]
        together = told.at.get("the long import", len(submissions) + 1) - 1
        for moment, submission in submissions[:together]:
            notes.append(log.record(submission, At(moment)).checkpoint)
        if rest := submissions[together:]:
            outcomes = log.record_all([submission for _, submission in rest], At(rest[0][0]), together=True)
            refused = [outcome for outcome in outcomes if isinstance(outcome, LedgerError)]
            assert not refused, refused[0]
            notes.append(log.head()[1])
        assert [row.entry for row in store.entries()] == world.lines
    return Honest(url, told, tuple(notes))


@cache
def _recorded(folder: Path, long: bool) -> Honest:
    path = folder / ("long.db" if long else "ledger.db")
    return record(long_story() if long else story(), f"sqlite:///{path}")


def honest_copy(templates: Path, folder: Path, *, long: bool = False) -> Honest:
    """The story in a SQLite file of its own, copied from one that is recorded once a session."""
    made = _recorded(templates, long)
    path = folder / "ledger.db"
    shutil.copyfile(made.url.removeprefix("sqlite:///"), path)
    return Honest(f"sqlite:///{path}", made.story, made.notes)


# -- the hostile operator ---------------------------------------------------------------------------

Openings = Mapping[int, Mapping[str, bytes]]
"""By the number of the entry, then by the name of the field."""


def forge(
    url: str,
    lines: Sequence[bytes],
    openings: Openings,
    key: Ed25519PrivateKey = LOG_KEYS[1],
    *,
    origin: str = ORIGIN,
) -> str:
    """Write these lines past the admission, with all that is stored beside them right; the address."""

    def seal(size: int, root: bytes) -> bytes:
        return sign_checkpoint(Checkpoint(origin, size, root), key)

    with closing(Store.open(url, create=True)) as store, store.turn(seal) as turn:
        for number, line in enumerate(lines, 1):
            turn.append(row_of(line, turn, openings.get(number, {})))
    return url


def row_of(line: bytes, turn: Turn, openings: Mapping[str, bytes]) -> Row:
    """What the tables must say of a line; of one that cannot be read, as much as there is to say."""
    try:
        said = entry.read(line).statement
    except LedgerError:
        return Row("commitment-made/1", line)
    taken = turn.position_of(UUID(said.id).bytes) is not None
    return Row(said.event.kind, line, recording.tags(said, turn), b"" if taken else UUID(said.id).bytes, openings)


def openings_of(told: Story) -> dict[int, dict[str, bytes]]:
    """The openings that an honest store holds at the story's end: all but the erased one."""
    kept = {number: dict(held) for number, held in told.world.openings.items()}
    if "the note of C-7 is erased" in told.at:
        del kept[told.at["C-7 is made"]]
    return kept


def shifted(openings: Openings, places: Mapping[int, int]) -> dict[int, Mapping[str, bytes]]:
    """The same openings at other entries; those of an entry without a new place are left out."""
    return {places[number]: held for number, held in openings.items() if number in places}


# -- packs ------------------------------------------------------------------------------------------


def write_pack(
    folder: Path,
    lines: Sequence[bytes],
    openings: Openings,
    *,
    key: Ed25519PrivateKey = LOG_KEYS[1],
    state: register.State | None = None,
) -> Path:
    """A pack of these lines in which every hash, sum and signature of the log is right."""
    tree = Tree()
    for one in lines:
        tree.append(leaf_hash(one))
    note = sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), key)
    live = pack.live_keys(state or the_story().world.book.register)
    contents = pack.Contents(note, leaf_hash(lines[0]), LogKey(ORIGIN, raw(key)), lambda: live)
    opened = ((number, name, held[name]) for number, held in sorted(openings.items()) for name in sorted(held))
    pack.write(folder, lines, opened, contents)
    return folder


def again(folder: Path) -> None:
    """Write SHA256SUMS anew, as whoever changed a file would."""
    left_out = {folder / pack.SUMS, folder / pack.SIGNED_SUMS}
    paths = sorted(os.fsencode(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    named = [(os.fsdecode(name), folder / os.fsdecode(name)) for name in paths]
    sums = [f"{sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in named if path not in left_out]
    (folder / pack.SUMS).write_bytes(os.fsencode("".join(sums)))


# -- the operator's own tools -------------------------------------------------------------------------

Cells = tuple[Any, ...]
"""A row, in the order of its table's columns."""


class Tools:
    """The database's own tools in hostile hands: once `loosened`, no trigger and no constraint is left."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.on_sqlite = url.startswith("sqlite:///")
        self._connection: Any
        if self.on_sqlite:
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[Cells]:
        """Run one sentence of SQL, with a question mark for each value."""
        cursor = self._connection.execute(sql if self.on_sqlite else sql.replace("?", "%s"), values)
        return list(cursor.fetchall()) if cursor.description else []

    def loosened(self) -> Tools:
        """Drop every trigger and every constraint."""
        if self.on_sqlite:
            for (name,) in self.run("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                self.run(f"DROP TRIGGER {name}")
            for table, columns in COLUMNS.items():
                self.run(f"ALTER TABLE {table} RENAME TO old_{table}")
                self.run(f"CREATE TABLE {table} ({listed(columns)})")
                self.run(f"INSERT INTO {table} SELECT {listed(columns)} FROM old_{table}")  # noqa: S608
                self.run(f"DROP TABLE old_{table}")
            return self
        for table, name in self.run(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        ):
            self.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table, columns in COLUMNS.items():
            self.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for column in columns:
                self.run(f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP NOT NULL')
        return self

    def rows(self, table: str) -> list[Cells]:
        """All rows of a table, in the order of its columns."""
        columns = listed(COLUMNS[table])
        return self.run(f"SELECT {columns} FROM {table} ORDER BY {columns}")  # noqa: S608

    def put(self, table: str, old: Cells | None, new: Cells | None) -> None:
        """Put a row in the place of another; None for no row."""
        columns = COLUMNS[table]
        if old is not None:
            self.run(f"DELETE FROM {table} WHERE {self._same(table)}", old)  # noqa: S608
        if new is not None:
            places = ", ".join("?" for _ in columns)
            self.run(f"INSERT INTO {table} ({listed(columns)}) VALUES ({places})", new)  # noqa: S608

    @contextmanager
    def changed(self, table: str, old: Cells | None, new: Cells | None) -> Iterator[None]:
        """The same for the time of a block; afterwards all is as it was, even where such a row was there already."""
        before = self.run(f"SELECT * FROM {table} WHERE {self._same(table)}", new) if new else []  # noqa: S608
        self.put(table, old, new)
        try:
            yield
        finally:
            self.put(table, new, old)
            for _ in before:
                self.put(table, None, new)

    def _same(self, table: str) -> str:
        same = "IS" if self.on_sqlite else "IS NOT DISTINCT FROM"
        return " AND ".join(f'"{column}" {same} ?' for column in COLUMNS[table])


COLUMNS: Final = {name: tuple(column.name for column in table.columns) for name, table in TABLES.tables.items()}


def listed(columns: Iterable[str]) -> str:
    """The columns' names as SQL has them."""
    return ", ".join(f'"{column}"' for column in columns)


# -- the foreign readers ------------------------------------------------------------------------------

Foreign = Callable[[Path, bytes | None, bytes | None], list[str]]
"""Reads a pack, with an identity and a checkpoint that were kept, or None; its findings, none where it says OK."""


def python_reader(folder: Path, identity: bytes | None, note: bytes | None) -> list[str]:
    """The reader in Python, written from the format document alone."""
    from tests.foreign import verify_pack

    told = io.StringIO()
    with redirect_stdout(told):
        code = verify_pack.pack_command(folder, identity.hex() if identity else None, note)
    return _findings(code, told.getvalue())


def go_reader(program: Path) -> Foreign:
    """The reader in Go, built at that path."""

    def read(folder: Path, identity: bytes | None, note: bytes | None) -> list[str]:
        command: list[str | Path] = [program, folder]
        if identity is not None:
            command += ["-identity", identity.hex()]
        with TemporaryDirectory() as kept:
            if note is not None:
                path = Path(kept, "checkpoint")
                path.write_bytes(note)
                command += ["-against", path]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return _findings(done.returncode, done.stdout)

    return read


@cache
def go_program(go: str) -> Path:
    """The Go reader, built once by the very command that the head of its main.go gives."""
    source = ROOT / "tests" / "foreign" / "verifypack" / "main.go"
    documented = next(line for line in source.read_text().splitlines() if " build -o OUT " in line)
    folder = Path(mkdtemp(prefix="outcomes-verifypack-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = folder / "verifypack"
    command = documented.removeprefix("//").strip().replace(" go build", f" {go} build").replace("OUT", str(program))
    subprocess.run(["sh", "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    return program


def _findings(code: int, told: str) -> list[str]:
    """The findings of a foreign reader, each as it stands after the word; its exit code must agree."""
    found = [line.removeprefix("FINDING ") for line in told.splitlines() if line.startswith("FINDING ")]
    assert code == (3 if found else 0), told
    return found
