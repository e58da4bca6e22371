"""`outcomes outcome`: what should become better, who answers for it, its targets, and what was measured."""

from __future__ import annotations

from typing import Any, get_args

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.events.outcomes import Answers, Direction
from ledger.values import Number

NUMBER = options.Noun(Number, "figure")


@click.group()
def outcome() -> None:
    """Example: outcomes outcome define homes --name "Settled homes" --metric "Tenancies kept 13 weeks" --unit people

    Define outcomes, adopt them, set targets, and record what was measured.
    """


@outcome.command()
@click.argument("reference", metavar="OUTCOME")
@click.option("--name", required=True, help="What should become better.")
@click.option("--metric", required=True, help="What is counted or measured.")
@click.option("--unit", required=True, help="The unit, such as people or per cent.")
@click.option("--direction", type=click.Choice(get_args(Direction)), help="Which way is better.")
@click.option("--population", help="Whom it is about.")
@click.option("--area", help="Which place.")
@click.option("--evidence-standard", help="What must be shown for it to count.")
@writes
def define(writing: Writing, reference: str, **given: str | None) -> None:
    """Example: outcomes outcome define homes --name "Settled homes" --metric "Tenancies kept 13 weeks" --unit people

    Say what should become better, and how anybody can tell.
    """
    writing.say("outcome-defined/1", {"outcome": reference, **given})


@outcome.command()
@click.argument("reference", metavar="OUTCOME")
@click.option("--metric", required=True, help="What is counted or measured from here on.")
@click.option("--unit", required=True, help="The unit.")
@click.option("--evidence-standard", help="What must be shown for it to count.")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def redefine(writing: Writing, reference: str, reason: str, **given: str | None) -> None:
    """Example: outcomes outcome redefine homes --metric "Tenancies kept 26 weeks" --unit people --reason "Too short"

    Measure it in another way from here on; no view compares across the change.
    """
    writing.say("outcome-redefined/1", {"outcome": reference, **given}, {"reason": reason})


@outcome.command()
@click.argument("reference", metavar="OUTCOME")
@click.option("--answers", type=click.Choice(get_args(Answers)), default="joint", show_default=True)
@writes
def adopt(writing: Writing, reference: str, answers: str) -> None:
    """Example: outcomes outcome adopt homes --answers lead --as GB-EXAMPLE-COUNCIL/s151

    A body says that it answers for an outcome, alone or with others.
    """
    organisation = writing.session.officer(writing.by).split("/")[0]
    writing.say("outcome-adopted/1", {"outcome": reference, "organisation": organisation, "answers": answers})


@outcome.command()
@click.argument("reference", metavar="OUTCOME")
@click.option("--target", type=NUMBER, required=True, help="Where it should stand.")
@click.option("--by-when", metavar="DATE", callback=DATE, help="The day by which it should.")
@click.option("--baseline", type=NUMBER, help="Where it stood.")
@click.option("--baseline-on", metavar="DATE", callback=DATE, help="The last day of the baseline's period.")
@click.option("--gap", type=NUMBER, help="The largest gap allowed between groups or places.")
@writes
def target(writing: Writing, reference: str, **given: str | None) -> None:
    """Example: outcomes outcome target homes --baseline 120 --target 200 --by-when 2029-03-31

    From where to where it should move, and by when.
    """
    writing.say("target-set/1", {"outcome": reference, **given})


@outcome.command()
@click.argument("reference", metavar="OUTCOME")
@click.option("--value", type=NUMBER, required=True, help="The figure.")
@click.option("--denominator", type=NUMBER, help="Out of how many.")
@click.option("--group", help="Which group of people, where it is not all.")
@click.option("--area", help="Which place, where it is not the whole.")
@click.option("--starts", metavar="DATE", callback=DATE, help="The first day of the period.")
@click.option("--ends", required=True, metavar="DATE", callback=DATE, help="The last day of the period.")
@click.option("--dataset", help="The registered dataset that it is from.")
@click.option("--status", type=click.Choice(["interim", "final"]), default="final", show_default=True)
@writes
def measure(writing: Writing, reference: str, **given: str | None) -> None:
    """Example: outcomes outcome measure homes --value 131 --starts 2026-04-01 --ends 2026-06-30

    Record what was measured: a figure, never a claim for payment.
    """
    writing.say("measure-recorded/1", {"outcome": reference, **given})


@outcome.command()
@click.argument("reference", metavar="DATASET")
@click.option("--name", required=True, help="What it is.")
@click.option("--publisher", required=True, help="Who publishes it.")
@click.option("--licence", help="Under which licence.")
@click.option("--digest", help="Its SHA-256, in base64.")
@writes
def dataset(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes outcome dataset ro-2026 --name "Revenue outturn" --publisher MHCLG

    Register a dataset that measures are taken from.
    """
    writing.say("dataset-registered/1", {"dataset": reference, **given})
