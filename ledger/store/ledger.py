"""The log as the library sees it: an application whose events are our entries, for the library's own projections.

    with ProjectionRunner(application_class=Ledger, projection_class=..., view_class=..., env={"LEDGER_URL": ...}):

Law: decoding goes through our own registry of kinds; no stored name is ever imported. Nothing is written through
here: entries come in by recording alone. The process's environment is not read: what is given is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.application import DCBApplication
from eventsourcing.dcb.domain import Tagged
from eventsourcing.dcb.persistence import DCBMapper
from eventsourcing.utils import Environment, EnvType

from ledger import entry
from ledger.errors import Refused


class EntryMapper(DCBMapper[Any]):
    """Reads an entry's line; the decision of the library's `Tagged` is then an `entry.Entry`."""

    def to_domain_event(self, event: DCBEvent) -> Tagged[Any]:
        """The entry, with its tags. Raises Malformed or UnknownKind."""
        return Tagged(event.tags, entry.read(event.data))

    def to_dcb_event(self, event: Tagged[Any]) -> NoReturn:
        """Never: an entry is made from a statement that somebody signed."""
        raise Refused("entries are added to this ledger only by recording signed statements")


class Ledger(DCBApplication):
    """A ledger as the library's application: its kinds are the topics, an entry's number is the notification id."""

    name = "ledger"
    env: Mapping[str, str] = {
        "PERSISTENCE_MODULE": "ledger.store",
        "MAPPER_TOPIC": "ledger.store.ledger:EntryMapper",
    }
    own: ClassVar[Mapping[str, str]] = env

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what is handed in: a variable of the process must not send us to another log."""
        return Environment(name, {**self.own, **(env or {})})
