"""Changes: what an entry changed of something that was there, before and after, member by member.

Law: a fold over effects. Of a commitment the sum and strength are told, also when it is made; of anything else the
members that differ, when it is stated again. Sealed members are left out: only their digests are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.book import Effect
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.contracts import ContractAgreed, ContractExtended, ContractVaried, PaymentsPlanned
from ledger.events.event import Event
from ledger.events.outcomes import OutcomeDefined, OutcomeRedefined, TargetSet
from ledger.events.pools import PoolAgreed, PoolVaried, SchemeAgreed, SchemeVaried
from ledger.events.settlements import BudgetSet, ControlTotalSet
from projections.wording import total

SUBJECTS: Final[dict[type[Event], tuple[str, ...]]] = {
    PoolAgreed: ("pool",),
    PoolVaried: ("pool",),
    SchemeAgreed: ("scheme",),
    SchemeVaried: ("scheme",),
    ContractAgreed: ("contract",),
    ContractVaried: ("contract",),
    ContractExtended: ("contract",),
    PaymentsPlanned: ("contract", "plan"),
    OutcomeDefined: ("outcome",),
    OutcomeRedefined: ("outcome",),
    TargetSet: ("outcome",),
    BudgetSet: ("organisation", "scheme", "service", "category", "year"),
    ControlTotalSet: ("organisation", "category", "year"),
}
"""The kinds that state something again, and the members that say of what."""
WHOLE: Final = (TargetSet, BudgetSet, ControlTotalSet, PaymentsPlanned)
"""Each of these is stated apart from what else is stated of the same reference, and replaces it whole."""
FIXED: Final[dict[type[Event], tuple[str, ...]]] = {
    PoolVaried: ("until", "draws", "risk_share"),
    SchemeVaried: ("lead", "delivered_by", "outcomes", "budget", "vat", "expects", "by_design"),
    ContractVaried: ("terms",),
    OutcomeRedefined: ("metric", "unit", "evidence_standard"),
}
"""What a variation states anew, so that a member which it leaves out is gone."""

Members = dict[str, str]


@dataclass(slots=True)
class Changes:
    """What stands of each subject, version by version."""

    worth: dict[str, list[str]] = field(default_factory=dict)
    stated: dict[tuple[str, ...], list[tuple[str, Members]]] = field(default_factory=dict)
    """By subject: the id of each entry that stated it, with all members as they then stood."""

    def take(self, effect: Effect) -> tuple[str | None, str | None]:
        """What an effect changed, before and after, in words."""
        if effect.standing not in ("effective", "reversed"):
            return None, None
        if (commitment := getattr(effect.event, "commitment", None)) is not None:
            return self._worth(commitment, effect)
        if type(effect.event) in SUBJECTS:
            return self._members(effect)
        return None, None

    def _worth(self, commitment: str, effect: Effect) -> tuple[str | None, str | None]:
        worth = self.worth.setdefault(commitment, [])
        if effect.standing == "reversed":
            if worth:
                worth.pop()
            return None, None
        before = worth[-1] if worth else None
        worth.append(_worth(effect.event, before))
        return before, worth[-1]

    def _members(self, effect: Effect) -> tuple[str | None, str | None]:
        event = effect.event
        versions = self.stated.setdefault(_subject(event), [])
        if effect.standing == "reversed":
            versions[:] = [one for one in versions if one[0] != effect.entry]
            return None, None
        before = versions[-1][1] if versions else {}
        after = _after(event, before)
        versions.append((effect.entry, after))
        if len(versions) == 1:
            return None, None
        differ = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        return _spoken(before, differ), _spoken(after, differ)


def _subject(event: Event) -> tuple[str, ...]:
    names = SUBJECTS[type(event)]
    own = event.kind if isinstance(event, WHOLE) else names[0]
    return (own, *(str(getattr(event, name)) for name in names))


def _after(event: Event, before: Members) -> Members:
    """All members as they stand after an event."""
    fixed = FIXED.get(type(event), ())
    said = {name: text for name, text in _flat(_told(event)) if not fixed or name.split(".")[0] in fixed}
    if isinstance(event, WHOLE):
        return said
    return {name: text for name, text in before.items() if name.split(".")[0] not in fixed} | said


def _told(event: Event) -> dict[str, Any]:
    left_out = {"occurred_on", *event.sealed_fields(), *SUBJECTS[type(event)]}
    return {name: value for name, value in event.body().items() if name not in left_out and value not in (None, [])}


def _flat(body: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Each member by its path; what there are several of stands together."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif value not in (None, []):
            yield f"{above}{name}", value if isinstance(value, str) else _together(value)


def _together(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return ", ".join(" ".join(text for _, text in _flat(one)) for one in value)
    return json.dumps(value, ensure_ascii=False)


def _spoken(members: Members, names: list[str]) -> str:
    return "; ".join(f"{name} {members.get(name, '(none)')}" for name in names) or "the same"


def _worth(event: Event, before: str | None) -> str:
    amount, _, strength = (before or "0.00 firm").partition(" ")
    match event:
        case CommitmentMade():
            return f"{total(event)} {event.strength}"
        case CommitmentVaried():
            return f"{total(event)} {strength.split(' as ')[0]}"
        case CommitmentReprofiled():
            years = " ".join(f"{line.year}={line.amount}" for line in event.profile)
            return f"{total(event)} {strength.split(' as ')[0]} as {years}"
        case CommitmentFirmed():
            return f"{amount} firm"
        case CommitmentWithdrawn():
            return "0.00 withdrawn"
    return before or ""
