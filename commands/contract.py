"""`outcomes contract`: what is paid for which outcome, by whom, up to which cap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from commands import options
from commands.writing import DATE, Writing, writes
from ledger.errors import Malformed
from ledger.events.contracts import BeyondCap, Wanted
from ledger.values import Category, FinancialYear, Pence, Share

COUNTS = "counts"
"""Stands in the place of a price: the metric is claimed and verified, and nothing is paid for it."""


@click.group()
def contract() -> None:
    """Example: outcomes contract agree homes --name "Settled homes" --commissioner GB-EXAMPLE-COUNCIL
    --provider GB-EXAMPLE-CHARITY --payer GB-EXAMPLE-COUNCIL=60 --payer GB-EXAMPLE-PCC=40
    --rate "tenancy=1250.00 Kept a tenancy for 13 weeks" --cap 500000.00 --starts 2026-04-01

    Agree, vary and extend outcomes contracts.
    """


def terms_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that make a contract's terms."""
    for option in (
        click.option("--window-days", type=int, help="Days after achievement in which it may be claimed."),
        click.option("--verifier", metavar="ID", help="The body that verifies [any that may]."),
        click.option("--verification", type=click.Choice(get_args(Wanted)), default="another-body", show_default=True),
        click.option("--beyond-cap", type=click.Choice(get_args(BeyondCap)), default="unfunded", show_default=True),
        click.option("--year-cap", multiple=True, metavar="YEAR=AMOUNT", help="The most in a year; repeat it."),
        click.option("--cap", type=options.AMOUNT, help="The most that is paid in all."),
        click.option("--serves", multiple=True, metavar="METRIC=OUTCOME", help="The outcome that a metric serves."),
        click.option("--after", multiple=True, metavar="METRIC=METRIC", help="A metric, and the one before it."),
        click.option("--repeats", multiple=True, metavar="METRIC", help="One person may achieve it more than once."),
        click.option("--rate-cap", multiple=True, metavar="METRIC=AMOUNT", help="The most for a metric; repeat it."),
        click.option(
            "--rate",
            multiple=True,
            required=True,
            metavar='"METRIC=PRICE WORDS"',
            help="A line of the rate card; repeat it. The word counts in place of the price: nothing is paid for it.",
        ),
        click.option(
            "--payer-category",
            multiple=True,
            metavar="ID=CATEGORY",
            help="What the pool's part counts against: resource [by default], capital or prevention.",
        ),
        click.option(
            "--payer-scheme", multiple=True, metavar="ID=SCHEME", help="The scheme of that pool whose spending it is."
        ),
        click.option(
            "--payer-pool", multiple=True, metavar="ID=POOL", help="The pool that a payer pays from, as its host."
        ),
        click.option("--payer-cap", multiple=True, metavar="ID=AMOUNT", help="The most that a payer pays; repeat it."),
        click.option(
            "--payer", multiple=True, required=True, metavar="ID=SHARE", help="Who pays, and its per cent; repeat it."
        ),
    ):
        command = option(command)
    return command


def terms(given: dict[str, Any]) -> dict[str, Any]:
    """The terms that the options describe; they are taken out of `given`. Raises Malformed, with every fault."""
    read = _Reading(given)
    payers = _payers(read)
    rates = _rates(read)
    years = [
        {"year": year, "cap": cap} for year, cap in read.pairs("year_cap", Pence.parse, FinancialYear.parse).items()
    ]
    if read.faults:
        raise Malformed("; ".join(read.faults), next_step="outcomes contract agree --help")
    cap, window = given.pop("cap"), given.pop("window_days")
    made = {"payers": payers, "rates": rates, "year_caps": years, "beyond_cap": given.pop("beyond_cap")}
    made |= {name: given.pop(name) for name in ("verification", "verifier")}
    plain: dict[str, Any] = _plain({**made, "cap": cap, "window_days": window})
    return plain


def _payers(read: _Reading) -> list[dict[str, Any]]:
    """Who pays, each with what the other options say of it."""
    more = {
        "cap": read.pairs("payer_cap", Pence.parse),
        "pool": read.pairs("payer_pool", str),
        "scheme": read.pairs("payer_scheme", str),
        "category": read.pairs("payer_category", _category),
    }
    payers = [
        {"payer": name, "share": share, **{what: named.pop(name, None) for what, named in more.items()}}
        for name, share in read.pairs("payer", Share.parse).items()
    ]
    for payer in payers:
        if payer["category"] is not None:
            payer["accounts_as"] = options.accounts_as(payer["category"], None)
    read.faults += [f"--payer-{what}: {name} is no payer here" for what, named in more.items() for name in named]
    return payers


def _rates(read: _Reading) -> list[dict[str, Any]]:
    """The rate card, each line with what the other options say of it."""
    more = {
        "cap": read.pairs("rate_cap", Pence.parse),
        "after": read.pairs("after", str),
        "outcome": read.pairs("serves", str),
    }
    repeats = set(read.given.pop("repeats"))
    rates = [
        {
            "metric": metric,
            "price": price,
            "counts_only": price is None or None,
            "pays_for": words,
            **{what: named.pop(metric, None) for what, named in more.items()},
            "repeats": metric in repeats or None,
        }
        for metric, (price, words) in read.pairs("rate", _priced).items()
    ]
    read.faults += [f"{name} is not in the rate card" for named in more.values() for name in named]
    read.faults += [
        f"--repeats {name} is not in the rate card" for name in sorted(repeats - {rate["metric"] for rate in rates})
    ]
    return rates


class _Reading:
    """Options of the form NAME=VALUE, and what is wrong with any of them."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.faults: list[str] = []

    def pairs(self, option: str, value: Callable[[str], Any], name: Callable[[str], Any] = str) -> dict[str, Any]:
        """What was given under each name."""
        found: dict[str, Any] = {}
        for text in self.given.pop(option):
            left, equals, right = text.partition("=")
            try:
                if not equals:
                    raise Malformed("a name, an equals sign and a value are wanted")
                if left in found:
                    raise Malformed(f"{left} is given twice")
                found[str(name(left.strip()))] = value(right.strip())
            except Malformed as error:
                self.faults.append(f"--{option.replace('_', '-')} {text}: {error.why}")
        return found


def _priced(text: str) -> tuple[Pence | None, str]:
    price, _, words = text.partition(" ")
    if not words.strip():
        raise Malformed("after the price, say in a few words what must be achieved")
    return (None if price == COUNTS else Pence.parse(price)), words.strip()


def _category(text: str) -> str:
    named = options.category(text)
    if named not in get_args(Category):
        raise Malformed(f"the categories are {', '.join(get_args(Category))}")
    return named


def _plain(value: Any) -> Any:
    """Nouns in their wire form, and members that are absent left out."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Pence | Share) else value


@contract.command()
@click.argument("reference", metavar="CONTRACT")
@click.option("--name", required=True, help="Its name.")
@click.option("--commissioner", metavar="ID", help="The body that lets it [the signer's organisation].")
@click.option("--provider", required=True, metavar="ID", help="The body that delivers.")
@terms_options
@click.option("--scheme", help="The scheme of a pool whose outcomes it counts.")
@click.option("--cohort", help="Whom it is for.")
@click.option("--cohort-size", type=int, help="How many people it is for.")
@click.option("--eligibility", help="Who may take part, as at referral.")
@click.option("--counterfactual", help="What it is compared with [none was agreed].")
@click.option("--starts", required=True, metavar="DATE", callback=DATE, help="The first day of service.")
@click.option("--until", metavar="DATE", callback=DATE, help="The last day of service [none].")
@writes
def agree(writing: Writing, reference: str, commissioner: str | None, **given: Any) -> None:
    """Example: outcomes contract agree homes --name "Settled homes" --provider GB-EXAMPLE-CHARITY
    --payer GB-EXAMPLE-COUNCIL=60 --payer GB-EXAMPLE-PCC=40 --rate "tenancy=1250.00 Kept a tenancy for 13 weeks"
    --cap 500000.00 --starts 2026-04-01

    The commissioner records what the parties agreed; it waits for each of them.
    """
    commissioner = commissioner or writing.session.officer(writing.by).split("/")[0]
    agreed = terms(given)
    writing.say("contract-agreed/1", {"contract": reference, "commissioner": commissioner, "terms": agreed, **given})


@contract.command()
@click.argument("reference", metavar="CONTRACT")
@terms_options
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def vary(writing: Writing, reference: str, reason: str, **given: Any) -> None:
    """Example: outcomes contract vary homes --payer GB-EXAMPLE-COUNCIL=50 --payer GB-EXAMPLE-PCC=50
    --rate "tenancy=1250.00 Kept a tenancy for 13 weeks" --reason "Shares of year two" --occurred-on 2027-04-01

    State the whole new terms. What was achieved before the day on which this occurred is paid under the old ones.
    """
    writing.say("contract-varied/1", {"contract": reference, "terms": terms(given)}, {"reason": reason})


@contract.command()
@click.argument("reference", metavar="CONTRACT")
@click.option("--until", required=True, metavar="DATE", callback=DATE, help="The new last day of service.")
@writes
def extend(writing: Writing, reference: str, until: str) -> None:
    """Example: outcomes contract extend homes --until 2030-03-31

    A contract runs longer, on the terms that it has; it waits for each party.
    """
    writing.say("contract-extended/1", {"contract": reference, "until": until})
