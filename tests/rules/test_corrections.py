"""Corrections: what can be taken back, by whom, and which sealed texts can be destroyed."""

from __future__ import annotations

import pytest

from ledger.errors import (
    DigestDiffers,
    NothingToErase,
    NotReversible,
    NotYourOrganisation,
    PowerMissing,
)
from tests.rules import (
    CLERK,
    DEPUTY,
    ICB_CFO,
    admits,
    appoints,
    approves,
    commits,
    confirms,
    declines,
    erases,
    firms,
    given,
    partners,
    pool,
    print_of,
    reverses,
    rule,
    says,
    sets_table,
    takes_back,
    transcribes,
    varies,
    withdraws,
)
from tests.story import COUNCIL, ICB, commitment, line

# -- reversal -----------------------------------------------------------------------------------


def test_a_reversal_takes_the_effect_back_and_both_entries_stay() -> None:
    world = given(pool(), commits())
    made = world.last("commitment-made/1")
    world.allows(reverses("commitment-made/1"))
    reversal, taken_back = world.effects[-2:]
    assert reversal.event.kind == "entry-reversed/1"
    assert (taken_back.standing, taken_back.entry, taken_back.rests_on) == ("reversed", made.id, (3, 4))
    assert set(world.book.corrections.reversed) == {made.id}
    assert len(world.lines) == 4


def test_an_entry_is_reversed_once() -> None:
    given(pool(), commits(), reverses("commitment-made/1")).refuses(NotReversible, reverses("commitment-made/1"))


@pytest.mark.parametrize(
    "kind",
    [
        "ledger-founded/1",
        "organisation-admitted/1",
        "officer-appointed/1",
        "approval-table-set/1",
        "entry-reversed/1",
        "field-erased/1",
        "entry-confirmed/1",
    ],
)
def test_a_kind_whose_page_does_not_allow_it_is_not_reversed(kind: str) -> None:
    world = given(admits(ICB), appoints(DEPUTY, ["commit"]), sets_table(), approves(ICB_CFO), pool())
    world.allows(commits("C-1"), reverses("commitment-made/1"), erases("reason", of="entry-reversed/1"))
    world.allows(transcribes("C-2"), confirms(f"{COUNCIL}/s151")).refuses(NotReversible, reverses(kind))


def test_what_is_not_in_effect_is_not_reversed() -> None:
    asked = [rule("commitment-made/1", "second-officer")]
    waits = given(pool(), appoints(DEPUTY, ["approve"]), commits(), table=asked)
    waits.refuses(NotReversible, reverses("commitment-made/1"))
    waits.allows(declines(DEPUTY, of="commitment-made/1")).refuses(NotReversible, reverses("commitment-made/1"))
    given(pool(), transcribes("C-1")).refuses(NotReversible, reverses("commitment-made/1"))


def test_a_body_reverses_its_own_entries() -> None:
    given(partners(ICB), pool(COUNCIL, ICB), commits()).refuses(
        NotYourOrganisation, reverses("commitment-made/1", by=ICB_CFO)
    )


def test_a_reversal_needs_the_power_that_the_entry_needed() -> None:
    world = given(pool(), commits(), appoints(DEPUTY, ["agree", "approve"]), appoints(CLERK, ["commit"]))
    world.refuses(PowerMissing, reverses("commitment-made/1", by=DEPUTY), because="no power to commit")
    world.allows(reverses("commitment-made/1", by=CLERK)).refuses(PowerMissing, reverses("pool-agreed/1", by=CLERK))
    world.allows(reverses("pool-agreed/1", by=DEPUTY))


def test_a_reversal_names_what_was_read() -> None:
    world = given(pool(), commits())
    body = {"entry": world.last("commitment-made/1").id, "digest": world.last("pool-agreed/1").digest}
    world.refuses(DigestDiffers, says("entry-reversed/1", body, sealed={"reason": "An error."}))


def test_an_entry_put_right_is_recorded_again_under_another_reference() -> None:
    given(pool(), commits("C-1", line("250.00")), reverses("commitment-made/1")).allows(commits("C-2", line("25.00")))


# -- erasure ------------------------------------------------------------------------------------


def test_a_sealed_text_is_erased_once_by_the_body_that_signed_it() -> None:
    world = given(partners(ICB), pool(), commits(), withdraws())
    world.refuses(NotYourOrganisation, erases("reason", of="commitment-withdrawn/1", by=ICB_CFO))
    world.allows(erases("reason", of="commitment-withdrawn/1"))
    world.refuses(NothingToErase, erases("reason", of="commitment-withdrawn/1"))


def test_only_a_sealed_text_that_is_there_is_erased() -> None:
    world = given(pool(), commits())
    world.refuses(NothingToErase, erases("note", of="commitment-made/1"), erases("reason", of="commitment-made/1"))
    world.refuses(NothingToErase, erases("name", of="pool-agreed/1"))
    body = {"entry": world.new_id(), "field": "note", "ground": "personal-data"}
    world.refuses(NothingToErase, says("field-erased/1", body))


def test_erasing_is_a_power_of_its_own() -> None:
    given(pool(), commits(), withdraws(), appoints(DEPUTY, ["commit"])).refuses(
        PowerMissing, erases("reason", of="commitment-withdrawn/1", by=DEPUTY)
    )


def test_a_text_is_erased_whatever_became_of_its_entry() -> None:
    asked = [rule("commitment-varied/1", "second-officer")]
    world = given(pool(), appoints(DEPUTY, ["approve", "commit"]), commits("C-1", strength="indicative"), table=asked)
    world.allows(varies("C-1", line("1.00")), erases("reason", of="commitment-varied/1"))
    world.allows(approves(DEPUTY, of="commitment-varied/1"), reverses("commitment-varied/1", by=DEPUTY))
    world.allows(erases("reason", of="entry-reversed/1"), firms())
    world.allows(varies("C-1", line("2.00")), takes_back(DEPUTY, of="commitment-varied/1"))
    world.allows(erases("reason", of="statement-withdrawn/1"), erases("reason", of="commitment-varied/1"))


def test_an_erasure_that_waits_erases_nothing_yet() -> None:
    asked = [rule("field-erased/1", "second-officer")]
    world = given(pool(), appoints(DEPUTY, ["approve"]), commits(), withdraws(), table=asked)
    held = world.last("commitment-withdrawn/1").id
    world.allows(erases("reason", of="commitment-withdrawn/1"), erases("reason", of="commitment-withdrawn/1"))
    assert world.book.corrections.sealed[held] == (COUNCIL, frozenset({"reason"}))
    world.allows(approves(DEPUTY, of="field-erased/1"))
    assert world.book.corrections.sealed[held] == (COUNCIL, frozenset())
    world.refuses(NothingToErase, approves(DEPUTY, of="field-erased/1", number=1))


def test_no_rule_reads_a_sealed_text() -> None:
    """The Book that follows is the same whatever the text says, but for ids and digests."""
    books = []
    for note in ("Agreed with the board.", "Not agreed at all."):
        world = given(pool(), says("commitment-made/1", commitment(), sealed={"note": note}))
        books.append((world.book.pools, world.book.commitments.made["C-1"].now.profile))
    assert books[0] == books[1]


def test_the_fingerprint_that_an_approval_states_is_not_a_sealed_text() -> None:
    world = given(admits(ICB), admits("GB-EXAMPLE-PCC"))
    world.allows(approves(ICB_CFO, fingerprint=print_of("GB-EXAMPLE-PCC/cfo")))
    world.refuses(NothingToErase, erases("fingerprint", of="entry-approved/1", by=ICB_CFO))
