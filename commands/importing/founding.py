"""Founding: an example ledger to read a published source in, and the bodies that the source names.

Law: who is in the register is the importing lead's own act, never a source's. Where other partners' leads must approve
a body, nothing that names it is recorded before they did.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import click

from commands.importing.finishing import Finishing, record
from commands.importing.group import Group, Judged, Wanted
from commands.init import found
from commands.session import Session
from ledger.errors import UnknownOrganisation

READER: Final = {
    "organisation": "GB-EXAMPLE-READER",
    "name": "Example reader",
    "form": "other",
    "office": "s151",
    "title": "section 151 officer",
    "limit": None,
    "instrument": "Example",
    "staff_number": "1",
    "second_officer_above": None,
}
"""Who founds an example ledger to read a source in: a body of nobody's."""
OFFICER: Final = f"{READER['organisation']}/{READER['office']}"


def _day(_context: click.Context, parameter: click.Parameter, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date: write it as 2025-05-31", param=parameter) from None


NEW = click.option("--new", "origin", metavar="ORIGIN", help="Found an example ledger of that name first, to read in.")
PUBLISHED = click.option(
    "--published", metavar="DATE", callback=_day, help="The day on which the source was published [today]."
)


def check(origin: str | None, published: date | None, latest: date, *, dry_run: bool) -> None:
    """What is asked can be done. Raises click.BadParameter, click.UsageError."""
    if published and published > latest:
        raise click.BadParameter(f"{published} is still to come", param_hint="--published")
    if origin is not None and dry_run:
        raise click.UsageError("--new founds a ledger, and --dry-run would record nothing: choose one of them")


def new(session: Session, origin: str) -> None:
    """An example ledger, whose one key needs no passphrase."""
    session.chance.at(0, "example")
    found(session, origin, "example", dict(READER), plain=True)


def admitted(group: Group, bodies: list[Wanted], ending: Finishing) -> Judged:
    """The bodies that the ledger does not have yet, judged.

    Where other partners' leads must approve them, they alone are recorded. Raises UnknownOrganisation then, or
    Malformed or Refused.
    """
    names = {one.body["organisation"]["id"]: one for one in bodies}
    register, reserved = group.book.register.organisations, group.book.approvals.reserved
    unknown = [one for name, one in names.items() if name not in register and f"partner:{name}" not in reserved]
    judged = group.judge(unknown)
    waiting = names.keys() - register.keys()
    if judged.faults or waiting:
        ending.tell(judged)
        if judged.faults:
            raise ending.refusal()
        if judged.ready and not ending.dry_run:
            record(group, judged)
        raise UnknownOrganisation(
            f"{len(waiting)} bodies wait for the leads of the other partners; what names them cannot be recorded yet",
            next_step="outcomes approve ENTRY --as OFFICER for each of them; then import again",
        )
    return judged
