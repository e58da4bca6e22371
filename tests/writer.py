"""A writer of commitments: founds a ledger, signs, records with a real Log, and says what was acknowledged.

Law: a line that says `recorded` is written when the Log has acknowledged its entry, and not before, by one call to
the system that nothing in this process holds back. So whoever kills this program knows what it was promised.

    python -m tests.writer URL NAME COUNT [GROUP]      records COUNT commitments NAME-1, NAME-2, ... GROUP at a time

Each submission is announced before it is sent, with its bytes, so that it can be sent again:

    sending NAME-7 <the statement in base64>
    recorded 12 <the statement's id>
    refused <the error's name>: <why>
"""

from __future__ import annotations

import os
import random
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import batched_or_slices
