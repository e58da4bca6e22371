"""The room of the database: the only one with SQL or eventsourcing in it.

Law: what is recorded here is never changed and never lost, and what cannot be recorded durably is not acknowledged.
The package is also a persistence module of eventsourcing (`PERSISTENCE_MODULE=ledger.store`), so exactly one
infrastructure factory may be visible here.
"""

from ledger.store.application import Factory
from ledger.store.reading import Head, Reader, StoredEntry
from ledger.store.recorder import Store
from ledger.store.tracking import TrackingTables
from ledger.store.turn import Row, Seal, Turn

__all__ = ["Factory", "Head", "Reader", "Row", "Seal", "Store", "StoredEntry", "TrackingTables", "Turn"]
