"""Exit codes: what each number means, and which family of errors gives it. Nothing else maps them."""

from __future__ import annotations

from typing import Final

from ledger import errors

DONE, OTHER, USAGE, FAILED, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 4, 130

MEANINGS: Final = {
    0: "done",
    1: "another error",
    2: "usage: what was given does not have the form",
    3: "verification failed",
    4: "verification incomplete: something asked for could not be checked",
    5: "not found",
    6: "a key is missing, wrong, or may not be used",
    7: "the log moved: try again",
    8: "refused by a rule",
    10: "no ledger there",
    11: "locked by another process",
    74: "input or output failed",
    130: "interrupted",
}

_FAMILIES: Final = (
    (errors.Refused, 8),
    (errors.NoLedger, 10),
    (errors.Malformed, 2),
    (errors.SignatureInvalid, 6),
    (errors.VerificationFailed, 3),
    (errors.VerificationIncomplete, 4),
    (errors.NotFound, 5),
    (errors.KeyProblem, 6),
    (errors.LogMoved, 7),
    (errors.Locked, 11),
    (errors.InputOutput, 74),
)


def code_of(error: errors.LedgerError) -> int:
    """The exit code of an error."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), OTHER)
