"""Counting: the units that were claimed, verified, rejected or paid for, or are no longer; a fold over effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.book import Book, Effect
from ledger.events.claims import (
    OutcomeClaimed,
    OutcomeRejected,
    OutcomeVerified,
    PaymentApproved,
    VerificationWithdrawn,
)

Row = dict[str, Any]


@dataclass(slots=True)
class Counted:
    """What a later effect takes back of an earlier one."""

    verified: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The grade and units of each verification, by the id of its entry."""
    paid_for: dict[str, int] = field(default_factory=dict)
    """The units that each approved payment still pays for."""

    def take(self, effect: Effect, book: Book) -> Iterator[Row]:
        """The rows of one effect, without their numbers."""
        event = effect.event
        sign = {"effective": 1, "reversed": -1}.get(effect.standing, 0)
        common = {"day": str(event.occurred_on), "said": effect.position, "payment": "", "grade": ""}
        if not sign:
            return
        match event:
            case OutcomeClaimed():
                place = {"contract": event.contract, "claim": event.claim, "metric": event.metric}
                claimed = {"what": "claimed", "units": sign * event.units, "achieved": common["day"]}
                yield {**common, **place, **claimed}
            case OutcomeVerified():
                self.verified[effect.entry] = event.grade, event.units
                row = {"what": "verified", "grade": event.grade, "units": event.units}
                yield {**common, **_of_claim(event.claim, book), **row}
            case VerificationWithdrawn():
                grade, units = self.verified[event.verification]
                yield {**common, **_of_claim(event.claim, book), "what": "verified", "grade": grade, "units": -units}
                yield from self._no_longer(event.claim, common, book)
            case OutcomeRejected():
                yield {**common, **_of_claim(event.claim, book), "what": "rejected", "units": event.units}
            case PaymentApproved():
                yield {**common, **self._approved(event, sign), **_of_claim(event.claim, book)}

    def _approved(self, event: PaymentApproved, sign: int) -> Row:
        if sign > 0:
            self.paid_for[event.payment] = int(event.units)
            return {"what": "paid for", "payment": event.payment, "units": int(event.units)}
        return {"what": "paid for", "payment": event.payment, "units": -self.paid_for.pop(event.payment)}

    def _no_longer(self, claim: str, common: Row, book: Book) -> Iterator[Row]:
        """A verification was withdrawn: what each payment for the claim no longer pays for."""
        for payment in book.claims.claims[claim].payments:
            left = book.claims.payments[payment].units
            lost = self.paid_for[payment] - left
            self.paid_for[payment] = left
            if lost:
                place = _of_claim(claim, book)
                yield {**common, **place, "what": "paid for", "payment": payment, "units": -lost}


def _of_claim(claim: str, book: Book) -> dict[str, str]:
    made = book.claims.claims[claim].made
    return {"contract": made.contract, "claim": claim, "metric": made.metric, "achieved": str(made.occurred_on)}
