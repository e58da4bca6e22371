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


# -- spending, and a pool's year ---------------------------------------------------------------------

TRANSCRIPTS = Path(__file__).parent / "transcripts"
HOST = ["--as", "GB-EXAMPLE-COUNCIL/s151"]
BOARD = ["--as", "GB-EXAMPLE-ICB/cfo"]
SHARED = [*POOL, "--partner", "GB-EXAMPLE-ICB", *HOST]


@pytest.mark.parametrize("name", ["14-spending.txt", "15-a-pools-year.txt"])
def test_a_story_of_spending_is_the_same_to_the_byte_on_both_databases(
    name: str, database_url: str, tmp_path: Path
) -> None:
    with transcript.place(tmp_path):
        os.environ["OUTCOMES_LEDGER"] = database_url
        written = (TRANSCRIPTS / name).read_text()
        assert _without_paths(transcript.replayed(written)) == _without_paths(written)


@pytest.fixture
def pooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pool of a council and a board with a scheme, 600.00 and 400.00 committed, and 100.00 spent in June."""
    with transcript.place(tmp_path):
        assert main([*FOUNDING, "--purpose", "example"]) == 0
        assert main(["key", "create", "GB-EXAMPLE-ICB/cfo", "--staff-number", "1"]) == 0
        admitted = ["--name", "Example ICB", "--form", "integrated-care-board"]
        assert main(["partner", "admit", "GB-EXAMPLE-ICB_cfo.card.json", *admitted, *HOST]) == 0
        assert main(SHARED) == 0
        assert main(["approve", "3", *BOARD]) == 0
        scheme = ["--name", "Falls", "--lead", "GB-EXAMPLE-ICB", "--aims", "Fewer falls", "--budget", "900.00"]
        assert main(["pool", "scheme", "falls", "--pool", "prevention", *scheme, "--vat", "none-charged", *HOST]) == 0
        assert main(["approve", "5", *BOARD]) == 0
        for reference, amount, signer in (("C-1", "600.00", HOST), ("I-1", "400.00", BOARD)):
            sums = ["--pool", "prevention", "--amount", amount, "--year", "2026-27"]
            assert main(["commitment", "make", reference, *sums, *signer]) == 0
        os.environ["OUTCOMES_NOW"] = "2026-07-06T09:00:00Z"
        assert main([*SPEND, "--net", "100.00", *JUNE, *HOST]) == 0
    monkeypatch.chdir(tmp_path)
    for variable, value in (("HOME", "home"), ("SEED", "a story"), ("NOW", "2026-07-06T09:00:00Z")):
        monkeypatch.setenv(f"OUTCOMES_{variable}", value)
    return tmp_path


SPEND = ["spend", "record", "S-1", "--scheme", "falls"]
MORE = ["spend", "record", "S-2", "--scheme", "falls"]
JUNE = ["--occurred-on", "2026-06-30"]
IN_YEAR = ["prevention", "--year", "2026-27"]

WRONG: dict[str, tuple[list[str], int, str, str]] = {
    "a sum without pence": ([*MORE, "--net", "100"], 2, "'100' is not an amount: write pounds", "spend record --help"),
    "no scheme of that name": (
        [*MORE[:-1], "fals", "--net", "1.00"],
        8,
        "UnknownScheme: there is no scheme fals",
        "outcomes pool scheme",
    ),
    "a reference used twice": ([*SPEND, "--net", "1.00", *JUNE], 8, "SpendAlreadyRecorded: S-1", "view trail"),
    "VAT where none is charged": (
        [*MORE, "--net", "1.00", "--irrecoverable-vat", "0.20"],
        8,
        "VatDiffers: the cost says not-recovered with 0.20 irrecoverable",
        "--vat not-recovered",
    ),
    "prevention without its goal": (
        [*MORE, "--net", "1.00", "--category", "prevention", "--level", "primary"],
        2,
        "goal",
        "mend it and try again",
    ),
    "prevention without a reason": (
        [*MORE, "--net", "1.00", "--category", "prevention"],
        8,
        "PreventionUnexplained",
        "--level primary --goal TEXT",
    ),
    "a credit beyond its invoice": (
        [*MORE, "--net", "100.01", "--credits", "S-1"],
        8,
        "CreditExceeds: 100.00 of S-1 stands",
        "view trail S-1",
    ),
    "a person who is no token": (
        ["spend", "allocate", "PB-1", "--scheme", "falls", "--amount", "1.00", "--person", "somebody"],
        2,
        "'somebody' is not a token: 32 bytes in standard padded base64",
        "spend allocate --help",
    ),
    "a settlement of no accrual": (["spend", "settle", "S-1", "--net", "1.00"], 8, "S-1 is no accrual", "view trail"),
    "an adjustment of an open period": (
        ["spend", "adjust", "S-3", "--scheme", "falls", "--net", "1.00", "--reason", "Late", *JUNE],
        8,
        "PeriodNotClosed: 2026-06-30 is in no reported period",
        "view trail",
    ),
    "nothing to share": (["year", "apportion", *IN_YEAR], 8, "NothingToApportion: nothing in prevention", "view trail"),
    "a pool that is not there": (
        ["year", "apportion", "elsewhere", "--year", "2026-27"],
        8,
        "UnknownPool: there is no pool elsewhere",
        "view trail",
    ),
    "a quarter that is not over": (
        ["year", "close", *IN_YEAR, "--stage", "quarter", "--quarter", "2"],
        8,
        "the period ends on 2026-09-30, and it is not over on 2026-07-06",
        "outcomes year close",
    ),
    "a quarter without its number": (
        ["year", "close", *IN_YEAR, "--stage", "quarter"],
        8,
        "a quarter's report names its quarter",
        "outcomes year close",
    ),
    "a fifth quarter": (
        ["year", "close", *IN_YEAR, "--stage", "quarter", "--quarter", "5"],
        2,
        "5 is not in the range",
        "year close --help",
    ),
    "how much is carried": (["year", "carry", *IN_YEAR], 2, "--amount, or --line COMMITMENT=AMOUNT", "try again"),
    "lines that cannot be read": (
        ["year", "carry", *IN_YEAR, "--line", "C-1=5", "--line", "=1.00"],
        2,
        "--line C-1=5: '5' is not an amount: write pounds, a point and exactly two digits, as in 25000.00; "
        "--line =1.00: write COMMITMENT=AMOUNT",
        "try again",
    ),
    "a virement beyond the budget": (
        ["year", "vire", *IN_YEAR, "--from", "falls", "--to", "rails", "--amount", "1.00", "--reason", "x"],
        8,
        "UnknownScheme: there is no scheme rails of prevention",
        "view trail",
    ),
    "fixed parts that are no parts": (
        [*SHARED, "--draws", "GB-EXAMPLE-COUNCIL=sixty", "--draws", "GB-EXAMPLE-ICB"],
        2,
        "'sixty' is not a share: write per cent as in 31.9, or a fraction as in 1/3; "
        '--draws "GB-EXAMPLE-ICB": a partner, an equals sign and a percentage are wanted',
        "--risk",
    ),
    "a cap before its partner": (
        [*SHARED, "--risk", "cap 5000 GB-EXAMPLE-ICB"],
        2,
        '"cap" stands after the one partner whose cap it is',
        "--risk",
    ),
    "a step that names nobody": ([*SHARED, "--risk", "up to 5000:"], 2, "it names nobody", "--risk"),
    "a partner who is none": ([*SHARED, "--risk", "the council"], 2, "'the' is no organisation", "--risk"),
    "an expectation without a day": (
        ["pool", "vary-scheme", "falls", "--expects", "fewer=400@soon", "--reason", "x"],
        2,
        "'soon' is not a date: write it as 2027-03-31",
        "--expects fewer-falls=400@2027-03-31",
    ),
    "a variation of nothing": (["pool", "vary", "prevention", "--reason", "x"], 2, "what changes?", "try again"),
    "a budget both new and gone": (
        ["pool", "vary-scheme", "falls", "--budget", "5.00", "--without", "budget", "--reason", "x"],
        2,
        "--without takes budget away, and a new one is given",
        "try again",
    ),
    "a profile below what is drawn": (
        ["commitment", "vary", "C-1", "--amount", "59.99", "--year", "2026-27", "--reason", "x"],
        8,
        "DrawnAlready: 60.00 of C-1 is drawn in 2026-27",
        "view trail C-1",
    ),
    "a withdrawal of what is drawn": (["commitment", "withdraw", "C-1", "--reason", "x"], 8, "DrawnAlready", "C-1"),
    "another whole": (
        ["commitment", "reprofile", "C-1", "--line", "2026-27=500.00", "--line", "2027-28=200.00", "--reason", "x"],
        8,
        "TotalChanged: C-1 comes to 600.00, not 700.00",
        "outcomes commitment vary",
    ),
    "a category that is none": (
        [
            *("contract", "agree", "homes", "--name", "Homes", "--provider", "GB-EXAMPLE-ICB"),
            *("--starts", "2026-04-01", "--payer", "GB-EXAMPLE-COUNCIL=100"),
            *("--payer-category", "GB-EXAMPLE-COUNCIL=sundries", "--payer-scheme", "GB-EXAMPLE-PCC=falls"),
            *("--rate", "tenancy=counts"),
        ],
        2,
        "--payer-category GB-EXAMPLE-COUNCIL=sundries: the categories are resource, capital, prevention; "
        "--payer-scheme: GB-EXAMPLE-PCC is no payer here; "
        "--rate tenancy=counts: after the price, say in a few words what must be achieved",
        "outcomes contract agree --help",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_said_with_its_place_its_reason_and_what_to_do(
    what: str, pooled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments, code, reason, following = WRONG[what]
    signer = [] if "--as" in arguments else HOST
    capfd.readouterr()
    assert main([*arguments, *signer]) == code
    told = capfd.readouterr().err
    assert reason in told
    assert re.search(rf"(?m)^Next: .*{re.escape(following)}", told)
    assert "Traceback" not in told


def test_a_dry_run_says_what_would_be_drawn_and_records_nothing(
    pooled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    assert main([*MORE, "--net", "1000.00", "--payee", "Somebody", *JUNE, "--dry-run", *HOST]) == 0
    shown = capfd.readouterr()
    assert json.loads(shown.out)["body"]["cost"] == {"net": "1000.00", "vat": "none-charged"}
    assert "payee is sealed: Somebody" in shown.err
    assert "drew 540.00 of C-1 (GB-EXAMPLE-COUNCIL), 360.00 of I-1 (GB-EXAMPLE-ICB)" in shown.err
    assert "unfunded 100.00" in shown.err
    assert main(["view", "trail", "S-2"]) == 5


def test_what_a_close_and_an_apportionment_work_out_can_be_prepared_for_another_to_sign(
    pooled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*MORE, "--net", "1000.00", *JUNE, *HOST]) == 0
    assert main(["year", "close", *IN_YEAR, "--stage", "quarter", "--quarter", "1", "--draft", "q1.json", *HOST]) == 0
    assert json.loads((pooled / "q1.json").read_text())["body"]["spent"] == "1100.00"
    assert main(["year", "apportion", *IN_YEAR, "--amount", "50.00", "--draft", "over.json", *HOST]) == 0
    borne = json.loads((pooled / "over.json").read_text())["body"]["lines"]
    assert [(line["partner"], line["amount"]) for line in borne] == [
        ("GB-EXAMPLE-COUNCIL", "30.00"),
        ("GB-EXAMPLE-ICB", "20.00"),
    ]
    assert main(["view", "trail", "falls"]) == 0
    assert main(["sign", "over.json", *HOST]) == 0
    assert main(["sign", "q1.json", *HOST]) == 0
    assert "prevention  2026-27  quarter 1  GBP 1,100.00 spent" in capfd.readouterr().out


def test_a_variation_keeps_what_it_does_not_name(pooled: Path) -> None:
    varied = ["pool", "vary", "prevention", "--reason", "Year two"]
    risk = ["--risk", "up to 5,000: GB-EXAMPLE-COUNCIL=60% GB-EXAMPLE-ICB=40", "--risk", "GB-EXAMPLE-ICB"]
    assert main([*varied, "--until", "2029-03-31", *risk, *HOST]) == 0
    assert main(["approve", "10", *BOARD]) == 0
    parts = ["--draws", "GB-EXAMPLE-COUNCIL=75", "--draws", "GB-EXAMPLE-ICB=25"]
    assert main([*varied, *parts, "--without", "until", "--draft", "vary.json", *HOST]) == 0
    body = json.loads((pooled / "vary.json").read_text())["body"]
    assert "until" not in body
    assert body["draws"][0] == {"partner": "GB-EXAMPLE-COUNCIL", "share": "75"}
    assert [step.get("up_to") for step in body["risk_share"]] == ["5000.00", None]
    assert main(["sign", "vary.json", *HOST]) == 0
    assert main(["approve", "12", *BOARD]) == 0
    scheme = ["pool", "vary-scheme", "falls", "--by-design", "It buys time", "--without", "vat", "--reason", "x"]
    assert main([*scheme, "--draft", "scheme.json", *HOST]) == 0
    body = json.loads((pooled / "scheme.json").read_text())["body"]
    assert (body["lead"], body["budget"], body["by_design"]) == ("GB-EXAMPLE-ICB", "900.00", "It buys time")
    assert "vat" not in body
    assert main(["sign", "scheme.json", *HOST]) == 0
    assert main(["approve", "14", *BOARD]) == 0


def test_what_is_beyond_every_cap_stays_unfunded_and_is_said(pooled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capped = ["--risk", "GB-EXAMPLE-COUNCIL cap 30, GB-EXAMPLE-ICB cap 10.00"]
    assert main(["pool", "vary", "prevention", *capped, "--reason", "x", *HOST]) == 0
    assert main(["approve", "10", *BOARD]) == 0
    assert main([*MORE, "--net", "1000.00", *JUNE, *HOST]) == 0
    capfd.readouterr()
    assert main(["year", "apportion", *IN_YEAR, *HOST]) == 0
    told = capfd.readouterr()
    assert "GBP 60.00 is beyond every cap, and stays unfunded." in told.err
    assert "GBP 40.00: GB-EXAMPLE-COUNCIL GBP 30.00, GB-EXAMPLE-ICB GBP 10.00" in told.out


def test_a_contract_is_paid_from_a_scheme_of_a_pool_and_counts_what_it_does_not_pay_for(pooled: Path) -> None:
    terms = ["--payer", "GB-EXAMPLE-COUNCIL=100", "--payer-pool", "GB-EXAMPLE-COUNCIL=prevention"]
    terms += ["--payer-scheme", "GB-EXAMPLE-COUNCIL=falls", "--payer-category", "GB-EXAMPLE-COUNCIL=capital"]
    terms += ["--rate", "tenancy=1250.00 Kept for 13 weeks", "--rate", "start=counts Began", "--scheme", "falls"]
    named = ["--name", "Homes", "--provider", "GB-EXAMPLE-ICB", "--starts", "2026-04-01"]
    assert main(["contract", "agree", "homes", *named, *terms, "--draft", "homes.json", *HOST]) == 0
    body = json.loads((pooled / "homes.json").read_text())["body"]
    assert body["scheme"] == "falls"
    (payer,) = body["terms"]["payers"]
    assert (payer["pool"], payer["scheme"]) == ("prevention", "falls")
    assert (payer["category"], payer["accounts_as"]) == ("capital", "capital")
    assert body["terms"]["rates"][1] == {"metric": "start", "pays_for": "Began", "counts_only": True}


def test_one_commitment_stands_in_for_another_and_covers_what_it_left(
    pooled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["reverse", "7", "--reason", "Typed wrongly", *HOST]) == 0
    assert "no longer covered: 60.00 of C-1 (GB-EXAMPLE-COUNCIL)" in capfd.readouterr().out
    sums = ["--pool", "prevention", "--amount", "500.00", "--year", "2026-27", "--replaces", "C-1"]
    assert main(["commitment", "make", "C-1B", *sums, *HOST]) == 0
    assert "covered by 60.00 of C-1B (GB-EXAMPLE-COUNCIL)" in capfd.readouterr().out
    assert main(["audit", "verify"]) == 0
