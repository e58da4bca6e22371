"""Sharing: how an agreement's parts, caps and expectations are written on the command line, and read.

A part is PARTNER=PERCENT. A step of the risk share is who bears it, in the order in which odd pennies fall, each with
its part or without, and with a cap or without: "up to 50000: GB-EXAMPLE-COUNCIL=60 GB-EXAMPLE-ICB=40", or
"GB-EXAMPLE-ICB cap 15000, GB-EXAMPLE-COUNCIL". Every fault is said at once, with the words that it is in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

import click

from ledger.errors import Malformed
from ledger.values import ORGANISATION, Pence, Share

_POUNDS: Final = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{2})?")
_STEP: Final = re.compile(r"up to\s+(?P<sum>\S+?)\s*:\s*(?P<rest>.*)", re.DOTALL)
EXAMPLE: Final = '--risk "up to 50000: GB-EXAMPLE-COUNCIL=60 GB-EXAMPLE-ICB=40"'


def sharing_options(command: Callable[..., None]) -> Callable[..., None]:
    """The two options that say how a pool draws, and who bears an overspend."""
    for option in (
        click.option(
            "--risk",
            "risk_share",
            multiple=True,
            metavar='"[up to SUM:] ID[=PERCENT] [cap SUM] ..."',
            help="Who bears an overspend, one step each; repeat it [all partners, by what each committed].",
        ),
        click.option(
            "--draws",
            multiple=True,
            metavar="ID=PERCENT",
            help="A fixed part by which spending draws on a partner; repeat it [by what each has left].",
        ),
    ):
        command = option(command)
    return command


def shared(given: dict[str, Any]) -> dict[str, Any]:
    """How spending draws and who bears an overspend; taken out of `given`. Raises Malformed, with every fault."""
    faults: list[str] = []
    draws = _each("--draws", given.pop("draws"), _part, faults)
    steps = _each("--risk", given.pop("risk_share"), _step, faults)
    if faults:
        raise Malformed("; ".join(faults), next_step=f"write it as in {EXAMPLE}")
    return {"draws": draws, "risk_share": steps}


def expected(texts: Iterable[str]) -> list[dict[str, Any]]:
    """What a scheme is to achieve, from OUTCOME=UNITS@DATE. Raises Malformed, with every fault."""
    faults: list[str] = []
    found = _each("--expects", texts, _expectation, faults)
    if faults:
        raise Malformed("; ".join(faults), next_step="write it as in --expects fewer-falls=400@2027-03-31")
    return found


def _each(
    option: str, texts: Iterable[str], read: Callable[[str], dict[str, Any]], faults: list[str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for text in texts:
        try:
            found.append(read(text))
        except Malformed as error:
            faults.append(f'{option} "{text}": {error.why}')
    return found


def _part(text: str) -> dict[str, Any]:
    partner, equals, share = text.partition("=")
    if not equals:
        raise Malformed("a partner, an equals sign and a percentage are wanted")
    return {"partner": _partner(partner.strip()), "share": _share(share.strip())}


def _step(text: str) -> dict[str, Any]:
    """One step of the risk share."""
    found = _STEP.fullmatch(text.strip())
    if not found and text.strip().startswith("up to"):
        raise Malformed('after "up to" come a sum and a colon, and then who bears it')
    step: dict[str, Any] = {"up_to": _sum(found["sum"], "up to")} if found else {}
    return {**step, "bearers": _bearers(re.split(r",\s+|\s+", (found["rest"] if found else text).strip()))}


def _bearers(words: list[str]) -> list[dict[str, Any]]:
    """Partners, each with its part and its cap, if it has them."""
    bearers: list[dict[str, Any]] = []
    waiting = iter(word.rstrip(",") for word in words)
    for word in waiting:
        if word == "cap":
            if not bearers or "cap" in bearers[-1]:
                raise Malformed('"cap" stands after the one partner whose cap it is')
            bearers[-1]["cap"] = _sum(next(waiting, ""), "cap")
        elif "=" in word:
            bearers.append(_part(word))
        else:
            bearers.append({"partner": _partner(word)})
    return bearers


def _partner(word: str) -> str:
    if not re.match(ORGANISATION, word):
        raise Malformed(f"{word!r} is no organisation, such as GB-EXAMPLE-ICB" if word else "it names nobody")
    return word


def _share(text: str) -> str:
    return str(Share.parse(text.removesuffix("%").strip()))


def _sum(text: str, after: str) -> str:
    """A sum in pounds, with or without pence, and with commas between thousands or without."""
    if not _POUNDS.fullmatch(text):
        raise Malformed(f'after "{after}" a sum in pounds is wanted, such as 50000 or 50,000.00, not {text!r}')
    plain = text.replace(",", "")
    return str(Pence.parse(plain if "." in plain else f"{plain}.00"))


def _expectation(text: str) -> dict[str, Any]:
    outcome, equals, rest = text.partition("=")
    units, at, day = rest.partition("@")
    if not (equals and at and outcome.strip()):
        raise Malformed("an outcome, an equals sign, how many, an at sign and the day are wanted")
    if not re.fullmatch(r"[0-9]{1,12}", units.strip()):
        raise Malformed(f"{units.strip()!r} is not a number of outcomes")
    try:
        by_when = str(date.fromisoformat(day.strip()))
    except ValueError:
        raise Malformed(f"{day.strip()!r} is not a date: write it as 2027-03-31") from None
    return {"outcome": outcome.strip(), "units": int(units), "by_when": by_when}
