"""`outcomes catalogue`: the reference, printed by the program itself, so that it cannot grow old."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import click
import msgspec

from ledger import errors, events
from ledger.errors import NotFound
from ledger.events.event import Event
from ledger.values import Value


@click.command()
@click.argument("kind", required=False)
@click.option("--markdown", is_flag=True, help="The whole reference: kinds, errors, commands, exit codes.")
@click.option("--schema", is_flag=True, help="JSON Schemas of the bodies.")
def catalogue(kind: str | None, markdown: bool, schema: bool) -> None:
    """Example: outcomes catalogue commitment-made/1

    Every kind of event: what it records, who signs it, what it does, how it is put right.
    """
    if schema:
        click.echo(json.dumps(schemas(), indent=1, ensure_ascii=False))
    elif markdown:
        click.echo("\n".join(reference()))
    elif kind is None:
        for chapter, members in events.CHAPTERS.items():
            click.echo(chapter)
            for member in members:
                click.echo(f"  {member.kind:<24}  {_lines(member)[0]}")
        click.echo("Next: outcomes catalogue KIND", err=True)
    elif kind in events.KINDS:
        click.echo("\n".join(_page(events.KINDS[kind])))
    else:
        raise NotFound(f"the catalogue has no kind {kind}", next_step="outcomes catalogue lists them")


def _lines(member: type[Any]) -> list[str]:
    return inspect.cleandoc(member.__doc__ or "").splitlines()


def _page(member: type[Event]) -> Iterator[str]:
    yield member.kind
    yield ""
    yield from _lines(member)
    yield ""
    yield f"Power: {member.power}. {_facts(member)}"
    yield ""
    for name, type_, must, sentence in _fields(member):
        yield f"  {name:<14}  {type_}{'' if must else ', optional'}: {sentence}"


def _facts(member: type[Event]) -> str:
    facts = {
        "Reversible": member.reversible,
        "Transcribable": member.transcribable,
        "Cites a decision": member.cites_decision,
    }
    return " ".join(f"{name}: {_yes(fact)}." for name, fact in facts.items())


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _fields(member: type[Value]) -> Iterator[tuple[str, str, bool, str]]:
    """Name, type, whether it must be there, and its sentence."""
    hints = get_type_hints(member, include_extras=True)
    for one in msgspec.structs.fields(member):
        yield one.name, _type(hints[one.name]), one.required, _sentence(hints[one.name])


def _sentence(hint: Any) -> str:
    metas = [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def _type(hint: Any) -> str:
    """A field's type in one or two words."""
    metas = [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    tag = next((meta.extra["tag"] for meta in metas if meta.extra and "tag" in meta.extra), None)
    if tag:
        return f"{tag} reference"
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    if hasattr(hint, "__metadata__"):
        return _type(arguments[0])
    origin = getattr(hint, "__origin__", None)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if arguments and all(isinstance(argument, str | int) for argument in arguments):
        return " or ".join(map(str, arguments))
    if arguments:
        return _type(arguments[0])
    name = str(hint.__name__)
    return {"str": "text", "int": "number", "date": "date", "Pence": "amount"}.get(name, name)


def schemas() -> dict[str, Any]:
    """The JSON Schema of each kind's body."""
    return {kind: _schema(member) for kind, member in events.KINDS.items()}


def _schema(member: type[Value]) -> dict[str, Any]:
    hints = get_type_hints(member, include_extras=True)
    fields = msgspec.structs.fields(member)
    return {
        "type": "object",
        "description": _lines(member)[0],
        "additionalProperties": False,
        "required": [one.name for one in fields if one.required],
        "properties": {one.name: _member_schema(hints[one.name]) for one in fields},
    }


def _member_schema(hint: Any) -> dict[str, Any]:
    metas = [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    schema: dict[str, Any] = {}
    for meta in metas:
        named = {
            "description": meta.description,
            "pattern": meta.pattern and meta.pattern.replace(r"\Z", "$"),
            "minimum": meta.ge,
            "maximum": meta.le,
        }
        schema |= {name: value for name, value in named.items() if value is not None}
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    if hasattr(hint, "__metadata__"):
        return _member_schema(arguments[0]) | schema
    if getattr(hint, "__origin__", None) is tuple:
        return {"type": "array", "items": _member_schema(arguments[0])}
    if arguments and all(isinstance(argument, str | int) for argument in arguments):
        return {"enum": arguments}
    if arguments:
        return _member_schema(arguments[0])
    if isinstance(hint, type) and issubclass(hint, Value):
        return _schema(hint)
    return {"type": "integer"} if hint is int else {"type": "string", "format": hint.__name__.lower()}


# -- the whole reference ----------------------------------------------------------------------------


def reference() -> Iterator[str]:
    """The reference page, in Markdown."""
    from commands.exits import MEANINGS

    yield "# Reference"
    yield ""
    yield "Printed by `outcomes catalogue --markdown`; a test keeps it fresh. Do not edit it: `make docs`."
    yield ""
    yield "## Kinds"
    for chapter, members in events.CHAPTERS.items():
        yield f"\n### {chapter}"
        for member in members:
            yield from _markdown(member)
    yield "\n## Nouns"
    for noun in _nouns():
        yield f"\n**{noun.__name__}**. {_lines(noun)[0]}\n"
        yield from (
            f"- `{name}` ({type_}{'' if must else ', optional'}): {why}" for name, type_, must, why in _fields(noun)
        )
    yield "\n## Commands\n"
    yield from _commands()
    yield "\n## Exit codes\n"
    yield from (f"- `{code}`: {meaning}" for code, meaning in MEANINGS.items())
    yield "\n## Errors\n"
    yield from _errors(errors.LedgerError, 0)


def _markdown(member: type[Event]) -> Iterator[str]:
    yield f"\n#### `{member.kind}`\n"
    yield from (line + ("  " if line and not line.endswith(",") else "") for line in _lines(member))
    yield f"\nPower: `{member.power}`. {_facts(member)}\n"
    yield from (
        f"- `{name}` ({type_}{'' if must else ', optional'}): {why}" for name, type_, must, why in _fields(member)
    )


def _nouns() -> list[type[Value]]:
    from ledger.events import register
    from ledger.values import Prevention, Sealed, YearAmount

    return [
        register.Body,
        register.Appointment,
        register.ApprovalRule,
        register.Witnesses,
        YearAmount,
        Prevention,
        Sealed,
    ]


def _commands() -> Iterator[str]:
    from commands.main import door

    context = click.Context(door, info_name="outcomes")
    for name in door.list_commands(context):
        command = door.get_command(context, name)
        if isinstance(command, click.Group):
            for verb in command.list_commands(context):
                yield f"- `outcomes {name} {verb}`: {_help(command.get_command(context, verb))}"
        else:
            yield f"- `outcomes {name}`: {_help(command)}"


def _help(command: click.Command | None) -> str:
    """The sentence after the example."""
    paragraphs = inspect.cleandoc((command and command.help) or "").split("\n\n")
    return " ".join(paragraphs[-1].split())


def _errors(family: type[errors.LedgerError], depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- **{family.__name__}**: {' '.join(_lines(family))}"
    for member in family.__subclasses__():
        yield from _errors(member, depth + 1)
