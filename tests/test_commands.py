"""The door: one story on both databases, keys and passphrases as they are really kept, and codes for mistakes."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands import demo, exits
from commands.chance import MachineClock
from commands.keyring import save_private
from commands.main import main
from ledger import errors
from ledger.keys import possession
from ledger.store import Store
from tests import transcript

FOUNDING = [
    "init", "--origin", "place.example/commands", "--organisation", "GB-EXAMPLE-COUNCIL", "--name", "Example Council",
    "--form", "council", "--staff-number", "7001",
]  # fmt: skip
POOL = [
    "pool",
    "agree",
    "prevention",
    "--name",
    "P",
    "--partner",
    "GB-EXAMPLE-COUNCIL",
    "--starts",
    "2026-04-01",
    "--legal-power",
    "aligned",
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with a passphrase at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCOMES_PASSPHRASE", "correct horse")
    return tmp_path


def test_the_demo_is_the_same_to_the_byte_on_both_databases(database_url: str, tmp_path: Path) -> None:
    told: list[str] = []
    roots: list[bytes] = []
    for number, url in enumerate(("sqlite:///ledger.db", database_url)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with transcript.place(folder, demo.SEED):
            os.environ["OUTCOMES_LEDGER"] = url
            told.append(transcript.replayed(demo.STORY.read_text()))
            store = Store.open(url)
            roots.append(store.head().root)
            store.close()
    assert _without_paths(told[0]) == _without_paths(told[1])
    assert roots[0] == roots[1]
    assert told[0].count("[8]") == 4


def test_what_the_demo_proposes_at_its_end_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commitment is recorded; then a byte is changed in place, and verification finds it."""
    monkeypatch.chdir(tmp_path)
    outcomes = Path(sys.executable).parent / "outcomes"
    told = subprocess.run([outcomes, "demo"], capture_output=True, text=True, check=True)
    look, trail, commit, change = [line.removeprefix("#   ") for line in told.stdout.splitlines()[-4:]]
    for command, code in ((trail, 0), (commit, 0), (change, 3)):
        done = subprocess.run(["bash", "-c", f"{look}\n{command}"], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr


def _without_paths(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("The log key is in")]


def test_a_key_is_in_openssh_format_under_64_rounds_and_its_owners_alone(
    place: Path, tool: Callable[[str], str]
) -> None:
    assert main(["key", "create", "GB-EXAMPLE-ICB/cfo", "--origin", "place.example/x", "--staff-number", "1"]) == 0
    path = place / "home" / "outcomes" / "keys" / "GB-EXAMPLE-ICB_cfo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    blob = base64.b64decode("".join(path.read_text().splitlines()[1:-1]))
    cipher, kdf, rest = _string(blob[15:])[0], *_string(_string(blob[15:])[1])
    options, _ = _string(rest)
    salt, rounds = _string(options)
    assert (cipher, kdf, len(salt), struct.unpack(">I", rounds)[0]) == (b"aes256-ctr", b"bcrypt", 16, 64)
    asked = [tool("ssh-keygen"), "-y", "-P", "correct horse", "-f", str(path)]
    public = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert public.split()[:2] == path.with_suffix(".pub").read_text().split()[:2]


def _string(data: bytes) -> tuple[bytes, bytes]:
    length = struct.unpack(">I", data[:4])[0]
    return data[4 : 4 + length], data[4 + length :]


def test_a_wrong_passphrase_records_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(FOUNDING) == 0
    monkeypatch.setenv("OUTCOMES_PASSPHRASE", "wrong")
    assert main(POOL) == 6
    monkeypatch.delenv("OUTCOMES_PASSPHRASE")
    assert main(["--no-input", *POOL]) == 6
    said = capfd.readouterr().err
    assert "the passphrase does not open the key of GB-EXAMPLE-COUNCIL/s151" in said
    assert "Next: set OUTCOMES_PASSPHRASE" in said
    store = Store.open("sqlite:///ledger.db")
    assert store.head().size == 1
    store.close()


def test_a_passphrase_comes_through_a_file_descriptor(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(FOUNDING) == 0
    monkeypatch.delenv("OUTCOMES_PASSPHRASE")
    reading, writing = os.pipe()
    os.write(writing, b"correct horse\n")
    os.close(writing)
    monkeypatch.setenv("OUTCOMES_PASSPHRASE_FD", str(reading))
    assert main(POOL) == 0
    os.close(reading)


def test_a_live_ledger_refuses_a_seed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(FOUNDING) == 0
    monkeypatch.setenv("OUTCOMES_SEED", "anything")
    assert main(POOL) == 6
    assert main([*FOUNDING, "--ledger", "another.db"]) == 6
    assert not (place / "another.db").exists()


def test_a_second_founding_leaves_the_first_as_it_was(place: Path) -> None:
    assert main(FOUNDING) == 0
    before = (place / "ledger.db").read_bytes()
    assert main([*FOUNDING[:2], "place.example/other", *FOUNDING[3:]]) == 8
    assert (place / "ledger.db").read_bytes() == before


def test_a_failed_founding_leaves_nothing_behind(place: Path) -> None:
    assert main([*FOUNDING, "--limit", "1.00", "--second-officer-above", "5.00", "--instrument", "born 1981"]) == 8
    assert not (place / "ledger.db").exists()
    assert not (place / "ledger.db.log-key").exists()
    assert main(FOUNDING) == 0


def test_the_log_key_is_needed_to_record_and_not_to_read(place: Path) -> None:
    assert main(FOUNDING) == 0
    (place / "ledger.db.log-key").rename(place / "elsewhere")
    assert main(POOL) == 6
    assert main(["view", "trail"]) == 0
    assert main([*POOL, "--log-key", "elsewhere"]) == 0


def test_another_ledger_in_the_place_of_the_one_that_was_kept_is_noticed(place: Path) -> None:
    assert main(FOUNDING) == 0
    for name in ("ledger.db", "ledger.db.log-key"):
        (place / name).unlink()
    other = [*FOUNDING[:2], "place.example/other", *FOUNDING[3:]]
    assert main(other) == 8
    assert not (place / "ledger.db").exists()
    assert main([*other, "--ledger", "other.db"]) == 0
    for suffix in ("", ".log-key"):
        (place / f"other.db{suffix}").rename(place / f"ledger.db{suffix}")
    assert main(["view", "trail"]) == 3
    assert main(["audit", "verify"]) == 3
    assert main(["audit", "forget"]) == 0
    assert main(["view", "trail"]) == 0


@pytest.mark.parametrize("family", errors.LedgerError.__subclasses__(), ids=lambda family: family.__name__)
def test_every_family_of_errors_has_a_code_and_a_next_step(family: type[errors.LedgerError]) -> None:
    error = family("why")
    assert exits.code_of(error) in exits.MEANINGS
    assert exits.code_of(error) not in (0, 1)
    assert error.next_step


def test_version_needs_neither_database_nor_keys() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, commands.main as m; m.main(['--version']); print(sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("outcomes ")
    for heavy in ("sqlalchemy", "eventsourcing", "cryptography", "msgspec"):
        assert f"'{heavy}'" not in done.stdout


def test_the_log_changes_its_key_and_whoever_kept_the_old_one_follows(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(FOUNDING) == 0
    (older,) = re.findall(r"log key (\S+)", capfd.readouterr().out)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    save_private(place / "ledger.db.log-key.next", key, None)
    body = {
        "occurred_on": str(MachineClock().now().day),
        "log_key": base64.b64encode(public).decode(),
        "log_key_proof": base64.b64encode(key.sign(possession("place.example/commands", "log", public))).decode(),
    }
    draft = {"draft": "shared-outcomes draft 1", "kind": "log-key-changed/1", "body": body}
    (place / "draft.json").write_text(json.dumps(draft))
    assert main(["sign", "draft.json"]) == 0
    (place / "ledger.db.log-key").unlink()
    (place / "ledger.db.log-key.next").rename(place / "ledger.db.log-key")
    assert main(POOL) == 0
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "pack", "pack"]) == 0
    assert main(["audit", "verify", "pack"]) == 0
    first = "home/outcomes/ledgers/place.example_commands/receipts/entry-1.tlog-proof"
    assert main(["audit", "receipt", first.replace("entry-1", "entry-3")]) == 0
    capfd.readouterr()
    assert main(["audit", "receipt", first]) == 6
    assert "Next: if the log key was changed since: --log-key VKEY with the older one" in capfd.readouterr().err
    assert main(["audit", "receipt", first, "--log-key", older]) == 0
    text = (place / first).read_text()
    (place / "false").write_text(f"{text[:-12]}{'A' if text[-12] != 'A' else 'B'}{text[-11:]}")
    assert main(["audit", "receipt", "false", "--log-key", older]) == 6
    assert "if the log key was changed" not in capfd.readouterr().err


def test_settings_stand_in_the_home_folder(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*FOUNDING, "--ledger", "mine.db"]) == 0
    settings = place / "home" / "outcomes" / "outcomes.toml"
    settings.write_text('ledger = "mine.db"\nofficer = "GB-EXAMPLE-COUNCIL/s151"\n')
    assert main(POOL) == 0
    settings.write_text('ledgr = "mine.db"\n')
    assert main(POOL) == 2
    assert "ledgr" in capfd.readouterr().err
