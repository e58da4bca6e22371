"""Outcomes: defined once, adopted, given targets, and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ledger.errors import (
    DatasetAlreadyRegistered,
    NotYourOrganisation,
    OutcomeAlreadyAdopted,
    OutcomeAlreadyDefined,
    PeriodBackwards,
    UnknownDataset,
    UnknownOutcome,
)
from ledger.events.event import Event
from ledger.events.outcomes import (
    DatasetRegistered,
    MeasureRecorded,
    OutcomeAdopted,
    OutcomeDefined,
    OutcomeRedefined,
    TargetSet,
)
from ledger.rules.acts import Act

Known = Callable[[str], bool]
"""Whether a reference such as ``outcome:O-1`` was transcribed and is not yet confirmed: it exists, and no more."""


@dataclass(slots=True)
class Outcome:
    """An outcome: who defined it, and who answers for it."""

    defined_by: str
    definitions: list[str]
    """The ids of the entries that defined it, oldest first."""
    adopted: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the id of the entry that said so: which body answers for it, and how. Its newest word counts."""

    def answers(self, organisation: str) -> str | None:
        """How a body answers for it, or None."""
        return next((how for body, how in reversed(self.adopted.values()) if body == organisation), None)


@dataclass(slots=True)
class State:
    """Outcomes and datasets by reference; a reference that was ever used stays used."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    datasets: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Outcome:
        """The outcome in effect. Raises UnknownOutcome."""
        if reference not in self.outcomes:
            raise UnknownOutcome(f"there is no outcome {reference} in effect", next_step="outcomes outcome define")
        return self.outcomes[reference]


def identify(outcomes: State, event: Event, known: Known) -> None:
    """What even a transcribed event must meet: its own reference is new, and those that it names exist."""
    match event:
        case OutcomeDefined():
            if f"outcome:{event.outcome}" in outcomes.used:
                raise OutcomeAlreadyDefined(f"{event.outcome} was defined before, and a reference is used once")
        case DatasetRegistered():
            if f"dataset:{event.dataset}" in outcomes.used:
                raise DatasetAlreadyRegistered(f"{event.dataset} was registered before, and a reference is used once")
        case TargetSet():
            require(outcomes, event.outcome, known)
        case MeasureRecorded():
            require(outcomes, event.outcome, known)
            dataset = event.dataset
            if dataset is not None and dataset not in outcomes.datasets and not known(f"dataset:{dataset}"):
                raise UnknownDataset(
                    f"there is no dataset {dataset}", next_step="outcomes outcome dataset registers it"
                )
            if event.starts is not None and event.ends < event.starts:
                raise PeriodBackwards(f"the period ends on {event.ends}, before it starts on {event.starts}")


def require(outcomes: State, reference: str, known: Known) -> None:
    """Refuse an outcome that is neither in effect nor transcribed. Raises UnknownOutcome."""
    if reference not in outcomes.outcomes and not known(f"outcome:{reference}"):
        raise UnknownOutcome(f"there is no outcome {reference}", next_step="outcomes outcome define")


def admit(outcomes: State, event: Event, act: Act, known: Known) -> None:
    """Refuse what the outcomes do not allow."""
    identify(outcomes, event, known)
    match event:
        case OutcomeRedefined():
            defined_by = outcomes.get(event.outcome).defined_by
            if act.organisation != defined_by:
                raise NotYourOrganisation(
                    f"{defined_by} defined {event.outcome} and redefines it, not {act.organisation}"
                )
        case OutcomeAdopted():
            if event.organisation != act.organisation:
                raise NotYourOrganisation(f"{event.organisation} says for itself what it answers for")
            if outcomes.get(event.outcome).answers(act.organisation) == event.answers:
                raise OutcomeAlreadyAdopted(f"{act.organisation} adopted {event.outcome} already")
        case TargetSet():
            outcome = outcomes.get(event.outcome)
            if act.organisation != outcome.defined_by and outcome.answers(act.organisation) is None:
                raise NotYourOrganisation(
                    f"whoever defined {event.outcome} or answers for it sets its target, not {act.organisation}",
                    next_step=f"outcomes outcome adopt {event.outcome}",
                )


def evolve(outcomes: State, event: Event, act: Act) -> None:
    """The outcomes after an admitted event."""
    match event:
        case OutcomeDefined():
            outcomes.used.add(f"outcome:{event.outcome}")
            outcomes.outcomes[event.outcome] = Outcome(act.organisation, [act.entry])
        case OutcomeRedefined():
            outcomes.outcomes[event.outcome].definitions.append(act.entry)
        case OutcomeAdopted():
            outcomes.outcomes[event.outcome].adopted[act.entry] = event.organisation, event.answers
        case DatasetRegistered():
            outcomes.used.add(f"dataset:{event.dataset}")
            outcomes.datasets.add(event.dataset)


def reverse(outcomes: State, event: Event, act: Act) -> None:
    """The outcomes after an event is taken back; `act` is its own."""
    match event:
        case OutcomeDefined():
            del outcomes.outcomes[event.outcome]
        case OutcomeRedefined():
            outcomes.outcomes[event.outcome].definitions.remove(act.entry)
        case OutcomeAdopted():
            del outcomes.outcomes[event.outcome].adopted[act.entry]
        case DatasetRegistered():
            outcomes.datasets.discard(event.dataset)
