"""Where the conformance vectors that no one here wrote are kept: beside the repository, not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"


def outside(*parts: str) -> Path:
    """The path of an outside vector. The test is skipped, and says so, where the vectors are absent."""
    path = VECTORS.joinpath(*parts)
    if not path.exists():
        relative = "/".join(("../shared/vectors", *parts))
        pytest.skip(f"outside vectors are not here: {relative}")
    return path
