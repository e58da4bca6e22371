"""Outcomes: what is to become better, by which measure, and what was measured."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    DatasetRef,
    Digest,
    Number,
    OrganisationId,
    OutcomeRef,
    Power,
    Sealed,
    ShortText,
    says,
)

Direction = Literal["increase", "decrease", "maintain"]
Answers = Literal["joint", "lead", "contributor"]


class OutcomeDefined(Event, frozen=True, kw_only=True):
    """Something that should become better, and how anybody can tell.

    Signed by: an officer with the power to agree.
    Effect: contracts, targets and measures can name it. It moves no money.
    Put right by: outcome-redefined, or entry-reversed while nothing names it.
    """

    kind: ClassVar[str] = "outcome-defined/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    outcome: Annotated[OutcomeRef, says("The outcome's reference, used once.")]
    name: Annotated[ShortText, says("What should become better.")]
    metric: Annotated[ShortText, says("What is counted or measured.")]
    unit: Annotated[ShortText, says("The unit, such as people or per cent.")]
    direction: Annotated[Direction | None, says("Which way is better; absent: the source does not say.")] = None
    population: Annotated[ShortText | None, says("Whom it is about.")] = None
    area: Annotated[ShortText | None, says("Which place, by name or GSS code.")] = None
    evidence_standard: Annotated[ShortText | None, says("What must be shown for it to count.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"outcome:{self.outcome}",)


class OutcomeRedefined(Event, frozen=True, kw_only=True):
    """An outcome is measured in another way from here on.

    Signed by: an officer, with the power to agree, of the body that defined it.
    Effect: what was measured before keeps the definition of its time; no view compares across the change.
    Put right by: another redefinition, or entry-reversed.
    """

    kind: ClassVar[str] = "outcome-redefined/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    outcome: Annotated[OutcomeRef, says("The outcome.")]
    metric: Annotated[ShortText, says("What is counted or measured from here on.")]
    unit: Annotated[ShortText, says("The unit.")]
    evidence_standard: Annotated[ShortText | None, says("What must be shown for it to count.")] = None
    reason: Annotated[Sealed, says("Why.", read="partners")]


class OutcomeAdopted(Event, frozen=True, kw_only=True):
    """A body says that it answers for an outcome, alone or with others.

    Signed by: an officer of the body with the power to agree.
    Effect: the outcomes view names the body beside the outcome.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "outcome-adopted/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    outcome: Annotated[OutcomeRef, says("The outcome.")]
    organisation: Annotated[OrganisationId, says("The body that answers for it.")]
    answers: Annotated[Answers, says("Jointly, as its lead, or as a contributor.")]


class TargetSet(Event, frozen=True, kw_only=True):
    """From where to where an outcome should move, and by when.

    Signed by: an officer, with the power to agree, of a body that answers for it or that defined it.
    Effect: the outcomes view compares what was measured with it. A later target for the same day replaces it.
    Put right by: another target, or entry-reversed.
    """

    kind: ClassVar[str] = "target-set/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    outcome: Annotated[OutcomeRef, says("The outcome.")]
    baseline: Annotated[Number | None, says("Where it stood; absent: not known, which is not zero.")] = None
    baseline_on: Annotated[date | None, says("The last day of the baseline's period.")] = None
    target: Annotated[Number, says("Where it should stand.")]
    by_when: Annotated[date | None, says("The day by which it should; absent: none was stated.")] = None
    gap: Annotated[Number | None, says("The largest gap allowed between groups or places.")] = None


class MeasureRecorded(Event, frozen=True, kw_only=True):
    """What was measured of an outcome in a period: a figure, never a claim for payment.

    Signed by: an officer with the power to agree.
    Effect: the outcomes view shows it. No payment rests on it: see outcome-claimed and outcome-verified.
    Put right by: entry-reversed; conflicting figures are both kept.
    """

    kind: ClassVar[str] = "measure-recorded/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    outcome: Annotated[OutcomeRef, says("The outcome.")]
    value: Annotated[Number, says("The figure.")]
    denominator: Annotated[Number | None, says("Out of how many, where it is a part of something.")] = None
    group: Annotated[ShortText | None, says("Which group of people, where it is not all.")] = None
    area: Annotated[ShortText | None, says("Which place, where it is not the whole.")] = None
    starts: Annotated[date | None, says("The first day of the period.")] = None
    ends: Annotated[date, says("The last day of the period.")]
    dataset: Annotated[DatasetRef | None, says("The registered dataset that it is from.")] = None
    status: Annotated[Literal["interim", "final"], says("Whether it may still change.")] = "final"


class DatasetRegistered(Event, frozen=True, kw_only=True):
    """A dataset that measures are taken from: whose, what, and its SHA-256.

    Signed by: an officer with the power to agree.
    Effect: measures can name it, and anybody who has the file can tell that it is the same.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "dataset-registered/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    dataset: Annotated[DatasetRef, says("The dataset's reference, used once.")]
    name: Annotated[ShortText, says("What it is.")]
    publisher: Annotated[ShortText, says("Who publishes it.")]
    licence: Annotated[ShortText | None, says("Under which licence; absent: not seen.")] = None
    digest: Annotated[Digest | None, says("Its SHA-256, of one file or of a list of the files' SHA-256.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"dataset:{self.dataset}",)
