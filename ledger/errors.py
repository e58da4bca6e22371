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

from typing import ClassVar


class LedgerError(Exception):
    """What went wrong (the class), why (`why`), where (`where`) and what to do (`next_step`)."""

    usual_next: ClassVar[str] = ""
    """The next step, where whoever raises it knows no better one."""

    def __init__(self, why: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.where = where
        self.next_step = next_step or self.usual_next

    def __str__(self) -> str:
        return f"{self.where}: {self.why}" if self.where else self.why


# -- form ---------------------------------------------------------------------------------------


class Malformed(LedgerError):
    """The bytes or values given do not have the form that the format document demands."""

    usual_next = "mend it and try again: nothing was recorded"


class TooLarge(Malformed):
    """A statement or entry beyond 65,535 bytes."""


class NotCanonical(Malformed):
    """JSON that is not its own RFC 8785 form: another order, white space, a duplicate member."""


class UnknownKind(Malformed):
    """A kind that this release's catalogue does not hold. It names itself; nothing is guessed."""


# -- evidence -----------------------------------------------------------------------------------


class VerificationFailed(LedgerError):
    """Evidence that does not hold: a tampered entry, a broken proof, a contradicted head."""

    usual_next = "outcomes audit verify says where; keep what you have, it is the evidence"


class ProofInvalid(VerificationFailed):
    """A Merkle proof that does not lead from what it claims to the root it claims."""


class SignatureInvalid(VerificationFailed):
    """A signature that the one Ed25519 rule refuses, or a key that may not verify anything."""


class HistoryContradicted(VerificationFailed):
    """The log does not extend a head that was signed and kept earlier."""


class VerificationIncomplete(LedgerError):
    """Nothing false was seen, but something asked for could not be checked."""

    usual_next = "give what is missing, and verify again"


# -- things and keys ----------------------------------------------------------------------------


class NotFound(LedgerError):
    """No such entry, officer, organisation, pool, commitment or file."""

    usual_next = "outcomes view trail shows what there is"


class KeyProblem(LedgerError):
    """A private key that is missing, locked, wrong for the officer, or readable by others."""

    usual_next = "outcomes key list shows the keys that are here"


class LogMoved(LedgerError):
    """The log moved between reading and writing; nothing was recorded."""

    usual_next = "try again"


class NoLedger(LedgerError):
    """No ledger at that place."""

    usual_next = "outcomes init founds a ledger; --ledger names another"


class NotALedger(NoLedger):
    """A file or database that is not a ledger of ours."""


class Locked(LedgerError):
    """Another process has held the ledger for longer than the time allowed."""

    usual_next = "try again once the other program is done"


class InputOutput(LedgerError):
    """The disk, the database or the network failed; nothing was acknowledged."""

    usual_next = "mend that and try again: what was not acknowledged is not recorded"


# -- refusals -----------------------------------------------------------------------------------


class Refused(LedgerError):
    """A rule of the book says no. Each reason is a class of its own below."""

    usual_next = "outcomes view trail shows what stands"


# place in the log


class WrongLedger(Refused):
    """A statement made for another ledger."""


class FalseSeen(Refused):
    """A statement whose `seen` is not on this log's own history."""


class OutOfTime(Refused):
    """A statement whose times do not agree with the log's, beyond the tolerance of five minutes."""


class IdAlreadyUsed(Refused):
    """A statement id that stands for another payload."""


class NotFoundingEntry(Refused):
    """Entry 1 founds the ledger, and no other entry does."""


# authority


class UnknownOfficer(Refused):
    """No such office in the register."""


class OfficerNotInForce(Refused):
    """An office that is retired, or an appointment that had not begun or was over on the day of signing."""


class KeyNotCurrent(Refused):
    """A key that was replaced or revoked by an earlier entry, or that was never this office's."""


class PowerMissing(Refused):
    """An office without the power that this kind needs."""


class AboveLimit(Refused):
    """A sum above what the office may sign for."""


class NotYourOrganisation(Refused):
    """Something that only an officer of another body may do."""


# register


class UnknownOrganisation(Refused):
    """No such body in the register."""


class OrganisationAlreadyAdmitted(Refused):
    """A body that is already in the register."""


class OfficerAlreadyAppointed(Refused):
    """An office that is already appointed and not retired."""


class LeadAlreadyAppointed(Refused):
    """A body has one lead at a time."""


class LeadNeeded(Refused):
    """A body's first officer is its lead, and a body with no other appointing officer keeps its lead."""


class KeyAlreadyUsed(Refused):
    """A key that was registered before. No key has two uses or two offices."""


class TermWrong(Refused):
    """An appointment that ends before it starts, or a cover that does not lie within its appointment."""


class NotAnotherOfficer(Refused):
    """What an office may not do about itself."""


class UnknownRulebook(Refused):
    """A rulebook that this release does not hold, or that is not newer than the one in force."""


class UnknownKindInTable(Refused):
    """An approval table that names a kind that is not in the catalogue."""


# approvals and corrections


class ReferenceReserved(Refused):
    """A reference that a waiting or unconfirmed entry would create."""


class NotWaiting(Refused):
    """An entry that does not wait: unknown, effective, declined, withdrawn or lapsed."""


class DigestDiffers(Refused):
    """An entry named with another payload's digest: something else was read than was recorded."""


class NotAnApprover(Refused):
    """An officer whom the list frozen for this entry does not ask for, or who signed it already."""


class FingerprintDiffers(Refused):
    """A new body's key that was not compared by another way, or did not agree."""


class NothingToConfirm(Refused):
    """An entry that is not unconfirmed, or is not about the signer's organisation."""


class NotTranscribable(Refused):
    """A kind that cannot be transcribed from a source."""


class NotReversible(Refused):
    """An entry that cannot be reversed: its kind says so, it is not in effect, or it is already reversed."""


class LaterEntryRests(Refused):
    """An entry on whose effect a later one rests: reverse that one first."""


class NothingToErase(Refused):
    """No such sealed field, or one that is erased already."""


# wording and time


class TextLooksPersonal(Refused):
    """Plain text that looks like a person's details, which the ledger never holds (law 9)."""


class OccurredLater(Refused):
    """A fact dated after the day on which it was signed."""


class DecisionMissing(Refused):
    """An entry that must cite the decision it rests on."""


# pools and commitments


class UnknownPool(Refused):
    """No such pool, or one that still waits for its partners."""


class PoolAlreadyAgreed(Refused):
    """A pool's reference is used once."""


class PoolIsClosed(Refused):
    """A pool that takes no more commitments."""


class PoolTermsWrong(Refused):
    """A pool whose terms do not hold together: host, partners, period or power."""


class NotAPartner(Refused):
    """A body that the pool does not name."""


class CommitmentAlreadyMade(Refused):
    """A commitment's reference is used once, even where the commitment was reversed."""


class UnknownCommitment(Refused):
    """No such commitment in effect."""


class CommitmentIsWithdrawn(Refused):
    """A commitment that is over."""


class CommitmentIsFirm(Refused):
    """A commitment that is firm already."""


class NothingCommitted(Refused):
    """A profile with no sum in it."""


class YearRepeated(Refused):
    """A profile with two lines for one year, category and heading."""


class YearOutsidePool(Refused):
    """A financial year that the pool's period does not touch."""


class PreventionUnexplained(Refused):
    """A prevention sum without its level, goal and classification, or another sum with them."""


class SchemeAlreadyAgreed(Refused):
    """The scheme's reference was used before."""


class UnknownScheme(Refused):
    """No such scheme is in effect."""


class SchemeIsEnded(Refused):
    """The scheme takes no more money."""


# -- settlements, grants and assurance ------------------------------------------------------------


class SettlementAlreadyAwarded(Refused):
    """The settlement's reference was used before."""


class UnknownSettlement(Refused):
    """No such settlement is in effect, or transcribed."""

    usual_next = "outcomes settlement award"


class SettlementExceeded(Refused):
    """More would be allocated of a settlement than was awarded."""


class NotAwardedTo(Refused):
    """A settlement or grant that went to another body, or came from another."""


class NotOneThing(Refused):
    """What is about exactly one of several things, and names none of them or more than one."""


class DayOutsideYear(Refused):
    """A day that is not one of the financial year that is named beside it."""


class GrantAlreadyMade(Refused):
    """The grant's reference was used before."""


class UnknownGrant(Refused):
    """No such grant is in effect, or transcribed."""

    usual_next = "outcomes grant make"


class GrantTermsWrong(Refused):
    """A grant whose days or conditions contradict each other; the reason names all of it."""


class UnknownCondition(Refused):
    """The grant has no such condition."""


class ConditionAlreadyMet(Refused):
    """A condition of a grant that is met already."""


class YearOutsideGrant(Refused):
    """A financial year in which the grant gives nothing."""


class PassThroughDiffers(Refused):
    """More of a grant would be passed on or kept than it gives in the year, or kept without the other's agreement."""


class ReturnDiffers(Refused):
    """A grant's return that does not add up."""


# -- outcomes -------------------------------------------------------------------------------------


class OutcomeAlreadyDefined(Refused):
    """The outcome's reference was used before."""


class UnknownOutcome(Refused):
    """No such outcome is in effect, or transcribed."""


class OutcomeAlreadyAdopted(Refused):
    """The body answers for the outcome in that way already."""


class DatasetAlreadyRegistered(Refused):
    """The dataset's reference was used before."""


class UnknownDataset(Refused):
    """No such dataset is registered."""


class PeriodBackwards(Refused):
    """A period that ends before it starts."""


# -- contributions --------------------------------------------------------------------------------


class ContributionAlreadyDue(Refused):
    """The contribution's reference was used before."""


class UnknownContribution(Refused):
    """No such contribution is due."""


class InstalmentsExceed(Refused):
    """More would be due than is committed."""


class NothingToReturn(Refused):
    """More would be returned than was received."""


# -- contracts and claims -------------------------------------------------------------------------


class ContractAlreadyAgreed(Refused):
    """The contract's reference was used before."""


class UnknownContract(Refused):
    """No such contract is in effect, or transcribed."""


class ContractTermsWrong(Refused):
    """A contract whose terms contradict each other or leave something open; the reason names all of it."""


class NotAPayer(Refused):
    """A body that does not pay under the contract."""


class NotAParty(Refused):
    """A body that has no part in the contract."""


class ClaimAlreadyMade(Refused):
    """The reference of the claim or dispute was used before."""


class UnknownClaim(Refused):
    """No such claim is in effect."""


class OutsideContract(Refused):
    """A day on which the contract does not run, or after which its window for claims is over."""


class MetricNotPriced(Refused):
    """The rate card of that day has no such metric, or no price for it."""


class AlreadyAchieved(Refused):
    """The same person was claimed for before, and the metric is paid once each."""


class OutOfSequence(Refused):
    """The same people have not achieved the metric that comes before."""


class UnitsExceeded(Refused):
    """More units than are left, or other people than the claim names."""


class SameHolder(Refused):
    """One human in two parts: claim, verify, approve and pay are four people."""


class SameBody(Refused):
    """The claimant's own body where the contract asks another one to verify."""


class GradeTooWeak(Refused):
    """A weaker verification than the contract asks for."""


class UnknownVerification(Refused):
    """No such verification is live."""


class ClaimDisputed(Refused):
    """Nothing is approved for a claim while it is disputed."""


class UnknownDispute(Refused):
    """No such dispute is open."""


class PaymentAlreadyApproved(Refused):
    """The payment's reference was used before."""


class UnknownPayment(Refused):
    """No such payment is approved."""


class PaymentDiffers(Refused):
    """Another sum, or other parts of it, than what is due by the contract."""


class CapReached(Refused):
    """Nothing is left under the caps."""


class NotPayable(Refused):
    """A payment that nobody approved, or more of it than is left."""


class NothingOwedBack(Refused):
    """More would be taken or brought back than stands or is owed."""


# -- spending and years --------------------------------------------------------------------------


class SpendAlreadyRecorded(Refused):
    """A line of spending's reference was used before."""


class UnknownSpend(Refused):
    """There is no such line of spending in effect."""


class CreditExceeds(Refused):
    """More would be given back, reclassified or settled than stands."""


class VatDiffers(Refused):
    """What a cost says of VAT is not what its scheme's agreement has, or cannot be."""


class DrawnAlready(Refused):
    """A commitment would fall below what spending has drawn of it."""


class TotalChanged(Refused):
    """A reprofile would change the whole."""


class UnknownMap(Refused):
    """There is no such map of a finance system's listing in effect."""


class MapWrong(Refused):
    """A map's rows name a scheme of another pool, or a row twice."""


class JournalAlreadyRecorded(Refused):
    """A journal of this reference, or of this map, scheme and month, is recorded."""


class JournalDoesNotAdd(Refused):
    """A journal's lines do not come to its count and total, or are not of its month."""


class ReconciliationDiffers(Refused):
    """The ledger holds another sum, or the items do not explain the difference."""


class NotReclassified(Refused):
    """The spending is in that category already, or may not leave the one that it is in."""


class BudgetTooSmall(Refused):
    """A scheme has not so much budget to give up."""


class PeriodIsClosed(Refused):
    """The day is in a period that was reported, or finally closed."""


class PeriodNotClosed(Refused):
    """Only what belongs to a reported period is an adjustment."""


class StageOutOfOrder(Refused):
    """A period is closed stage after stage, each once, and what was spent is what the ledger comes to."""


class ApportionmentDiffers(Refused):
    """The parts are not those to which the agreement's risk share comes."""


class NothingToApportion(Refused):
    """Less than that is unfunded."""


class NothingToCarry(Refused):
    """Less than that is undrawn and may be carried forward, or the year is not over."""


class SharesWrong(Refused):
    """Parts by which a pool draws or shares risk do not add up, or name somebody who is no partner."""
