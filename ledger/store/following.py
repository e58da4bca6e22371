"""Reading on: the entries that match a query a batch at a time, and those to come as they come.

Law: neither keeps a transaction open between two batches. An append-only log needs none to show one state: the
head is read first, and nothing beyond it is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice

from eventsourcing.dcb.api import DCBQuery, DCBReadResponse, DCBSequencedEvent, DCBSubscription, TDCBRecorder_co

from ledger.store.reading import Reader

BATCH = 500
POLL_SECONDS = 0.05

OpenReader = Callable[[], AbstractContextManager[Reader]]


class Reading(DCBReadResponse):
    """What `Store.read` gives: one state of the log, fixed when it was asked for, read a batch at a time.

    An append-only log needs no transaction for that: the head is read first, and nothing beyond it is shown.
    """

    def __init__(self, open_reader: OpenReader, query: DCBQuery | None, after: int, limit: int | None) -> None:
        self._open_reader = open_reader
        self._query = query
        self._limit = limit
        with open_reader() as reader:
            self._last = reader.head().size
        self._head: int | None = self._last or None if limit is None else None
        self._events = self._read(after)

    @property
    def head(self) -> int | None:
        """The last position of the log; under a limit, the position of the last event handed out. None if none."""
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        event = next(self._events)
        if self._limit is not None:
            self._head = event.position
        return event

    def _read(self, after: int) -> Iterator[DCBSequencedEvent]:
        wanted = self._last if self._limit is None else self._limit
        while wanted > 0:
            batch = min(wanted, BATCH)
            with self._open_reader() as reader:
                found = list(islice(reader.read(self._query, after, self._last, batch), batch))
            yield from found
            if len(found) < batch:
                return
            wanted -= batch
            after = found[-1].position


class Subscription(DCBSubscription[TDCBRecorder_co]):
    """What `Store.subscribe` gives. It asks for the head again and again; `stop` ends it from any thread."""

    def __init__(
        self, recorder: TDCBRecorder_co, open_reader: OpenReader, query: DCBQuery | None, after: int | None
    ) -> None:
        super().__init__(recorder, query, after)
        self._open_reader = open_reader
        self._stopped = threading.Event()
        self._events: Iterator[DCBSequencedEvent] = iter(())

    def stop(self) -> None:
        """End the iteration, now or when it next waits."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> DCBSequencedEvent:
        while not self._stopped.is_set():
            for event in self._events:
                return event
            self._events = iter(self._more())
        raise StopIteration

    def _more(self) -> list[DCBSequencedEvent]:
        """The next batch, if the log has grown; else nothing, after a short wait."""
        with self._open_reader() as reader:
            size = reader.head().size
            found = list(islice(reader.read(self._query, self._last_position, size, BATCH), BATCH))
        # What does not match is passed over for good, and not read again each time.
        self._last_position = found[-1].position if len(found) == BATCH else max(size, self._last_position)
        if not found:
            self._stopped.wait(POLL_SECONDS)
        return found
