"""The Book: every kind is admitted somewhere, every refusal has its test, and asking changes nothing."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger import entry, errors, events, replay
from ledger.book import Book
from ledger.errors import IdAlreadyUsed, LedgerError, OccurredLater, Refused, WrongLedger
from ledger.recording import Log, Submission
from ledger.rules import register
from ledger.store import Store
from ledger.values import Instant
from tests.rules import (
    CHARITY_CFO,
    CLERK,
    DEPUTY,
    ICB_CFO,
    POLICE_CFO,
    S151,
    appoints,
    approves,
    changes_holder,
    closes,
    commits,
    confirms,
    declines,
    ends,
    erases,
    firms,
    given,
    log_key,
    passes,
    pool,
    retires,
    reverses,
    revokes,
    rotates,
    rule,
    says,
    scheme,
    sets_table,
    takes_back,
    transcribes,
    until,
    varies,
    withdraws,
)
from tests.rules.drawing import (
    accrues,
    adjusts,
    administers,
    apportions,
    carries,
    day,
    earns,
    forecasts,
    gives_a_budget,
    invoices,
    lists,
    maps,
    promises,
    publishes,
    reclassifies,
    reconciles,
    recovers_by,
    shuts,
    spends,
    vires,
    with_the_board,
)
from tests.rules.paying import (
    BODIES,
    CLAIMER,
    COUNCIL_PAYS,
    ICB_PAYS,
    claims,
    claws_back,
    contract,
    disputes,
    extends,
    grants,
    pays,
    recontracts,
    recovers,
    rejects,
    settles,
    terms,
    unverifies,
    verifies,
    writes_off,
)
from tests.rules.test_assurance import assesses, relies
from tests.rules.test_claims import ONE
from tests.rules.test_commitments import respreads
from tests.rules.test_contracts import plans
from tests.rules.test_contributions import (
    agrees_a_position,
    falls_due,
    gives_back,
    lends,
    passes_on,
    pays_in,
    receives,
)
from tests.rules.test_grants import certifies, finds_met, gives
from tests.rules.test_outcomes import adopts, defines, measures, redefines, registers, targets
from tests.rules.test_pools import varies_the_pool, varies_the_scheme
from tests.rules.test_settlements import allocates, awards, bids, budgets, totals
from tests.story import COUNCIL, ICB, ORIGIN, START, Telling, World, commitment, key_of, line

TESTS = Path(__file__).parent


# -- nothing is left out ------------------------------------------------------------------------


def everything() -> World:
    """A year in the life of a ledger, with every kind in it."""
    asked = [rule("commitment-made/1", "second-officer", above="10000.00"), rule("pool-closed/1", "named-parties")]
    world = given(*BODIES, table=asked)
    world.given(appoints(DEPUTY, ["approve", "commit", "appoint"]), appoints(CLERK, ["transcribe", "agree"]))
    world.given(pool(COUNCIL, ICB), commits("C-1", line("20000.00"), strength="indicative"), approves(DEPUTY))
    world.given(firms("C-1"), varies("C-1", line("19000.00")), withdraws("C-1"))
    world.given(reverses("commitment-withdrawn/1"), erases("reason", of="entry-reversed/1"))
    world.given(commits("C-2", line("20000.00")), declines(DEPUTY, of="commitment-made/1"))
    world.given(commits("C-3", line("20000.00")), takes_back(S151, of="commitment-made/1"))
    world.given(transcribes("C-4", by=CLERK, funder=ICB), confirms(ICB_CFO))
    world.given(*measuring(), *awarding(), *pooling(), *paying())
    world.given(changes_holder(CLERK, by=S151, holder="another"), rotates(DEPUTY, by=S151))
    world.given(revokes(CLERK, by=S151, key=f"key of another as {CLERK}"), retires(CLERK))
    for telling in (
        sets_table(*asked),
        says("rulebook-adopted/1", {"rulebook": 2}),
        says("log-key-changed/1", log_key(world)),
    ):
        world.given(telling, approves(ICB_CFO), approves(CHARITY_CFO), approves(POLICE_CFO))
    return world.given(*spending(), closes(), approves(ICB_CFO), passes(days=40))


def measuring() -> list[Telling]:
    """What is to become better, and what was measured of it."""
    return [defines(), redefines(), adopts(), targets(), registers(), measures(dataset="D-1")]


def awarding() -> list[Telling]:
    """What the care board awards and grants to the council, and what both expect of it."""
    return [
        *(
            bids(to=ICB),
            awards(by=ICB_CFO),
            allocates("600.00", by=ICB_CFO),
            bids(to=ICB, state="won", settlement="S-1"),
        ),
        *(totals(by=ICB_CFO), budgets()),
        *(gives(by=ICB_CFO, settlement="S-1"), finds_met(by=ICB_CFO), certifies()),
        *(assesses(), relies(by=ICB_CFO, settlement="S-1")),
    ]


def pooling() -> list[Telling]:
    """A scheme, and the instalments of what was committed to it."""
    small = {"by": ICB_CFO, "scheme": "S-1"}
    return [
        *(scheme(), commits("C-5", line("9000.00"), **small), falls_due("I-1", "9000.00", commitment="C-5")),
        *(
            pays_in("I-1", "9000.00"),
            receives("I-1", "9000.00"),
            gives_back("I-1", "1.00"),
            lends(commitment="C-5"),
            ends(),
        ),
    ]


def spending() -> list[Telling]:
    """What the pool spends, and how its first year ends: it is May 2027, and the board agrees where it is asked."""
    both, small = with_the_board, line("0.50", category="capital")
    return [
        *(day("2027-05-20"), both(varies_the_pool(until="2029-03-31")), scheme("S-2")),
        *(both(varies_the_scheme(scheme="S-2", budget="50.00")), promises("C-6", "", lines=[line("90.00"), small])),
        *(both(respreads("C-6", line("90.00"), small)), spends("X-1", "40.00"), accrues("A-1", "5.00")),
        *(
            invoices("A-1", "6.00"),
            administers(),
            gives_a_budget(),
            earns("5.00"),
            maps(),
            lists("J-1", ("care", "10.00")),
        ),
        *(reconciles("2026-06-30", "70.00", "70.00"), reclassifies("X-1", "1.00", "capital")),
        *(vires("5.00", "S-2", "S-1"), forecasts(), recovers_by(), publishes()),
        *(apportions("0.50", "0.50", category="capital"), both(carries("10.00")), shuts("provisional", "75.00")),
        *(adjusts("Y-1", "1.00"), both(agrees_a_position()), passes_on("1.00", by=COUNCIL_PAYS, to=ICB)),
    ]


def paying() -> list[Telling]:
    """A contract; three outcomes, of which one is rejected and one found wrong after it was paid for."""
    return [
        *(contract(), recontracts(terms()), extends("2028-03-31"), plans()),
        *(claims("N-1", 3), says("evidence-attached/1", {"claim": "N-1", "evidence": []}, CLAIMER)),
        *(verifies(), verifies(), rejects(), disputes(), settles(), grants("P-1", ONE), grants("P-2", ONE)),
        *(pays("P-1", "31.90"), pays("P-2", "68.10", by=ICB_PAYS), unverifies(), claws_back("P-1", "31.90")),
        *(recovers("P-2", "60.00"), writes_off("P-2", "8.10")),
    ]


@pytest.fixture
def year(monkeypatch: pytest.MonkeyPatch) -> World:
    """That year, in a release that holds a second rulebook."""
    monkeypatch.setattr(register, "RULEBOOKS", frozenset({1, 2}))
    return everything()


def test_every_kind_takes_effect_in_one_story(year: World) -> None:
    assert {effect.event.kind for effect in year.effects if effect.standing == "effective"} == set(events.KINDS)


def reasons_tested() -> Iterator[str]:
    """The name of each error that a test says is raised: by `refuses`, or by `pytest.raises`."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if node.func.attr in ("refuses", "raises") and isinstance(first, ast.Name):
                    yield first.id


def test_every_reason_to_refuse_is_shown_by_a_test() -> None:
    reasons = {name for name, error in vars(errors).items() if inspect.isclass(error) and issubclass(error, Refused)}
    assert reasons - {"Refused"} - set(reasons_tested()) == set()


# -- asking changes nothing ---------------------------------------------------------------------


def test_asking_changes_nothing_whatever_the_answer(year: World) -> None:
    before = copy.deepcopy(year.book)
    answers = set()
    for said in year.said:
        try:
            year.book.admit(said, year.now)
        except LedgerError as error:
            answers.add(type(error).__name__)
        assert year.book == before
    assert len(answers) > 10


class Shelf:
    """The lines of a log, as `replay` reads them."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines

    def entries(self, after: int = 0) -> Iterator[replay.Stored]:
        """The entries after that position."""
        for position, stored in enumerate(self.lines[after:], after + 1):
            yield Row(position, stored)


class Row:
    """One line of a log in its place."""

    def __init__(self, position: int, entry: bytes) -> None:
        self.position = position
        self.entry = entry


def test_the_lines_folded_again_give_the_same_book_and_the_same_effects(year: World) -> None:
    assert replay.fold(Shelf(year.lines)) == year.book
    replayed = list(replay.history(Shelf(year.lines)))
    assert [effect for one in replayed for effect in one.effects] == year.effects
    assert [one.position for one in replayed] == list(range(1, len(year.lines) + 1))


def test_a_book_is_caught_up_from_where_it_was(year: World) -> None:
    half = len(year.lines) // 2
    book = replay.fold(Shelf(year.lines[:half]))
    assert book.size == half
    assert replay.fold(Shelf(year.lines), book) is book
    assert book == year.book


def test_the_book_counts_the_entries(year: World) -> None:
    assert year.book.size == len(year.lines) == len(year.said)


# -- form that is the same for every kind -------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "occurred", "taken"),
    [
        ("2026-05-01T09:00:00Z", "2026-05-01", True),
        ("2026-05-01T09:00:00Z", "2026-05-02", False),
        ("2026-05-01T23:00:00Z", "2026-05-02", True),  # it is 2 May in British summer time
        ("2026-05-01T22:59:59Z", "2026-05-02", False),
        ("2026-05-01T09:00:00Z", "1997-05-01", True),
    ],
)
def test_a_fact_is_not_dated_after_the_day_on_which_it_was_signed(signed: str, occurred: str, taken: bool) -> None:
    world = given(until(signed))
    telling = pool(occurred_on=occurred)
    if taken:
        world.allows(telling)
    else:
        world.refuses(OccurredLater, telling)


def test_the_day_of_signing_rules_and_not_the_day_of_receipt() -> None:
    world = given(passes(days=30))
    world.refuses(OccurredLater, says("approval-table-set/1", {"approvals": []}, signed_at=START))


def test_no_moment_makes_a_rule_fall_over() -> None:
    world = given()
    with pytest.raises(LedgerError):
        world.say("pool-closed/1", {"pool": "prevention"}, signed_at=Instant.parse("9999-12-31T23:59:59Z"))


def test_a_statement_for_another_ledger_is_refused_before_anything_is_said_about_it() -> None:
    given().refuses(WrongLedger, says("pool-closed/1", {"pool": "x"}, "GB-NO-BODY/clerk", ledger="example.org/another"))


# -- the same statement twice -------------------------------------------------------------------


class Now:
    """A clock that stands still."""

    def now(self) -> Instant:
        return START


def submission(world: World, kind: str, body: dict[str, Any], **more: Any) -> Submission:
    """A statement by the council's lead, signed."""
    return Submission(*world.write(kind, {"occurred_on": "2026-04-02", **body}, S151, **more))


def test_an_id_stands_for_one_statement_for_ever(tmp_path: Path) -> None:
    world = given()
    founding = Submission(world.said[0].wire)
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}", create=True)) as store:
        log = Log(store, [key_of(f"log of {ORIGIN}")])
        log.record(founding, Now())
        again = log.record(founding, Now())
        assert (again.before, again.position) == (True, 1)
        other = submission(world, "approval-table-set/1", {"approvals": []}, id=world.said[0].id)
        with pytest.raises(IdAlreadyUsed, match="entry 1"):
            log.record(other, Now())
        assert store.head().size == 1


def test_a_book_is_not_shared_with_its_copy() -> None:
    """Who keeps a Book from before keeps it as it was."""
    world = given(pool())
    before = copy.deepcopy(world.book)
    world.allows(lambda world: world.say("commitment-made/1", commitment()))
    assert before.commitments.made == {}
    assert before != world.book
    assert Book() == Book()
    assert entry.read(world.lines[-1]).statement.event.kind == "commitment-made/1"
