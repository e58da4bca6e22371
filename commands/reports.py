"""`outcomes view pool` and `view grant`: reports, the annual return; and the year-end pack of a partner."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.output import OUTPUT
from commands.sight import FORMAT
from commands.sighting import Clocks, clocks, sight
from commands.view import LEDGER, section, show, view
from ledger.errors import Malformed, NotFound
from ledger.values import FinancialYear, Pence
from projections.papers.paper import Section
from projections.pictures import year as years
from projections.rows import Row
from projections.sight import annual, quarters
from projections.sight import grant as grants
from projections.sight import pool as pools
from projections.sight import year_end as packs
from projections.sight.annual import Return
from projections.sight.grant import Granted
from projections.sight.line import bodies
from projections.sight.reading import Sight


@view.command("pool")
@click.argument("pool")
@click.option("--year", type=options.YEAR, help="One financial year, such as 2026-27 [all].")
@click.option("--quarter", type=click.IntRange(1, 4), help="As it was true at the end of that quarter of the year.")
@click.option("--annual-return", is_flag=True, help="The year's income and expenditure, and its balances at 31 March.")
@LEDGER
@FORMAT
@OUTPUT
@clocks
def pool_view(
    pool: str,
    year: FinancialYear | None,
    quarter: int | None,
    annual_return: bool,
    ledger: str | None,
    form: str,
    output: Path | None,
    clocks: Clocks,
) -> None:
    """Example: outcomes view pool prevention --year 2026-27 --quarter 2

    What each partner committed, paid in and bears; each scheme's budget, forecast and spending; reports as sent and as
    adjusted since; months that are not reconciled; what nothing covers. In .html, .pdf and .svg the year is drawn.
    """
    if (quarter or annual_return) and not year:
        raise Malformed("it is of one year", where="--year", next_step="name it, as in --year 2026-27")
    with sight(ledger, clocks) as (opened, seen):
        if annual_return and year:
            found, title = returned(Return(pools.Pooled(seen, pool, year))), f"Annual return of {pool}"
        else:
            drawn = (_drawn(seen, pool, year),) if output is not None else ()
            found, title = (*drawn, *report(seen, pool, year, quarter)), f"Pool {pool}"
        words = (title, year, f"quarter {quarter}" if quarter else None, clocks.words(seen))
        show(opened, ", ".join(one for one in words if one), *found, form=form, output=output)


@view.command("grant")
@click.argument("grant")
@LEDGER
@FORMAT
@OUTPUT
@clocks
def grant_view(grant: str, ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view grant G-1

    What was received and spent of a grant, what is left and by when, what was certified beside what this ledger comes
    to, its conditions, and what looks funded twice.
    """
    with sight(ledger, clocks) as (opened, seen):
        found = granted(Granted(seen, grant))
        said = clocks.words(seen)
        show(opened, f"Grant {grant}{f', {said}' if said else ''}", *found, form=form, output=output)


def granted(one: Granted) -> tuple[Section, ...]:
    """The sections of a grant's account. Raises NotFound."""
    parts = (
        ("Certified", one.certified_rows(), grants.CERTIFIED_COLUMNS),
        ("Conditions", one.condition_rows(), grants.CONDITION_COLUMNS),
        ("Looks funded twice", one.duplicate_rows(), grants.DUPLICATE_COLUMNS),
    )
    whole = _summed("Grant", one.year_rows(), grants.YEAR_COLUMNS, *one.said())
    return (whole, *(section(heading, rows, columns) for heading, rows, columns in parts if rows))


def show_year_end(
    partner: str | None, year: FinancialYear, ledger: str | None, form: str, output: Path | None, clocks: Clocks
) -> None:
    """The pack of `outcomes view partner P --year-end YEAR`. Raises Malformed, NotFound."""
    if partner is None:
        raise Malformed("the pack is one partner's", where="--year-end", next_step="outcomes view partner lists them")
    with sight(ledger, clocks) as (opened, seen):
        found = year_end(seen, partner, year)
        show(opened, clocks.beside(f"Year-end pack of {partner}, {year}", seen), *found, form=form, output=output)


def report(seen: Sight, pool: str, year: FinancialYear | None, quarter: int | None) -> tuple[Section, ...]:
    """The sections of a pool's report. Raises NotFound."""
    pooled = pools.Pooled(seen, pool, year)
    then = pooled.until(quarters.last_day(year, quarter)) if year and quarter else pooled
    partners, schemes = pools.partner_rows(then), pools.scheme_rows(then)
    cash, months = pools.cash_rows(then), quarters.month_rows(then)
    found = [
        _summed("Partners", partners, pools.PARTNER_COLUMNS, *pools.notes(then), *quarters.unreconciled(months)),
        section("Committed, by strength", pools.strength_rows(then), pools.STRENGTH_COLUMNS),
        _summed("Cash", cash, pools.CASH_COLUMNS),
        section("Schemes", schemes, pools.SCHEME_COLUMNS),
        section("Quarters", quarters.quarter_rows(quarters.by_quarter(then)), quarters.QUARTER_COLUMNS),
    ]
    others = (
        ("Beyond every commitment", pools.unfunded_rows(then), pools.UNFUNDED_COLUMNS),
        ("Forecast and recovery", pools.outlook_rows(pooled), pools.OUTLOOK_COLUMNS),
        ("Reports, as sent and as adjusted", quarters.period_rows(pooled), quarters.PERIOD_COLUMNS),
        ("Months", months, quarters.MONTH_COLUMNS),
    )
    return (*found, *(section(heading, rows, columns) for heading, rows, columns in others if rows))


def returned(made: Return) -> tuple[Section, ...]:
    """The sections of an annual return."""
    fates = made.rows(annual.FATES)
    parts = (
        ("Income", made.rows(annual.INCOME), annual.COLUMNS, made.said()),
        ("Expenditure", made.rows((annual.SPENT,)), annual.COLUMNS, ()),
        ("Closing balance", fates, annual.COLUMNS, () if fates else ("Nothing is left.",)),
        ("Balances at 31 March", made.balance_rows(), annual.BALANCE_COLUMNS, made.beside()),
    )
    return tuple(_summed(heading, rows, columns, *said) for heading, rows, columns, said in parts)


def year_end(seen: Sight, partner: str, year: FinancialYear) -> tuple[Section, ...]:
    """The sections of a partner's year-end pack. Raises NotFound."""
    if partner not in bodies(seen):
        raise NotFound(f"{partner} is not in this ledger", next_step="outcomes view partner lists them")
    pack = packs.Pack(seen, partner, year)
    said = {packs.SHARES: tuple(pack.said())}
    found = [(heading, rows, columns) for heading, rows, columns in packs.headings(pack) if rows or heading in said]
    return tuple(section(heading, rows, columns, *said.get(heading, ())) for heading, rows, columns in found)


def _summed(heading: str, rows: list[Row], columns: tuple[str, ...], *sentences: str) -> Section:
    """A section with a last line that adds up its sums."""
    sums = {name: [row[name] for row in rows if isinstance(row.get(name), Pence)] for name in columns}
    totals: Row = {columns[0]: "total", **{name: Pence(sum(of)) for name, of in sums.items() if of}}
    whole = totals if sums and rows else None
    return Section(heading=heading, sentences=sentences, rows=rows, columns=columns, totals=whole)


def _drawn(seen: Sight, pool: str, year: FinancialYear | None) -> Section:
    """The year as lines."""
    pooled = pools.Pooled(seen, pool, year)
    chart = quarters.chart(pooled, quarters.by_quarter(pooled))
    return Section(heading="The year", picture=years.drawn(chart), picture_alt=years.told(chart))
