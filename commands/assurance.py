"""`outcomes assurance`: an answerable officer's judgement before the money goes out, and what is relied on after."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.events.assurance import Met, ReliancePlaced
from ledger.values import FinancialYear, Pence

MET = click.Choice(get_args(Met))
ASSURANCE: click.Choice[str] = click.Choice(get_args(get_type_hints(ReliancePlaced)["assurance"]))


@click.group()
def assurance() -> None:
    """Example: outcomes assurance rely GB-EXAMPLE-COUNCIL --settlement S-1 --year 2026-27
    --assurance audit-opinion --source "Auditor of November 2027" --as GB-EXAMPLE-DEPARTMENT/finance

    Assess a proposal by the four tests, and say whose assurance is relied on.
    """


@assurance.command()
@click.option("--pool", help="The pool that is assessed; or a scheme or a contract instead.")
@click.option("--scheme", help="The scheme that is assessed.")
@click.option("--contract", help="The contract that is assessed.")
@click.option("--regularity", type=MET, required=True, help="Within the law and the authority for the money.")
@click.option("--propriety", type=MET, required=True, help="Up to the standards of public conduct.")
@click.option(
    "--value-for-money", type=MET, required=True, help="The best use of the money, for the public as a whole."
)
@click.option("--feasibility", type=MET, required=True, help="Likely to be done as and when intended.")
@click.option("--outcome", help="The outcome that is expected.")
@click.option("--units", type=int, help="How many are expected [not said].")
@click.option("--unit-cost", type=options.AMOUNT, help="What each is expected to cost, from all funders.")
@click.option("--by-when", metavar="DATE", callback=DATE, help="The day by which they are expected.")
@writes
def assess(writing: Writing, unit_cost: Pence | None, **given: Any) -> None:
    """Example: outcomes assurance assess --contract homes --regularity met --propriety met --value-for-money met
    --feasibility met-with-risk --outcome homes --units 400 --unit-cost 1250.00 --by-when 2028-03-31

    An answerable officer judges a proposal by the four tests, and says what it should bring.
    """
    organisation = writing.session.officer(writing.by).split("/")[0]
    cost = None if unit_cost is None else str(unit_cost)
    writing.say("answerable-officer-assessed/1", {"organisation": organisation, **given, "unit_cost": cost})


@assurance.command()
@click.argument("on", metavar="ID")
@click.option("--settlement", help="The settlement by which the money came; or a grant instead.")
@click.option("--grant", help="The grant by which the money came.")
@click.option("--assurance", type=ASSURANCE, required=True, help="What is relied on.")
@click.option("--source", required=True, help="Whose it is, and of when.")
@click.option("--year", type=options.YEAR, required=True, help="The year that it is about.")
@click.option("--digest", help="The SHA-256 of the report, in base64.")
@writes
def rely(writing: Writing, on: str, year: FinancialYear, **given: str | None) -> None:
    """Example: outcomes assurance rely GB-EXAMPLE-COUNCIL --settlement S-1 --year 2026-27
    --assurance audit-opinion --source "Auditor of November 2027" --as GB-EXAMPLE-DEPARTMENT/finance

    Whoever gave money that became a body's own says whose assurance over that body it relies on.
    """
    by = writing.session.officer(writing.by).split("/")[0]
    writing.say("reliance-placed/1", {"by": by, "on": on, "year": str(year), **given})
