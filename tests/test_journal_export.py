"""The journal: hledger and ledger-cli read it, find nothing wrong, and come to our sums, account by account.

What is expected is added up here, from the postings of each entry, by code that knows nothing of the exporter.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from commands.main import main
from ledger.book import Book
from ledger.replay import follow
from projections.postings import Posting, Postings
from projections.sight.journal import escaped, written
from projections.sight.keeping import Kept, catch_up
from projections.sight.reading import END_OF_TIME, Sight
from tests import outside, transcript
from tests.databases import cluster
from tests.rules import reverses
from tests.rules.drawing import (
    WHY,
    accrues,
    administers,
    apportions,
    carries,
    cost,
    earns,
    funded,
    gives_a_budget,
    invoices,
    lists,
    maps,
    publishes,
    reclassifies,
    spends,
    with_the_board,
)
from tests.rules.paying import (
    BODIES,
    ICB_PAYS,
    claims,
    claws_back,
    contract,
    grants,
    pays,
    recovers,
    verifies,
    writes_off,
)
from tests.rules.test_contributions import falls_due, receives
from tests.story import World

Program = Callable[[str], str]
Sums = dict[str, Decimal]


# -- what is expected ---------------------------------------------------------------------------------


def posted(lines: list[bytes]) -> Iterator[tuple[int, Posting]]:
    """Every posting, with its entry."""
    book, follower = Book(), Postings()
    for number, line_ in enumerate(lines, 1):
        for one in follower.take(follow(book, number, line_), book):
            yield number, one


def ours(lines: list[bytes], true: date = date.max) -> Sums:
    """The sums by account in pounds; the name of the account is made here in a way of our own."""
    found: Counter[str] = Counter()
    for _, one in posted(lines):
        if one.day <= true:
            found[named(one)] += one.pence
    return {name: Decimal(pence) / 100 for name, pence in found.items() if pence}


def named(one: Posting) -> str:
    """An account's name, with nothing escaped but the one word that needs it."""
    where = f"pool {one.pool}" if one.pool else f"contract {one.contract}" if one.contract else "no pool"
    nobody = "nobody" if one.account in ("spent", "unfunded") else "the pool"
    whose = one.funder.replace("(not split)", "not split") or nobody
    name = f"{one.account}:{where}:{whose}:{f'{one.year} {one.category} {one.accounts_as}'.strip()}".strip(":")
    return name if one.standing == "effective" else f"{one.standing}:{name}"


# -- what the programs say ----------------------------------------------------------------------------


def run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[:2000]
    return ran.stdout


def hledgers(tool: Program, path: Path) -> Sums:
    """The sums by account, as hledger finds them; nothing may be wrong with the file."""
    program = tool("hledger")
    run(program, "-f", str(path), "check", "--strict")
    rows = csv.reader(io.StringIO(run(program, "-f", str(path), "balance", "--flat", "-N", "-O", "csv")))
    next(rows)
    return {name: Decimal(sum_.removeprefix("GBP ")) for name, sum_ in rows}


def ledgers(tool: Program, path: Path) -> Sums:
    """The sums by account, as ledger-cli finds them, at its strictest."""
    form = "%(display_total)\t%(account)\n"
    told = run(tool("ledger"), "-f", str(path), "--pedantic", "balance", "--flat", "--no-total", "--format", form)
    rows = [line_.split("\t") for line_ in told.splitlines()]
    return {name: Decimal(sum_.strip().removeprefix("GBP ")) for sum_, name in rows}


@contextmanager
def seen(
    lines: list[bytes], known: int | None = None, true: date = END_OF_TIME, url: str | None = None
) -> Iterator[Sight]:
    """The tables of a log, in memory or in a database, on two clocks."""
    kept = Kept(url) if url else Kept()
    try:
        catch_up(kept, "a log", lambda book: (follow(book, number, one) for number, one in enumerate(lines, 1)))
        with kept.reading() as connection:
            yield Sight(connection, len(lines) if known is None else known, true)
    finally:
        kept.close()


def journal(world: World, known: int | None = None, true: date = END_OF_TIME) -> str:
    """The journal of a world."""
    kinds = [(number, said.said.kind) for number, said in enumerate(world.said, 1)]
    with seen(world.lines, known, true) as sight:
        return "".join(written(sight, kinds, ["As at the end"]))


# -- worlds -------------------------------------------------------------------------------------------


DIGEST = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="


def a_year() -> World:
    """A pool's year with all that can happen to its money."""
    world = funded("600.00", "400.00", schemes=("S-1", "S-2"))
    world.given(falls_due("I-1", "300.00", commitment="B"), receives("I-1", "300.00"))
    world.given(spends("X-1", "100.01"), spends("X-2", "90.00", scheme="S-2", cost=cost("90.00")))
    world.given(spends("X-3", "10.00", "2026-07-31", credits="X-1"), administers(), gives_a_budget(), earns("33.33"))
    world.given(reclassifies("X-1", "20.00", "prevention", prevention=WHY))
    world.given(maps(), lists("L-1", ("care", "70.00"), listing=DIGEST, file=DIGEST))
    world.given(accrues(net="60.00", cost=cost("60.00", irrecoverable_vat="12.00", vat="not-recovered")))
    invoice = cost("61.25", irrecoverable_vat="12.25", vat="not-recovered")
    return world.given(invoices("A-1", "61.25", cost=invoice), spends("X-5", "900.00", "2026-09-30"))


def overspent() -> World:
    """More is spent than was committed, and the partners take it on."""
    world = funded("600.00", "400.00").given(spends("X-1", "1050.00"))
    return world.given(with_the_board(apportions("50.00", "30.00", "20.00")))


def carried() -> World:
    """Money is kept for the year after, then spent; the carry-forward of another pot is reversed."""
    world = funded("600.00", "400.00").given(spends("X-1", "500.00"))
    return world.given(with_the_board(carries("300.00")), spends("X-2", "120.00", "2027-05-01"))


def reversed_() -> World:
    """Spending and a receipt are taken back."""
    world = funded("600.00", "400.00").given(spends("X-1", "500.00"), reverses("spend-recorded/1"))
    world.given(falls_due("I-1", "300.00", commitment="B"), receives("I-1", "300.00"))
    return world.given(reverses("contribution-received/1"), publishes())


def clawed_back() -> World:
    """A payment under a contract, what is clawed back of it, recovered, and written off."""
    from tests.rules import given

    world = given(*BODIES, contract(), claims("N-1", 4), verifies("N-1", 4))
    world.given(grants("P-1", {"GB-EXAMPLE-COUNCIL": "127.60", "GB-EXAMPLE-ICB": "272.40"}, 4))
    world.given(pays("P-1", "127.60"), pays("P-1", "272.40", by=ICB_PAYS))
    return world.given(claws_back("P-1", "100.00"), recovers("P-1", "20.00"), writes_off("P-1", "30.00"))


WORLDS = [a_year, overspent, carried, reversed_, clawed_back]


@pytest.mark.parametrize("tell", WORLDS, ids=lambda tell: tell.__name__)
def test_both_programs_come_to_our_sums(tell: Callable[[], World], tmp_path: Path, tool: Program) -> None:
    world, path = tell(), tmp_path / "place.journal"
    path.write_text(journal(world), encoding="ascii")
    expected = ours(world.lines)
    assert expected
    assert hledgers(tool, path) == expected
    assert ledgers(tool, path) == expected


@pytest.mark.parametrize("tell", WORLDS, ids=lambda tell: tell.__name__)
def test_what_was_true_by_a_day_is_a_journal_too(tell: Callable[[], World], tmp_path: Path, tool: Program) -> None:
    world, path, day = tell(), tmp_path / "place.journal", date(2026, 8, 15)
    path.write_text(journal(world, true=day), encoding="ascii")
    assert hledgers(tool, path) == ledgers(tool, path) == ours(world.lines, day)


@pytest.mark.parametrize("tell", WORLDS, ids=lambda tell: tell.__name__)
def test_as_known_at_an_entry_is_the_journal_of_the_log_cut_there(tell: Callable[[], World]) -> None:
    """To the byte, at every entry: and what follows the names of accounts is where the whole journal begins."""
    world = tell()
    whole = transactions(journal(world))
    kinds = [(number, said.said.kind) for number, said in enumerate(world.said, 1)]
    for size in range(1, len(world.lines) + 1):
        with seen(world.lines[:size]) as cut:
            anew = "".join(written(cut, kinds[:size], ["As at the end"]))
        assert journal(world, known=size) == anew
        assert added_up(anew) == ours(world.lines[:size])
        assert whole.startswith(transactions(anew))


def transactions(text: str) -> str:
    """What stands between the names of accounts and the last lines."""
    return "\n".join(re.findall(r"(?ms)^\d{4}-.*?\n(?=\n)", text))


def added_up(text: str) -> Sums:
    """The sums by account of a journal, read line by line."""
    found: dict[str, Decimal] = {}
    for name, sum_ in re.findall(r"(?m)^    ([a-z].*?)  GBP (-?[0-9.]+)$", text):
        found[name] = found.get(name, Decimal()) + Decimal(sum_)
    return {name: sum_ for name, sum_ in found.items() if sum_}


# -- one transaction ----------------------------------------------------------------------------------


def test_a_transaction_says_who_what_and_of_which_entry() -> None:
    text = journal(reversed_())
    found = re.search(r"(?ms)^2027-05-20 \(\d+\) contribution-received/1 I-1\n.*?\n\n", text)
    assert found is not None
    assert found[0].splitlines()[1:] == [
        "    ; funder: GB-EXAMPLE-ICB",
        "    ; pool: prevention",
        "    ; commitment: B",
        "    ; reference: I-1",
        "    ; year: 2026-27",
        "    ; category: resource",
        "    ; accounts-as: revenue",
        "    ; standing: effective",
        "    cash:pool prevention:GB-EXAMPLE-ICB:2026-27 resource revenue  GBP 300.00",
        "    in-transit:pool prevention:GB-EXAMPLE-ICB:2026-27 resource revenue  GBP -300.00",
        "",
    ]


def test_the_same_tables_give_the_same_bytes() -> None:
    assert journal(a_year()) == journal(a_year())


def test_tables_in_postgresql_give_the_same_bytes() -> None:
    world = a_year()
    kinds = [(number, said.said.kind) for number, said in enumerate(world.said, 1)]
    with seen(world.lines, url=cluster().fresh_url()) as sight:
        assert "".join(written(sight, kinds, ["As at the end"])) == journal(world)


SHAPES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@for_all(SHAPES, SHAPES)
def test_no_two_names_become_one_and_none_is_syntax(one: str, another: str) -> None:
    assert (escaped(one) == escaped(another)) == (one == another)
    assert re.fullmatch(r"[A-Za-z0-9._/&+'%-]+( [A-Za-z0-9._/&+'%-]+)*", escaped(one))


MISREAD = [
    "; no comment",
    "a|b",
    "a:b, c:d",
    "(1) x",
    "[2026-01-01]",
    "*",
    "!",
    "=x",
    "  two  spaces ",
    "£ é",
    "@ 1",
    '"',
]


def test_names_that_could_be_syntax_are_read_as_names(tmp_path: Path, tool: Program) -> None:
    world = funded("1.00", "1.00")
    for number, name in enumerate(MISREAD, 1):
        world.given(publishes(f"{number}.00", section=name, line=name))
    path = tmp_path / "place.journal"
    path.write_text(journal(world), encoding="ascii")
    assert hledgers(tool, path) == ledgers(tool, path) == ours(world.lines)
    told = run(tool("hledger"), "-f", str(path), "tags", "scheme", "--values")
    assert set(told.splitlines()) == {escaped(name) for name in MISREAD}


# -- whole ledgers ------------------------------------------------------------------------------------


def exported(path: Path, *more: str) -> list[bytes]:
    """Export the journal of the ledger that is here; its entries' lines."""
    assert main(["export", "journal", "-o", str(path), *more]) == 0
    assert main(["export", "entries", "-o", "log.jsonl"]) == 0
    return Path("log.jsonl").read_bytes().splitlines()


def test_the_example_place_adds_up_in_both_programs(tmp_path: Path, tool: Program) -> None:
    with transcript.place(tmp_path, "the example place"):
        assert main(["demo"]) == 0
    with transcript.place(tmp_path / "outcomes-demo"):
        lines = exported(tmp_path / "place.journal")
        assert hledgers(tool, tmp_path / "place.journal") == ours(lines)
        assert ledgers(tool, tmp_path / "place.journal") == ours(lines)
        known = len(lines) // 2
        exported(tmp_path / "half.journal", "--as-known", str(known))
        assert hledgers(tool, tmp_path / "half.journal") == ours(lines[:known])
        again = (tmp_path / "place.journal").read_bytes()
        exported(tmp_path / "place.journal")
        assert (tmp_path / "place.journal").read_bytes() == again


def test_the_life_chances_fund_adds_up_in_both_programs(tmp_path: Path, tool: Program) -> None:
    files = outside.published("life-chances-fund")
    with transcript.place(tmp_path):
        assert main(["import", "indigo", str(files), "--new", "lcf.example/outcomes"]) == 0
        path = tmp_path / "lcf.journal"
        expected = ours(exported(path))
        assert hledgers(tool, path) == ledgers(tool, path) == expected
        paid = {name: sum_ for name, sum_ in expected.items() if ":paid-out:" in name}
        assert {name.split(":")[0] for name in paid} == {"estimated", "unconfirmed"}
        with (files / "payments.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["type"].strip() == "Actual"]
        whole = sum((Decimal(row["amount"]).quantize(Decimal("0.01")) for row in rows), Decimal())
        assert sum(paid.values()) == -whole


def test_a_journal_ends_with_what_it_rests_on(tmp_path: Path) -> None:
    with transcript.place(tmp_path, "the example place"):
        assert main(["demo"]) == 0
    with transcript.place(tmp_path / "outcomes-demo"):
        lines = exported(tmp_path / "place.journal")
    last = (tmp_path / "place.journal").read_text("ascii").splitlines()[-1]
    assert re.fullmatch(rf"; As at entry {len(lines)}, root [0-9a-f]{{64}}, \S+", last)
