"""`outcomes spend reconcile`: what the finance system holds, what this ledger holds, and why they differ.

Law: the sum here is worked out from the entries, never typed. Each difference has its reason, and together they are
the whole difference, to the penny.
"""

from __future__ import annotations

from datetime import date

import click

from commands import options
from commands.importing.journals import last_day
from commands.writing import DATE, Writing, writes
from ledger.errors import Malformed
from ledger.values import Balance, latest_day


def _ends(context: click.Context, parameter: click.Parameter, text: str | None) -> date:
    ends = date.fromisoformat(DATE(context, parameter, text) or "")
    if ends != last_day(ends.replace(day=1)):
        raise click.BadParameter(f"{ends} is not the last day of a month", param=parameter)
    return ends


def _items(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[dict[str, str]]:
    """``REASON=AMOUNT``; the reason may hold an equals sign."""
    found = []
    for one in given:
        reason, _, amount = one.rpartition("=")
        try:
            found.append({"reason": reason.strip(), "amount": str(Balance.parse(amount.strip()))})
        except Malformed as error:
            raise click.BadParameter(f"{one!r}: {error.why}", param=parameter) from None
        if not reason.strip():
            raise click.BadParameter(f"{one!r}: write it as REASON=AMOUNT", param=parameter)
    return found


@click.command()
@click.argument("pool", metavar="POOL")
@click.option("--ends", required=True, metavar="DATE", callback=_ends, help="The last day of the month.")
@click.option(
    "--there", type=options.BALANCE, required=True, help="What the finance system holds from 1 April to then."
)
@click.option(
    "--item",
    "items",
    multiple=True,
    metavar="REASON=AMOUNT",
    callback=_items,
    help="How much more it has there, and why.",
)
@writes
def reconcile(writing: Writing, pool: str, ends: date, there: Balance, items: list[dict[str, str]]) -> None:
    """Example: outcomes spend reconcile prevention --ends 2026-05-31 --there 81250.00
    --item "Invoice 17 in transit=1250.00"

    Agree the finance system's balance of a pool with this ledger's, from 1 April to a month's end. What is here is
    worked out; each item is how much more the finance system has, and why.
    """
    if ends > latest_day(writing.session.chance.clock.now()):
        raise click.BadParameter(f"{ends} is still to come", param_hint="--ends")
    here = Balance(writing.opened().book().pots.spent_to(pool, ends))
    difference = Balance(there - here)
    told = Balance(sum(Balance.parse(item["amount"]) for item in items))
    click.echo(f"there {there.spoken}, here {here.spoken}: differs by {difference.spoken}", err=True)
    if items:
        click.echo(f"the items come to {told.spoken}", err=True)
    body = {"pool": pool, "ends": str(ends), "there": str(there), "here": str(here), "items": items}
    writing.say("ledger-reconciled/1", body)
