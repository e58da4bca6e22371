"""Option types: the nouns of the ledger as the command line takes them, each with its own sentence when wrong."""

from __future__ import annotations

from typing import Any, Final, get_args

import click

from ledger.errors import Malformed
from ledger.events.commitments import ContributionKind
from ledger.events.pools import ControlBasis, LegalPower
from ledger.events.register import Form
from ledger.values import AccountsAs, Balance, FinancialYear, PaymentBasis, Pence, Power, Strength


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
BALANCE: Final = Noun(Balance, "balance")
YEAR: Final = Noun(FinancialYear, "year")
FORM: Final = click.Choice(get_args(Form))
POWERS: Final = get_args(Power)
STRENGTH: Final = click.Choice(get_args(Strength))
BASIS: Final = click.Choice(get_args(PaymentBasis))
LEGAL_POWER: Final = click.Choice(get_args(LegalPower))
CONTRIBUTION: Final = click.Choice(get_args(ContributionKind))
CONTROL: Final = click.Choice(get_args(ControlBasis))
ACCOUNTS_AS: Final = click.Choice(get_args(AccountsAs))
CATEGORY: Final = click.Choice(["resource", "revenue", "capital", "prevention"])
FORMAT: Final = click.Choice(["table", "json", "jsonl", "csv"])


def category(given: str) -> str:
    """*Revenue* is accepted for resource, the control total's own word."""
    return "resource" if given == "revenue" else given
