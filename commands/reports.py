"""`outcomes view pool`: the quarterly report of a pool, its annual return, and what they rest on."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.output import OUTPUT
from commands.sight import FORMAT
from commands.sighting import Clocks, clocks, sight
from commands.view import LEDGER, section, show, view
from ledger.errors import Malformed
from ledger.values import FinancialYear, Pence
from projections.papers.paper import Section
from projections.pictures import year as years
from projections.rows import Row
from projections.sight import pool as pools
from projections.sight import quarters
from projections.sight.reading import Sight


@view.command("pool")
@click.argument("pool")
@click.option("--year", type=options.YEAR, help="One financial year, such as 2026-27 [all].")
@click.option("--quarter", type=click.IntRange(1, 4), help="As it was true at the end of that quarter of the year.")
@LEDGER
@FORMAT
@OUTPUT
@clocks
def pool_view(
    pool: str,
    year: FinancialYear | None,
    quarter: int | None,
    ledger: str | None,
    form: str,
    output: Path | None,
    clocks: Clocks,
) -> None:
    """Example: outcomes view pool prevention --year 2026-27 --quarter 2

    What each partner committed, paid in and bears; each scheme's budget, forecast and spending; reports as sent and as
    adjusted since; months that are not reconciled; what nothing covers. In .html, .pdf and .svg the year is drawn.
    """
    if quarter and not year:
        raise Malformed("a quarter is one of a year", where="--quarter", next_step="name it, as in --year 2026-27")
    with sight(ledger, clocks) as (opened, seen):
        found = report(seen, pool, year, quarter)
        if output is not None:
            found = (_drawn(seen, pool, year), *found)
        words = (f"Pool {pool}", year, f"quarter {quarter}" if quarter else None, clocks.words(seen))
        show(opened, ", ".join(one for one in words if one), *found, form=form, output=output)


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


def _summed(heading: str, rows: list[Row], columns: tuple[str, ...], *sentences: str) -> Section:
    """A section with a last line that adds up its sums."""
    sums = {name: [row[name] for row in rows if isinstance(row.get(name), Pence)] for name in columns}
    totals: Row = {columns[0]: "total", **{name: Pence(sum(of)) for name, of in sums.items() if of}}
    whole = totals if len(rows) > 1 else None
    return Section(heading=heading, sentences=sentences, rows=rows, columns=columns, totals=whole)


def _drawn(seen: Sight, pool: str, year: FinancialYear | None) -> Section:
    """The year as lines."""
    pooled = pools.Pooled(seen, pool, year)
    chart = quarters.chart(pooled, quarters.by_quarter(pooled))
    return Section(heading="The year", picture=years.drawn(chart), picture_alt=years.told(chart))
