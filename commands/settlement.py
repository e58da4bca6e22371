"""`outcomes settlement`: what government awards, who bid for it, and the control totals and budgets that it meets."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import click

from commands import options
from commands.commitment import profile, profile_options
from commands.writing import DATE, Draft, Writing, writes
from ledger.events.settlements import BidRecorded, SettlementAwarded
from ledger.values import FinancialYear, Pence, Restriction


def _choices(event: type, member: str) -> click.Choice[str]:
    """The words that a member of an event may be."""
    return click.Choice(get_args(get_type_hints(event)[member]))


@click.group()
def settlement() -> None:
    """Example: outcomes settlement award S-1 --department GB-EXAMPLE-DEPARTMENT --to GB-EXAMPLE-COUNCIL
    --name "Public health" --line 2026-27=500000.00 --authority "Main Estimate line B12"

    Award settlements, and record the bids, control totals and budgets around them.
    """


@settlement.command()
@click.argument("reference", metavar="SETTLEMENT")
@click.option("--to", required=True, metavar="ID", help="The body that it is awarded to.")
@click.option("--name", required=True, help="Its name.")
@profile_options
@click.option("--authority", required=True, help="The Estimate line, or another authority for it.")
@click.option("--award", type=_choices(SettlementAwarded, "award"), default="formula", show_default=True)
@click.option("--sort", type=_choices(SettlementAwarded, "sort"), default="new", show_default=True)
@click.option("--restriction", type=click.Choice(get_args(Restriction)), default="ring-fenced", show_default=True)
@click.option("--department", metavar="ID", help="Who awards it [the signer's organisation].")
@click.option("--transcribed", nargs=2, metavar="SHA256 ROW", help="It says what a source states: dataset and row.")
@writes
def award(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes settlement award S-1 --to GB-EXAMPLE-COUNCIL --name "Public health"
    --line 2026-27=500000.00 --authority "Main Estimate line B12" --as GB-EXAMPLE-DEPARTMENT/finance

    A department awards money to a body, year by year. Moves no money.
    """
    department = given["department"] or writing.session.officer(writing.by).split("/")[0]
    plain = {name: given[name] for name in ("to", "name", "authority", "award", "sort", "restriction")}
    body = {"settlement": reference, "department": department, **plain, "profile": profile(given)}
    source = dict(zip(("dataset", "row"), given["transcribed"], strict=True)) if given["transcribed"] else None
    writing.say_draft(Draft("settlement-awarded/1", body, source=source))


@settlement.command()
@click.argument("reference", metavar="SETTLEMENT")
@click.option("--fund", required=True, help="The fund's name.")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much of the settlement.")
@click.option("--counterpart", required=True, metavar="ORIGIN", help="The other ledger's origin.")
@click.option("--entry", "entry", type=int, required=True, help="The number of its entry there.")
@writes
def allocate(writing: Writing, reference: str, fund: str, amount: Pence, counterpart: str, entry: int) -> None:
    """Example: outcomes settlement allocate S-1 --fund "National prevention fund" --amount 120000.00
    --counterpart example.org/national --entry 412 --as GB-EXAMPLE-DEPARTMENT/finance

    Say which fund above places a part of a settlement is from, and where its ledger records it.
    """
    body = {"settlement": reference, "fund": fund, "amount": str(amount)}
    writing.say("fund-allocated/1", {**body, "counterpart": counterpart, "counterpart_entry": entry})


@settlement.command()
@click.argument("reference", metavar="BID")
@click.option("--to", required=True, metavar="ID", help="Who decides.")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much it asks for.")
@click.option("--state", type=_choices(BidRecorded, "state"), default="submitted", show_default=True)
@click.option("--cost", type=options.AMOUNT, help="What the bidding itself cost [not known].")
@click.option("--settlement", help="The settlement that it won.")
@writes
def bid(writing: Writing, reference: str, amount: Pence, cost: Pence | None, **given: Any) -> None:
    """Example: outcomes settlement bid "Youth hubs round 2" --to GB-EXAMPLE-DEPARTMENT --amount 300000.00
    --cost 8500.00 --as GB-EXAMPLE-COUNCIL/s151

    A body bid for money; say again how it stands once it is decided.
    """
    organisation = writing.session.officer(writing.by).split("/")[0]
    sums = {"amount": str(amount), "cost": None if cost is None else str(cost)}
    writing.say("bid-recorded/1", {"bid": reference, "organisation": organisation, **sums, **given})


@settlement.command("control-total")
@click.argument("organisation", metavar="ID")
@click.option("--amount", type=options.AMOUNT, required=True, help="The most.")
@click.option("--year", type=options.YEAR, required=True, help="The year.")
@click.option("--category", type=options.CATEGORY, default="resource", show_default=True)
@click.option("--authority", required=True, help="Under which authority.")
@writes
def control_total(
    writing: Writing, organisation: str, amount: Pence, year: FinancialYear, category: str, authority: str
) -> None:
    """Example: outcomes settlement control-total GB-EXAMPLE-COUNCIL --year 2026-27 --category prevention
    --amount 900000.00 --authority "Spending review table 3" --as GB-EXAMPLE-DEPARTMENT/finance

    Set the most that a body may spend in a category in a year; a later one replaces it.
    """
    set_by = writing.session.officer(writing.by).split("/")[0]
    where = {"year": str(year), "category": options.category(category)}
    total = {"set_by": set_by, "organisation": organisation, **where, "amount": str(amount), "authority": authority}
    writing.say("control-total-set/1", total)


@settlement.command()
@click.option("--service", help="The service that it is for; or a scheme instead.")
@click.option("--scheme", help="The scheme of a pool that it is for.")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@click.option("--year", type=options.YEAR, required=True, help="The year.")
@click.option("--category", type=options.CATEGORY, default="resource", show_default=True)
@click.option("--from-day", metavar="DATE", callback=DATE, help="The day from which it holds [the year's first].")
@writes
def budget(writing: Writing, amount: Pence, year: FinancialYear, category: str, **given: Any) -> None:
    """Example: outcomes settlement budget --service "Family hubs" --year 2026-27 --amount 410000.00
    --decision "Council 2026/3" --as GB-EXAMPLE-COUNCIL/s151

    Set what a body means to spend on a service or a scheme in a year; cite the decision.
    """
    organisation = writing.session.officer(writing.by).split("/")[0]
    where = {"year": str(year), "category": options.category(category), "amount": str(amount)}
    writing.say("budget-set/1", {"organisation": organisation, **where, **given})
