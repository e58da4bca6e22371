"""Option types: the nouns of the ledger as the command line takes them, each with its own sentence when wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import click

from ledger.errors import Malformed
from ledger.events.commitments import ContributionKind
from ledger.events.pools import ControlBasis, LegalPower, VatRegime
from ledger.events.register import Form
from ledger.values import AccountsAs, Balance, FinancialYear, PaymentBasis, Pence, Power, Strength, Token


class Noun(click.ParamType[Any]):
    """A noun of `ledger.values` with a `parse` of its own."""

    def __init__(self, noun: Any, name: str) -> None:
        self._noun = noun
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it, or say what is wrong with it."""
        if isinstance(value, self._noun):
            return value
        try:
            return self._noun.parse(value)
        except Malformed as error:
            self.fail(error.why, param, ctx)


AMOUNT: Final = Noun(Pence, "amount")
BALANCE: Final = Noun(Balance, "sum")
YEAR: Final = Noun(FinancialYear, "year")
TOKEN: Final = Noun(Token, "token")
FORM: Final = click.Choice(get_args(Form))
POWERS: Final = get_args(Power)
STRENGTH: Final = click.Choice(get_args(Strength))
BASIS: Final = click.Choice(get_args(PaymentBasis))
LEGAL_POWER: Final = click.Choice(get_args(LegalPower))
CONTRIBUTION: Final = click.Choice(get_args(ContributionKind))
CONTROL: Final = click.Choice(get_args(ControlBasis))
ACCOUNTS_AS: Final = click.Choice(get_args(AccountsAs))
CATEGORY: Final = click.Choice(["resource", "revenue", "capital", "prevention"])
VAT: Final = click.Choice(get_args(VatRegime))
FORMAT: Final = click.Choice(["table", "json", "jsonl", "csv"])


def category(given: str) -> str:
    """*Revenue* is accepted for resource, the control total's own word."""
    return "resource" if given == "revenue" else given


def accounts_as(category: str, given: str | None) -> str:
    """The statutory heading: the one that was given, else the one that the category, in the ledger's word, implies."""
    return given or ("capital" if category == "capital" else "revenue")


def heading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The two options that say where a sum counts."""
    for option in (
        click.option("--accounts-as", type=ACCOUNTS_AS, help="The statutory heading [by the category]."),
        click.option("--category", type=CATEGORY, default="resource", show_default=True),
    ):
        command = option(command)
    return command


def heading(given: dict[str, Any]) -> dict[str, str]:
    """Where a sum counts, as an event has it; both options are taken out of `given`."""
    named = category(given.pop("category"))
    return {"category": named, "accounts_as": accounts_as(named, given.pop("accounts_as"))}


CLASSIFICATION: Final = "Demos and Health Foundation, preventative DEL"


def prevention_options(command: Callable[..., None]) -> Callable[..., None]:
    """The three options that say why a sum counts as prevention."""
    for option in (
        click.option("--classification", default=CLASSIFICATION, show_default=True, help="Version, for prevention."),
        click.option("--goal", help="For prevention: the principal goal of the spending."),
        click.option("--level", type=click.Choice(["primary", "secondary"]), help="For prevention: at which level."),
    ):
        command = option(command)
    return command


def prevention(given: dict[str, Any]) -> dict[str, str] | None:
    """Why a sum counts as prevention, where a level or a goal is given."""
    if not given["level"] and not given["goal"]:
        return None
    return {name: given[name] for name in ("level", "goal", "classification") if given[name] is not None}
