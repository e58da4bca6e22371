"""Outcomes: defined once, redefined by whoever defined them, adopted, given targets, and measured."""

from __future__ import annotations

from typing import Any

from ledger.errors import (
    DatasetAlreadyRegistered,
    LaterEntryRests,
    Malformed,
    NothingToConfirm,
    NotTranscribable,
    NotYourOrganisation,
    OutcomeAlreadyAdopted,
    OutcomeAlreadyDefined,
    PeriodBackwards,
    PowerMissing,
    ReferenceReserved,
    UnknownDataset,
    UnknownOutcome,
)
from tests.rules import CLERK, ICB_CFO, S151, appoints, confirms, given, partners, reverses, says, takes_back
from tests.rules.paying import quotes
from tests.story import COUNCIL, ICB, Telling, World

SCHOOL = {"outcome": "O-1", "name": "Readiness for school", "metric": "Good level of development", "unit": "per cent"}
FIGURES = {"dataset": "D-1", "name": "Early years profile", "publisher": "Department for Education"}


def defines(by: str = S151, **more: Any) -> Telling:
    """An outcome is defined."""
    return says("outcome-defined/1", {**SCHOOL, **more}, by)


def redefines(by: str = S151) -> Telling:
    """It is measured in another way from here."""
    body = {"outcome": "O-1", "metric": "Phonics check", "unit": "per cent"}
    return says("outcome-redefined/1", body, by, sealed={"reason": "The profile ended."})


def adopts(answers: str = "lead", by: str = S151, **more: Any) -> Telling:
    """A body says that it answers for it."""
    body = {"outcome": "O-1", "organisation": by.split("/", 1)[0], "answers": answers, **more}
    return says("outcome-adopted/1", body, by)


def targets(by: str = S151, **more: Any) -> Telling:
    """From where to where it should move."""
    return says("target-set/1", {"outcome": "O-1", "baseline": "61.5", "target": "70", **more}, by)


def measured(**more: Any) -> dict[str, Any]:
    """A figure."""
    return {"outcome": "O-1", "value": "64.2", "ends": "2026-03-31", **more}


def measures(by: str = S151, **more: Any) -> Telling:
    """It is measured."""
    return says("measure-recorded/1", measured(**more), by)


def registers(by: str = S151, **more: Any) -> Telling:
    """A dataset is registered."""
    return says("dataset-registered/1", {**FIGURES, **more}, by)


def answers(world: World, body: str = COUNCIL) -> str | None:
    """How a body answers for the outcome."""
    return world.book.outcomes.get("O-1").answers(body)


# -- defining -----------------------------------------------------------------------------------


def test_an_outcome_is_defined_once_even_where_it_was_reversed() -> None:
    given(defines()).refuses(OutcomeAlreadyDefined, defines()).allows(reverses("outcome-defined/1")).refuses(
        OutcomeAlreadyDefined, defines()
    ).refuses(UnknownOutcome, measures(), redefines(), adopts(), targets())


def test_whoever_defined_it_redefines_it() -> None:
    world = given(partners(ICB), defines()).refuses(NotYourOrganisation, redefines(by=ICB_CFO))
    world.allows(redefines(), redefines())
    assert len(world.book.outcomes.get("O-1").definitions) == 3
    world.allows(reverses("outcome-redefined/1", number=1))
    entries = [said.id for said in world.said if said.said.kind in ("outcome-defined/1", "outcome-redefined/1")]
    assert world.book.outcomes.get("O-1").definitions == [entries[0], entries[2]]
    given().refuses(UnknownOutcome, redefines())


def test_an_outcome_is_not_reversed_while_anything_names_it() -> None:
    for telling, kind in (
        (redefines(), "outcome-redefined/1"),
        (adopts(), "outcome-adopted/1"),
        (targets(), "target-set/1"),
        (measures(), "measure-recorded/1"),
    ):
        given(defines(), telling).refuses(LaterEntryRests, reverses("outcome-defined/1")).allows(
            reverses(kind), reverses("outcome-defined/1")
        )
    given(defines(), quotes("measure-recorded/1", measured())).refuses(
        LaterEntryRests, reverses("outcome-defined/1")
    ).allows(takes_back(S151, of="measure-recorded/1"), reverses("outcome-defined/1"))


def test_defining_needs_the_power_to_agree() -> None:
    given(appoints(CLERK, ["commit"])).refuses(PowerMissing, defines(by=CLERK), registers(by=CLERK))


# -- adopting and aiming ------------------------------------------------------------------------


def test_a_body_says_for_itself_what_it_answers_for_and_says_it_once() -> None:
    world = given(partners(ICB), defines()).refuses(NotYourOrganisation, adopts(organisation=ICB))
    world.refuses(UnknownOutcome, adopts(outcome="O-2"))
    world.allows(adopts("lead"), adopts("joint", by=ICB_CFO)).refuses(OutcomeAlreadyAdopted, adopts("lead"))
    world.allows(adopts("contributor"))
    assert (answers(world), answers(world, ICB)) == ("contributor", "joint")


def test_an_adoption_taken_back_leaves_the_word_that_stood_before() -> None:
    world = given(defines(), adopts("lead"), adopts("contributor"), reverses("outcome-adopted/1"))
    assert answers(world) == "lead"
    world.allows(adopts("joint"), reverses("outcome-adopted/1", number=2))
    assert answers(world) == "joint", "the older word is gone and the newer stands"
    world.allows(reverses("outcome-adopted/1"))
    assert answers(world) is None


def test_whoever_defined_it_or_answers_for_it_sets_its_target() -> None:
    world = given(partners(ICB), defines()).refuses(NotYourOrganisation, targets(by=ICB_CFO))
    world.allows(targets(), adopts("contributor", by=ICB_CFO), targets(by=ICB_CFO, target="72.5"))
    world.refuses(UnknownOutcome, targets(outcome="O-2"))


def test_a_figure_has_one_spelling() -> None:
    given(defines()).refuses(Malformed, targets(target="70.0"), targets(target="1e2"), measures(value="-0"))


# -- measuring ----------------------------------------------------------------------------------


def test_what_is_measured_names_what_there_is() -> None:
    world = given(defines(), registers()).refuses(UnknownOutcome, measures(outcome="O-2"))
    world.refuses(UnknownDataset, measures(dataset="D-2"))
    world.refuses(PeriodBackwards, measures(starts="2026-04-01", ends="2026-03-31"))
    world.allows(measures(dataset="D-1", starts="2026-03-31"), measures(value="66"))


def test_a_dataset_is_registered_once_and_stays_while_a_measure_names_it() -> None:
    world = given(defines(), registers(), measures(dataset="D-1"))
    world.refuses(DatasetAlreadyRegistered, registers()).refuses(LaterEntryRests, reverses("dataset-registered/1"))
    world.allows(reverses("measure-recorded/1"), reverses("dataset-registered/1"))
    world.refuses(UnknownDataset, measures(dataset="D-1")).refuses(DatasetAlreadyRegistered, registers())


# -- transcribed --------------------------------------------------------------------------------


def test_a_source_may_say_what_an_outcome_is_where_it_should_be_and_where_it_is() -> None:
    world = given(quotes("outcome-defined/1", SCHOOL), quotes("dataset-registered/1", FIGURES))
    world.allows(
        quotes("target-set/1", {"outcome": "O-1", "target": "70"}),
        quotes("measure-recorded/1", measured(dataset="D-1")),
        measures(dataset="D-1"),
    )
    assert world.book.outcomes.outcomes == {}, "nobody's own word yet"
    world.refuses(ReferenceReserved, defines(), registers(), quotes("outcome-defined/1", SCHOOL))
    world.refuses(UnknownOutcome, targets(), adopts(), redefines())
    world.refuses(NotTranscribable, quotes("outcome-adopted/1", adopted()))
    world.refuses(NothingToConfirm, confirms(S151, of="outcome-defined/1"))


def adopted() -> dict[str, Any]:
    return {"outcome": "O-1", "organisation": COUNCIL, "answers": "lead"}


def test_even_a_source_names_what_there_is() -> None:
    world = given().refuses(UnknownOutcome, quotes("measure-recorded/1", measured()))
    world.refuses(UnknownOutcome, quotes("target-set/1", {"outcome": "O-1", "target": "70"}))
    world.allows(defines()).refuses(UnknownDataset, quotes("measure-recorded/1", measured(dataset="D-1")))
    world.refuses(PeriodBackwards, quotes("measure-recorded/1", measured(starts="2026-04-01")))
    world.refuses(OutcomeAlreadyDefined, quotes("outcome-defined/1", SCHOOL))
    world.allows(registers()).refuses(DatasetAlreadyRegistered, quotes("dataset-registered/1", FIGURES))
