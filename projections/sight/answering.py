"""Answering: the lead officer of a body, and whose assurance over it is relied on.

Law: an officer is an office, not a person; one that is retired answers for nothing any more.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.events.assurance import ReliancePlaced
from ledger.events.register import LedgerFounded, OfficerAppointed, OfficerRetired, OrganisationAdmitted
from projections.facts import Fact
from projections.sight.reading import Sight


class Lead(NamedTuple):
    """An office with the power to lead its body, and the entries that made it so."""

    office: str
    title: str
    entries: tuple[int, ...]


def lead_of(sight: Sight, body: str) -> Lead | None:
    """The office that leads a body: one at a time, the latest that has not gone since."""
    appointed = [
        *((event.organisation.id, event.officer, fact) for event, fact in sight.of(LedgerFounded)),
        *((event.organisation.id, event.officer, fact) for event, fact in sight.of(OrganisationAdmitted)),
        *((event.organisation, event.officer, fact) for event, fact in sight.of(OfficerAppointed)),
    ]
    retired = {str(event.officer): fact.effect.position for event, fact in sight.of(OfficerRetired)}
    found: Lead | None = None
    for whose, office, fact in appointed:
        if whose == body and office is not None and "lead" in office.powers:
            name = f"{body}/{office.office}"
            if fact.effect.position > retired.get(name, 0):
                found = Lead(name, office.title, fact.entries)
    return found


def relied(sight: Sight, source: tuple[str, str], body: str) -> list[tuple[ReliancePlaced, Fact, str]]:
    """What is relied on over a body for the money of a settlement or a grant; each also in words."""
    return [
        (event, fact, f"{event.assurance}: {event.source} ({event.year})")
        for event, fact in sight.of(ReliancePlaced)
        if event.on == body and source[1] in (event.settlement, event.grant)
    ]
