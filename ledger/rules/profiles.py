"""Profiles: sums by financial year, category and heading, as commitments, settlements and grants state them.

Law: each line is above zero, none stands twice, and only a prevention sum says why it is prevention.
"""

from __future__ import annotations

from ledger.errors import NothingCommitted, PreventionUnexplained, YearRepeated
from ledger.values import Pence, YearAmount

Profile = tuple[YearAmount, ...]


def total(profile: Profile) -> Pence:
    """The whole-life sum of a profile, in pence."""
    return Pence(sum(line.amount for line in profile))


def require(profile: Profile, *, otherwise: str = "") -> None:
    """Refuse a profile that does not hold together; `otherwise` is what to do where nothing is meant by it.

    Raises NothingCommitted, YearRepeated, PreventionUnexplained.
    """
    if not profile or any(line.amount == 0 for line in profile):
        raise NothingCommitted(
            "each line of a profile is a sum above zero; leave out a year with none",
            next_step=f"--line YEAR=AMOUNT for each year that has a sum{otherwise}",
        )
    lines = [(line.year, line.category, line.accounts_as) for line in profile]
    if len(set(lines)) != len(lines):
        raise YearRepeated("two lines stand for one year, category and heading: add them up")
    for line in profile:
        if (line.category == "prevention") != (line.prevention is not None):
            raise PreventionUnexplained(
                "a prevention sum states its level, goal and classification, and no other sum does",
                next_step="--level primary --goal TEXT",
            )
