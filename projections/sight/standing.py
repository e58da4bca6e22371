"""Standing: how far the outcomes have come that a scheme or a contract is to bring, and how we know.

Law: no outcome is ever divided; money is. The pounds of a scheme stand where its outcomes stand, in proportion to
their number: of those expected so many are verified (by how we know), claimed, not yet due, or due and not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ledger.events.contracts import ContractAgreed, ContractVaried
from ledger.events.pools import PoolAgreed, PoolVaried, SchemeAgreed, SchemeEnded, SchemeVaried
from projections.sight.reading import Sight, numbers
from projections.sight.sums import in_proportion
from projections.sight.tables import postings

GRADES = ("re-performed", "data-match", "another-body", "internal-audit", "asserted")
"""How we know, the strongest first."""

NOT_DUE, ABSENT, CLAIMED, VERIFIED = "outcome not yet due", "due, none claimed or rejected", "claimed", "verified"
BY_DESIGN, BROKEN = "no outcome, by design", "broken"
UNLINKED = "no outcome"


@dataclass(slots=True)
class Count:
    """Outcomes of one scheme or contract, in numbers, with the entries that say so."""

    claimed: int = 0
    rejected: int = 0
    verified: dict[str, int] = field(default_factory=dict)
    """By how we know."""
    entries: set[int] = field(default_factory=set)

    @property
    def all_verified(self) -> int:
        return sum(self.verified.values())


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many outcomes are expected, by when."""

    units: int
    by_when: date


@dataclass
class Outcomes:
    """What came of schemes and contracts, on both clocks."""

    sight: Sight
    _weights: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    _counts: dict[str, Count] = field(default_factory=dict)

    @cached_property
    def schemes(self) -> dict[str, SchemeAgreed]:
        """Each scheme as it was agreed."""
        return {event.scheme: event for event, _ in self.sight.of(SchemeAgreed)}

    @cached_property
    def now(self) -> dict[str, SchemeAgreed | SchemeVaried]:
        """Each scheme as it stands: the latest that says what it is to achieve."""
        found: dict[str, SchemeAgreed | SchemeVaried] = dict(self.schemes)
        found.update({event.scheme: event for event, _ in self.sight.of(SchemeVaried)})
        return found

    @cached_property
    def contracts(self) -> dict[str, ContractAgreed]:
        """Each contract as it was agreed or quoted."""
        return {event.contract: event for event, _ in self.sight.of(ContractAgreed)}

    @cached_property
    def served(self) -> dict[str, tuple[str, ...]]:
        """The outcomes that each contract serves, by any of its terms: one metric may serve more than one."""
        found: dict[str, dict[str, None]] = {}
        terms = [(event.contract, event.terms) for event in self.contracts.values()]
        terms += [(event.contract, event.terms) for event, _ in self.sight.of(ContractVaried)]
        for contract, one in terms:
            found.setdefault(contract, {}).update({rate.outcome: None for rate in one.rates if rate.outcome})
        return {contract: tuple(outcomes) for contract, outcomes in found.items()}

    @cached_property
    def units(self) -> list[Any]:
        """Outcomes by claim, what became of them and how we know."""
        return self.sight.units("claim", "what", "grade")

    @cached_property
    def by_contract(self) -> dict[str, Count]:
        """What was claimed, verified and rejected under each contract."""
        found: dict[str, Count] = {}
        for row in self.sight.units("contract", "what", "grade"):
            count = found.setdefault(row.contract, Count())
            count.entries.update(numbers(row.entries))
            if row.what == "verified":
                count.verified[row.grade] = count.verified.get(row.grade, 0) + int(row.units)
            elif row.what == "claimed":
                count.claimed += int(row.units)
            else:
                count.rejected += int(row.units)
        return found

    @cached_property
    def claim_of(self) -> dict[str, str]:
        """The claim that each approved payment pays for."""
        return self.sight.claims()

    @cached_property
    def by_claim(self) -> dict[str, dict[str, int]]:
        """The verified units of each claim, by how we know."""
        found: dict[str, dict[str, int]] = {}
        for row in self.units:
            if row.what == "verified" and row.units:
                found.setdefault(row.claim, {})[row.grade] = int(row.units)
        return found

    def of_scheme(self, scheme: str) -> Count:
        """What came of a scheme, under every contract that counts its outcomes."""
        if scheme not in self._counts:
            self._counts[scheme] = self._counted(scheme)
        return self._counts[scheme]

    def _counted(self, scheme: str) -> Count:
        whole = Count()
        for reference, contract in self.contracts.items():
            if contract.scheme == scheme and reference in self.by_contract:
                one = self.by_contract[reference]
                whole.claimed += one.claimed
                whole.rejected += one.rejected
                whole.entries |= one.entries
                for grade, units in one.verified.items():
                    whole.verified[grade] = whole.verified.get(grade, 0) + units
        return whole

    def expected(self, scheme: str) -> tuple[Expectation, ...]:
        """How many outcomes are expected of a scheme."""
        return tuple(Expectation(one.units, one.by_when) for one in self.now[scheme].expects)

    def closed(self, scheme: str) -> bool:
        """Whether no more outcomes are to come of a scheme: it ended, or everything expected is due."""
        ended = {event.scheme for event, _ in self.sight.of(SchemeEnded)}
        expected = self.expected(scheme)
        return scheme in ended or bool(expected and all(one.by_when < self.sight.today for one in expected))

    def runs(self, pool: str) -> bool:
        """Whether a pool still runs on the day that is asked about."""
        until = {event.pool: event.until for event, _ in self.sight.of(PoolAgreed)}
        until.update({event.pool: event.until for event, _ in self.sight.of(PoolVaried)})
        last = until.get(pool)
        return last is None or self.sight.today <= last

    def cost_of(self, what: str, name: str) -> int:
        """What a scheme (with the contracts that count its outcomes) or a contract cost everybody, in pence."""
        return self._costs.get((what, name), 0)

    @cached_property
    def _costs(self) -> dict[tuple[str, str], int]:
        costing = (postings.c.account == "spent") | (
            postings.c.account.in_(("bought", "written-off")) & (postings.c.pool == "")
        )
        found: dict[tuple[str, str], int] = {}
        for scheme, contract, pence in self.sight.plain_sums(("scheme", "contract"), costing):
            counts = self.contracts[contract].scheme if contract in self.contracts else None
            for key in {("scheme", scheme), ("scheme", counts or ""), ("contract", contract)}:
                found[key] = found.get(key, 0) + pence
        return found

    def of_payment(self, payment: str) -> dict[tuple[str, str], int]:
        """Where the pounds of a payment stand: verified, by how we know; or not, where its verification fell."""
        grades = self.by_claim.get(self.claim_of.get(payment, ""), {})
        return {(VERIFIED, grade): units for grade, units in grades.items() if units > 0} or {(ABSENT, ""): 1}

    def proof_of(self, payment: str) -> set[int]:
        """The entries that claimed, verified and rejected what a payment pays for."""
        return self._proofs.get(self.claim_of.get(payment, ""), set())

    @cached_property
    def _proofs(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for row in self.units:
            found.setdefault(row.claim, set()).update(numbers(row.entries))
        return found

    def weights(self, scheme: str) -> dict[tuple[str, str], int]:
        """Where the pounds of a scheme stand, worked out once."""
        if scheme not in self._weights:
            self._weights[scheme] = self._weigh(scheme)
        return self._weights[scheme]

    def _weigh(self, scheme: str) -> dict[tuple[str, str], int]:
        """Where the pounds of a scheme stand, by (line, how we know), in numbers of outcomes above none."""
        agreed = self.now.get(scheme)
        if agreed is None:
            return {(BY_DESIGN, ""): 1}
        count, expected = self.of_scheme(scheme), self.expected(scheme)
        found = {(VERIFIED, grade): units for grade, units in count.verified.items() if units > 0}
        found[CLAIMED, ""] = max(0, count.claimed - count.all_verified - count.rejected)
        found[ABSENT, ""] = count.rejected
        missing = sum(one.units for one in expected) - count.claimed
        for one in sorted(expected, key=lambda one: one.by_when, reverse=True):
            part = min(max(0, missing), one.units)  # the latest due are the last to be there
            found[(ABSENT if one.by_when < self.sight.today else NOT_DUE), ""] = part + found.get(
                ((ABSENT if one.by_when < self.sight.today else NOT_DUE), ""), 0
            )
            missing -= part
        found = {key: units for key, units in found.items() if units}
        if found:
            return found
        if agreed.by_design is not None:
            return {(BY_DESIGN, ""): 1}
        if not agreed.outcomes and not any(one.scheme == scheme for one in self.contracts.values()):
            return {(BROKEN, ""): 1}
        return {((NOT_DUE if self.runs(self.schemes[scheme].pool) else ABSENT), ""): 1}


def divided(pence: int, weights: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """A sum over lines in proportion to whole weights, to the penny."""
    names = {f"{line}|{grade}": units for (line, grade), units in weights.items()}
    parts = in_proportion(pence, names)
    return {(name.split("|")[0], name.split("|")[1]): part for name, part in parts.items()}
