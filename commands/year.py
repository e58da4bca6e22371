"""`outcomes year`: what happens to a pool's budget within a year and at its end.

Law: the figures that the rules check are worked out here by the rules themselves, from the Book as it stands: who bears
what of an overspend, and what was spent to the end of a period. They are shown before anything is signed.
"""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.book import Book
from ledger.errors import Malformed, NothingToApportion
from ledger.events.years import PeriodClosed, Stage
from ledger.rules import years
from ledger.rules.pots import Pot
from ledger.values import Balance, FinancialYear, Pence
from projections.wording import heading as named

POOL = click.argument("pool", metavar="POOL")
YEAR = click.option("--year", type=options.YEAR, required=True, help="The financial year, such as 2026-27.")
REASON = click.option("--reason", required=True, help="Why; sealed, so it can be erased.")


@click.group()
def year() -> None:
    """Example: outcomes year close prevention --year 2026-27 --stage quarter --quarter 1

    Move budget, forecast, share an overspend, carry forward, and close a period.
    """


@year.command()
@POOL
@YEAR
@click.option("--from", "from_scheme", required=True, metavar="SCHEME", help="The scheme that gives budget up.")
@click.option("--to", "to_scheme", required=True, metavar="SCHEME", help="The scheme that gets it.")
@click.option("--amount", type=options.AMOUNT, required=True, help="How much.")
@REASON
@writes
def vire(writing: Writing, pool: str, amount: Pence, reason: str, **given: Any) -> None:
    """Example: outcomes year vire prevention --year 2026-27 --from falls --to reablement --amount 10000.00
    --reason "Fewer referrals"

    Budget moves from one scheme of a pool to another. No draw moves.
    """
    writing.say("virement-made/1", {"pool": pool, "amount": str(amount), **given}, {"reason": reason})


@year.command()
@POOL
@YEAR
@click.option("--expected", type=options.AMOUNT, required=True, help="What will have been spent by 31 March.")
@click.option("--scheme", help="The scheme [the whole pool].")
@click.option("--reason", help="Why it differs from what was budgeted; sealed.")
@writes
def forecast(writing: Writing, pool: str, expected: Pence, reason: str | None, **given: Any) -> None:
    """Example: outcomes year forecast prevention --year 2026-27 --expected 1030000.00 --reason "A hard winter"

    What the pool expects to have spent by the end of the year; a later forecast replaces it.
    """
    writing.say("variance-forecast/1", {"pool": pool, "expected": str(expected), **given}, {"reason": reason})


@year.command()
@POOL
@YEAR
@click.option("--actions", required=True, metavar="TEXT", help="What will be done.")
@click.option("--effect", type=options.BALANCE, required=True, help="By how much it changes the spending: -5000.00.")
@click.option("--by-when", required=True, metavar="DATE", callback=DATE, help="The day by which it is done.")
@writes
def recover(writing: Writing, pool: str, effect: Balance, **given: Any) -> None:
    """Example: outcomes year recover prevention --year 2026-27 --actions "Fewer agency shifts" --effect -20000.00
    --by-when 2027-02-28

    What the partners will do about a forecast overspend or underspend.
    """
    writing.say("recovery-plan-agreed/1", {"pool": pool, "effect": str(effect), **given})


@year.command()
@POOL
@YEAR
@options.heading_options
@click.option("--amount", type=options.AMOUNT, help="How much of what is unfunded [all that the agreement shares].")
@writes
def apportion(writing: Writing, pool: str, year: FinancialYear, amount: Pence | None, **given: Any) -> None:
    """Example: outcomes year apportion prevention --year 2026-27

    What no commitment covers is taken on by the partners as their agreement shares risk. The parts are worked out and
    shown; it waits for each partner that bears one.
    """
    heading = options.heading(given)
    pot = (pool, str(year), heading["category"], heading["accounts_as"])
    whole, lines = _apportioned(writing.opened().book(), pot, amount)
    click.echo(f"{Pence(whole).spoken} that is unfunded in {pool} {year}, {named(*pot[2:])}, is borne so:", err=True)
    for partner, part in lines.items():
        click.echo(f"  {partner}  {Pence(part).spoken}", err=True)
    borne = [{"partner": partner, "amount": str(Pence(part))} for partner, part in lines.items()]
    body = {"pool": pool, "year": str(year), **heading, "amount": str(Pence(whole)), "lines": borne}
    writing.say("variance-apportioned/1", body)


def _apportioned(book: Book, pot: Pot, amount: Pence | None) -> tuple[int, dict[str, int]]:
    """How much is apportioned, and each partner's part, in pence; what is beyond every cap is said and left out."""
    pool, unfunded = book.pools.get(pot[0]), book.pots.unfunded(pot)
    shared = years.apportioned(book.years, book.pots, pool, pot, unfunded if amount is None else amount)
    if shared.left and amount is None:
        click.echo(f"{Pence(shared.left).spoken} is beyond every cap, and stays unfunded.", err=True)
        shared = years.apportioned(book.years, book.pots, pool, pot, unfunded - shared.left)
    whole = sum(shared.lines.values()) if amount is None else int(amount)
    if not whole:
        raise NothingToApportion(f"nothing in {pot[0]} {pot[1]}, {named(*pot[2:])}, is unfunded and can be borne")
    return whole, {partner: part for partner, part in shared.lines.items() if part}


@year.command()
@POOL
@YEAR
@options.heading_options
@click.option("--amount", type=options.AMOUNT, help="How much in all [what the lines come to].")
@click.option("--use-by", metavar="DATE", callback=DATE, help="The day by which it must be spent [none].")
@click.option(
    "--line", "lines", multiple=True, metavar="COMMITMENT=AMOUNT", help="Of which; repeat it [in proportion]."
)
@writes
def carry(writing: Writing, pool: str, amount: Pence | None, lines: tuple[str, ...], **given: Any) -> None:
    """Example: outcomes year carry prevention --year 2026-27 --amount 20000.00 --occurred-on 2027-04-15

    Keep so much of a year's unspent money for the year after; the rest is to go back to those whose it is. It waits
    for each partner of the pool.
    """
    carried = _carried(lines)
    if amount is None and not carried:
        raise Malformed("how much is carried forward? --amount, or --line COMMITMENT=AMOUNT")
    whole = Pence(sum(carried.values())) if amount is None else amount
    named = [{"commitment": name, "amount": str(part)} for name, part in carried.items()]
    body = {"pool": pool, **options.heading(given), **given, "amount": str(whole), "lines": named}
    writing.say("carry-forward-approved/1", body)


def _carried(texts: tuple[str, ...]) -> dict[str, Pence]:
    """What is carried of which commitment. Raises Malformed, with every line that is wrong."""
    found: dict[str, Pence] = {}
    faults: list[str] = []
    for text in texts:
        name, equals, amount = text.partition("=")
        try:
            if not equals or not name or name in found:
                raise Malformed(f"{name} is there twice" if name in found else "write COMMITMENT=AMOUNT")
            found[name] = Pence.parse(amount)
        except Malformed as error:
            faults.append(f"--line {text}: {error.why}")
    if faults:
        raise Malformed("; ".join(faults))
    return found


@year.command()
@POOL
@YEAR
@click.option("--stage", type=click.Choice(get_args(Stage)), required=True, help="Which stage of the year's close.")
@click.option("--quarter", type=click.IntRange(1, 4), help="The quarter; at that stage only.")
@writes
def close(writing: Writing, pool: str, year: FinancialYear, stage: Stage, quarter: Any) -> None:
    """Example: outcomes year close prevention --year 2026-27 --stage quarter --quarter 1

    A period is reported, with what was spent in the year to its end. What occurred in it is then changed by
    `outcomes spend adjust` alone; after the final stage, by nothing.
    """
    book = writing.opened().book()
    book.pools.get(pool)
    period = PeriodClosed(
        occurred_on=date.min, pool=pool, year=year, stage=stage, quarter=quarter, spent=Balance(0)
    )  # only to ask when it ends
    spent = Balance(book.pots.spent_to(pool, years.ends_on(period)))
    click.echo(f"{spent.spoken} was spent from {pool} in {year} to {years.ends_on(period)}.", err=True)
    body = {"pool": pool, "year": str(year), "stage": stage, "quarter": quarter, "spent": str(spent)}
    writing.say("period-closed/1", body)
