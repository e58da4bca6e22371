"""`outcomes pool`: pools and their schemes are agreed, varied and closed.

Law: a variation replaces what it is about as a whole, so what the command line leaves out is taken from the Book as it
stands, and only --without takes anything away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
import msgspec

from commands import options, sharing
from commands.writing import DATE, Writing, writes
from ledger.errors import Malformed
from ledger.values import Pence, encode_hook

TERMS = ("aims", "outcomes", "varying", "functions", "services", "resources", "ending", "managing")
"""What an agreement under section 75 must specify: SI 2000/617, regulation 7(3)."""


@click.group()
def pool() -> None:
    """Example: outcomes pool close prevention

    Agree, vary and close pools and their schemes.
    """


def _without(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option by which a variation takes something away."""
    return click.option("--without", multiple=True, type=click.Choice(names), help="What no longer holds; repeat it.")


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
@sharing.sharing_options
@writes
def agree(writing: Writing, reference: str, partners: tuple[str, ...], host: str | None, **given: Any) -> None:
    """Example: outcomes pool agree families --legal-power children-act-2004-s10 --name "Families pool"
    --partner GB-EXAMPLE-COUNCIL --partner GB-EXAMPLE-ICB --starts 2026-04-01

    The host records the agreement; it waits for each partner named. Under section 75 it states the seven things of
    SI 2000/617 regulation 7(3).
    """
    terms = {name: given.pop(name) for name in TERMS}
    terms = {name: list(value) if isinstance(value, tuple) else value for name, value in terms.items() if value}
    body = {
        "pool": reference,
        "partners": list(partners),
        "host": host or partners[0],
        **sharing.shared(given),
        **given,
    }
    writing.say("pool-agreed/1", {**body, "terms": terms or None})


@pool.command()
@click.argument("reference", metavar="POOL")
@click.option("--until", metavar="DATE", callback=DATE, help="The last day [as it stands].")
@sharing.sharing_options
@_without("until", "draws", "risk")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def vary(writing: Writing, reference: str, without: tuple[str, ...], reason: str, **given: Any) -> None:
    """Example: outcomes pool vary prevention --risk "GB-EXAMPLE-ICB cap 15000 GB-EXAMPLE-COUNCIL" --reason "Year two"

    Replace the pool's last day, fixed parts or risk share; what is not given stays as it stands. It waits for each
    partner, and holds for what is recorded after it.
    """
    changed = {"until": given.pop("until"), **sharing.shared(given)}
    held = writing.opened().book().pools.get(reference)
    now = held.varied[-1] if held.varied else held.agreed
    gone = {"risk_share" if name == "risk" else name for name in without}
    body = _varied(now, changed, gone)
    writing.say("pool-varied/1", {"pool": reference, **body}, sealed={"reason": reason})


def _varied(now: msgspec.Struct, changed: Mapping[str, Any], gone: set[str]) -> dict[str, Any]:
    """What is changed, and the rest as it stands. Raises Malformed where something is changed and taken away."""
    both = sorted(name for name in gone if changed.get(name))
    if both or not (gone or any(changed.values())):
        raise Malformed(f"--without takes {', '.join(both)} away, and a new one is given" if both else "what changes?")
    stands = msgspec.to_builtins(now, enc_hook=encode_hook)
    kept = {name: value or stands.get(name) for name, value in changed.items() if name not in gone}
    return {name: value for name, value in kept.items() if value}


def _scheme_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a scheme may cost, what becomes of its VAT, and what it is to achieve."""
    for option in (
        click.option("--by-design", metavar="TEXT", help="Why it buys no outcome of its own."),
        click.option(
            "--expects", multiple=True, metavar="OUTCOME=UNITS@DATE", help="How many, and by when; repeat it."
        ),
        click.option("--vat", type=options.VAT, help="What becomes of VAT on its costs."),
        click.option("--budget", type=options.AMOUNT, help="What it may cost in all."),
        click.option("--outcome", "outcomes", multiple=True, metavar="OUTCOME", help="Each outcome that it serves."),
        click.option(
            "--delivered-by", metavar="ID", help="The body that delivers it, where that is another than its lead."
        ),
    ):
        command = option(command)
    return command


def _achieving(given: dict[str, Any]) -> dict[str, Any]:
    """What those options say, as the events have it; taken out of `given`. Raises Malformed."""
    budget: Pence | None = given.pop("budget")
    plain = {name: given.pop(name) for name in ("delivered_by", "vat", "by_design")}
    expects = sharing.expected(given.pop("expects"))
    return {
        **plain,
        "outcomes": list(given.pop("outcomes")),
        "budget": None if budget is None else str(budget),
        "expects": expects,
    }


@pool.command()
@click.argument("reference", metavar="SCHEME")
@click.option("--pool", required=True, help="The pool that it is part of.")
@click.option("--name", required=True, help="Its name.")
@click.option("--lead", required=True, metavar="ID", help="The partner that leads it.")
@click.option("--aims", required=True, help="What it is for.")
@_scheme_options
@writes
def scheme(writing: Writing, reference: str, **given: Any) -> None:
    """Example: outcomes pool scheme falls --pool prevention --name "Fewer falls" --lead GB-EXAMPLE-ICB
    --aims "Strength and balance classes" --budget 90000.00 --outcome fewer-falls --expects fewer-falls=400@2027-03-31

    The host records what some of the pool's money is for; it waits for each partner.
    """
    writing.say("scheme-agreed/1", {"scheme": reference, **_achieving(given), **given})


@pool.command("vary-scheme")
@click.argument("reference", metavar="SCHEME")
@click.option("--lead", metavar="ID", help="The partner that leads it [as it stands].")
@_scheme_options
@_without("delivered-by", "outcomes", "budget", "vat", "expects", "by-design")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def vary_scheme(writing: Writing, reference: str, without: tuple[str, ...], reason: str, **given: Any) -> None:
    """Example: outcomes pool vary-scheme falls --budget 120000.00 --reason "A second town"

    Replace who leads a scheme, what it may cost and what it is to achieve; what is not given stays as it stands. It
    waits for each partner.
    """
    changed = {"lead": given.pop("lead"), **_achieving(given)}
    held = writing.opened().book().pools.scheme(reference)
    body = _varied(held.now, changed, {name.replace("-", "_") for name in without})
    writing.say("scheme-varied/1", {"scheme": reference, **body}, sealed={"reason": reason})


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
