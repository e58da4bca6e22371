"""What an operator can do who makes everything else agree: each attack, and who sees it.

He holds the log key and the database, so every leaf, root, tile, tag and checkpoint is right for what he wrote. Each
attack is measured three times: by `audit verify`, on the ledger and on a pack of it, and by the two readers that were
written from the format document alone. `docs/what-verification-sees.md` is the table of what was measured:

    python -m tests.test_attacks        writes the table anew
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.main import main
from ledger import entry, jcs, pack, statement, tiles
from ledger.audit import Kept, Report
from ledger.checkpoint import Checkpoint, LogKey, sign_checkpoint
from ledger.dsse import STATEMENT_TYPE, pae, seal, unseal
from ledger.errors import FalseSeen, LedgerError, OutOfTime, VerificationFailed, WrongLedger
from ledger.keys import fingerprint, possession
from ledger.merkle import Tree, leaf_hash
from ledger.recording import Log, Submission
from ledger.statement import Seen, Source
from ledger.store import Store
from ledger.values import Digest, Instant, Nonce
from ledger.verifying import verify_pack, verify_store
from tests.ledgers import (
    COVER,
    LOG_KEYS,
    ROOT,
    STORY,
    At,
    Cells,
    Foreign,
    Honest,
    Openings,
    Story,
    Tools,
    again,
    forge,
    go_program,
    go_reader,
    honest_copy,
    openings_of,
    python_reader,
    record,
    row_of,
    shifted,
    the_end,
    the_story,
    write_pack,
)
from tests.rules import CLERK, DEPUTY, ICB_CFO, ICB_DEPUTY, POLICE_CFO, S151, log_key, rule
from tests.story import COUNCIL, ICB, ORIGIN, World, appointment, commitment, founding, key_of, line, raw, str_b64

PAGE: Final = ROOT / "docs" / "what-verification-sees.md"
END: Final = the_story().size
NOW: Final = the_story().world.now
IMPORT: Final = the_story().at["the import"]
"""The first of four entries that have all seen the same head; nobody has seen them since."""
NOTHING_EARLIER: Final = "nothing earlier to compare with"

# -- an attack ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A log that an operator wrote, and what he keeps beside it."""

    lines: Sequence[bytes]
    openings: Openings
    key: Ed25519PrivateKey = LOG_KEYS[1]


OnTables = Callable[[Tools, Story], None]
OnPack = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """What was done, what the verifier had kept, and what `audit verify` must find: a place and a name, or nothing.

    `page` says that section 9 of the format document has the other readers see it too.
    """

    done: str
    write: Callable[[], Written]
    finds: str
    page: bool = True
    kept: str = "nothing"
    tables: OnTables | None = None
    files: OnPack | None = None


def honest() -> Written:
    """The story as it is."""
    told = the_story()
    return Written(told.world.lines, openings_of(told))


# -- (b) history written again ------------------------------------------------------------------------


def without(number: int) -> Written:
    """An entry is taken out."""
    told = the_story()
    lines = told.world.lines[: number - 1] + told.world.lines[number:]
    places = {n: n - (n > number) for n in range(1, END + 1) if n != number}
    return Written(lines, shifted(openings_of(told), places))


def swapped(number: int) -> Written:
    """Two entries that stand one after the other change places."""
    told = the_story()
    lines = list(told.world.lines)
    lines[number - 1 : number + 1] = lines[number], lines[number - 1]
    places = {**{n: n for n in range(1, END + 1)}, number: number + 1, number + 1: number}
    return Written(lines, shifted(openings_of(told), places))


def before(number: int) -> World:
    """The world as it was when an entry was about to be recorded."""
    world = World()
    for one in the_story().world.lines[: number - 1]:
        world.now = entry.received_at(one)
        world.enter(entry.read(one).statement.wire)
    world.now = entry.received_at(the_story().world.lines[number - 1])
    world.keys = dict(the_story().world.keys)
    world.told = 10_000
    return world


def inserted(number: int) -> Written:
    """The operator's own officer signs one more, and it is put in between."""
    told, world = the_story(), before(number)
    world.say("commitment-made/1", commitment("X-1"))
    lines = [*world.lines, *told.world.lines[number - 1 :]]
    places = {n: n + (n >= number) for n in range(1, END + 1)}
    return Written(lines, shifted(openings_of(told), places))


def signed_again(number: int) -> Written:
    """The operator's own officer signs another sum in the place of what was signed, under the same id."""
    told, world = the_story(), before(number)
    was = entry.read(told.world.lines[number - 1]).statement
    body = {**json.loads(was.payload)["body"], "profile": [line("99000.00")]}
    world.say(was.said.kind, body, was.by, id=was.id, seen=was.said.seen, signed_at=was.said.signed_at)
    lines = [*world.lines, *told.world.lines[number:]]
    return Written(lines, openings_of(told))


def received_later(number: int) -> Written:
    """Only the operator's own claim is changed: when an entry was received."""
    told = the_story()
    lines = list(told.world.lines)
    read = entry.read(lines[number - 1])
    lines[number - 1] = entry.write(Instant(read.received_at + 60), read.statement.wire)
    return Written(lines, openings_of(told))


def told_again(*, from_entry_1: bool) -> Written:
    """Every officer signs another history together with the operator."""
    told = Story()
    told.world.told = 20_000 if from_entry_1 else 0
    for step, tellings in STORY:
        told.tell(step, *tellings)
        told.world.told = 20_000 + told.world.told % 20_000
    return Written(told.world.lines, openings_of(told))


# -- (c) the tail -------------------------------------------------------------------------------------


def cut_off_at(number: int) -> Written:
    """The log ends earlier, as in an old backup."""
    told = the_story()
    places = {n: n for n in range(1, number + 1)}
    return Written(told.world.lines[:number], shifted(openings_of(told), places))


def forked_at(number: int) -> Written:
    """The log ends earlier, and the operator's own officer goes on in another way."""
    world = before(number + 1)
    for n in range(END - number):
        world.say("commitment-made/1", commitment(f"F-{n + 1}"))
    return Written(world.lines, cut_off_at(number).openings)


# -- (d) and (e) forced in ----------------------------------------------------------------------------

Saying = Callable[[World], tuple[bytes, Mapping[str, bytes]]]
"""Writes a statement in a world; its wire form and its openings."""


def forced(*sayings: Saying, later: int = 0) -> Written:
    """These are appended past the admission, each after the one before."""
    world, lines, openings = the_end(), list(the_story().world.lines), openings_of(the_story())
    for saying in sayings:
        wire, opened = saying(world)
        lines.append(entry.write(Instant(world.now + later), wire))
        openings[len(lines)] = dict(opened)
        world.lines.append(lines[-1])
        world.tree.append(leaf_hash(lines[-1]))
        world.told += 1
    return Written(lines, openings)


def says(kind: str, body: dict[str, Any], by: str = S151, **more: Any) -> Saying:
    """An officer signs it."""
    return lambda world: world.write(kind, {"occurred_on": str(world.now.day), **body}, by, **more)


def commits(reference: str = "X-1", amount: str = "1000.00", by: str = S151, **more: Any) -> Saying:
    """An officer commits a sum of their own body's."""
    pool = more.pop("pool", "prevention")
    return says(
        "commitment-made/1",
        commitment(reference, line(amount), funder=by.split("/", maxsplit=1)[0], pool=pool),
        by,
        **more,
    )


def varies(reference: str) -> Saying:
    """The council varies one of its commitments."""
    body = {"commitment": reference, "profile": [line()]}
    return says("commitment-varied/1", body, sealed={"reason": "Agreed."})


def approves(step: str, by: str) -> Saying:
    """An officer approves the first entry of a step."""
    target = the_story().said(step)
    return says("entry-approved/1", {"entry": target.id, "digest": target.digest}, by)


def of_another_ledger(*, origin: str = ORIGIN) -> Saying:
    """A statement that was made for another ledger, by an officer who has the same key there."""
    other = World(origin=origin, told=30_000)
    other.found(officer=appointment(S151, origin=origin))
    other.pool()
    other.now = NOW
    return lambda _: other.write("commitment-made/1", {"occurred_on": "2026-05-09", **commitment("X-1")}, S151)


def said_again(step: str) -> Saying:
    """What was said once is put in once more, with its openings."""
    told = the_story()
    return lambda _: (told.said(step).wire, told.world.openings.get(told.at[step], {}))


def _resealed(wire: bytes, *, payload: bytes | None = None, signature: bytes | None = None) -> bytes:
    was = unseal(wire, STATEMENT_TYPE)
    return seal(payload or was.payload, STATEMENT_TYPE, was.keyid, signature or was.signature)


def badly_signed(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """A bit of the signature is another."""
    wire, openings = commits()(world)
    signature = unseal(wire, STATEMENT_TYPE).signature
    return _resealed(wire, signature=signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]), openings


def with_another_sum(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """The signature is right for another sum."""
    wire, openings = commits()(world)
    payload = unseal(wire, STATEMENT_TYPE).payload
    return _resealed(wire, payload=payload.replace(b'"1000.00"', b'"9000.00"')), openings


def not_canonical(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """The payload has a space in it, and is signed with it."""
    wire, openings = commits()(world)
    payload = unseal(wire, STATEMENT_TYPE).payload.replace(b'"by":', b'"by": ', 1)
    key = key_of(S151)
    signature = key.sign(pae(STATEMENT_TYPE, payload))
    return _resealed(wire, payload=payload, signature=signature), openings


def of_unknown_kind(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """A kind that no release knows, rightly signed."""
    return _signed_by_hand(world, "money-conjured/1", {"occurred_on": "2026-05-09"})


def with_an_unknown_member(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """A body with a member that its kind does not have, rightly signed."""
    body = {"occurred_on": "2026-05-09", **commitment("X-1"), "favour": "yes"}
    return _signed_by_hand(world, "commitment-made/1", body)


HIDDEN: Final = "Agreed\u200b"
"""A text with a character that nobody sees."""


def with_null_deep_inside(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """A member that is absent is written as null."""
    body = commitment("X-1", line(prevention=None))
    return _signed_by_hand(world, "commitment-made/1", {"occurred_on": "2026-05-09", **body})


def with_a_hidden_character(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """In a text of the body."""
    body = {"level": "primary", "goal": HIDDEN, "classification": "Demos 2024"}
    profile = [{**line("1.00"), "category": "prevention", "prevention": body}]
    return _signed_by_hand(
        world, "commitment-made/1", {"occurred_on": "2026-05-09", **commitment("X-1"), "profile": profile}
    )


def with_sealed(**members: Any) -> Saying:
    """A body with these members, which speak of sealed texts where or as they may not."""
    body = {"occurred_on": "2026-05-09", **commitment("X-1"), **members}
    return lambda world: _signed_by_hand(world, "commitment-made/1", body)


def _signed_by_hand(world: World, kind: str, body: dict[str, Any], **more: Any) -> tuple[bytes, Mapping[str, bytes]]:
    """What `statement.sign` would refuse to sign."""
    key = key_of(S151)
    said = {
        **more,
        "body": body,
        "by": S151,
        "id": world.new_id(),
        "kind": kind,
        "ledger": ORIGIN,
        "nonce": str_b64(bytes(16)),
        "seen": {"root": str_b64(world.tree.root()), "size": world.tree.size},
        "signed_at": str(world.now),
    }
    payload = jcs.canonical(said)
    return seal(payload, STATEMENT_TYPE, fingerprint(raw(key)), key.sign(pae(STATEMENT_TYPE, payload))), {}


SMALL_ORDER: Final = (1).to_bytes(32, "little")
"""The identity: under it R = S·B is a signature of every message, and S = 0 gives R = the identity again."""
FORGERY: Final = SMALL_ORDER + bytes(32)
FORGERS_OFFICE: Final = f"{COUNCIL}/forger"


def appoints_a_small_order_key(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """An office with a key under which anybody can sign; the proof of possession is forged with it."""
    officer = {
        **appointment(FORGERS_OFFICE, powers=["commit"]),
        "key": str_b64(SMALL_ORDER),
        "proof": str_b64(FORGERY),
    }
    return says("officer-appointed/1", {"organisation": COUNCIL, "officer": officer})(world)


def signs_under_a_small_order_key(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """And a statement of that office."""
    wire, openings = commits("X-2", by=FORGERS_OFFICE)(world)
    was = unseal(wire, STATEMENT_TYPE)
    return seal(was.payload, STATEMENT_TYPE, fingerprint(SMALL_ORDER), FORGERY), openings


UNREGISTERED: Final = key_of("a key that was never registered")


def revokes_what_never_was(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """A key is revoked that the register never held."""
    body = {"officer": DEPUTY, "key": str_b64(raw(UNREGISTERED)), "ground": "lost"}
    return says("key-revoked/1", body)(world)


def registers_it_then(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """And afterwards it is registered."""
    proof = str_b64(UNREGISTERED.sign(possession(ORIGIN, DEPUTY, raw(UNREGISTERED))))
    body = {"officer": DEPUTY, "key": str_b64(raw(UNREGISTERED)), "proof": proof}
    return says("key-rotated/1", body)(world)


def appointed(world: World) -> tuple[bytes, Mapping[str, bytes]]:
    """An officer of one body appoints an officer of another."""
    officer = appointment(f"{ICB}/friend", powers=["commit"])
    return says("officer-appointed/1", {"organisation": ICB, "officer": officer})(world)


def approves_the_last(by: str) -> Saying:
    """An officer approves whatever was forced in before."""
    return approves_entry(0, by)


def approves_entry(number: int, by: str) -> Saying:
    """An officer approves the entry of that number, as it then stands there."""

    def say(world: World) -> tuple[bytes, Mapping[str, bytes]]:
        target = entry.read(world.lines[number - 1]).statement
        return says("entry-approved/1", {"entry": target.id, "digest": target.digest}, by)(world)

    return say


def entry_1_seen() -> Digest:
    """The root of an empty log."""
    return the_story().said("the ledger is founded").said.seen.root


# -- openings -----------------------------------------------------------------------------------------

C1, C7, I1 = (the_story().at[f"{name} is made"] for name in ("C-1", "C-7", "I-1"))


def with_openings(change: Callable[[dict[int, dict[str, bytes]], Story], None]) -> Callable[[], Written]:
    """The honest log, with other openings beside it."""

    def write() -> Written:
        told = the_story()
        openings = openings_of(told)
        change(openings, told)
        return Written(told.world.lines, openings)

    return write


def _gone(openings: dict[int, dict[str, bytes]], _: Story) -> None:
    del openings[C1]


def _other(openings: dict[int, dict[str, bytes]], _: Story) -> None:
    openings[C1] = {"note": statement.opening(Nonce(bytes(16)), "note", "Never agreed.")}


def _back(openings: dict[int, dict[str, bytes]], told: Story) -> None:
    openings[C7] = told.world.openings[C7]


def _back_for_another(openings: dict[int, dict[str, bytes]], told: Story) -> None:
    _back(openings, told)
    _gone(openings, told)


def _moved(openings: dict[int, dict[str, bytes]], _: Story) -> None:
    openings[C1 + 1] = openings.pop(C1)


def _moved_away(openings: dict[int, dict[str, bytes]], _: Story) -> None:
    openings[END + 40] = openings.pop(C1)


def _renamed(openings: dict[int, dict[str, bytes]], _: Story) -> None:
    openings[C1] = {"comment": openings[C1]["note"]}


# -- the tables alone -------------------------------------------------------------------------------


def cell(table: str, column: str, value: Callable[[Any], Any], row: int = -1) -> OnTables:
    """One cell of a row is another."""

    def change(tools: Tools, _: Story) -> None:
        old = tools.rows(table)[row]
        at = [name for name, *_ in _columns(table)].index(column)
        tools.put(table, old, (*old[:at], value(old[at]), *old[at + 1 :]))

    return change


def _columns(table: str) -> list[tuple[str]]:
    from tests.ledgers import COLUMNS

    return [(name,) for name in COLUMNS[table]]


def last_byte(value: bytes) -> bytes:
    """With another last bit."""
    return value[:-1] + bytes([value[-1] ^ 1])


def row_added(table: str, row: Cells) -> OnTables:
    """A row more."""
    return lambda tools, _: tools.put(table, None, row)


def row_gone(table: str) -> OnTables:
    """The last row is gone."""
    return lambda tools, _: tools.put(table, tools.rows(table)[-1], None)


def said_again_in_the_tables(tools: Tools, told: Story) -> None:
    """And the id is stored twice too."""
    id_ = tools.run("SELECT id FROM statements WHERE position = ?", [told.at["a new table waits"]])[0][0]
    tools.put("statements", None, (id_, END + 1))


# -- the files of a pack --------------------------------------------------------------------------------


def file_changed(name: str, change: Callable[[bytes], bytes], *, summed: bool = True) -> OnPack:
    """One file is another, and is listed as what it is."""

    def on_pack(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))
        if summed:
            again(folder)

    return on_pack


def file_added(name: str, *, summed: bool) -> OnPack:
    """A file more."""

    def on_pack(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"something else\n")
        if summed:
            again(folder)

    return on_pack


def file_gone(name: str) -> OnPack:
    """A file less, and it is not listed either."""

    def on_pack(folder: Path) -> None:
        (folder / name).unlink()
        again(folder)

    return on_pack


def signed_by_the_old_log_key(folder: Path) -> None:
    """The checkpoint and the verifier key are those of the key that was given up."""
    lines = the_story().world.lines
    tree = the_story().world.tree
    key = LOG_KEYS[0]
    (folder / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(ORIGIN, len(lines), tree.root()), key))
    (folder / "log.vkey").write_text(LogKey(ORIGIN, raw(key)).vkey + "\n")
    again(folder)


def signed_by_a_stranger(folder: Path) -> None:
    """The list of files is signed by a key that no officer has."""
    pack.sign(folder, S151, key_of("a stranger"), raw(key_of("a stranger")))


def signed_for_other_files(folder: Path) -> None:
    """The list of files is signed, and then changed."""
    pack.sign(folder, S151, key_of(S151), raw(key_of(S151)))
    file_changed("keys.txt", lambda held: held.split(b"\n", 1)[1])(folder)


def other_signer(name: str = "witness.example", key_id: bytes = bytes(4), length: int = 72) -> bytes:
    """A signature line that verifies under no key."""
    return f"\u2014 {name} {str_b64(key_id + bytes(length))}\n".encode()


def lengthened(note: bytes, length: int) -> bytes:
    """The note with lines of other signers, so that it has so many bytes."""
    while missing := length - len(note):
        groups, rest = divmod((missing if missing < 40_000 else 20_000) - 7, 4)
        note += other_signer("w" * (1 + rest), length=3 * groups - 4)
    return note


TILE: Final = next(name.path for name in tiles.tile_names(END) if name.level == 0)
BUNDLE: Final = next(name.path for name in tiles.tile_names(END) if name.level is None)


def _doubled(sums: bytes) -> bytes:
    first = sums.split(b"\n", 1)[0] + b"\n"
    return b"0" * 64 + first[64:] + sums


def older_bundle_left(folder: Path) -> None:
    """The bundle of a smaller log is there too."""
    bundle = tiles.open_bundle((folder / BUNDLE).read_bytes())
    (folder / tiles.entries_path(0, 40)).write_bytes(tiles.bundle(bundle[:40]))
    again(folder)


# -- the list -----------------------------------------------------------------------------------------

REWRITTEN: Final = (
    Attack("An entry is taken out, and other partners have seen the log since",
           lambda: without(I1), f"entry {I1}: FalseSeen"),
    Attack("An entry is taken out that nobody has seen since", lambda: without(IMPORT + 1), ""),
    Attack("the same", lambda: without(IMPORT + 1), f"entry {END}: HistoryContradicted", kept="the head of 60"),
    Attack("the same", lambda: without(IMPORT + 1), "", kept="the head of 40"),
    Attack("An entry, signed by the operator's own officer, is put in where others have seen the log since",
           lambda: inserted(27), "entry 29: FalseSeen"),
    Attack("An entry, so signed, is put in where nobody has seen the log since", lambda: inserted(END), ""),
    Attack("the same", lambda: inserted(END), f"entry {END}: HistoryContradicted", kept="the head of 60"),
    Attack("Entry 1 is taken out", lambda: without(1), "entry 1: FalseSeen"),
    Attack("Two entries change places, and others have seen the log since",
           lambda: swapped(C1), f"entry {C1}: FalseSeen"),
    Attack("Two entries of one import change places, and nobody has seen them since", lambda: swapped(IMPORT + 1), ""),
    Attack("the same", lambda: swapped(IMPORT + 2), f"entry {END}: HistoryContradicted", kept="the head of 60"),
    Attack("The operator's own officer signs another sum under the same id, and others have seen the log since",
           lambda: signed_again(29), "entry 30: FalseSeen"),
    Attack("the same, where nobody has seen it since", lambda: signed_again(IMPORT + 1), ""),
    Attack("the same", lambda: signed_again(IMPORT + 1), f"entry {END}: HistoryContradicted", kept="the head of 60"),
    Attack("The time of receipt is another, and others have seen the log since",
           lambda: received_later(27), "entry 28: FalseSeen"),
    Attack("the same, of the last entry", lambda: received_later(END), ""),
    Attack("the same", lambda: received_later(END), f"entry {END}: HistoryContradicted", kept="the head of 60"),
    Attack("Every officer signs another history together with the operator",
           lambda: told_again(from_entry_1=False), ""),
    Attack("the same", lambda: told_again(from_entry_1=False), "entry 40: HistoryContradicted", kept="the head of 40"),
    Attack("the same, from entry 1 on", lambda: told_again(from_entry_1=True), ""),
    Attack("the same", lambda: told_again(from_entry_1=True), "entry 1: HistoryContradicted", kept="the identity"),
)  # fmt: skip

TAILS: Final = (
    Attack("The last six entries are cut off, or an old backup is put back", lambda: cut_off_at(END - 6), ""),
    Attack("the same", lambda: cut_off_at(END - 6), f"entry {END - 5}: HistoryContradicted", kept="the head of 60"),
    Attack("the same", lambda: cut_off_at(END - 6), "", kept="the head of 40"),
    Attack("The log goes on in another way from there", lambda: forked_at(END - 6), ""),
    Attack("the same", lambda: forked_at(END - 6), f"entry {END}: HistoryContradicted", kept="the head of 60"),
)  # fmt: skip

LATE: Final = f"entry {END + 1}"
MONTH: Final = 30 * 86_400

REPLAYED: Final = (
    Attack("A statement of another ledger with the same name is put in",
           lambda: forced(of_another_ledger()), f"{LATE}: FalseSeen"),
    Attack("A statement of a ledger with another name is put in",
           lambda: forced(of_another_ledger(origin="example.org/other")), f"{LATE}: WrongLedger"),
    Attack("A statement names another ledger, and has seen this one",
           lambda: forced(commits(ledger="example.org/other")), f"{LATE}: WrongLedger"),
    Attack("A statement has seen a root that the log never had",
           lambda: forced(commits(seen=Seen(root=Digest(bytes(32)), size=END))), f"{LATE}: FalseSeen"),
    Attack("A statement has seen more entries than there are",
           lambda: forced(commits(seen=Seen(root=Digest(bytes(32)), size=END + 40))), f"{LATE}: FalseSeen"),
    Attack("A statement has seen an empty log, as only entry 1 has",
           lambda: forced(commits(seen=Seen(root=entry_1_seen(), size=0))), f"{LATE}: FalseSeen"),
    Attack("The same statement is there twice",
           lambda: forced(said_again("I-2 is varied again")), f"{LATE}: Statement"),
    Attack("The same statement is there twice, and its id is stored twice",
           lambda: forced(said_again("a new table waits")), "table statements: Statement",
           tables=said_again_in_the_tables),
    Attack("The same approval is there twice",
           lambda: forced(said_again("the aligned pool is agreed")), f"{LATE}: NotWaiting"),
)  # fmt: skip

FORCED: Final = (
    Attack("A signature by a revoked key",
           lambda: forced(commits(by=ICB_DEPUTY, key=key_of(ICB_DEPUTY))), f"{LATE}: KeyNotCurrent"),
    Attack("A signature by a key that was rotated away",
           lambda: forced(commits(by=DEPUTY, key=key_of(DEPUTY))), f"{LATE}: KeyNotCurrent"),
    Attack("A signature by the key of an earlier holder of the office",
           lambda: forced(says("commitment-made/1", commitment("X-1"), CLERK, key=key_of(CLERK))),
           f"{LATE}: KeyNotCurrent"),
    Attack("A signature by a retired officer", lambda: forced(commits(by=CLERK)), f"{LATE}: OfficerNotInForce"),
    Attack("A signature by an office that is not in the register",
           lambda: forced(commits(by=f"{COUNCIL}/nobody")), f"{LATE}: UnknownOfficer"),
    Attack("A signature by an officer of another body's key",
           lambda: forced(commits(key=key_of(ICB_CFO))), f"{LATE}: KeyNotCurrent"),
    Attack("A signature of which one bit is another", lambda: forced(badly_signed), f"{LATE}: SignatureInvalid"),
    Attack("A signature that is right for another sum", lambda: forced(with_another_sum), f"{LATE}: SignatureInvalid"),
    Attack("A key of small order is appointed, with a forged proof",
           lambda: forced(appoints_a_small_order_key), f"{LATE}: SignatureInvalid"),
    Attack("and signs",
           lambda: forced(appoints_a_small_order_key, signs_under_a_small_order_key),
           f"entry {END + 2}: UnknownOfficer"),
    Attack("Signed a month before the head that it has seen",
           lambda: forced(commits(signed_at=Instant(NOW - MONTH))), f"{LATE}: OutOfTime"),
    Attack("Signed after it was received",
           lambda: forced(commits(signed_at=Instant(NOW + MONTH))), f"{LATE}: OutOfTime"),
    Attack("Received before the entry before it",
           lambda: forced(commits(signed_at=Instant(NOW - 3600)), later=-MONTH), f"{LATE}: OutOfTime"),
    Attack("A payload that is not its own RFC 8785 form", lambda: forced(not_canonical), f"{LATE}: NotCanonical"),
    Attack("A null deep inside the body", lambda: forced(with_null_deep_inside), f"{LATE}: Malformed"),
    Attack("A character that nobody sees, in the decision",
           lambda: forced(commits(decision=HIDDEN)), f"{LATE}: Malformed"),
    Attack("the same, in the row of the source",
           lambda: forced(commits(source=Source(dataset="ab" * 32, row=HIDDEN))), f"{LATE}: Malformed"),
    Attack("the same, in a text of the body", lambda: forced(with_a_hidden_character), f"{LATE}: Malformed"),
    Attack("A sealed field with another member beside the digest",
           lambda: forced(with_sealed(note={"sealed": str_b64(bytes(32)), "note": "x"})), f"{LATE}: Malformed"),
    Attack("A sealed field that is not at the top level of the body",
           lambda: forced(with_sealed(profile=[{"sealed": str_b64(bytes(32))}])), f"{LATE}: Malformed"),
    Attack("A body that is itself a sealed field",
           lambda: forced(with_sealed(sealed=str_b64(bytes(32)))), f"{LATE}: Malformed"),
    Attack("A second founding entry",
           lambda: forced(says("ledger-founded/1", founding())), f"{LATE}: NotFoundingEntry"),
    Attack("A kind that is not in the catalogue", lambda: forced(of_unknown_kind), f"{LATE}: UnknownKind", page=False),
    Attack("A member that the kind does not have",
           lambda: forced(with_an_unknown_member), f"{LATE}: Malformed", page=False),
    Attack("A key is revoked that was never registered",
           lambda: forced(revokes_what_never_was), f"{LATE}: KeyNotCurrent", page=False),
    Attack("and then it is registered, and signs",
           lambda: forced(revokes_what_never_was, registers_it_then, commits("X-2", by=DEPUTY, key=UNREGISTERED)),
           f"{LATE}: KeyNotCurrent"),
    Attack("An approval table speaks of a kind that there is not",
           lambda: forced(says("approval-table-set/1", {"approvals": [rule("money-conjured/1", "partner-leads")]})),
           f"{LATE}: UnknownKindInTable", page=False),
    Attack("An officer without the power",
           lambda: forced(commits(by=DEPUTY, source=Source(dataset="ab" * 32, row="1"))), f"{LATE}: PowerMissing",
           page=False),
    Attack("A sum above the officer's limit",
           lambda: forced(commits(amount="600000.00", by=DEPUTY)), f"{LATE}: AboveLimit", page=False),
    Attack("An officer whose appointment is over",
           lambda: forced(commits(by=COVER)), f"{LATE}: OfficerNotInForce", page=False),
    Attack("An officer of another body commits the money",
           lambda: forced(says("commitment-made/1", commitment("X-1"), ICB_CFO)), f"{LATE}: NotYourOrganisation",
           page=False),
    Attack("An officer of another body appoints",
           lambda: forced(appointed), f"{LATE}: NotYourOrganisation", page=False),
    Attack("An approval by somebody who is not asked",
           lambda: forced(commits(amount="250000.00"), approves_the_last(POLICE_CFO)),
           f"entry {END + 2}: NotAnApprover", page=False),
    Attack("An approval by the officer who signed it",
           lambda: forced(commits(amount="250000.00"), approves_the_last(S151)), f"entry {END + 2}: NotAnApprover",
           page=False),
    Attack("An approval of an entry that has lapsed",
           lambda: forced(approves("C-4 waits, and lapses", DEPUTY)), f"{LATE}: NotWaiting", page=False),
    Attack("An approval of an entry that was declined",
           lambda: forced(approves("C-3 waits", DEPUTY)), f"{LATE}: NotWaiting", page=False),
    Attack("A commitment to a closed pool",
           lambda: forced(commits(pool="aligned")), f"{LATE}: PoolIsClosed", page=False),
    Attack("A commitment under a reference that was used",
           lambda: forced(commits("C-7")), f"{LATE}: CommitmentAlreadyMade", page=False),
    Attack("A variation of a commitment that there is not",
           lambda: forced(varies("X-9")), f"{LATE}: UnknownCommitment", page=False),
)  # fmt: skip

OPENED: Final = (
    Attack("The opening of a sealed text is gone", with_openings(_gone), f"entry {C1}: Opening"),
    Attack("The opening is of another text", with_openings(_other), f"entry {C1}: Opening"),
    Attack("An erased text is put back", with_openings(_back), f"entry {C7}: Opening"),
    Attack("An erased text is put back, and another is gone", with_openings(_back_for_another), f"entry {C1}: Opening"),
    Attack("An opening stands at another entry", with_openings(_moved), f"entry {C1}: Opening"),
    Attack("An opening stands at an entry that there is not", with_openings(_moved_away), f"entry {C1}: Opening"),
    Attack("An opening stands under another name", with_openings(_renamed), f"entry {C1}: Opening"),
    Attack("A sealed text, rightly opened, has a character that nobody sees",
           lambda: forced(says("commitment-made/1", commitment("X-1"), sealed={"note": HIDDEN})), f"{LATE}: Opening"),
    Attack("A sealed text, rightly opened, has 1,001 characters",
           lambda: forced(says("commitment-made/1", commitment("X-1"), sealed={"note": "x" * 1001})),
           f"{LATE}: Opening"),
)  # fmt: skip

TABLES: Final = tuple(
    Attack(done, honest, finds, page=False, tables=tables)
    for done, finds, tables in (
        ("A byte of `entries.entry`", f"entry {END}: Malformed", cell("entries", "entry", last_byte)),
        ("A byte of `entries.kind`", f"entry {END}: Kind", cell("entries", "kind", lambda kind: f"{kind[:-1]}2")),
        ("A byte of `entries.leaf`", f"entry {END}: Leaf", cell("entries", "leaf", last_byte)),
        ("A byte of `entries.root`", f"entry {END}: Root", cell("entries", "root", last_byte)),
        ("A byte of `entries.position`", f"entry {END}: Gap", cell("entries", "position", lambda at: at + 64)),
        ("A row of `entries` is gone", "table head: Head", row_gone("entries")),
        ("A byte of `statements.id`", "Statement", cell("statements", "id", last_byte)),
        ("A byte of `statements.position`", "Statement", cell("statements", "position", lambda at: at ^ 1)),
        ("A row of `statements` more", "table statements: Rows", row_added("statements", (bytes(16), 2 ** 40))),
        ("A byte of `tags.tag`", "Tags", cell("tags", "tag", lambda tag: f"{tag[:-1]}~")),
        ("A row of `tags` is gone", "Tags", row_gone("tags")),
        ("A row of `tags` more", "table tags: Rows", row_added("tags", ("register", "pool-agreed/1", 2 ** 40))),
        ("A row of `tiles` more", "table tiles: Rows", row_added("tiles", (1, 0, bytes(32)))),
        ("Another `head.size`", "table head: Head", cell("head", "size", lambda size: size + 1)),
        ("A byte of `head.root`", "table head: Head", cell("head", "root", last_byte)),
        ("A byte of `head.edge`", "table head: Head", cell("head", "edge", last_byte)),
        ("A byte of `head.checkpoint`", "checkpoint: Malformed", cell("head", "checkpoint", last_byte)),
        ("Another `head.only`", "table head: Head", cell("head", "only", lambda only: only + 1)),
        ("A row of `head` is gone", "refused", row_gone("head")),
        ("A byte of `openings.opening`", "Opening", cell("openings", "opening", last_byte)),
        ("A byte of `openings.position`", "Opening", cell("openings", "position", lambda at: at + 256)),
        ("A row of `openings` is gone", "Opening", row_gone("openings")),
    )
)  # fmt: skip

FILES: Final = tuple(
    Attack(done, honest, finds, files=files, page=page)
    for done, finds, page, files in (
        ("A file is changed, and not its sum", "SHA256SUMS: Pack", True,
         file_changed("identity", lambda held: held[:-1], summed=False)),
        ("A file more that is not listed", "SHA256SUMS: Pack", True, file_added("notes.txt", summed=False)),
        ("A file more that is listed", "SHA256SUMS: Pack", True, file_added("notes.txt", summed=True)),
        ("An empty folder more", "SHA256SUMS: Pack", True, lambda folder: (folder / "tile" / "2").mkdir()),
        ("A bundle more that is listed", "SHA256SUMS: Pack", True, file_added("tile/entries/001", summed=True)),
        ("An older bundle is left beside the newer", "SHA256SUMS: Pack", True, older_bundle_left),
        ("`SHA256SUMS` lists a file twice, once wrongly", "SHA256SUMS: Pack", True,
         file_changed(pack.SUMS, _doubled, summed=False)),
        ("`SHA256SUMS` has another character at a line's end", "SHA256SUMS: Pack", True,
         file_changed(pack.SUMS, lambda sums: sums[:-1] + b"\x0b", summed=False)),
        ("`SHA256SUMS` lacks its last line end", "SHA256SUMS: Pack", True,
         file_changed(pack.SUMS, lambda sums: sums[:-1], summed=False)),
        ("A hash of a tile is another", f"entry {END}: Tile", True, file_changed(TILE, last_byte)),
        ("A tile has a hash more", "Tile", True, file_changed(TILE, lambda tile: tile + bytes(32))),
        ("A tile is gone", "entry 1: Tile", True, file_gone(TILE)),
        ("A bundle is cut short", f"{BUNDLE}: Pack", True, file_changed(BUNDLE, lambda held: held[:-1])),
        ("A bundle is gone", "pack: Pack", True, file_gone(BUNDLE)),
        ("`identity` is another", "identity: Pack", True, file_changed("identity", lambda held: held[::-1])),
        ("`log.vkey` is another key's", "log.vkey: Pack", True,
         file_changed("log.vkey", lambda _: LogKey(ORIGIN, raw(LOG_KEYS[0])).vkey.encode() + b"\n")),
        ("`keys.txt` has another key for an office", "keys.txt: Pack", True,
         file_changed("keys.txt", lambda _: pack.key_lines({S151: raw(key_of("a stranger"))}))),
        ("`keys.txt` has a key that was revoked", "keys.txt: Pack", True,
         file_changed("keys.txt", lambda _: pack.key_lines({ICB_DEPUTY: raw(key_of(ICB_DEPUTY))}))),
        ("`keys.txt` lacks an office", "keys.txt: Pack", False,
         file_changed("keys.txt", lambda held: held.split(b"\n", 1)[1])),
        ("`openings.jsonl` is gone", "pack: Pack", True, file_gone("openings.jsonl")),
        ("`openings.jsonl` is not in order", "openings.jsonl: Opening", True,
         file_changed("openings.jsonl", lambda held: b"".join(held.splitlines(keepends=True)[::-1]))),
        ("`openings.jsonl` has a line twice", "openings.jsonl: Opening", True,
         file_changed("openings.jsonl", lambda held: held.splitlines(keepends=True)[0] + held)),
        ("The checkpoint has 101 signature lines", "checkpoint: Malformed", True,
         file_changed("checkpoint", lambda note: note + 100 * other_signer())),
        ("The checkpoint has 1,000,001 bytes", "checkpoint: Malformed", True,
         file_changed("checkpoint", lambda note: lengthened(note, 1_000_001))),
        ("The checkpoint has a malformed line of another signer", "checkpoint: Malformed", True,
         file_changed("checkpoint", lambda note: note + other_signer()[:-2] + b"\n")),
        ("The checkpoint has a second line of the log key, which does not verify", "checkpoint: SignatureInvalid", True,
         file_changed("checkpoint", lambda note: note + other_signer(ORIGIN, LogKey(ORIGIN, raw(LOG_KEYS[1])).key_id))),
        ("The checkpoint has a fourth line, and is signed with it", "checkpoint: Malformed", True,
         file_changed("checkpoint", lambda _: sign_checkpoint(
             Checkpoint(ORIGIN, END, the_story().world.tree.root(), ("more",)), LOG_KEYS[1]))),
        ("The checkpoint is signed by the log key that was given up", "checkpoint: SignatureInvalid", False,
         signed_by_the_old_log_key),
        ("`SHA256SUMS.dsse` is signed by a stranger", "SHA256SUMS.dsse: ", True, signed_by_a_stranger),
        ("`SHA256SUMS.dsse` is about other files", "SHA256SUMS.dsse: ", True, signed_for_other_files),
    )
)  # fmt: skip


CHAPTERS: Final[dict[str, tuple[Attack, ...]]] = {
    "History is written again, and everything stored with it": REWRITTEN,
    "The tail": TAILS,
    "A statement in the wrong place": REPLAYED,
    "Forced in past the rules": FORCED,
    "The openings of sealed texts": OPENED,
    "The tables alone: triggers and constraints are gone": TABLES,
    "The files of a pack": FILES,
}
ATTACKS: Final = [attack for attacks in CHAPTERS.values() for attack in attacks]

# -- measuring ------------------------------------------------------------------------------------------


@cache
def checkpoints() -> tuple[bytes, ...]:
    """The checkpoints that the honest ledger gave out, one an entry."""
    with TemporaryDirectory() as folder:
        return record(the_story(), f"sqlite:///{folder}/ledger.db").notes


def kept_by(attack: Attack) -> tuple[bytes | None, bytes | None]:
    """The identity and the checkpoint that the verifier has from before."""
    identity = leaf_hash(the_story().world.lines[0])
    match attack.kept:
        case "nothing":
            return None, None
        case "the identity":
            return identity, None
        case _:
            return identity, checkpoints()[int(attack.kept.removeprefix("the head of ")) - 1]


@dataclass(slots=True)
class Measured:
    """What each verifier found: places with names, in its own order; None where there is nothing for it to read."""

    report: Report | None
    audit: list[str]
    pack: list[str] | None = None
    foreign: list[list[str] | None] = field(default_factory=list)


def measure(attack: Attack, folder: Path, readers: Sequence[Foreign]) -> Measured:
    """Do it, and let each verifier look."""
    identity, note = kept_by(attack)
    kept = Kept((identity,) if identity else (), (note,) if note else ())
    written = attack.write()
    report: Report | None = None
    audit: list[str] = []
    if attack.files is None:
        url = forge(f"sqlite:///{folder / 'ledger.db'}", written.lines, written.openings, written.key)
        if attack.tables is not None:
            with closing(Tools(url)) as tools:
                attack.tables(tools.loosened(), the_story())
        report, audit = _audited(url, kept)
        if attack in TABLES:
            return Measured(report, audit, None, [None for _ in readers])
    packed = write_pack(folder / "pack", written.lines, written.openings, key=written.key)
    if attack.files is not None:
        attack.files(packed)
    packs = verify_pack(packed, kept)
    if attack.files is not None:
        report, audit = packs, _named(packs)
    foreign = [reader(packed, identity, note) for reader in readers]
    return Measured(report, audit, _named(packs), list(foreign))


def _audited(url: str, kept: Kept) -> tuple[Report | None, list[str]]:
    with closing(Store.open(url)) as store:
        try:
            report = verify_store(store, kept)
        except VerificationFailed as error:
            return None, [f"refused: {error}"]
    return report, _named(report)


def _named(report: Report) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in report.findings]


@cache
def built(go: str) -> tuple[Foreign, Foreign]:
    """The two foreign readers."""
    return python_reader, go_reader(go_program(go))


@pytest.fixture(scope="session")
def readers(tool: Callable[[str], str]) -> tuple[Foreign, Foreign]:
    """The two foreign readers."""
    return built(tool("go"))


# -- the table ------------------------------------------------------------------------------------------


def row(attack: Attack, measured: Measured) -> str:
    """The attack's row of the table."""
    wanted = [found for found in measured.audit if attack.finds and attack.finds in found]
    cells = [_found(wanted or measured.audit), *(_found(found, "check ") for found in measured.foreign)]
    return f"| {attack.done} | {attack.kept} | " + " | ".join(cells) + " |"


def _found(found: list[str] | None, check: str = "") -> str:
    if found is None:
        return "–"
    if not found:
        return "not seen"
    if not check:
        return found[0].split(":")[0] if found[0].startswith("refused") else found[0].replace(": ", ", ")
    number, _, rest = found[0].partition(" ")
    where = rest.split(":")[0].split(",")[0]
    return f"{where}, check {number}"


def table_of(page: str) -> dict[str, list[str]]:
    """The rows of the page by their chapter, in order."""
    rows: dict[str, list[str]] = {}
    chapter = ""
    for text in page.splitlines():
        if text.startswith("## "):
            chapter = text.removeprefix("## ")
        elif text.startswith("| ") and text + "\n" not in HEADING:
            rows.setdefault(chapter, []).append(text)
    return {chapter: rows[chapter] for chapter in rows if chapter in CHAPTERS}


def number_of(attack: Attack) -> tuple[str, int]:
    """The chapter of an attack, and which of it."""
    return next((chapter, attacks.index(attack)) for chapter, attacks in CHAPTERS.items() if attack in attacks)


BEGIN, ENDED = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
HEADING: Final = (
    "| What was done | The verifier kept | `outcomes audit verify` | Python reader | Go reader |\n" + "|---" * 5 + "|\n"
)


def write_page() -> None:
    """Measure everything, and write the table into the page."""
    go = shutil.which("go")
    if go is None:
        sys.exit("go is not installed, and the Go reader is measured too")
    parts = [BEGIN]
    for chapter, attacks in CHAPTERS.items():
        parts.append(f"\n## {chapter}\n\n{HEADING}")
        for attack in attacks:
            with TemporaryDirectory() as folder:
                parts.append(row(attack, measure(attack, Path(folder), built(go))) + "\n")
    page = PAGE.read_text("utf-8")
    head, tail = page.partition(BEGIN)[0], page.partition(ENDED)[2]
    PAGE.write_text(head + "".join(parts) + "\n" + ENDED + tail, "utf-8")


# -- each attack ----------------------------------------------------------------------------------------


def _id(attack: Attack) -> str:
    chapter, number = number_of(attack)
    return f"{chapter.split()[0]}-{number + 1}-{attack.done[:40]}".replace(" ", "-")


@pytest.mark.parametrize("attack", ATTACKS, ids=_id)
def test_an_attack_is_seen_by_whoever_can_see_it(
    attack: Attack, tmp_path: Path, readers: tuple[Foreign, Foreign]
) -> None:
    measured = measure(attack, tmp_path, readers)
    if attack.finds:
        assert any(attack.finds in found for found in measured.audit), measured.audit
    else:
        assert not measured.audit
    if measured.pack is not None:
        assert bool(measured.pack) == bool(attack.finds), f"audit verify of the pack: {measured.pack}"
    for found in measured.foreign:
        if found is not None and attack.page:
            assert bool(found) == bool(attack.finds), "section 9 of the format document says otherwise"
    _check_notes(attack, measured.report)
    chapter, number = number_of(attack)
    assert table_of(PAGE.read_text("utf-8"))[chapter][number] == row(attack, measured)


def _check_notes(attack: Attack, report: Report | None) -> None:
    """The report says what it could compare with, and never claims more."""
    if report is None:
        return
    notes = " ".join(report.notes)
    if "head" in attack.kept:
        assert f"compared with the head you kept of {attack.kept.removeprefix('the head of ')} entries" in notes
        assert NOTHING_EARLIER not in notes
    else:
        assert NOTHING_EARLIER in notes
    if not report.failed and report.size:
        assert f"covered by another partner's signature up to entry {covered(attack.write().lines)}" in notes


@pytest.mark.parametrize("attack", [REWRITTEN[0], REWRITTEN[2], REPLAYED[0], FORCED[0], FORCED[6], OPENED[2]], ids=_id)
def test_an_attack_is_seen_in_either_database(attack: Attack, database_url: str) -> None:
    identity, note = kept_by(attack)
    written = attack.write()
    forge(database_url, written.lines, written.openings, written.key)
    _, audit = _audited(database_url, Kept((identity,) if identity else (), (note,) if note else ()))
    assert any(attack.finds in found for found in audit), audit


def covered(lines: Sequence[bytes]) -> int:
    """The largest head that anybody but the founding body has signed as seen."""
    read = [entry.read(one).statement for one in lines]
    return max(said.said.seen.size for said in read if said.organisation != COUNCIL)


def test_the_page_has_each_attack_once_and_nothing_else() -> None:
    rows = table_of(PAGE.read_text("utf-8"))
    assert {chapter: len(found) for chapter, found in rows.items()} == {
        chapter: len(attacks) for chapter, attacks in CHAPTERS.items()
    }


def test_the_honest_ledger_has_nothing_to_find(tmp_path: Path, readers: tuple[Foreign, Foreign]) -> None:
    attack = Attack("nothing", honest, "", kept="the head of 60")
    measured = measure(attack, tmp_path, readers)
    assert (measured.audit, measured.pack, measured.foreign) == ([], [], [[], []])


# -- the door refuses what the operator would have to force in --------------------------------------------


@pytest.mark.parametrize(
    ("saying", "reason"),
    [
        (of_another_ledger(), FalseSeen),
        (of_another_ledger(origin="example.org/other"), FalseSeen),
        (commits(ledger="example.org/other"), WrongLedger),
        (commits(seen=Seen(root=Digest(bytes(32)), size=END)), FalseSeen),
        (commits(signed_at=Instant(NOW - MONTH)), OutOfTime),
    ],
)
def test_the_door_refuses_what_is_not_of_this_log(saying: Saying, reason: type[LedgerError], tmp_path: Path) -> None:
    told = record(the_story(), f"sqlite:///{tmp_path}/ledger.db")
    wire, openings = saying(the_end())
    with closing(Store.open(told.url)) as store, pytest.raises(reason):
        Log(store, LOG_KEYS).record(Submission(wire, openings), At(told.story.world.now))


def test_the_door_gives_the_old_receipt_for_the_same_statement(tmp_path: Path) -> None:
    told = record(the_story(), f"sqlite:///{tmp_path}/ledger.db")
    again_ = Submission(told.story.said("C-2 waits").wire)
    with closing(Store.open(told.url)) as store:
        recorded = Log(store, LOG_KEYS).record(again_, At(told.story.world.now))
        assert (recorded.position, recorded.before, store.head().size) == (told.story.at["C-2 waits"], True, END)


# -- the command, its exit codes, and what it keeps -----------------------------------------------------


@dataclass(slots=True)
class Place:
    """A folder with the recorded story in it, and the command."""

    folder: Path
    told: Honest
    capture: pytest.CaptureFixture[str]
    said: str = ""

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    def outcomes(self, *arguments: str | Path) -> int:
        """Run the command; its exit code. What it printed is in `said`."""
        code = main([str(argument) for argument in arguments])
        printed = self.capture.readouterr()
        self.said = printed.out + printed.err
        return code

    def put(self, written: Written, name: str = "ledger.db") -> Path:
        """The operator puts another file in the ledger's place."""
        path = self.folder / name
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        forge(f"sqlite:///{path}", written.lines, written.openings, written.key)
        return path

    def keep(self, size: int) -> Path:
        """A checkpoint that somebody kept in a file."""
        path = self.folder / f"checkpoint-{size}"
        path.write_bytes(self.told.notes[size - 1])
        return path


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the story is recorded once."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def place(
    tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    """A folder to stand in, with an honest ledger that nobody here has seen yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCOMES_PASSPHRASE", "correct horse")
    return Place(tmp_path, honest_copy(templates, tmp_path), capsys)


VERIFY: Final = ("audit", "verify")


def test_a_first_verification_says_what_it_cannot_compare_with_and_the_next_one_compares(place: Place) -> None:
    assert place.outcomes(*VERIFY) == 0
    assert NOTHING_EARLIER in place.said
    assert "finding" not in place.said
    assert place.outcomes(*VERIFY) == 0
    assert NOTHING_EARLIER not in place.said
    assert f"compared with the head you kept of {END} entries" in place.said


def test_a_witness_who_is_asked_for_and_not_there_is_not_passed_over(place: Place) -> None:
    assert place.outcomes(*VERIFY, "--witnesses", "1") == 4
    assert "not checked" in place.said
    place.put(without(I1))
    assert place.outcomes(*VERIFY, "--witnesses", "1") == 3


def test_a_checkpoint_that_the_log_extends_is_compared_with(place: Place) -> None:
    assert place.outcomes(*VERIFY, "--against", place.keep(40)) == 0
    assert "compared with the head you kept of 40 entries" in place.said


def test_a_checkpoint_that_the_log_does_not_extend_is_found(place: Place) -> None:
    longer, shorter = place.keep(END), place.keep(40)
    place.put(cut_off_at(END - 6))
    assert place.outcomes(*VERIFY, "--against", longer) == 3
    assert f"entry {END - 5}: HistoryContradicted" in place.said
    assert place.outcomes(*VERIFY, "--against", shorter) == 0
    place.put(told_again(from_entry_1=False))
    assert place.outcomes(*VERIFY, "--against", shorter) == 3


def test_a_checkpoint_that_another_key_signed_shows_nothing(place: Place) -> None:
    forged = place.folder / "forged"
    head = Checkpoint.parse(place.told.notes[39].split(b"\n\n")[0] + b"\n")
    forged.write_bytes(sign_checkpoint(head, key_of("a stranger")))
    assert place.outcomes(*VERIFY, "--against", forged) == 3
    assert "kept head: SignatureInvalid" in place.said


def test_a_checkpoint_that_is_none_or_not_there_is_an_error(place: Place) -> None:
    (place.folder / "none").write_bytes(b"not a checkpoint")
    assert place.outcomes(*VERIFY, "--against", "none") == 2
    assert place.outcomes(*VERIFY, "--against", "absent") == 74


def test_another_identity_than_the_one_that_was_given_is_found(place: Place) -> None:
    assert place.outcomes(*VERIFY, "--identity", place.told.identity.hex()) == 0
    assert place.outcomes(*VERIFY, "--identity", "00" * 32) == 3


def test_one_changed_byte_ends_the_command_with_3_and_says_where(place: Place) -> None:
    with closing(Tools(f"sqlite:///{place.ledger}")) as tools:
        cell("entries", "entry", last_byte, row=30)(tools.loosened(), place.told.story)
    assert place.outcomes(*VERIFY) == 3
    assert "finding  entry 31: " in place.said


def test_a_ledger_that_failed_is_not_kept_as_if_it_had_been_verified(place: Place) -> None:
    place.put(without(I1))
    assert place.outcomes(*VERIFY) == 3
    place.put(honest())
    assert place.outcomes(*VERIFY) == 0
    assert NOTHING_EARLIER in place.said


POOL = ["pool", "agree", "P-9", "--name", "P", "--partner", COUNCIL, "--starts", "2026-04-01"]
POOL += ["--legal-power", "aligned"]
KEY: Final = ["key", "create", "--staff-number", "1"]
# Every command that opens the ledger, in its shortest form; none may use a log that does not extend the kept head.
OPENING: Final = (
    ["view", "partner"],
    ["view", "partner", COUNCIL],
    ["view", "trail"],
    ["view", "trail", "12"],
    ["export", "entries"],
    ["export", "tiles", "published"],
    ["audit", "pack", "packed"],
    POOL,
    ["pool", "close", "prevention"],
    ["commitment", "make", "C-9", "--pool", "prevention", "--amount", "1.00", "--year", "2026-27"],
    ["commitment", "make", "C-9", "--pool", "prevention", "--amount", "1.00", "--year", "2026-27", "--dry-run"],
    ["commitment", "firm", "C-1"],
    ["commitment", "vary", "C-1", "--amount", "1.00", "--year", "2026-27", "--reason", "R"],
    ["commitment", "withdraw", "C-1", "--reason", "R"],
    ["partner", "admit", "--organisation", "GB-EXAMPLE-NEW", "--name", "New", "--form", "other"],
    ["officer", "retire", DEPUTY],
    ["officer", "appoint", "card", "--powers", "commit"],
    [*KEY, f"{COUNCIL}/other"],
    ["key", "rotate", DEPUTY],
    ["key", "revoke", DEPUTY, "--ground", "lost"],
    ["approve", "12"],
    ["decline", "12", "--reason", "R"],
    ["confirm", "34"],
    ["withdraw", "12", "--reason", "R"],
    ["reverse", "15", "--reason", "R"],
    ["erase", "15", "note", "--ground", "mistake"],
    ["sign", "draft"],
)


def test_no_other_command_uses_a_log_that_does_not_extend_the_kept_head(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCOMES_OFFICER", S151)
    assert place.outcomes(*KEY, S151, "--origin", ORIGIN) == 0
    assert place.outcomes(*KEY, f"{COUNCIL}/new", "--origin", ORIGIN, "--card", "card") == 0
    assert place.outcomes(*VERIFY) == 0
    assert place.outcomes(*POOL, "--draft", "draft") == 0
    for written in (cut_off_at(END - 6), forked_at(END - 6), told_again(from_entry_1=False)):
        place.put(written)
        wrong = {" ".join(command): place.outcomes(*command) for command in OPENING}
        wrong = {command: code for command, code in wrong.items() if code != 3}
        assert not wrong, place.said
    assert not (place.folder / "published").exists()
    assert not (place.folder / "packed").exists()


def test_another_ledger_in_the_place_or_under_the_name_of_the_one_that_was_seen_is_refused(place: Place) -> None:
    assert place.outcomes(*VERIFY) == 0
    place.put(told_again(from_entry_1=True))
    for command in (VERIFY, ("view", "trail")):
        assert place.outcomes(*command) == 3, place.said[-300:]
    elsewhere = place.put(told_again(from_entry_1=True), "elsewhere.db")
    for command in (VERIFY, ("view", "trail")):
        assert place.outcomes(*command, "--ledger", elsewhere) == 3, place.said[-300:]


def test_a_checkpoint_with_another_signature_is_refused_by_every_command(place: Place) -> None:
    with closing(Tools(f"sqlite:///{place.ledger}")) as tools:
        cell("head", "checkpoint", _signature_changed)(tools.loosened(), place.told.story)
    for command in (VERIFY, ("view", "trail"), ("export", "entries")):
        assert place.outcomes(*command) == 3, f"{command}: {place.said[-300:]}"


def _signature_changed(note: bytes) -> bytes:
    """With another letter in the middle of the signature."""
    return note[:-40] + (b"A" if note[-40:-39] != b"A" else b"B") + note[-39:]


@pytest.mark.parametrize(
    "attack",
    [attack for attack in (*FORCED, *REPLAYED) if attack.kept == "nothing" and attack.tables is None],
    ids=_id,
)
def test_a_command_that_does_not_judge_says_something_or_shows_what_is_there(attack: Attack, place: Place) -> None:
    """A view replays what was recorded and judges nothing: it may refuse it, and it may not stumble over it."""
    place.put(attack.write())
    for command in (("view", "trail"), ("export", "entries")):
        assert place.outcomes(*command) in (0, 3), f"{command}: {place.said[-300:]}"


def test_a_pack_is_verified_with_what_is_kept_of_its_ledger(place: Place) -> None:
    assert place.outcomes("audit", "pack", "packed") == 0
    assert place.outcomes(*VERIFY, "packed") == 0
    written = cut_off_at(END - 6)
    older = write_pack(place.folder / "older", written.lines, written.openings)
    assert place.outcomes(*VERIFY, older) == 3
    assert "the tail is gone" in place.said


# -- whoever holds the database, and not the log key ------------------------------------------------------


def unsigned(*sayings: Saying, note: Callable[[int, bytes, bytes], bytes]) -> Callable[[str], None]:
    """Append these to a ledger's tables, with a checkpoint that `note` makes of the size, the root and the old one."""

    def put(url: str) -> None:
        written = forced(*sayings)
        with closing(Store.open(url)) as store:
            old = store.head().checkpoint
            with store.turn(lambda size, root: note(size, root, old)) as turn:
                for number, one in enumerate(written.lines[END:], END + 1):
                    turn.append(row_of(one, turn, written.openings.get(number, {})))

    return put


def by_a_stranger(saying: Saying) -> Saying:
    """The same, but the signature is of a key that nobody registered."""

    def say(world: World) -> tuple[bytes, Mapping[str, bytes]]:
        wire, openings = saying(world)
        was = unseal(wire, STATEMENT_TYPE)
        return _resealed(wire, signature=key_of("a stranger").sign(pae(STATEMENT_TYPE, was.payload))), openings

    return say


def test_what_was_put_into_the_tables_is_never_signed_by_the_log(place: Place) -> None:
    """The head says 61 entries, the signed checkpoint 60: the next turn must not sign what lies between."""
    unsigned(by_a_stranger(commits("X-1")), note=lambda _size, _root, old: old)(place.told.url)
    world = the_end()
    world.told = 40_000
    wire, openings = commits("X-2")(world)
    with closing(Store.open(place.told.url)) as store:
        for whole in (True, False):
            with pytest.raises(VerificationFailed):
                Log(store, LOG_KEYS, whole=whole).record(Submission(wire, openings), At(world.now))
        assert store.head().size == END + 1
    assert place.outcomes(*VERIFY) == 3


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "partial"])
def test_nor_by_a_process_that_signed_the_last_checkpoint_itself(whole: bool, place: Place) -> None:
    """The stored checkpoint is the very one that this process made: only the entries after it are not its own."""
    world = the_end()
    world.told = 50_000
    with closing(Store.open(place.told.url)) as store:
        log = Log(store, LOG_KEYS, whole=whole)
        log.record(Submission(*commits("X-1")(world)), At(world.now))
        wire, _ = by_a_stranger(commits("X-2"))(world)
        note = store.head().checkpoint
        with store.turn(lambda _size, _root: note) as turn:
            turn.append(row_of(entry.write(world.now, wire), turn, {}))
        with pytest.raises(VerificationFailed):
            log.record(Submission(*commits("X-3")(world)), At(world.now))
        assert store.head().size == END + 2


def test_nothing_is_acknowledged_under_a_head_that_does_not_move(place: Place) -> None:
    """A turn writes the new head where `only` is 1: a head under another key would be read, and stay as it was."""
    with closing(Tools(place.told.url)) as tools:
        cell("head", "only", lambda only: only + 1)(tools.loosened(), the_story())
    world = the_end()
    with closing(Store.open(place.told.url)) as store, pytest.raises(VerificationFailed):
        Log(store, LOG_KEYS).record(Submission(*commits("X-1")(world)), At(world.now))


def test_a_log_key_that_nobody_agreed_to_is_not_taken(place: Place) -> None:
    """Entries that change the log key, each with a stranger's signature, and a checkpoint of the stranger's."""
    stranger = key_of("a stranger's log key")
    assert place.outcomes("view", "trail") == 0
    kept = {path.name: path.read_bytes() for path in Path(os.environ["OUTCOMES_HOME"], "ledgers").rglob("*.vkey")}
    change = by_a_stranger(says("log-key-changed/1", log_key(the_story().world, "a stranger's log key")))
    approvals = [by_a_stranger(approves_entry(END + 1, officer)) for officer in (ICB_CFO, POLICE_CFO)]
    unsigned(change, *approvals, note=lambda size, root, _: sign_checkpoint(Checkpoint(ORIGIN, size, root), stranger))(
        place.told.url
    )
    for command in (("view", "trail"), ("export", "entries"), VERIFY):
        assert place.outcomes(*command) == 3, f"{command}: {place.said[-300:]}"
    now = {path.name: path.read_bytes() for path in Path(os.environ["OUTCOMES_HOME"], "ledgers").rglob("*.vkey")}
    assert now == kept


# -- what is at a limit, and right ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note + 99 * other_signer(),
        lambda note: note.replace(b"\n\n", b"\n\n" + other_signer()),
        lambda note: lengthened(note, 1_000_000),
        lambda note: note + other_signer(length=1),
        lambda note: note + other_signer(ORIGIN),
        lambda note: note + other_signer(ORIGIN, LogKey(ORIGIN, raw(LOG_KEYS[0])).key_id),
    ],
    ids=["100 lines", "another first", "1,000,000 bytes", "5 bytes signed", "another key", "the old log key, falsely"],
)
def test_the_lines_of_other_signers_are_ignored_by_all(
    change: Callable[[bytes], bytes], tmp_path: Path, readers: tuple[Foreign, Foreign]
) -> None:
    folder = write_pack(tmp_path / "pack", honest().lines, honest().openings)
    file_changed("checkpoint", change)(folder)
    assert not verify_pack(folder, Kept()).findings
    assert [reader(folder, None, None) for reader in readers] == [[], []]


def test_a_kept_checkpoint_of_no_entries_shows_nothing(place: Place, tool: Callable[[str], str]) -> None:
    folder = write_pack(place.folder / "pack", honest().lines, honest().openings)
    commands = (
        [sys.executable, "-m", "commands", *VERIFY, "--against"],
        [sys.executable, "-m", "tests.foreign.verify_pack", "--against"],
        [str(go_program(tool("go"))), "-against"],
    )
    for key, code in ((key_of("a stranger"), 3), (LOG_KEYS[0], 0)):
        (place.folder / "kept").write_bytes(sign_checkpoint(Checkpoint(ORIGIN, 0, Tree().root()), key))
        for command in commands:
            done = subprocess.run(
                [*command, place.folder / "kept", folder], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == code, done.stdout
            assert code or NOTHING_EARLIER in done.stdout, done.stdout


# -- a pack that is made to stop its reader ---------------------------------------------------------------


def _claims_to_be_endless(folder: Path) -> None:
    root = the_story().world.tree.root()
    note = sign_checkpoint(Checkpoint(ORIGIN, 2**53 - 1, root), LOG_KEYS[1])
    (folder / "checkpoint").write_bytes(note)


def _has_an_infinite_opening(folder: Path) -> None:
    with (folder / "openings.jsonl").open("ab") as file:
        file.write(b'{"entry":1e999,"field":"note","opening":"AA=="}\n')


def _has_a_deep_opening(folder: Path) -> None:
    with (folder / "openings.jsonl").open("ab") as file:
        file.write(b"[" * 100_000 + b"\n")


def _has_a_name_that_is_no_text(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\x1b[31m")).write_bytes(b"")


def _has_a_name_with_a_line_end(folder: Path) -> None:
    (folder / "a\nverified  60 entries").write_bytes(b"")


def _has_a_pipe(folder: Path) -> None:
    (folder / "keys.txt").unlink()
    os.mkfifo(folder / "keys.txt")


def _has_a_link(folder: Path) -> None:
    (folder / "identity").unlink()
    (folder / "identity").symlink_to("/dev/zero")


def _has_a_folder_for_a_file(folder: Path) -> None:
    (folder / "openings.jsonl").unlink()
    (folder / "openings.jsonl").mkdir()


def _has_a_giant_checkpoint(folder: Path) -> None:
    os.truncate(folder / "checkpoint", 2**40)


def _has_a_giant_list_of_keys(folder: Path) -> None:
    os.truncate(folder / "keys.txt", 2**40)


def _has_a_folder_with_a_strange_name(folder: Path) -> None:
    (folder / "verified  60 entries").mkdir()


STOPPING: Final = (
    _has_a_giant_checkpoint,
    _has_a_giant_list_of_keys,
    _has_a_folder_with_a_strange_name,
    _claims_to_be_endless,
    _has_an_infinite_opening,
    _has_a_deep_opening,
    _has_a_name_that_is_no_text,
    _has_a_name_with_a_line_end,
    _has_a_pipe,
    _has_a_link,
    _has_a_folder_for_a_file,
)


@pytest.mark.parametrize("made", STOPPING)
def test_a_pack_that_would_stop_its_reader_is_refused_in_little_time_and_memory(made: OnPack, tmp_path: Path) -> None:
    written = honest()
    folder = write_pack(tmp_path / "pack", written.lines, written.openings)
    made(folder)
    limited = 'ulimit -v 2000000; exec "$0" -m commands audit verify "$1"'
    command = ["bash", "-c", limited, sys.executable, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=15)
    assert done.returncode == 3, done.stdout + done.stderr
    assert not any(text.startswith(b"verified") or b"\x1b" in text for text in done.stdout.splitlines())


@pytest.mark.parametrize("made", STOPPING)
def test_the_foreign_readers_refuse_such_a_pack_too(
    made: OnPack, tmp_path: Path, readers: tuple[Foreign, Foreign]
) -> None:
    written = honest()
    folder = write_pack(tmp_path / "pack", written.lines, written.openings)
    made(folder)
    for reader in readers:
        assert reader(folder, None, None)


def test_an_opening_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "pack", honest().lines, honest().openings)
    os.truncate(folder / pack.OPENINGS, 2**40)
    openings = pack.Pack(folder).openings()
    with pytest.raises(VerificationFailed, match="not an opening"):
        list(openings)


if __name__ == "__main__":
    write_page()
