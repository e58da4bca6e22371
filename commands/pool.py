"""`outcomes pool`: pools are agreed and closed."""

from __future__ import annotations

from typing import Any

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.values import Pence

TERMS = ("aims", "outcomes", "varying", "functions", "services", "resources", "ending", "managing")
"""What an agreement under section 75 must specify: SI 2000/617, regulation 7(3)."""


@click.group()
def pool() -> None:
    """Example: outcomes pool close prevention

    Agree and close pools.
    """


@pool.command()
@click.argument("reference", metavar="POOL")
@click.option("--name", required=True, help="The pool's name.")
@click.option("--partner", "partners", multiple=True, required=True, metavar="ID", help="Each partner; the host first.")
@click.option("--host", metavar="ID", help="Who holds the money [the first partner].")
@click.option("--legal-power", type=options.LEGAL_POWER, required=True, help="The power that it stands on.")
@click.option("--citation", help="The power in full, where it is another one.")
@click.option("--control-basis", type=options.CONTROL, default="not-assessed", show_default=True)
@click.option("--starts", required=True, metavar="DATE", callback=DATE, help="The first day.")
@click.option("--until", metavar="DATE", callback=DATE, help="The last day [open-ended].")
@click.option("--aims", help="Section 75: the agreed aims.")
@click.option("--outcome", "outcomes", multiple=True, metavar="OUTCOME", help="Section 75: each agreed outcome.")
@click.option("--varying", help="Section 75: how contributions may be varied.")
@click.option("--functions", help="Section 75: the NHS and health-related functions covered.")
@click.option("--services", help="Section 75: the persons and the kinds of services.")
@click.option("--resources", help="Section 75: staff, goods, services or accommodation provided.")
@click.option("--ending", help="Section 75: duration, and how it is reviewed, varied and ended.")
@click.option("--managing", help="Section 75: how the fund is managed and monitored.")
@writes
def agree(writing: Writing, reference: str, partners: tuple[str, ...], host: str | None, **given: Any) -> None:
    """Example: outcomes pool agree families --legal-power children-act-2004-s10 --name "Families pool"
    --partner GB-EXAMPLE-COUNCIL --partner GB-EXAMPLE-ICB --starts 2026-04-01

    The host records the agreement; it waits for each partner named. Under section 75 it states the seven things of
    SI 2000/617 regulation 7(3).
    """
    terms = {name: given.pop(name) for name in TERMS}
    terms = {name: list(value) if isinstance(value, tuple) else value for name, value in terms.items() if value}
    body = {"pool": reference, "partners": list(partners), "host": host or partners[0], **given}
    writing.say("pool-agreed/1", {**body, "terms": terms or None})


@pool.command()
@click.argument("reference", metavar="SCHEME")
@click.option("--pool", required=True, help="The pool that it is part of.")
@click.option("--name", required=True, help="Its name.")
@click.option("--lead", required=True, metavar="ID", help="The partner that leads it.")
@click.option("--delivered-by", metavar="ID", help="The body that delivers it, where that is another.")
@click.option("--aims", required=True, help="What it is for.")
@click.option("--outcome", "outcomes", multiple=True, metavar="OUTCOME", help="Each outcome that it serves.")
@click.option("--budget", type=options.AMOUNT, help="What it may cost in all.")
@writes
def scheme(writing: Writing, reference: str, outcomes: tuple[str, ...], budget: Pence | None, **given: Any) -> None:
    """Example: outcomes pool scheme falls --pool prevention --name "Fewer falls" --lead GB-EXAMPLE-ICB
    --aims "Strength and balance classes"

    The host records what some of the pool's money is for; it waits for each partner.
    """
    body = {"scheme": reference, **given, "outcomes": list(outcomes), "budget": str(budget) if budget else None}
    writing.say("scheme-agreed/1", body)


@pool.command("end-scheme")
@click.argument("reference", metavar="SCHEME")
@click.option("--reason", required=True, help="Why; sealed.")
@writes
def end_scheme(writing: Writing, reference: str, reason: str) -> None:
    """Example: outcomes pool end-scheme falls --reason "Merged into another"

    A scheme takes no more money; it waits for each partner.
    """
    writing.say("scheme-ended/1", {"scheme": reference}, sealed={"reason": reason})


@pool.command()
@click.argument("reference", metavar="POOL")
@writes
def close(writing: Writing, reference: str) -> None:
    """Example: outcomes pool close prevention

    The pool takes no more commitments; it waits for each partner.
    """
    writing.say("pool-closed/1", {"pool": reference})
