"""Erasure: after it no byte of the sealed text or its salt is where the ledger is kept, and every proof still holds.

Law: destroying an opening destroys it (law 13). What is searched is every file: of SQLite the database, its
write-ahead log and its shared memory; of PostgreSQL the whole data directory and the server's log; and a pack.
Backups, packs and copies that were made before are not reached, and nobody says that they are.
"""

from __future__ import annotations

import random
import shutil
import string
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from commands.main import main
from ledger import jcs, statement
from ledger.audit import Kept
from ledger.checkpoint import LogKey
from ledger.pack import Pack
from ledger.receipt import Receipt
from ledger.recording import Log, Recorded
from ledger.store import Store
from ledger.verifying import verify_pack, verify_store
from tests.databases import cluster
from tests.story import START
from tests.writer import CLOCK, LOG_KEY, LOG_PUBLIC, found, seen_by, statement_of
from tests.writer import Pen as Writer

STAYS = "What was sealed beside it, and stays"
NOTES, TARGET = 40, 20


@pytest.fixture
def text(request: pytest.FixtureRequest) -> str:
    """What has to go: words that no other test writes into the cluster."""
    return "Family of " + "".join(random.Random(request.node.nodeid).choices(string.ascii_letters, k=30))


def holding(folder: Path, *secrets: bytes) -> list[Path]:
    """The files under a folder that hold one of these."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files for content in [path.read_bytes()] if any(secret in content for secret in secrets)]


def found_in(folder: Path, secret: bytes) -> bool:
    """Whether a file holds it. A server moves bytes from one file to another while we read: so we look again."""
    return any(holding(folder, secret) for _ in range(5))


def secrets_of(opening: bytes) -> list[bytes]:
    """All that must go with an opening: the text, the salt in base64 and plain, and the whole as packs hold it."""
    salt, _, text = opened(opening)
    return [text.encode(), salt.encode(), b64decode(salt), b64encode(opening)]


def opened(opening: bytes) -> list[str]:
    """The salt, the field's name and the text."""
    plain = jcs.parse(opening)
    assert isinstance(plain, list)
    return plain


def erasure(statement_id: str) -> dict[str, object]:
    """The body of an order to destroy a note."""
    return {"occurred_on": str(START.day), "entry": statement_id, "field": "note", "ground": "personal-data"}


# -- through the log ---------------------------------------------------------------------------------


@dataclass
class Written:
    """A ledger with forty sealed notes, one of which is to go; the receipts for them; and where all of it is kept."""

    store: Store
    folder: Path
    text: str
    log: Log = field(init=False)
    writer: Writer = field(init=False)
    recorded: list[Recorded] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    secrets: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.log, self.writer = Log(self.store, [LOG_KEY]), Writer(self.text[-12:])
        for number in range(NOTES):
            self.add(self.text if number == TARGET else STAYS)
        self.secrets = secrets_of(self.store.openings(self.recorded[TARGET].position)["note"])

    def add(self, note: str) -> None:
        """Record one more commitment with a sealed note."""
        recorded = self.log.record(self.writer.write(seen_by(self.log), note=note), CLOCK)
        self.recorded.append(recorded)
        self.receipts.append(recorded.receipt(self.store).format())

    def erase(self) -> None:
        """Record the order to destroy the note."""
        body = erasure(statement_of(self.recorded[TARGET].line).id)
        self.log.record(self.writer.sign("field-erased/1", body, seen_by(self.log), {}), CLOCK)

    def require_all_else(self) -> None:
        """Every receipt holds, the ledger extends every head that they are under, and what was not erased is there."""
        receipts = [Receipt.parse(receipt) for receipt in self.receipts]
        for receipt in receipts:
            receipt.verify(LOG_PUBLIC)
        report = verify_store(self.store, Kept(heads=tuple(receipt.checkpoint for receipt in receipts)))
        assert not report.findings
        notes = [self.store.openings(recorded.position) for recorded in self.recorded]
        assert notes.pop(TARGET) == {}
        assert {opened(note["note"])[2] for note in notes} == {STAYS}


@pytest.fixture
def written(database_url: str, tmp_path: Path, text: str) -> Iterator[Written]:
    """In SQLite the folder is the ledger's own; in PostgreSQL it is the cluster's, the server's log among it."""
    found(database_url)
    with closing(Store.open(database_url)) as store:
        yield Written(store, tmp_path if database_url.startswith("sqlite") else cluster().folder, text)


def test_no_byte_of_an_erased_text_is_left(written: Written) -> None:
    assert found_in(written.folder, written.secrets[0])
    assert found_in(written.folder, written.secrets[1])
    written.erase()
    assert written.store.scrub() == []
    assert not holding(written.folder, *written.secrets)
    assert found_in(written.folder, STAYS.encode())
    written.require_all_else()
    written.store.close()
    assert not holding(written.folder, *written.secrets)


def test_what_was_erased_stays_away_while_the_ledger_goes_on(written: Written) -> None:
    written.erase()
    for _ in range(10):
        written.add(STAYS)
    assert written.store.scrub() == []
    for _ in range(10):
        written.add(STAYS)
    assert not holding(written.folder, *written.secrets)
    written.require_all_else()


def test_what_is_sealed_and_erased_in_one_group_is_never_written(written: Written, text: str) -> None:
    seen, never = seen_by(written.log), text.replace("Family", "Somebody")
    sealed = written.writer.write(seen, note=never)
    order = written.writer.sign("field-erased/1", erasure(statement.parse(sealed.wire).id), seen, {})
    outcomes = written.log.record_all([sealed, order], CLOCK)
    assert all(isinstance(one, Recorded) for one in outcomes)
    assert not holding(written.folder, *secrets_of(sealed.openings["note"]))
    assert not verify_store(written.store, Kept()).findings
    written.erase()
    assert written.store.scrub() == []
    assert not holding(written.folder, *written.secrets)


# -- through the command -----------------------------------------------------------------------------

INIT = (
    "init --origin place.example/scrub --organisation GB-EXAMPLE-COUNCIL --name Example --form council --staff-number 1"
)
POOL = "pool agree prevention --legal-power aligned --name Prevention --partner GB-EXAMPLE-COUNCIL --starts 2026-04-01"
COMMIT = "commitment make C-{} --pool prevention --amount 25000.00 --year 2026-27 --note"
ERASE = "erase 3 note --ground personal-data"


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A folder in which somebody works, their home in it, with two sealed notes in the ledger."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCOMES_LEDGER", database_url)
    monkeypatch.setenv("OUTCOMES_SEED", text)  # keys without a passphrase
    assert main([*INIT.split(), "--purpose", "example"]) == 0
    assert main(POOL.split()) == 0
    assert main([*COMMIT.format(1).split(), text]) == 0
    assert main([*COMMIT.format(2).split(), STAYS]) == 0
    return tmp_path


def test_the_command_leaves_no_byte(office: Path, database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    receipts = [path.read_bytes() for path in office.rglob("*.tlog-proof")]
    assert len(receipts) == 4
    with closing(Store.open(database_url)) as store:
        secrets = secrets_of(store.openings(3)["note"])
    assert main(["audit", "pack", "before"]) == 0
    assert holding(office / "before", *secrets)
    shutil.rmtree(office / "before")
    assert main(ERASE.split()) == 0
    assert "Not all done" not in capfd.readouterr().err
    assert main(["audit", "pack", "after"]) == 0
    for folder in [office] if database_url.startswith("sqlite") else [office, cluster().folder]:
        assert not holding(folder, *secrets)
    assert main(["audit", "verify"]) == 0
    assert not verify_pack(office / "after", Kept()).findings
    assert [opened(opening)[2] for _, _, opening in Pack.open(office / "after").openings()] == [STAYS]
    (kept,) = (office / "home").rglob("log.vkey")
    for receipt in receipts:
        Receipt.parse(receipt).verify(LogKey.parse(kept.read_text().strip()))
