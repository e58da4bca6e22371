"""The library's way in: a factory that makes our store and our views from an environment.

    env = {
        "PERSISTENCE_MODULE": "ledger.store",
        "LEDGER_URL": "sqlite:///ledger.db",  # the log: also postgresql+psycopg://user@host/database
        "VIEWS_URL": "sqlite:///views.db",    # the views; without it each is kept in memory
    }

Law: the environment is handed in, and nothing is read from the process. A name before a key (EVENTCOUNTERS_VIEWS_URL)
is for the application or projection of that name alone. The log that a factory makes is unsealed.
"""

from __future__ import annotations

from typing import NoReturn

from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.persistence import InfrastructureFactory, InfrastructureFactoryError
from eventsourcing.utils import Environment, EnvType, resolve_topic

from ledger.store.recorder import Store
from ledger.store.tracking import IN_MEMORY, TrackingTables


class Factory(InfrastructureFactory[TrackingTables], DCBInfrastructureFactory[TrackingTables]):
    """Makes what an application and its projections keep their events and rows in.

    It is of both of the library's kinds, because a projection's runner asks the one for the log and the other for
    the view. Of aggregates, it makes nothing: one fact of ours touches several parties.
    """

    LEDGER_URL = "LEDGER_URL"
    VIEWS_URL = "VIEWS_URL"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._made: list[Store | TrackingTables] = []

    def dcb_recorder(self) -> Store:
        """The store at LEDGER_URL; tables are made when they are missing."""
        url = self.env.get(self.LEDGER_URL)
        if url is None:
            raise InfrastructureFactoryError(f"The environment names no {self.LEDGER_URL}.")
        store = Store.open(url, create=True)
        self._made.append(store)
        return store

    def tracking_recorder(self, tracking_recorder_class: type[TrackingTables] | None = None) -> TrackingTables:
        """A view of this class (else of TRACKING_RECORDER_TOPIC, else none but a position) at VIEWS_URL."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        view_class = tracking_recorder_class or (resolve_topic(topic) if topic else TrackingTables)
        if not issubclass(view_class, TrackingTables):
            raise InfrastructureFactoryError(f"{view_class.__qualname__} does not keep its rows in our tables.")
        view = view_class(self.env.get(self.VIEWS_URL, IN_MEMORY))
        self._made.append(view)
        return view

    def close(self) -> None:
        """Close all that this factory made."""
        while self._made:
            self._made.pop().close()

    def aggregate_recorder(self, purpose: str = "events") -> NoReturn:
        """There is none."""
        raise InfrastructureFactoryError(f"The ledger keeps one log, and no aggregates ({purpose}).")

    def application_recorder(self) -> NoReturn:
        """There is none."""
        raise InfrastructureFactoryError("The ledger keeps one log, and no aggregates.")

    def process_recorder(self) -> NoReturn:
        """There is none."""
        raise InfrastructureFactoryError("The ledger keeps one log, and no aggregates.")
