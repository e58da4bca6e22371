"""`outcomes view`: an account or the trail, folded from entries whose root is the verified head's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click

from commands import options, refs
from commands.output import OUTPUT, write
from commands.session import Opened, Session
from commands.sighting import Clocks, clocks, day_of, sight
from ledger.errors import NotFound
from ledger.values import FinancialYear
from projections import contracts as contract_view
from projections import due as due_view
from projections import entries
from projections import outcomes as outcome_view
from projections import partner as partners
from projections import payers as payer_view
from projections import plans as plan_view
from projections import rates as rate_view
from projections.papers import text
from projections.papers.paper import Paper, Section
from projections.rows import Row
from projections.sight import line as lines
from projections.sight import trail as trails


@click.group()
def view() -> None:
    """Example: outcomes view partner GB-EXAMPLE-COUNCIL

    See accounts, contracts, payers, outcomes, what is due, and the trail. Every row names the entries that it rests on.
    """


LEDGER = click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")
FORMAT = click.option("--format", "form", type=options.FORMAT, default="table", show_default=True)


@view.command()
@click.argument("organisation", required=False)
@click.option("--year-end", type=options.YEAR, metavar="YEAR", help="The pack for its own accounts, at 31 March.")
@LEDGER
@FORMAT
@OUTPUT
@clocks
def partner(
    organisation: str | None,
    year_end: FinancialYear | None,
    ledger: str | None,
    form: str,
    output: Path | None,
    clocks: Clocks,
) -> None:
    """Example: outcomes view partner GB-EXAMPLE-COUNCIL --format csv

    What a partner committed, what fell due, what it paid and what arrived; unconfirmed and waiting sums apart.
    Without a partner: who they are now.
    """
    if year_end is not None:
        from commands.reports import show_year_end

        show_year_end(organisation, year_end, ledger, form, output, clocks)
        return
    if organisation is None:
        if clocks != Clocks():
            raise click.UsageError("--as-known and --as-true ask about one partner: name it")
        _list_partners(Session(ledger).read_only(), form, output)
        return
    with sight(ledger, clocks) as (opened, seen):
        if organisation not in lines.bodies(seen):
            raise NotFound(f"{organisation} is not in this ledger", next_step="outcomes view partner lists them")
        rows = partners.rows(seen, organisation)
        said = [f"total {what}: {pence.spoken}" for what, pence in partners.totals(rows).items()]
        said += [f"note: {sentence}" for sentence in partners.unsigned(seen, organisation, seen.today)]
        account = section("Account", rows, partners.COLUMNS, *said)
        show(opened, clocks.beside(f"Account of {organisation}", seen), account, form=form, output=output)


def _list_partners(opened: Opened, form: str, output: Path | None) -> None:
    book = opened.book()
    rows = [
        {
            "organisation": body.id,
            "name": body.name,
            "officer": officer.id if officer else None,
            "title": officer.title if officer else None,
            "may": tuple(sorted(officer.powers)) if officer else (),
            "limit": officer.limit if officer else None,
            "standing": ("retired" if officer.retired else "live" if officer.key else "no key") if officer else None,
        }
        for body in book.register.organisations.values()
        for officer in (*book.register.of(body.id), *(() if any(book.register.of(body.id)) else (None,)))
    ]
    columns = ("organisation", "name", "officer", "title", "may", "limit", "standing")
    show(opened, "Partners and their officers", section("Partners", rows, columns), form=form, output=output)


@view.command()
@LEDGER
@FORMAT
@OUTPUT
@clocks
def contracts(ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view contracts --format json

    What each contract may cost, what was committed and paid, by year of what was paid for, and what is above its cap.
    """
    with sight(ledger, clocks) as (opened, seen):
        rows = contract_view.rows(seen)
        said = [f"finding: {sentence}" for sentence in contract_view.findings(rows)]
        part = section("Contracts", rows, contract_view.COLUMNS, *said)
        if form == "table" and output is None:
            narrow = [{**row, "name": shortened(row["name"])} for row in rows]
            part = section("Contracts", narrow, contract_view.IN_A_TABLE, *said)
        show(opened, clocks.beside("Contracts", seen), part, form=form, output=output)


@view.command()
@click.argument("contract", required=False)
@LEDGER
@FORMAT
@OUTPUT
@clocks
def payers(contract: str | None, ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view payers homes

    What each payer of a contract committed, owes, paid, and has left under its cap. Without a contract: of all.
    """
    with sight(ledger, clocks) as (opened, seen):
        rows = _there(payer_view.rows(seen, contract), "contract", contract)
        said = [payer_view.NOTE] if any(row["paid_is_estimate"] for row in rows) else []
        part = section("Payers", rows, payer_view.COLUMNS, *said)
        show(opened, clocks.beside(_of("Payers", contract), seen), part, form=form, output=output)


@view.command()
@click.argument("contract", required=False)
@LEDGER
@FORMAT
@OUTPUT
@clocks
def rates(contract: str | None, ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view rates homes

    What the rate card implies for what was achieved, against what was paid, metric by metric.
    """
    with sight(ledger, clocks) as (opened, seen):
        rows = _there(rate_view.rows(seen, contract), "contract", contract)
        said = [f"finding: {sentence}" for sentence in rate_view.findings(rows)]
        part = section("Rates", rows, rate_view.COLUMNS, *said)
        show(opened, clocks.beside(_of("Rates", contract), seen), part, form=form, output=output)


@view.command()
@click.argument("contract", required=False)
@LEDGER
@FORMAT
@OUTPUT
@clocks
def plans(contract: str | None, ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view plans homes

    What each version of a contract's plan expected, year by year, beside what was paid.
    """
    with sight(ledger, clocks) as (opened, seen):
        rows = _there(plan_view.rows(seen, contract), "plan of", contract)
        part = section("Plans", rows, plan_view.COLUMNS)
        show(opened, clocks.beside(_of("Plans", contract), seen), part, form=form, output=output)


@view.command()
@LEDGER
@FORMAT
@OUTPUT
@clocks
def outcomes(ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view outcomes

    Who answers for each outcome, where it should stand, and where it stands.
    """
    with sight(ledger, clocks) as (opened, seen):
        part = section("Outcomes", outcome_view.rows(seen), outcome_view.COLUMNS)
        show(opened, clocks.beside("Outcomes", seen), part, form=form, output=output)


@view.command()
@click.argument("organisation", required=False)
@click.option(
    "--on", "day", metavar="DATE", callback=day_of, help="The same as --as-true: also what is late is judged by it."
)
@LEDGER
@FORMAT
@OUTPUT
@clocks
def due(
    organisation: str | None, day: date | None, ledger: str | None, form: str, output: Path | None, clocks: Clocks
) -> None:
    """Example: outcomes view due GB-EXAMPLE-ICB

    What is to be paid, given back, verified, approved or signed: of one partner, or of everybody. What is late is
    judged by the day that is asked about, or else by the newest entry's.
    """
    if day and clocks.true:
        raise click.UsageError("--on and --as-true are the same: give one of them")
    with sight(ledger, Clocks(clocks.known, clocks.true or day)) as (opened, seen):
        judged = day or clocks.true or seen.newest
        part = section("Due", due_view.rows(seen, judged, organisation), due_view.COLUMNS)
        title = Clocks(clocks.known).beside(f"{_of('Due', organisation)} on {judged}", seen)
        show(opened, title, part, form=form, output=output)


def _there(rows: list[Row], what: str, contract: str | None) -> list[Row]:
    """The rows, unless one contract was asked about and there are none. Raises NotFound."""
    if contract is not None and not rows:
        raise NotFound(f"there is no {what} {contract} in this ledger", next_step="outcomes view contracts")
    return rows


@view.command()
@click.argument("named", metavar="ENTRY")
@LEDGER
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def entry(named: str, ledger: str | None, form: str) -> None:
    """Example: outcomes view entry 7

    One entry, whole: every member that was signed, and the sealed texts that are kept of it. Read it before you
    approve it.
    """
    opened = Session(ledger).read_only()
    found = refs.find(opened.store, named)
    openings = opened.store.openings(found.position)
    if form == "json":
        texts = entries.texts(found.entry, openings)
        plain = {"entry": found.position, "received_at": str(found.entry.received_at)}
        click.echo(json.dumps({**plain, "payload": entries.plain(found.entry), "texts": texts}, indent=1))
    else:
        for piece in entries.shown(found.position, found.entry, openings):
            click.echo(piece)
    _footer(opened)


@view.command()
@click.argument("subject", required=False)
@LEDGER
@FORMAT
@OUTPUT
@clocks
def trail(subject: str | None, ledger: str | None, form: str, output: Path | None, clocks: Clocks) -> None:
    """Example: outcomes view trail C-1

    Who said what, when, and what came of it: of one reference, organisation, officer or entry, or of everything.
    """
    with sight(ledger, clocks) as (opened, seen):
        rows = trails.rows(seen, subject)
        if not rows:
            raise NotFound(
                f"nothing in this ledger is about {subject}", next_step="outcomes view trail shows everything"
            )
        part = section("Trail", rows, trails.COLUMNS)
        show(opened, clocks.beside(_of("Trail", subject), seen), part, form=form, output=output)


def shortened(name: str, most: int = 40) -> str:
    """A name that leaves room for the sums beside it."""
    return name if len(name) <= most else f"{name[: most - 3].rstrip()}..."


def _of(what: str, subject: str | None) -> str:
    return f"{what} of {subject}" if subject else what


def section(heading: str, rows: Sequence[Row], columns: Sequence[str], *sentences: str) -> Section:
    return Section(heading=heading, sentences=sentences, rows=rows, columns=columns)


def show(opened: Opened, title: str, *sections: Section, form: str, output: Path | None) -> None:
    """Print the sections in a form, or write them to a file as a paper; what it rests on is said beside it.

    The sentences stand in a table and in a paper; beside anything else they are talk.
    """
    known = datetime.fromtimestamp(opened.known_at, UTC) if opened.known_at is not None else None
    footing = f"{_as_at(opened, opened.head.root.hex())}; verified by this program on the log's own bytes."
    paper = Paper(title=title, subtitle=opened.origin, sections=sections, footing=footing, date_known=known)
    if output is not None:
        write(paper, output)
    else:
        for piece in text.written(paper, form):
            click.echo(piece, nl=False)
    for sentence in [sentence for section in sections for sentence in section.sentences]:
        if output is not None or form != "table":
            click.echo(sentence, err=True)
    _footer(opened)


def _footer(opened: Opened) -> None:
    asked = f"; shown {opened.asked}" if opened.asked else ""
    click.echo(f"{_as_at(opened, opened.head.root.hex()[:16])}{asked}.", err=True)


def _as_at(opened: Opened, root: str) -> str:
    return f"As at entry {opened.head.size}, root {root}, {opened.origin}"
