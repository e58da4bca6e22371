"""The second reader refuses what the page refuses: ledgers of its own making, signed anew after each change."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

spec = importlib.util.spec_from_file_location("verify_pack", Path(__file__).with_name("verify_pack.py"))
assert spec is not None
assert spec.loader is not None
reader = importlib.util.module_from_spec(spec)
sys.modules["verify_pack"] = reader
spec.loader.exec_module(reader)

ORIGIN = "example.org/reader"
HOST, PARTNER = "GB-LA-HOST", "GB-NHS-PARTNER"
OFFICE, OTHER, DEPUTY = f"{HOST}/s151", f"{PARTNER}/cfo", f"{HOST}/deputy"
b64: Callable[[bytes], str] = reader.to_base64
Body = dict[str, Any]


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public(name: str) -> bytes:
    return private(name).public_key().public_bytes_raw()


def jcs(value: object) -> bytes:
    return str(reader.canonical(value)).encode()


def proof(holder: str, name: str) -> str:
    payload = f"{ORIGIN}\n{holder}\n{b64(public(name))}\n".encode()
    return b64(private(name).sign(reader.pre_authentication(reader.POSSESSION, payload)))


def key_of(office: str, name: str) -> Body:
    return {"key": b64(public(name)), "proof": proof(office, name)}


def officer(office: str, name: str) -> Body:
    return {"office": office.partition("/")[2], **key_of(office, name)}


def envelope(payload: bytes, name: str, kind: bytes) -> bytes:
    signature = b64(private(name).sign(reader.pre_authentication(kind, payload)))
    return (
        f'{{"payload":"{b64(payload)}","payloadType":"{kind.decode()}","signatures":'
        f'[{{"keyid":"{reader.fingerprint(public(name))}","sig":"{signature}"}}]}}'
    ).encode()


def opening(name: str, text: str) -> bytes:
    return jcs([b64(hashlib.sha256(text.encode()).digest()[:16]), name, text])


class Ledger:
    """Writes entries that are right unless told otherwise, and the pack that holds them."""

    def __init__(self, founding: Body | None = None, founded: bool = True) -> None:
        self.lines: list[bytes] = []
        self.tree = reader.Tree()
        self.openings: list[tuple[int, str, bytes]] = []
        self.keys: dict[str, str] = {OFFICE: "a1"}
        if founded:
            self.add("ledger-founded/1", self.founding() | (founding or {}))

    @staticmethod
    def founding() -> Body:
        return {
            "approvals": [],
            "log_key": b64(public("log")),
            "log_key_proof": proof("log", "log"),
            "organisation": {"id": HOST},
            "origin": ORIGIN,
            "officer": officer(OFFICE, "a1"),
        }

    def add(self, kind: str, body: Body, /, by: str = OFFICE, key: str = "", **members: object) -> Ledger:
        """An entry that says this; a member given as `...` is left out."""
        n = len(self.lines) + 1
        received_at = members.pop("received_at", "2026-04-02T09:00:00Z")
        payload = {
            "body": {"occurred_on": "2026-04-02", **body},
            "by": by,
            "id": f"019d4d6b-be80-7000-8000-{n:012x}",
            "kind": kind,
            "ledger": ORIGIN,
            "nonce": b64(n.to_bytes(16, "big")),
            "seen": {"root": b64(self.tree.root(n - 1)), "size": n - 1},
            "signed_at": "2026-04-02T09:00:00Z",
        } | members
        payload = {name: value for name, value in payload.items() if value is not ...}
        return self.raw(jcs(payload), key or self.keys[by], str(received_at))

    def raw(self, payload: bytes, key: str = "a1", received_at: str = "2026-04-02T09:00:00Z") -> Ledger:
        signed = envelope(payload, key, reader.STATEMENT)
        return self.line(b'{"received_at":"%s","envelope":%s}' % (received_at.encode(), signed))

    def line(self, line: bytes) -> Ledger:
        self.lines.append(line)
        self.tree.append(reader.hash_leaf(line))
        return self

    def sealed(self, text: str, opened: bool = True) -> Ledger:
        data = opening("note", text)
        if opened:
            self.openings.append((len(self.lines) + 1, "note", data))
        return self.add("commitment-made/1", {"note": {"sealed": b64(hashlib.sha256(data).digest())}})

    def admit(self) -> Ledger:
        self.keys[OTHER] = "b1"
        body = {"organisation": {"id": PARTNER}, "officer": officer(OTHER, "b1")}
        return self.add("organisation-admitted/1", body)

    def appoint(self) -> Ledger:
        self.keys[DEPUTY] = "d1"
        return self.add("officer-appointed/1", {"organisation": HOST, "officer": officer(DEPUTY, "d1")})

    def rotate(self, by: str = OFFICE) -> Ledger:
        return self.add("key-rotated/1", {"officer": OFFICE, **key_of(OFFICE, "a2")}, by=by)

    def checkpoint(self, size: int | None = None, key: str = "log") -> bytes:
        size = len(self.lines) if size is None else size
        text = f"{ORIGIN}\n{size}\n{b64(self.tree.root(size))}\n"
        signature = b64(reader.key_id(ORIGIN, public(key)) + private(key).sign(text.encode()))
        return f"{text}\n\u2014 {ORIGIN} {signature}\n".encode()

    def files(self) -> dict[str, bytes]:
        files = dict(self.tree.tiles())
        for start in range(0, len(self.lines), 256):
            bundle = self.lines[start : start + 256]
            path = reader.tile_path("entries", start // 256, len(bundle))
            files[path] = b"".join(len(line).to_bytes(2, "big") + line for line in bundle)
        files["checkpoint"] = self.checkpoint()
        files["identity"] = f"{reader.hash_leaf(self.lines[0]).hex()}\n".encode()
        files["log.vkey"] = f"{reader.vkey(ORIGIN, public('log'))}\n".encode()
        files["keys.txt"] = b"".join(key_line(*one) for one in sorted(self.keys.items()))
        files["openings.jsonl"] = b"".join(
            jcs({"entry": n, "field": name, "opening": b64(data)}) + b"\n" for n, name, data in self.openings
        )
        return files


def key_line(office: str, name: str) -> bytes:
    return f"{office} ssh-ed25519 {b64(reader.ssh_blob(public(name)))}\n".encode()


def write(folder: Path, files: dict[str, bytes], sums: bytes | None = None) -> Path:
    lines = [f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items()]
    every = {"SHA256SUMS": "".join(sorted(lines, key=lambda one: one[66:])).encode() if sums is None else sums}
    for path, data in (every | files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def checks(folder: Path, identity: str | None = None, kept: bytes | None = None) -> list[int]:
    """The numbers of the checks that found something, each once."""
    verifier = reader.Verifier(folder)
    verifier.run(identity, kept)
    return sorted({int(line.split()[1]) for line in verifier.findings.lines})


def found(folder: Path, ledger: Ledger) -> list[int]:
    return checks(write(folder / "pack", ledger.files()))


# -- what is honest -----------------------------------------------------------------------------------------


def long_ledger(entries: int = 520) -> Ledger:
    ledger = Ledger().admit().appoint().sealed("one")
    while len(ledger.lines) < entries:
        ledger.add("noted/1", {})
    return ledger


def test_an_honest_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = long_ledger()
    folder = write(tmp_path / "pack", ledger.files())
    (tmp_path / "kept").write_bytes(ledger.checkpoint(300))
    identity = reader.hash_leaf(ledger.lines[0]).hex()
    assert reader.main([str(folder), "--identity", identity, "--against", str(tmp_path / "kept")]) == 0
    expected = f"OK size=520 root={b64(ledger.tree.root(520))} identity={identity}\n"
    assert capsys.readouterr().out == expected
    assert reader.main([str(folder)]) == 0
    assert capsys.readouterr().out == "NOTE nothing earlier to compare with\n" + expected


EDGES = (  # the first and the last character of each range that plain text leaves out
    "\x00\x1f\x7f\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b\u180f\u200b\u200f\u2028\u202e\u2060\u206f\u3164"
    "\ue000\uf8ff\ufe00\ufe0f\ufeff\uffa0\ufff0\uffff\U000e0000\U0010ffff"
)
BESIDE = (  # what stands beside these ranges
    "\x20\x7e\xa0\xac\xae\u061b\u061d\u115e\u1161\u17b3\u17b6\u180a\u1810\u200a\u2010\u2027\u202f\u205f\u2070\u3163\u3165"
    "\ud7ff\uf900\ufdff\ufe10\ufefe\uff00\uff9f\uffa1\uffef\U00010000\U000dffff"
)


# -- one entry that is wrong, in a log that is otherwise right ----------------------------------------------


@pytest.mark.parametrize(
    ("members", "check"),
    [
        ({"ledger": "example.org/elsewhere"}, 1),
        ({"id": "019d4d6b-be80-7000-8000-000000000001"}, 1),
        ({"id": "019d4d6b-be80-4000-8000-000000000009"}, 1),
        ({"id": "019D4D6B-be80-7000-8000-000000000009"}, 1),
        ({"nonce": "AAAA"}, 1),
        ({"nonce": ...}, 1),
        ({"nonce": None}, 1),
        ({"extra": "x"}, 1),
        *[({"decision": wrong}, 1) for wrong in (None, 3, "", "x" * 201)],
        *[({"decision": f"x{character}x"}, 1) for character in EDGES],
        *[({"source": {"dataset": "a" * 64, "row": character}}, 1) for character in EDGES],
        *[
            ({"prepared_by": wrong}, 1)
            for wrong in (None, "nobody", "gb-la-host/s151", f"{HOST}/S151", f"{HOST}/s151/x")
        ],
        *[({"by": wrong, "key": "a1"}, 1) for wrong in ("GB-A/s151", f"{HOST}/", f"{HOST}/s151 ", f"{HOST}/s151\n")],
        *[({"kind": wrong}, 1) for wrong in ("noted", "noted/0", "noted/10000", "noted-/1", "no2ted/1", "Noted/1", "")],
        ({"kind": "ledger-founded/1"}, 1),
        *[({"source": wrong}, 1) for wrong in (None, {}, {"dataset": "a" * 64}, {"dataset": "A" * 64, "row": "1"})],
        *[({"source": {"dataset": "a" * 64, "row": wrong}}, 1) for wrong in (None, 1, "", "x" * 201)],
        ({"source": {"dataset": "a" * 64, "row": "1", "more": "x"}}, 1),
        ({"id": "019d4d6b-be80-7000-c000-000000000009"}, 1),
        ({"decision": [], "nonce": 16}, 1),
        ({"signed_at": "2026-04-02T09:00:60Z"}, 1),
        ({"signed_at": "2026-04-02T09:05:01Z"}, 2),
        ({"received_at": "2026-04-02T08:59:59Z"}, 2),
        ({"signed_at": "2026-04-02T08:54:59Z"}, 3),
        ({"seen": {"root": b64(hashlib.sha256(b"").digest()), "size": 0}}, 3),
        ({"seen": {"root": b64(bytes(32)), "size": 1}}, 3),
        ({"seen": {"root": b64(bytes(32)), "size": 2}}, 3),
        ({"key": "stranger"}, 4),
        ({"by": f"{HOST}/nobody", "key": "a1"}, 4),
    ],
)
def test_a_member_that_is_wrong(tmp_path: Path, members: dict[str, Any], check: int) -> None:
    assert found(tmp_path, Ledger().add("noted/1", {}, **members)) == [check]


@pytest.mark.parametrize(
    ("members", "body"),
    [
        ({"signed_at": "2026-04-02T09:05:00Z"}, {}),
        ({"signed_at": "2026-04-02T08:55:00Z"}, {}),
        ({"decision": "x", "prepared_by": f"{HOST}/x-", "source": {"dataset": "0" * 64, "row": "x"}}, {}),
        ({"decision": "\U0001f600 " * 100, "source": {"dataset": "0" * 64, "row": BESIDE}}, {"texts": [BESIDE, ""]}),
        ({"kind": "noted-again/9999"}, {}),
        ({}, {"deep": json.loads("[" * 14 + "]" * 14)}),
        ({}, {"n": 2**53 - 1, "t": "\ufdd0\ud7ff\U0001fffe\U0001f600", "\ue000": 1, "\U00010000": 2}),
        ({}, {"deep": [True, False, {}], "sealed ": "x", "note": {"seal": "x"}}),
    ],
)
def test_a_member_at_its_limit(tmp_path: Path, members: dict[str, Any], body: Body) -> None:
    assert found(tmp_path, Ledger().add("noted/1", body, **members)) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"occurred_on":"2026-04-02","x":' + b"[" * 15 + b"]" * 15 + b"}",
        b'{"occurred_on":"2026-04-02","x":' + b"[" * 20000 + b"]" * 20000 + b"}",
        b'{"occurred_on":"2026-04-02","x":9007199254740992}',
        b'{"occurred_on":"2026-04-02","x":' + b"9" * 20000 + b"}",
        b'{"occurred_on":"2026-04-02","x":-1}',
        b'{"occurred_on":"2026-04-02","x":-0}',
        b'{"occurred_on":"2026-04-02","x":1.0}',
        b'{"occurred_on":"2026-04-02","x":1e3}',
        b'{"occurred_on":"2026-04-02","x":NaN}',
        b'{"occurred_on":"2026-04-02","occurred_on":"2026-04-02"}',
        b'{"occurred_on":"2026-04-02","x":"\\ud800"}',
        b'{"occurred_on":"2026-04-02","x":"\\u0061"}',
        b'{"occurred_on":"2026-04-02","x":"\xff"}',
        b'{"occurred_on":"2026-04-02","x":"\xed\xa0\x80"}',
        b'{"x":1,"occurred_on":"2026-04-02"}',
        b'{"occurred_on":"2026-04-02" }',
        b'{"occurred_on":"2026-02-30"}',
        b'{"occurred_on":"0000-01-01"}',
        b'{"occurred_on":null}',
        b'{"occurred_on":"2026-04-02","x":null}',
        b'{"occurred_on":"2026-04-02","x":[{"y":[null]}]}',
        b'{"occurred_on":"2026-04-02","x":[{"y":["\\n"]}]}',
        b'{"occurred_on":"2026-04-02","x":"\xe2\x80\x8b"}',
        b"{}",
        b"[]",
        b'{"occurred_on":"2026-04-02"',
        b'{"occurred_on":"2026-04-02","\xee\x80\x80":1,"\xf0\x90\x80\x80":2}',
    ],
)
def test_a_body_that_is_not_in_its_form(tmp_path: Path, body: bytes) -> None:
    rest = jcs({"seen": {"root": b64(Ledger().tree.root(1)), "size": 1}, "signed_at": "2026-04-02T09:00:00Z"})
    id_, nonce = "019d4d6b-be80-7000-8000-000000000009", b64(bytes(16))
    middle = f'"by":"{OFFICE}","id":"{id_}","kind":"noted/1","ledger":"{ORIGIN}","nonce":"{nonce}",'.encode()
    assert found(tmp_path, Ledger().raw(b'{"body":' + body + b"," + middle + rest[1:])) == [1]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line + b"\n",
        lambda line: line.replace(b'","payloadType"', b'", "payloadType"'),
        lambda line: line.replace(b'"signatures":[', b'"signatures":[ '),
        lambda line: line.replace(b"2026-04-02T09:00:00Z", b"2026-04-02T24:00:00Z"),
        lambda line: line.replace(b'=="}]}}', b'="}]}}'),
        lambda line: line.replace(b'=="}]}}', b'=="}],"x":1}}'),
        lambda line: b"",
        lambda line: b"\xff" * 65_535,
    ],
)
def test_a_line_that_is_not_in_its_form(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    ledger = Ledger()
    line = Ledger().add("noted/1", {}).lines[1]
    assert change(line) != line
    assert found(tmp_path, ledger.line(change(line))) == [1]


@pytest.mark.parametrize("founding", [{"origin": "example.org/other"}, {"origin": ...}])
def test_an_origin_that_entry_1_does_not_repeat(tmp_path: Path, founding: Body) -> None:
    body = {name: value for name, value in (Ledger.founding() | founding).items() if value is not ...}
    ledger = Ledger(founded=False).add("ledger-founded/1", body)
    assert 1 in found(tmp_path, ledger)


def test_entry_1_is_the_founding_and_no_other_is(tmp_path: Path) -> None:
    assert 1 in found(tmp_path / "none", Ledger(founded=False).add("noted/1", Ledger.founding()))
    assert found(tmp_path / "twice", Ledger().add("ledger-founded/1", Ledger.founding())) == [1]


# -- keys ---------------------------------------------------------------------------------------------------


def test_keys_are_introduced_and_ended(tmp_path: Path) -> None:
    ledger = Ledger().admit().appoint().rotate(DEPUTY)
    ledger.keys[OFFICE] = "a2"
    ledger.add("noted/1", {}).add("noted/1", {}, by=OTHER)
    assert found(tmp_path, ledger) == []
    assert found(tmp_path / "old", ledger.add("noted/1", {}, key="a1")) == [4]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("key-revoked/1", {"officer": DEPUTY, "key": b64(public("d1"))}),
        ("officer-retired/1", {"officer": DEPUTY}),
        ("office-holder-changed/1", {"officer": DEPUTY, **key_of(DEPUTY, "d2")}),
    ],
)
def test_an_ended_key_signs_nothing(tmp_path: Path, kind: str, body: Body) -> None:
    ledger = Ledger().admit().appoint().add(kind, body)
    ledger.add("noted/1", {}, by=DEPUTY)
    del ledger.keys[DEPUTY]
    assert found(tmp_path / "ended", ledger) == [4]
    ledger = Ledger({"approvals": [{"kind": kind}]}).admit().appoint().add(kind, body).add("noted/1", {}, by=DEPUTY)
    assert found(tmp_path / "waiting", ledger) == []
    ledger = Ledger().admit().appoint().add(kind, body, by=OTHER).add("noted/1", {}, by=DEPUTY)
    assert found(tmp_path / "of-others", ledger) == []


def test_an_approval_table_counts_from_where_it_stands(tmp_path: Path) -> None:
    retire = ("officer-retired/1", {"officer": DEPUTY})
    table = ("approval-table-set/1", {"approvals": [{"kind": "officer-retired/1"}]})
    ledger = Ledger().appoint().add(*table).add(*retire).add("noted/1", {}, by=DEPUTY)
    assert found(tmp_path / "before", ledger) == []
    ledger = Ledger().appoint().add(*retire).add(*table).add("noted/1", {}, by=DEPUTY)
    assert found(tmp_path / "after", ledger) == [4, 8]


def test_an_ended_key_is_ended_for_ever_for_its_office_alone(tmp_path: Path) -> None:
    appointed = {"organisation": HOST, "officer": officer(DEPUTY, "d1")}
    ledger = Ledger().appoint().add("officer-retired/1", {"officer": DEPUTY}).add("officer-appointed/1", appointed)
    del ledger.keys[DEPUTY]
    assert found(tmp_path / "kept", ledger) == []
    assert found(tmp_path / "again", ledger.add("noted/1", {}, by=DEPUTY, key="d1")) == [4]
    shared = {"organisation": HOST, "officer": officer(f"{HOST}/other", "d1")}
    ledger = Ledger().appoint().add("officer-appointed/1", shared).add("officer-retired/1", {"officer": DEPUTY})
    del ledger.keys[DEPUTY]
    assert found(tmp_path / "other", ledger.add("noted/1", {}, by=f"{HOST}/other", key="d1")) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("approval-table-set/1", {}),
        ("approval-table-set/1", {"approvals": {}}),
        ("approval-table-set/1", {"approvals": ["x"]}),
        ("key-revoked/1", {"officer": DEPUTY}),
        ("key-revoked/1", {"officer": HOST, "key": b64(public("d1"))}),
        ("key-revoked/1", {"officer": DEPUTY, "key": "x"}),
        ("officer-retired/1", {}),
        ("organisation-admitted/1", {"organisation": {"id": "GB"}}),
        ("organisation-admitted/1", {"organisation": {"id": PARTNER}, "officer": 3}),
        ("key-rotated/1", {"officer": "x", **key_of("x", "a2")}),
    ],
)
def test_a_body_that_says_nothing_of_its_kind(tmp_path: Path, kind: str, body: Body) -> None:
    assert found(tmp_path, Ledger().add(kind, body)) == [4]


def test_a_key_that_is_revoked_before_it_is_introduced_is_ended_too(tmp_path: Path) -> None:
    ledger = Ledger().add("key-revoked/1", {"officer": DEPUTY, "key": b64(public("d1"))}).appoint()
    del ledger.keys[DEPUTY]
    assert found(tmp_path / "introduced", ledger) == []
    assert found(tmp_path / "used", ledger.add("noted/1", {}, by=DEPUTY, key="d1")) == [4]


def test_a_line_of_the_table_that_names_no_kind_of_ours_concerns_nothing(tmp_path: Path) -> None:
    lines = [{"kind": "money-conjured/1"}, {"kind": "nonsense"}, {"kind": 3}, {}]
    ledger = Ledger({"approvals": lines}).appoint().add("officer-retired/1", {"officer": DEPUTY})
    assert found(tmp_path, ledger.add("noted/1", {}, by=DEPUTY)) == [4, 8]


def test_an_organisation_may_have_no_officer_yet(tmp_path: Path) -> None:
    assert found(tmp_path, Ledger().add("organisation-admitted/1", {"organisation": {"id": PARTNER}})) == []


def test_a_keyid_that_is_not_the_fingerprint(tmp_path: Path) -> None:
    line = Ledger().admit().add("noted/1", {}).lines[2]
    old, new = (reader.fingerprint(public(name)).encode() for name in ("a1", "b1"))
    assert found(tmp_path, Ledger().admit().line(line.replace(old, new))) == [4]


@pytest.mark.parametrize(
    "change",
    [
        {"proof": proof(OTHER, "d1")},
        {"proof": proof(DEPUTY, "d2")},
        {"proof": "x"},
        {"key": b64(b"\x01" + bytes(31))},
        {"key": 3},
        {"office": "deputy/x"},
    ],
)
def test_a_key_without_proof_of_possession(tmp_path: Path, change: Body) -> None:
    ledger = Ledger()
    ledger.add("officer-appointed/1", {"organisation": HOST, "officer": officer(DEPUTY, "d1") | change})
    assert found(tmp_path, ledger) == [4]


def test_the_keys_of_the_log(tmp_path: Path) -> None:
    change = {"log_key": b64(public("log2")), "log_key_proof": proof("log", "log2")}
    ledger = Ledger().add("log-key-changed/1", change)
    files = ledger.files() | {"checkpoint": ledger.checkpoint(key="log2")}
    assert checks(write(tmp_path / "mixed", files)) == [8]
    files["log.vkey"] = f"{reader.vkey(ORIGIN, public('log2'))}\n".encode()
    assert checks(write(tmp_path / "new", files), kept=ledger.checkpoint(1)) == []
    assert found(tmp_path / "none", Ledger({"log_key_proof": proof(OFFICE, "log")})) == [6, 8]


def test_lines_of_other_signers(tmp_path: Path) -> None:
    change = {"log_key": b64(public("log2")), "log_key_proof": proof("log", "log2")}
    ledger = Ledger().add("log-key-changed/1", change)
    old = f"\u2014 {ORIGIN} {b64(reader.key_id(ORIGIN, public('log2')) + bytes(64))}\n".encode()
    text, _, ours = ledger.checkpoint().partition(b"\n\n")
    bad = f"\u2014 {ORIGIN} {b64(reader.key_id(ORIGIN, public('log')) + bytes(64))}\n".encode()
    unknown = f"\u2014 {ORIGIN} {b64(bytes(68))}\n".encode()
    witness = f"\u2014 witness.example {b64(bytes(76))}\n".encode()
    for number, (lines, expected) in enumerate(
        [
            (ours + witness, []),
            (witness + ours, []),
            (unknown + ours, []),
            (ours + 99 * witness, []),
            (ours + 100 * witness, [6, 8]),
            (old + ours, []),
            (ours + f"\u2014 w {b64(bytes(5))}\n".encode(), []),
            (ours + f"\u2014 w {b64(bytes(4))}\n".encode(), [6, 8]),
            (ours + f"\u2014 w {b64(bytes(5))[:-1]}\n".encode(), [6, 8]),
            (ours + f"\u2014 {b64(bytes(5))}\n".encode(), [6, 8]),
            (ours + 100 * f"\u2014 w {b64(bytes(7500))}\n".encode(), [6, 8]),
            (b"more\n" + ours, [6, 8]),
            (ours + bad, [6, 8]),
            (bad + ours, [6, 8]),
            (unknown, [6, 8]),
            (ours + witness[:-1], [6, 8]),
            (ours + b"x\n", [6, 8]),
            (ours + witness.replace(b"witness", b"wit+ess"), [6, 8]),
            (ours + witness.replace(b"witness", b"wit\xc2\xa0ess"), [6, 8]),
        ]
    ):
        files = ledger.files() | {"checkpoint": text + b"\n\n" + lines}
        assert checks(write(tmp_path / str(number), files)) == expected


# -- openings -----------------------------------------------------------------------------------------------


def erase(ledger: Ledger, n: int, by: str = OFFICE) -> Ledger:
    named = {"entry": f"019d4d6b-be80-7000-8000-{n:012x}", "field": "note"}
    return ledger.add("field-erased/1", named, by=by)


def test_openings_and_erasures(tmp_path: Path) -> None:
    assert found(tmp_path / "0", Ledger().sealed("a").sealed("b")) == []
    assert found(tmp_path / "1", Ledger().sealed("a", opened=False)) == [5]
    assert found(tmp_path / "2", erase(Ledger().sealed("a", opened=False), 2)) == []
    assert found(tmp_path / "3", erase(Ledger().sealed("a"), 2)) == [5]
    assert found(tmp_path / "4", erase(Ledger().admit().sealed("a"), 3, by=OTHER)) == []
    assert found(tmp_path / "5", erase(Ledger().admit().sealed("a", opened=False), 3, by=OTHER)) == [5]
    assert found(tmp_path / "7", erase(Ledger().sealed("a", opened=False), 2).sealed("b")) == []
    own = {"entry": "019d4d6b-be80-7000-8000-000000000002", "field": "note", "note": {"sealed": b64(bytes(32))}}
    assert found(tmp_path / "8", Ledger().add("field-erased/1", own)) == [5]
    for wrong in ({"entry": own["entry"]}, {"entry": "x", "field": "note"}):
        assert found(tmp_path / str(wrong), Ledger().add("field-erased/1", wrong)) == [5]
    table = ("approval-table-set/1", {"approvals": [{"kind": "field-erased/1"}]})
    for opened, expected in ((True, [5]), (False, [])):
        ledger = erase(erase(Ledger().sealed("a", opened=opened), 2).add(*table), 2)
        assert found(tmp_path / f"9{opened}", ledger) == expected
    for opened in (True, False):
        ledger = Ledger({"approvals": [{"kind": "field-erased/1"}]}).sealed("a", opened=opened)
        assert found(tmp_path / f"6{opened}", erase(ledger, 2)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda ledger: (2, "note", opening("note", "other")),
        lambda ledger: (2, "nota", opening("note", "a")),
        lambda ledger: (1, "note", opening("note", "a")),
        lambda ledger: (9, "note", opening("note", "a")),
    ],
)
def test_an_opening_of_something_else(tmp_path: Path, change: Callable[[Ledger], tuple[int, str, bytes]]) -> None:
    ledger = Ledger().sealed("a")
    ledger.openings = [change(ledger)]
    assert found(tmp_path, ledger) == [5]


@pytest.mark.parametrize("text", ["x", "x" * 1000, BESIDE])
def test_a_sealed_text_at_its_limit(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, Ledger().sealed(text)) == []


@pytest.mark.parametrize("text", ["", "x" * 1001, "two\nlines", *EDGES])
def test_a_sealed_text_that_is_not_plain(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, Ledger().sealed(text)) == [5]


@pytest.mark.parametrize("data", [opening("nota", "a"), b'["AAAA","note","a"]', b'["note","a"]', b"[" * 99999])
def test_an_opening_that_is_not_in_its_form(tmp_path: Path, data: bytes) -> None:
    ledger = Ledger().add("noted/1", {"note": {"sealed": b64(hashlib.sha256(data).digest())}})
    ledger.openings = [(2, "note", data)]
    assert found(tmp_path, ledger) == [5]


@pytest.mark.parametrize(
    "note",
    [
        {"sealed": b64(bytes(31))},
        {"sealed": None},
        {"sealed": b64(bytes(32)), "more": 1},
        {"deeper": {"sealed": b64(bytes(32))}},
        [{"sealed": b64(bytes(32))}],
    ],
)
def test_a_sealed_field_that_is_not_in_its_form(tmp_path: Path, note: object) -> None:
    assert found(tmp_path, Ledger().add("noted/1", {"note": note})) == [1]


@pytest.mark.parametrize("sealed", ["x", b64(bytes(32)), {"sealed": b64(bytes(32))}, 1])
def test_a_body_has_no_member_sealed(tmp_path: Path, sealed: object) -> None:
    assert found(tmp_path, Ledger().add("noted/1", {"sealed": sealed})) == [1]


def test_openings_out_of_order(tmp_path: Path) -> None:
    ledger = Ledger().sealed("a").sealed("b")
    ledger.openings.reverse()
    assert found(tmp_path / "reversed", ledger) == [5]
    ledger.openings = [ledger.openings[1], ledger.openings[1], ledger.openings[0]]
    assert found(tmp_path / "twice", ledger) == [5]


# -- the whole ----------------------------------------------------------------------------------------------


def test_another_history_than_the_one_kept(tmp_path: Path) -> None:
    ledger, other = long_ledger(9), Ledger({"purpose": "other"}).admit()
    folder = write(tmp_path / "pack", ledger.files())
    assert checks(folder, identity="0" * 64) == [7]
    for kept in (other.checkpoint(), long_ledger(10).checkpoint(), ledger.checkpoint(4, key="a1"), b"", b"\xff"):
        assert checks(folder, kept=kept) == [7]


def test_a_kept_checkpoint_of_no_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "pack", Ledger().files())
    other = Ledger().checkpoint(0).replace(b64(hashlib.sha256(b"").digest()).encode(), b64(bytes(32)).encode())
    for kept, code in ((Ledger().checkpoint(0), 0), (Ledger().checkpoint(0, key="a1"), 3), (other, 3)):
        (tmp_path / "kept").write_bytes(kept)
        assert reader.main([str(folder), "--against", str(tmp_path / "kept")]) == code
        assert ("NOTE nothing earlier to compare with" in capsys.readouterr().out) == (code == 0)


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("checkpoint", lambda data: data.replace(b"\n520\n", b"\n519\n"), [6, 8]),
        ("checkpoint", lambda data: data[:-2] + b"\n", [6, 8]),
        ("checkpoint", lambda data: b"x" + data, [6, 8]),
        ("tile/0/000", lambda data: data[:-1] + b"x", [6]),
        ("tile/1/000.p/2", lambda data: data[:-1], [6]),
        ("tile/entries/002.p/8", lambda data: data + b"\x00", [6, 8]),
        ("tile/entries/002.p/8", lambda data: data + b"\x00\x00", [6, 8]),
        ("tile/entries/001", lambda data: data[:-1], [6, 8]),
        ("identity", lambda data: data[:-1], [8]),
        ("log.vkey", lambda data: data.replace(b"+", b"-"), [8]),
        ("keys.txt", lambda data: data + key_line(OFFICE, "a2"), [8]),
        ("keys.txt", lambda data: data + key_line(OFFICE, "a1"), [8]),
        ("keys.txt", lambda data: b"".join(sorted(data.splitlines(keepends=True), reverse=True)), [8]),
        ("keys.txt", lambda data: data[:-1], [8]),
        ("keys.txt", lambda data: data.replace(b" ssh", b"  ssh"), [8]),
        ("identity", lambda data: data.upper(), [8]),
        ("openings.jsonl", lambda data: data.replace(b'{"entry"', b'{ "entry"'), [5]),
        ("openings.jsonl", lambda data: data[:-1], [5]),
    ],
)
def test_a_file_that_was_changed(
    tmp_path: Path, path: str, change: Callable[[bytes], bytes], expected: list[int]
) -> None:
    files = long_ledger().files()
    assert change(files[path]) != files[path]
    assert checks(write(tmp_path / "pack", files | {path: change(files[path])})) == expected


def test_files_that_are_missing_or_strange(tmp_path: Path) -> None:
    files = long_ledger(3).files()
    for number, path in enumerate([*files, "SHA256SUMS"]):
        folder = write(tmp_path / str(number), files)
        (folder / path).unlink()
        assert checks(folder) != []
    folder = write(tmp_path / "more", files | {"tile/0/000": b"x", "notes.txt": b""})
    (folder / "link").symlink_to("checkpoint")
    assert checks(folder) == [8]
    for name in ("tile/0/000.p/2", "tile/entries/001.p/1", "tile/1/000.p/1", ".hidden"):
        assert checks(write(tmp_path / name.replace("/", "-"), files | {name: files["tile/0/000.p/4"][:64]})) == [8]
    for name in ("empty", "tile/entries/x001", "a b/c"):
        folder = write(tmp_path / f"with {name}", files)
        (folder / name).mkdir(parents=True)
        assert checks(folder) == [8]
    for name in ("keys.txt", "tile/0/000.p/4"):
        folder = write(tmp_path / f"long {name}", files)
        os.truncate(folder / name, 2**30 + 1)
        assert 8 in checks(folder)
    right = (write(tmp_path / "right", files) / "SHA256SUMS").read_bytes()
    lines = right.splitlines(keepends=True)
    wrongs = (b"x\n", b"", right[:-1], right + b"\n", right.upper(), b"".join(reversed(lines)), b"".join(lines[1:]))
    itself = b"%s  SHA256SUMS\n" % hashlib.sha256(b"").hexdigest().encode()
    for number, wrong in enumerate(
        (*wrongs, right.replace(b"\n", b"\r\n"), itself + right, right.replace(b"  ", b" *"))
    ):
        assert checks(write(tmp_path / f"sums{number}", files, sums=wrong)) == [8]
    (tmp_path / "right" / "log.vkey").rename(tmp_path / "vkey")
    (tmp_path / "right" / "log.vkey").symlink_to(tmp_path / "vkey")
    assert checks(tmp_path / "right") == [8]


def test_the_manifest(tmp_path: Path) -> None:
    folder = write(tmp_path / "pack", long_ledger(3).files())
    sums = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    right = {"by": OFFICE, "identity": (folder / "identity").read_text().strip(), "sums": sums}
    for payload, key, kind, expected in (
        (right, "a1", reader.MANIFEST, []),
        (right, "b1", reader.MANIFEST, [8]),
        (right, "a1", reader.STATEMENT, [8]),
        (right | {"sums": "0" * 64}, "a1", reader.MANIFEST, [8]),
        (right | {"identity": "0" * 64}, "a1", reader.MANIFEST, [8]),
        (right | {"by": []}, "a1", reader.MANIFEST, [8]),
        (right | {"by": OTHER}, "a1", reader.MANIFEST, [8]),
        (right | {"more": 1}, "a1", reader.MANIFEST, [8]),
    ):
        (folder / "SHA256SUMS.dsse").write_bytes(envelope(jcs(payload), key, kind))
        assert checks(folder) == expected
    for suffix in (b"\n", b" "):
        (folder / "SHA256SUMS.dsse").write_bytes(envelope(jcs(right), "a1", reader.MANIFEST) + suffix)
        assert checks(folder) == [8]


# -- section 1 ----------------------------------------------------------------------------------------------


def test_a_key_of_small_or_mixed_order() -> None:
    assert reader.key_is_accepted(public("a1"))
    assert not reader.key_is_accepted(bytes(31))
    p = reader.P
    point = next(filter(None, (reader._decode(y.to_bytes(32, "little")) for y in range(3, 99))))
    torsion = reader._multiply(reader.L, point)
    assert not reader._is_identity(reader._multiply(4, torsion))
    mixed = [reader._multiply(times, torsion) for times in range(8)]
    mixed += [reader._add(reader._decode(public("a1")), one) for one in mixed[1:]]
    for x, y, z, _ in mixed:
        unit = pow(z, -1, p)
        assert not reader.key_is_accepted((y * unit % p | (x * unit % p & 1) << 255).to_bytes(32, "little"))
    assert not reader.key_is_accepted((p + 3).to_bytes(32, "little"))
    assert not reader.key_is_accepted((1 | 1 << 255).to_bytes(32, "little"))


def test_a_signature_at_the_edges() -> None:
    key, message = public("a1"), b"message"
    good = private("a1").sign(message)
    assert reader.signature_is_accepted(key, good, message)
    assert not reader.signature_is_accepted(key, good, b"massage")
    assert not reader.signature_is_accepted(key, good[:63], message)
    s = int.from_bytes(good[32:], "little")
    again = good[:32] + (s + reader.L).to_bytes(32, "little")
    assert not reader.signature_is_accepted(key, again, message)
    seed = hashlib.sha512(hashlib.sha256(b"a1").digest()).digest()
    scalar = (int.from_bytes(seed[:32], "little") & ((1 << 254) - 8)) | 1 << 254
    for y in (1, reader.P + 1):
        r = y.to_bytes(32, "little")
        h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little")
        s = h * scalar % reader.L
        assert not reader.signature_is_accepted(key, r + s.to_bytes(32, "little"), message)


# -- receipts and the command -------------------------------------------------------------------------------


def receipt(ledger: Ledger, index: int, proof: list[bytes]) -> bytes:
    lines = ["c2sp.org/tlog-proof@v1", f"extra {b64(ledger.lines[index])}", f"index {index}", *map(b64, proof)]
    return ("\n".join(lines) + "\n\n").encode() + ledger.checkpoint()


def test_receipts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger().admit().appoint()
    leaves = [reader.hash_leaf(line) for line in ledger.lines]
    log_key = reader.vkey(ORIGIN, public("log"))
    left = reader.hash_node(leaves[0], leaves[1])
    paths = [[leaves[1], leaves[2]], [leaves[0], leaves[2]], [left]]
    for index, path in enumerate(paths):
        good = receipt(ledger, index, path)
        (tmp_path / "receipt").write_bytes(good)
        assert reader.main(["--receipt", str(tmp_path / "receipt"), "--vkey", log_key]) == 0
        assert capsys.readouterr().out.startswith("OK digest=")
        for bad in (
            receipt(ledger, index, [*path, leaves[0]]),
            receipt(ledger, index, path[:-1]),
            good.replace(b"index ", b"index 0"),
            good.replace(b"index ", b"index 9"),
            good.replace(b"extra e", b"extra f"),
            good[:-1],
            b"",
        ):
            (tmp_path / "receipt").write_bytes(bad)
            assert reader.main(["--receipt", str(tmp_path / "receipt"), "--vkey", log_key]) == 3
            assert capsys.readouterr().out.endswith("FAILED findings=1\n")


@pytest.mark.parametrize("arguments", [[], ["x", "y"], ["--vkey", "x"], ["--receipt", "x", "--vkey", "x"], ["none"]])
def test_a_wrong_command(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        reader.main(arguments)
    assert stop.value.code == 2


def test_findings_are_counted_beyond_those_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger()
    for _ in range(99):
        ledger.add("noted/1", {}, key="stranger")
    assert reader.main([str(write(tmp_path / "pack", ledger.files()))]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 50 + 3
    assert lines[-3:] == [
        "NOTE 49 more findings are not shown",
        "NOTE nothing earlier to compare with",
        "FAILED findings=99",
    ]
