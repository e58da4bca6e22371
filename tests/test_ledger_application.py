"""The library's own runner runs a projection over a real ledger, and our environment is not the process's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eventsourcing.dcb.domain import Tagged
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection, ProjectionRunner
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from commands.main import main
from ledger.entry import Entry
from ledger.errors import Refused
from ledger.events.commitments import CommitmentMade
from ledger.store import TrackingTables
from ledger.store.ledger import Ledger
from tests import transcript

TABLES = MetaData()
committed = Table("committed", TABLES, Column("funder", String), Column("pence", Integer), Column("entry", Integer))


class Committed(TrackingTables):
    """What each funder committed, a row an entry."""

    tables = TABLES

    def add(self, funder: str, pence: int, tracking: Tracking) -> None:
        """One row and the position, together."""
        with self.advancing(tracking) as connection:
            row = {"funder": funder, "pence": pence, "entry": tracking.notification_id}
            connection.execute(insert(committed).values(row))

    def total(self) -> int:
        """All of it, in pence."""
        with self.reading() as connection:
            return int(connection.scalar(select(func.sum(committed.c.pence))) or 0)


class CommittedProjection(Projection[Committed]):
    """Follows the commitments that were made."""

    name = "committed"
    topics = (CommitmentMade.kind,)

    @singledispatchmethod
    def process_event(self, domain_event: Tagged[Any], tracking: Tracking) -> None:
        """One entry of that kind."""
        read = domain_event.decision
        assert isinstance(read, Entry)
        event = read.statement.event
        assert isinstance(event, CommitmentMade)
        self.view.add(event.funder, sum(line.amount for line in event.profile), tracking)


def test_the_librarys_runner_runs_a_projection_over_a_ledger(database_url: str, tmp_path: Path) -> None:
    with transcript.place(tmp_path):
        founding = [
            "--organisation",
            "GB-EXAMPLE-COUNCIL",
            "--name",
            "C",
            "--form",
            "council",
            "--purpose",
            "example",
            "--staff-number",
            "1",
        ]
        pool = ["--name", "P", "--partner", "GB-EXAMPLE-COUNCIL", "--starts", "2026-04-01", "--legal-power", "aligned"]
        assert main(["init", "--ledger", database_url, "--origin", "story.example/runner", *founding]) == 0
        assert main(["pool", "agree", "prevention", *pool, "--ledger", database_url]) == 0
        for number in range(3):
            more = [
                "--pool",
                "prevention",
                "--amount",
                f"{number + 1}.50",
                "--year",
                "2026-27",
                "--ledger",
                database_url,
            ]
            assert main(["commitment", "make", f"C-{number}", *more]) == 0
    with ProjectionRunner(
        application_class=Ledger,
        projection_class=CommittedProjection,
        view_class=Committed,
        env={**Ledger.env, "LEDGER_URL": database_url},
    ) as runner:
        runner.wait(5, timeout=10)
        assert runner.projection.view.total() == 150 + 250 + 350


def test_nothing_is_written_through_the_librarys_door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEDGER_URL", "sqlite:////nowhere/else.db")
    with Ledger(env={"LEDGER_URL": f"sqlite:///{tmp_path / 'own.db'}"}) as application:
        with pytest.raises(Refused):
            application.mapper.to_dcb_event(Tagged([], None))
        assert application.recorder.read().head is None
