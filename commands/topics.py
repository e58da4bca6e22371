"""`outcomes help`: what belongs to no single command."""

from __future__ import annotations

import click

from commands.exits import MEANINGS

ENVIRONMENT = {
    "OUTCOMES_LEDGER": "the ledger, where --ledger is not given: a file, sqlite:///FILE, or postgresql+psycopg://...",
    "OUTCOMES_HOME": "the folder of keys, kept heads, receipts and outcomes.toml (which may set ledger and officer)",
    "OUTCOMES_VIEWS": "where the tables of the views are kept: a file or a database address [the home folder]",
    "OUTCOMES_OFFICER": "who signs, where --as is not given",
    "OUTCOMES_PASSPHRASE": "the passphrase, where there is no terminal",
    "OUTCOMES_PASSPHRASE_FD": "an open file descriptor to read the passphrase from",
    "OUTCOMES_SEED": "run an example ledger from a seed; a live one refuses it",
    "OUTCOMES_NOW": "what time it is, in a seeded run",
    "_OUTCOMES_COMPLETE": "bash_source, zsh_source or fish_source prints the completion for that shell",
    "NO_COLOR": "nothing here is coloured",
}

FORMATS = {
    "table": "for people; money with its thousands",
    "json": "an array of objects; money as decimal strings, what is missing as null",
    "jsonl": "an object a line",
    "csv": "for spreadsheets; a text that a spreadsheet would run is marked as text",
}

ENDINGS = {
    ".ods": "a sheet for each section (OpenDocument); figures as numbers, text as text",
    ".xlsx": "the same for Excel",
    ".csv": "as --format csv",
    ".json": "as --format json",
    ".jsonl": "as --format jsonl",
    ".pdf": "to archive and to read aloud: PDF/A-2a and PDF/UA-1",
    ".svg": "the first picture, where the view has one",
    ".html": "a page that stands alone, without script",
    ".txt": "as a terminal shows it, with its title and what it rests on",
}


@click.group("help")
def topics() -> None:
    """Example: outcomes help exit-codes

    Exit codes, environment, formats.
    """


@topics.command("exit-codes")
def exit_codes() -> None:
    """Example: outcomes help exit-codes

    What each exit code means.
    """
    for code, meaning in MEANINGS.items():
        click.echo(f"{code:>3}  {meaning}")


@topics.command()
def environment() -> None:
    """Example: outcomes help environment

    The variables that are read.
    """
    for name, meaning in ENVIRONMENT.items():
        click.echo(f"{name:<22}  {meaning}")


@topics.command()
def formats() -> None:
    """Example: outcomes help formats

    What --format gives, and the ending of -o FILE.
    """
    for name, meaning in {**FORMATS, **ENDINGS}.items():
        click.echo(f"{name:<5}  {meaning}")
