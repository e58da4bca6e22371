"""The options that both ways of importing have, gathered as their first argument."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from commands.importing.findings import Findings
from commands.importing.finishing import Finishing
from commands.importing.group import Follower, Group, unlocked
from commands.session import Session


@dataclass(frozen=True, slots=True)
class Import:
    """Where one import goes, who signs it, and how it ends."""

    session: Session
    by: str | None
    findings: Path | None
    dry_run: bool

    def group(self, usually: str | None = None, follow: Follower | None = None) -> Group:
        """The statements' way into the ledger; `usually` signs where nobody is named. Raises KeyProblem, NoLedger.

        `follow` is shown every entry that is there already.
        """
        officer = self.session.officer(self.by or usually)
        self.session.open()
        return Group(self.session, officer, *unlocked(self.session, officer, dry_run=self.dry_run), follow)

    def ending(self, found: Findings, *, only_valid: bool = False) -> Finishing:
        """How it ends."""
        return Finishing(found, self.findings, self.dry_run, only_valid)


def imports(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every import has."""

    @click.option("--findings", type=click.Path(path_type=Path), metavar="FILE", help="Write every finding as CSV.")
    @click.option("--dry-run", is_flag=True, help="Judge everything; sign and record nothing.")
    @click.option("--as", "by", metavar="OFFICER", help="Who signs, such as GB-LAE-BPL/s151 [OUTCOMES_OFFICER].")
    @click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")
    @click.option("--log-key", type=click.Path(path_type=Path), help="The file of the log key [beside the ledger].")
    @functools.wraps(command)
    def with_options(
        *arguments: Any,
        findings: Path | None,
        dry_run: bool,
        by: str | None,
        ledger: str | None,
        log_key: Path | None,
        **options: Any,
    ) -> None:
        command(Import(Session(ledger, log_key), by, findings, dry_run), *arguments, **options)

    return with_options
