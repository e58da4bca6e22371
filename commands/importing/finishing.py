"""Finishing: what an import says in the end, and that it records all of it or nothing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from commands.importing.findings import Finding, Findings
from commands.importing.group import Group, Judged
from ledger.errors import LedgerError, Malformed, Refused

SHOWN: Final = 50
"""Faults that are told on stderr; a file of findings holds them all."""


@dataclass(slots=True)
class Finishing:
    """How one import ends: what was found, where that is written, and whether anything is recorded."""

    findings: Findings
    file: Path | None = None
    dry_run: bool = False
    only_valid: bool = False
    next_step: str = "mend the rows that are named above, and import again"

    def finish(self, group: Group, judged: Judged) -> None:
        """Tell what was found, record what may be, and say what was recorded. Raises Malformed, Refused."""
        self.tell(judged)
        if self.findings.faults and not self.only_valid:
            raise self.refusal()
        if self.dry_run:
            click.echo(f"{len(judged.ready):,} entries would be recorded{_before(judged)}")
            click.echo("Dry run: nothing was signed or recorded.", err=True)
        else:
            record(group, judged)
        if self.findings.faults:
            raise self.refusal()

    def tell(self, judged: Judged) -> None:
        """The findings, counted; then what is wrong, line by line."""
        for fault in judged.faults:
            one = fault.wanted
            self.findings.wrong(one.file, one.row, type(fault.error).__name__, f"{one.kind}: {fault.why}")
        self.findings.faults.sort(key=_in_order)
        if self.file is not None:
            self.findings.write(self.file)
        self.findings.report()
        faults = self.findings.faults
        for fault_found in faults[:SHOWN]:
            click.echo(f"{fault_found.place}: {fault_found.what}: {fault_found.why}", err=True)
        if len(faults) > SHOWN:
            told = f"{self.file} holds them all" if self.file else "--findings FILE writes them all"
            click.echo(f"and {len(faults) - SHOWN:,} more: {told}", err=True)

    def refusal(self) -> LedgerError:
        """What is wrong, in one sentence: with the file's form alone, or with what the ledger's rules allow."""
        faults = self.findings.faults
        rows = len({(fault.file, fault.row) for fault in faults})
        form = all(fault.what in (Malformed.__name__, WRONG) for fault in faults)
        what = "these rows were left out" if self.only_valid else "nothing was recorded"
        why = f"{len(faults):,} faults in {rows:,} rows; {what}"
        return (Malformed if form else Refused)(why, next_step=self.next_step)


def _in_order(fault: Finding) -> tuple[str, int]:
    """File by file, row by row."""
    return fault.file, int("".join(re.findall("^[0-9]+", fault.row)) or 0)


WRONG: Final = "wrong"
"""The sort of a fault in a file's form."""


def record(group: Group, judged: Judged) -> None:
    """Record what is ready, and say how many entries of which kind."""
    recorded = group.record([submission for _, submission in judged.ready])
    for kind, count in Counter(one.kind for one, _ in judged.ready).items():
        click.echo(f"{count:>7,}  {kind}")
    if len(recorded) > 1:
        told = f"entries {recorded[0].position:,} to {recorded[-1].position:,}"
        click.echo(f"{len(recorded):>7,}  recorded: {told}{_before(judged)}")
    elif recorded:
        click.echo(f"{1:>7}  recorded: entry {recorded[0].position:,}{_before(judged)}")
    else:
        click.echo(f"nothing was added{_before(judged)}")
    if judged.waiting:
        click.echo(f"{judged.waiting:>7,}  wait for others to sign")
    click.echo(f"Next: {'outcomes audit verify' if recorded else 'outcomes view trail'}", err=True)


def _before(judged: Judged) -> str:
    return f"; recorded before: {len(judged.before):,}" if judged.before else ""
