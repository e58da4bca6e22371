"""What no one here wrote, conformance vectors and published data: kept beside the repository, not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
VECTORS = SHARED / "vectors"
DATA = SHARED / "data"


def outside(*parts: str) -> Path:
    """The path of an outside vector. The test is skipped, and says so, where the vectors are absent."""
    path = VECTORS.joinpath(*parts)
    if not path.exists():
        relative = "/".join(("../shared/vectors", *parts))
        pytest.skip(f"outside vectors are not here: {relative}")
    return path


def published(*parts: str) -> Path:
    """The path of published data. The test is skipped, and says so, where the data are absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        relative = "/".join(("../shared/data", *parts))
        pytest.skip(f"published data are not here: {relative}")
    return path
