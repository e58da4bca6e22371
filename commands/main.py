"""The door `outcomes`: nouns, then verbs; each command is loaded only when it is called.

Law: data goes to stdout and talk to stderr. An error says what, where, why and the next command, never a
traceback (unless --debug asks for one), and gives the exit code of its family.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from ledger import __version__

if TYPE_CHECKING:
    from ledger.errors import LedgerError

COMMANDS = {
    "demo": ("commands.demo:demo", "Run the main job on a made-up place, from founding to proof."),
    "init": ("commands.init:init", "Found a ledger."),
    "key": ("commands.key:key", "Make, list, show, rotate and revoke keys."),
    "partner": ("commands.partner:partner", "Bring organisations in."),
    "officer": ("commands.officer:officer", "Appoint and retire officers."),
    "settlement": ("commands.settlement:settlement", "Award settlements; record bids, control totals and budgets."),
    "grant": ("commands.grant:grant", "Give money on conditions, find them met, certify what became of it."),
    "pool": ("commands.pool:pool", "Agree, vary and close pools and their schemes."),
    "outcome": ("commands.outcome:outcome", "Define outcomes, set targets, record measures."),
    "commitment": ("commands.commitment:commitment", "Make, firm, vary, reprofile and withdraw commitments."),
    "contribution": ("commands.contribution:contribution", "Instalments fall due, are paid, and arrive."),
    "spend": ("commands.spend:spend", "Record what a pool spends, accrues and takes in; agree it."),
    "year": ("commands.year:year", "Move budget, share an overspend, carry forward, close a period."),
    "contract": ("commands.contract:contract", "Agree, vary and extend outcomes contracts."),
    "claim": ("commands.claim:claim", "Claim outcomes, verify, approve, pay, and take back."),
    "assurance": (
        "commands.assurance:assurance",
        "Assess a proposal by the four tests; say whose assurance is relied on.",
    ),
    "approve": ("commands.approvals:approve", "Sign an entry that waits."),
    "decline": ("commands.approvals:decline", "Say no to an entry that waits."),
    "confirm": ("commands.approvals:confirm", "Confirm what was transcribed about you."),
    "withdraw": ("commands.approvals:withdraw", "Take back an entry of yours that waits."),
    "reverse": ("commands.approvals:reverse", "Put an entry right by its exact negation."),
    "erase": ("commands.approvals:erase", "Destroy a sealed text; every proof still holds."),
    "sign": ("commands.sign:sign", "Sign a draft that somebody prepared: the form for any kind."),
    "view": ("commands.viewing:view", "See accounts, contracts, payers, outcomes, what is due, and the trail."),
    "views": ("commands.views:views", "Make the tables of the views again, or compare them with the log."),
    "import": (
        "commands.importing.command:importing",
        "Read statements from a sheet, a general ledger, or a published export.",
    ),
    "export": ("commands.export:export", "Write the log out as lines or as static tiles."),
    "audit": ("commands.audit:audit", "Verify a ledger or a pack; write a pack."),
    "catalogue": ("commands.catalogue:catalogue", "Print every kind of event and what it means."),
    "help": ("commands.topics:topics", "Exit codes, environment, formats."),
}


class Door(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        for verb in command.commands.values() if isinstance(command, click.Group) else ():
            verb.short_help = " ".join((verb.help or "").split("\n\n")[-1].split()).split(". ")[0]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.command(
    cls=Door,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": None},
)
@click.version_option(__version__, message="outcomes %(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback for an error.")
@click.option("--no-input", is_flag=True, help="Never ask; fail where something would have to be asked.")
def door(debug: bool, no_input: bool) -> None:
    """Example: outcomes demo

    The shared outcomes ledger: who committed what, who approved it, and proof that nobody changed it.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        result = door.main(args=arguments, prog_name="outcomes", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return _say("Error: interrupted; nothing more was done.", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        return _say(error.format_message(), 2)
    except click.UsageError as error:
        return _say(_usage(error), 2)
    except click.ClickException as error:
        return _say(f"Error: {error.format_message()}", error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 74
    except Exception as error:  # noqa: BLE001 the one place where anything unforeseen becomes a sentence
        return _failed(error, debug="--debug" in arguments)


def _usage(error: click.UsageError) -> str:
    where = error.ctx.command_path if error.ctx else "outcomes"
    return f"Error: {error.format_message()}\nNext: {where} --help"


def _failed(error: Exception, *, debug: bool) -> int:
    from ledger.errors import LedgerError

    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, LedgerError):
        from commands.exits import code_of

        return _say(told(error), code_of(error))
    if isinstance(error, OSError):
        return _say(f"Error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), 74)
    if isinstance(error, MemoryError | RecursionError):
        return _say("Error: this input is beyond what the ledger takes.", 2)
    return _say(f"Error: {type(error).__name__}: {error}\nNext: --debug shows where; please report it.", 1)


def told(error: LedgerError) -> str:
    """An error as people read it: its name, where, why, and the next command."""
    lines = [f"Error: {type(error).__name__}: {error}"]
    if error.next_step:
        lines.append(f"Next: {error.next_step}")
    return "\n".join(lines)


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code


def script() -> Any:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    script()
