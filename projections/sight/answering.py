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
    """The lead officer of a body, the first that is not retired."""
    found: list[Lead] = []
    first = [(event.organisation.id, event.officer, fact) for event, fact in sight.of(LedgerFounded)]
    first += [(one.organisation.id, one.officer, fact) for one, fact in sight.of(OrganisationAdmitted) if one.officer]
    for organisation, officer, fact in first:
        if organisation == body:
            found.append(Lead(f"{body}/{officer.office}", officer.title, fact.entries))
    for appointed, fact in sight.of(OfficerAppointed):
        if appointed.organisation == body and "lead" in appointed.officer.powers:
            found.append(Lead(f"{body}/{appointed.officer.office}", appointed.officer.title, fact.entries))
    retired = {str(event.officer) for event, _ in sight.of(OfficerRetired)}
    return next((lead for lead in found if lead.office not in retired), None)


def relied(sight: Sight, source: tuple[str, str], body: str) -> list[tuple[ReliancePlaced, Fact, str]]:
    """What is relied on over a body for the money of a settlement or a grant; each also in words."""
    return [
        (event, fact, f"{event.assurance}: {event.source} ({event.year})")
        for event, fact in sight.of(ReliancePlaced)
        if event.on == body and source[1] in (event.settlement, event.grant)
    ]
