"""How long a campaign may search: as long as there is time, and no longer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

SECONDS: Final = float(os.environ.get("CAMPAIGN_SECONDS", "1200"))
"""In which new tests may begin; those that are left are skipped, and say so."""
SECONDS_EACH: Final = float(os.environ.get("CAMPAIGN_SECONDS_EACH", "90"))
"""In which one test may go on to its next case; what it has then seen is what it tells."""

T = TypeVar("T")


def while_time(cases: Iterable[T]) -> Iterator[T]:
    """The cases, the first of them always, until this test's time is over."""
    began = time.monotonic()
    for case in cases:
        yield case
        if time.monotonic() - began > SECONDS_EACH:
            return
