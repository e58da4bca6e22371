"""The INDIGO export: its eight files, the columns that are read, and the digest that names this very edition.

Source: GO Lab, University of Oxford, "INDIGO Impact Bond Dataset". The digest is the SHA-256 of the listing that
``sha256sum *.csv`` prints for the eight files, so that anybody who has them can compute it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from commands.importing.tables import Line, Table, read_bytes, read_csv
from ledger.errors import LedgerError, Malformed, NotFound

READ: Final = {
    "projects": (
        "project_id", "name", "fund", "contract_signed", "service_start", "anticipated_completion",
        "max_outcome_payment", "currency", "target_population", "target_n",
    ),
    "organisations": ("org_id", "name"),
    "commitments": ("project_id", "org_id", "org_name", "max_outcome_payment", "currency", "notes"),
    "metrics": ("project_id", "metric_id", "definition", "target_n", "target", "validation_method", "data_source"),
    "prices": ("project_id", "metric_id", "currency", "price_per_unit", "max_price", "description"),
    "payments": (
        "project_id", "plan_id", "metric_id", "period_start", "period_end", "payer_org_ids", "type", "amount",
        "currency", "notes",
    ),
    "results": (
        "project_id", "metric_id", "type", "period_start", "period_end", "outcomes_achieved", "engaged",
    ),
    "transactions": ("project_id",),
}  # fmt: skip
"""The columns that something is made of. What other columns hold is counted and reported."""


@dataclass(slots=True)
class Export:
    """The files' tables by name, and the digest of their listing."""

    tables: dict[str, Table]
    digest: bytes
    _by_project: dict[tuple[str, str], list[Line]] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """The digest as a source names it."""
        return self.digest.hex()

    @property
    def reference(self) -> str:
        """The dataset's reference in the ledger."""
        return f"indigo-{self.dataset[:12]}"

    def lines(self, name: str) -> list[Line]:
        """The rows of a file."""
        return self.tables[name].lines

    def of(self, name: str, project: str) -> list[Line]:
        """The rows of a file that are about one project."""
        if not self._by_project:
            grouped: dict[tuple[str, str], list[Line]] = defaultdict(list)
            for file, table in self.tables.items():
                for line in table.lines:
                    grouped[file, line.cells.get("project_id", "").strip()].append(line)
            self._by_project = dict(grouped)
        return self._by_project.get((name, project), [])


def read_export(folder: Path) -> Export:
    """Read the eight files. Raises NotFound, or Malformed with everything that keeps them from being read."""
    if not folder.is_dir():
        raise NotFound("there is no such folder", where=str(folder), next_step="name the folder of the export's files")
    tables: dict[str, Table] = {}
    faults: list[str] = []
    listing = ""
    for name in sorted(READ):
        try:
            data = read_bytes(folder / f"{name}.csv")
            listing += f"{hashlib.sha256(data).hexdigest()}  {name}.csv\n"
            tables[name] = read_csv(data, f"{name}.csv")
        except LedgerError as error:
            faults.append(f"{name}.csv: {error.why}" if isinstance(error, NotFound) else str(error))
            continue
        missing = [column for column in READ[name] if column not in tables[name].columns]
        faults += [f"{name}.csv: there is no column {column}" for column in missing]
    if faults:
        raise Malformed("\n  ".join(["this is not an INDIGO export:", *faults]), where=str(folder))
    return Export(tables, hashlib.sha256(listing.encode()).digest())
