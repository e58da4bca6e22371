"""Everything that the ledger can refuse, in one tree.

Law: an error says what, where and why, and names the next command when there is one.
Names give the reason, in the field's own words; they are printed and documented, so they are permanent.

    LedgerError
    ├── Malformed              the bytes or values given do not have the form         (exit 2)
    ├── VerificationFailed     evidence that does not hold                             (exit 3)
    │   ├── ProofInvalid, SignatureInvalid, HistoryContradicted
    ├── VerificationIncomplete something asked for could not be checked                (exit 4)
    ├── NotFound               no such thing in this ledger                            (exit 5)
    ├── KeyProblem             a key is missing, wrong, or may not be used             (exit 6)
    ├── LogMoved               someone else was first: try again                       (exit 7)
    ├── Refused                a rule of the book says no                              (exit 8)
    │   └── one class a reason; `rules/` raises them
    ├── NoLedger               there is no ledger there                                (exit 10)
    ├── Locked                 another process holds the ledger                        (exit 11)
    └── InputOutput            the disk, the database or the network failed            (exit 74)

`commands/exits.py` maps these families to exit codes, and nothing else does.
"""

from __future__ import annotations


class LedgerError(Exception):
    """What went wrong (the class), why (`why`), where (`where`) and what to do (`next_step`)."""

    def __init__(self, why: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.where}: {self.why}" if self.where else self.why


# -- form ---------------------------------------------------------------------------------------


class Malformed(LedgerError):
    """The bytes or values given do not have the form that the format document demands."""


class TooLarge(Malformed):
    """A statement or entry beyond 65,535 bytes."""


class NotCanonical(Malformed):
    """JSON that is not its own RFC 8785 form: another order, white space, a duplicate member."""


class UnknownKind(Malformed):
    """A kind that this release's catalogue does not hold. It names itself; nothing is guessed."""


class PersonalData(Malformed):
    """Text that looks like a person's details, which the ledger never holds (law 9)."""


# -- evidence -----------------------------------------------------------------------------------


class VerificationFailed(LedgerError):
    """Evidence that does not hold: a tampered entry, a broken proof, a contradicted head."""


class ProofInvalid(VerificationFailed):
    """A Merkle proof that does not lead from what it claims to the root it claims."""


class SignatureInvalid(VerificationFailed):
    """A signature that the one Ed25519 rule refuses, or a key that may not verify anything."""


class HistoryContradicted(VerificationFailed):
    """The log does not extend a head that was signed and kept earlier."""


class VerificationIncomplete(LedgerError):
    """Nothing false was seen, but something asked for could not be checked."""


# -- things and keys ----------------------------------------------------------------------------


class NotFound(LedgerError):
    """No such entry, officer, organisation, pool, commitment or file."""


class KeyProblem(LedgerError):
    """A private key that is missing, locked, wrong for the officer, or readable by others."""


class LogMoved(LedgerError):
    """The log moved between reading and writing; nothing was recorded."""


class NoLedger(LedgerError):
    """No ledger at that place."""


class NotALedger(NoLedger):
    """A file or database that is not a ledger of ours."""


class Locked(LedgerError):
    """Another process has held the ledger for longer than the time allowed."""


class InputOutput(LedgerError):
    """The disk, the database or the network failed; nothing was acknowledged."""


# -- refusals -----------------------------------------------------------------------------------


class Refused(LedgerError):
    """A rule of the book says no. Each reason is a class of its own below."""
