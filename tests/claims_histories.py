"""Random histories of outcomes, schemes, contributions, contracts and claims; and now and then of anything else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.events import claims as said
from ledger.events import commitments as money
from ledger.events import contracts as deals
from ledger.events import contributions as cash
from ledger.statement import Source
from ledger.values import Digest, Instant, Pence
from tests.claims_naive import OUTCOMES, Payments, Story
from tests.histories import DAY, Attempt, History
from tests.story import COUNCIL, ICB, POLICE, holder_of, line

CHARITY: Final = "GB-EXAMPLE-CHARITY"
PARTIES: Final = [COUNCIL, ICB, POLICE, CHARITY]
MANY: Final = {"O": 5, "D": 5, "S": 9, "K": 14, "I": 24}
"""How many references there are of a sort; few where one that was used should be tried again."""
PRICES: Final = ["0.07", "100.00", "33.33", "1000.01"]
SHARES: Final = [
    *([("31.9", COUNCIL), ("68.1", ICB)], [("20", COUNCIL), ("80", ICB)], [("100", COUNCIL)]),
    *([("1/3", COUNCIL), ("1/3", ICB), ("1/3", POLICE)], [("60", COUNCIL), ("39.999999", ICB), ("0.000001", POLICE)]),
]
OFFICES: Final = [
    *(["agree", "commit", "operate", "approve"], ["claim"], ["verify"], ["pay", "approve"]),
    ["verify", "approve", "pay"],
]
"""The powers of each body's further offices."""
SOURCE: Final = {"source": Source(dataset="cd" * 32, row="metrics.csv:8")}
WHY: Final = {"sealed": {"reason": "Agreed."}}


def token(number: int) -> str:
    """What stands for a made-up person."""
    return str(Digest(hashlib.sha256(f"person {number}".encode()).digest()))


@dataclass(slots=True)
class Contracting(History):
    """A history in which outcomes are paid for."""

    naive: Payments = field(default_factory=Payments)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        History.__post_init__(self)
        self.plan = []

    def missing(self) -> Attempt | None:
        """The next thing that everybody needs before anything can be claimed; None once it is all there."""
        if not self.roots:
            return self.found()
        bodies, offices = self.naive.bodies(), self.naive.officers()
        for body in PARTIES:
            if body not in bodies:
                return self.answer() if self.naive.waiting(self.now()) else self.admission(body, by=f"{COUNCIL}/s151")
        for body in PARTIES:
            for number, powers in enumerate(OFFICES):
                if f"{body}/office-{number}" not in offices:
                    return self.office(f"{body}/office-{number}", powers)
        if not any(self.naive.pool(f"P-{number}") for number in range(1, 13)):
            return self.pool_agreed()
        return None if self.contracts() else self.agreed()

    def appointed(self, officer: str, powers: list[str], key: Ed25519PrivateKey, **more: Any) -> dict[str, Any]:
        """An appointment; now and then of somebody who has another office."""
        made = History.appointed(self, officer, powers, key, **more)
        return {**made, "holder": holder_of("a busy one" if self.chance(0.12) else officer)}

    def rules(self) -> list[dict[str, Any]]:
        """An approval table, mostly of the kinds that move money."""
        every: list[dict[str, Any]] = [
            {"kind": "payment-approved/1", "by": "second-officer", "above": self.dice.choice(["99.99", "500.00"])},
            {"kind": "outcome-verified/1", "by": "second-officer", "until_then": "counts-unsigned"},
            {"kind": "contract-varied/1", "by": "named-parties"},
            {"kind": "contract-agreed/1", "by": "named-parties", "until_then": "counts-unsigned"},
            {"kind": "contract-extended/1", "by": "named-parties"},
            {"kind": "scheme-agreed/1", "by": "named-parties", "until_then": "counts-unsigned"},
            {"kind": "scheme-ended/1", "by": "named-parties"},
            {"kind": "contribution-in-kind/1", "by": "second-officer", "above": "99.99"},
            {"kind": "clawback-raised/1", "by": "second-officer"},
            {"kind": "payment-made/1", "by": "second-officer", "above": "500.00"},
            {"kind": "commitment-made/1", "by": "second-officer", "above": "10000.00"},
        ]
        chosen = self.dice.sample(every, self.dice.randrange(1, 4))
        return [{**rule, "days": self.dice.choice([2, 7, 28])} for rule in chosen]

    def office(self, officer: str, powers: list[str]) -> Attempt:
        """An office with these powers; now and then its holder has another one."""
        made = self.appointed(officer, powers, self.new_key())
        body = officer.split("/", 1)[0]
        return Attempt("officer-appointed/1", {"organisation": body, "officer": made}, self.somebody("appoint", body))

    def _next(self) -> Attempt:
        if self.chance(0.9) and (attempt := self.missing()):
            return attempt
        if not self.roots or self.chance(0.04):
            return History._next(self) if self.roots else self.found()
        if self.naive.waiting(self.now()) and self.chance(0.35):
            return self.answer()
        ways: list[tuple[Callable[[], Attempt], int]] = [
            *((self.outcome, 9), (self.quoted, 7), (self.scheme, 4), (self.committed_somewhere, 6), (self.changed, 2)),
            *((self.instalment, 5), (self.moved, 9), (self.agreed, 3), (self.recontracted, 4), (self.claimed, 16)),
            *((self.found_so, 17), (self.unverified, 4), (self.granted, 15), (self.paid, 16), (self.taken_back, 12)),
            *((self.disputed, 4), (self.reversal, 12), (self.confirmation, 6), (self.answer, 5)),
        ]
        chosen = self.dice.choices([way for way, _ in ways], [weight for _, weight in ways])
        return chosen[0]()

    # -- what there is ------------------------------------------------------------------------------

    def one(self, known: list[str], prefix: str) -> str:
        """One that is there, mostly."""
        return self.dice.choice(known) if known and self.chance(0.95) else self.new(prefix)

    def new(self, prefix: str) -> str:
        """A reference that may be new."""
        return f"{prefix}-{self.dice.randrange(MANY.get(prefix, 40))}"

    def day(self) -> str:
        """Today, mostly; now and then another day."""
        return str(Instant(self.now() - self.dice.choice([0] * 10 + [1, 1, 3, 10, 40]) * DAY).day)

    def contracts(self) -> list[str]:
        """The contracts in effect."""
        return [one.contract for one in self.naive.now(deals.ContractAgreed)]

    def told(self) -> Story:
        """Claims and payments so far."""
        return self.naive.story()

    # -- outcomes and schemes -----------------------------------------------------------------------

    def defined(self) -> Attempt:
        """An outcome is defined."""
        body = {"outcome": self.new("O"), "name": "Readiness", "metric": "Good level", "unit": "per cent"}
        return Attempt("outcome-defined/1", body, self.somebody("agree"))

    def outcome(self) -> Attempt:
        """Something is said about outcomes."""
        definitions = [fact for fact in self.naive.in_effect() if isinstance(fact.event, OUTCOMES[:1])]
        fact = self.dice.choice(definitions) if definitions else None
        outcome = self.one([fact.event.outcome] if fact else [], "O")  # type: ignore[attr-defined]
        by = self.somebody("agree", fact.owner if fact and self.chance(0.6) else "")
        dataset = {"dataset": self.new("D")} if self.chance(0.3) else {}
        ends = (
            {"starts": "2026-01-01", "ends": "2026-03-31"}
            if self.chance(0.9)
            else {"starts": "2027-01-01", "ends": "2026-03-31"}
        )
        adopting = by.split("/", 1)[0] if self.chance(0.9) else self.body()
        figures = {"dataset": self.new("D"), "name": "Profile", "publisher": "Department for Education"}
        attempts = [
            self.defined(),
            Attempt("outcome-redefined/1", {"outcome": outcome, "metric": "Phonics", "unit": "per cent"}, by, WHY),
            Attempt(
                "outcome-adopted/1",
                {"outcome": outcome, "organisation": adopting, "answers": self.dice.choice(["lead", "joint"])},
                by,
            ),
            Attempt("target-set/1", {"outcome": outcome, "target": "70"}, by),
            Attempt("measure-recorded/1", {"outcome": outcome, "value": "64.2", **ends, **dataset}, by),
            Attempt("dataset-registered/1", figures, by),
        ]
        return self.dice.choices(attempts, [2, 3, 3, 4, 4, 2])[0]

    def quoted(self) -> Attempt:
        """Somebody writes down what a source says, of any kind; some kinds no source can say."""
        ways = (self.outcome, self.outcome, self.agreed, self.committed_somewhere, self.paid, self.recontracted)
        attempt = self.dice.choice(ways)()
        body = dict(attempt.body)
        if attempt.kind == "payment-made/1" and self.chance(0.6):
            body = {"contract": body["contract"], "payers": [COUNCIL, ICB], "amount": "1000.00", "plan": "High case"}
        if attempt.kind == "contract-agreed/1" and self.chance(0.3):
            body.pop("provider")
        return Attempt(attempt.kind, body, self.somebody("transcribe"), {**attempt.more, **SOURCE})

    def scheme(self) -> Attempt:
        """A scheme is agreed, or ends."""
        pools = [pool for name in ("P-1", "P-2", "P-3", "P-4", "P-5", "P-6") if (pool := self.naive.pool(name))]
        pools += [pool for number in range(7, 13) if (pool := self.naive.pool(f"P-{number}"))]
        if not pools:
            return self.pool_agreed()
        pool = self.dice.choice(pools)
        by = self.somebody("agree", pool.host)
        if self.chance(0.3):
            return Attempt(
                "scheme-ended/1", {"scheme": self.new("S") if self.chance(0.2) else self.of_schemes()}, by, WHY
            )
        body: dict[str, Any] = {
            "scheme": self.new("S"),
            "pool": pool.pool,
            "name": "Falls",
            "lead": self.dice.choice(pool.partners) if self.chance(0.9) else self.body(),
            "aims": "Fewer falls",
        }
        body |= {"outcomes": [self.new("O")]} if self.chance(0.1) else {}
        return Attempt("scheme-agreed/1", body, by)

    def of_schemes(self) -> str:
        """A scheme, mostly one that there is."""
        from ledger.events.pools import SchemeAgreed

        return self.one([one.scheme for one in self.naive.now(SchemeAgreed)], "S")

    # -- commitments and contributions --------------------------------------------------------------

    def committed_somewhere(self) -> Attempt:
        """Money is committed to a pool, to a scheme, or to a contract."""
        body, funder = self.commitment()
        if self.chance(0.4):
            body = {**body, "contract": self.one(self.contracts(), "K"), "payment_basis": "outcome"}
            body = {name: value for name, value in body.items() if name != "pool" or self.chance(0.04)}
            funder = self.dice.choice(PARTIES[:3])
            body["funder"] = funder
            if self.chance(0.5):
                body |= {"whole": self.dice.choice(["900.00", "0.00", "12000.00"]), "profile": []}
        elif self.chance(0.4):
            body["scheme"] = self.of_schemes()
        elif self.chance(0.1):
            body["outcomes"] = [self.new("O")]
        return Attempt("commitment-made/1", body, self.somebody("commit", funder))

    def instalment(self) -> Attempt:
        """An instalment falls due, or something is given in kind."""
        made = [one for one in self.naive.now(money.CommitmentMade) if one.pool]
        if not made and self.chance(0.9):
            return self.committed_somewhere()
        one = self.dice.choice(made) if made else None
        reference = one.commitment if one else "C-1"
        if self.chance(0.25):
            value = self.dice.choice(["0.00", "50.00", "900.00"])
            body = {"contribution": self.new("I"), "commitment": reference, "year": "2026-27", "what": "A nurse"}
            by = self.somebody("commit", one.funder if one else "")
            return Attempt("contribution-in-kind/1", {**body, "value": value, "method": "Pay scale"}, by)
        profile = self.naive.profile(reference)
        share = self.dice.choice(profile) if profile else None
        amount = int(share.amount) // self.dice.choice([1, 2, 3]) if share else 1
        body = {
            "contribution": self.new("I"),
            "commitment": reference,
            "year": str(share.year) if share and self.chance(0.95) else "2029-30",
            "category": share.category if share else "resource",
            "accounts_as": "revenue",
            "amount": str(Pence(amount)),
            "due_on": "2026-07-01",
        }
        pool = self.naive.pool(one.pool) if one else None
        teller = self.dice.choice([pool.host, one.funder]) if pool and one else ""
        return Attempt("contribution-due/1", body, self.somebody("operate", teller))

    def moved(self) -> Attempt:
        """An instalment is paid, received or returned."""
        dues = self.naive.now(cash.ContributionDue)
        if not dues:
            return self.instalment()
        due = self.dice.choice(dues)
        made = self.naive.made(due.commitment)
        pool = self.naive.pool(made.pool) if made else None
        body = {"contribution": due.contribution if self.chance(0.97) else self.new("I"), "amount": str(due.amount)}
        way = self.dice.choice(["paid", "received", "received", "returned", "returned"])
        if way == "paid":
            return Attempt("contribution-paid/1", body, self.somebody("pay", made.funder if made else ""))
        more = WHY if way == "returned" else {}
        if self.chance(0.4):
            body["amount"] = self.dice.choice(["0.00", "0.01", "40.00"])
        return Attempt(f"contribution-{way}/1", body, self.somebody("operate", pool.host if pool else ""), more)

    # -- contracts ----------------------------------------------------------------------------------

    def terms(self) -> dict[str, Any]:
        """Terms; now and then some that do not hold."""
        payers: list[dict[str, Any]] = [{"payer": body, "share": share} for share, body in self.dice.choice(SHARES)]
        for one in payers:
            one.update({"cap": self.dice.choice(["150.00", "90.00"])} if self.chance(0.2) else {})
        price = self.dice.choice(PRICES)
        rates: list[dict[str, Any]] = [
            {"metric": "jobs", "pays_for": "A job", "price": price, "repeats": self.chance(0.2)}
        ]
        rates += [{"metric": "kept", "pays_for": "Kept", "price": "50.05", "after": "jobs"}] if self.chance(0.7) else []
        rates[0] |= {"cap": "350.00"} if self.chance(0.2) else {}
        terms: dict[str, Any] = {"payers": payers, "rates": rates}
        terms |= {"cap": self.dice.choice(["800.00", "5000.00"])} if self.chance(0.4) else {}
        terms |= {"year_caps": [{"year": "2026-27", "cap": "700.00"}]} if self.chance(0.3) else {}
        terms |= {"window_days": self.dice.choice([2, 30, 60])} if self.chance(0.3) else {}
        terms["beyond_cap"] = self.dice.choice(["other-payers", "provider", "unfunded"])
        terms["verification"] = self.dice.choice(
            ["another-body", "another-body", "any", "data-match", "internal-audit"]
        )
        terms |= {"verifier": self.dice.choice([POLICE, POLICE, ICB])} if self.chance(0.25) else {}
        if self.chance(0.08):
            spoilt: list[dict[str, Any]] = [
                *(
                    {"payers": []},
                    {"rates": []},
                    {"payers": payers[:1] * 2},
                    {"payers": [{"payer": CHARITY, "share": "100"}]},
                ),
                *({"rates": [{**rates[0], "outcome": self.new("O")}]}, {"payers": [{**payers[0], "pool": "P-1"}]}),
                {"payers": [{"payer": "GB-EXAMPLE-NOBODY", "share": "100"}]},
            ]
            terms |= self.dice.choice(spoilt)
        return terms

    def agreed(self) -> Attempt:
        """A contract is let."""
        body = {
            "contract": self.new("K"),
            "name": "Jobs",
            "commissioner": COUNCIL,
            "provider": CHARITY,
            "terms": self.terms(),
            "starts": self.dice.choice(["2026-03-20", "2026-04-01"]),
            "until": self.dice.choice([*["2027-03-31"] * 4, "2026-05-20", "2020-03-31"]),
        }
        return Attempt("contract-agreed/1", body, self.somebody("agree", COUNCIL))

    def recontracted(self) -> Attempt:
        """A contract is varied, extended or planned for."""
        contract, by = self.one(self.contracts(), "K"), self.somebody("agree", COUNCIL)
        if self.chance(0.5):
            day = {"occurred_on": self.day()}
            return Attempt("contract-varied/1", {"contract": contract, "terms": self.terms(), **day}, by, WHY)
        if self.chance(0.6):
            until = self.dice.choice(["2026-04-10", "2026-06-30", "2028-03-31", "2029-03-31"])
            return Attempt("contract-extended/1", {"contract": contract, "until": until}, by)
        plan = {"contract": contract, "plan": "High case", "lines": [{"ends": "2026-09-30", "amount": "900.00"}]}
        return Attempt("payments-planned/1", plan, by)

    # -- claims -------------------------------------------------------------------------------------

    def claimed(self) -> Attempt:
        """The provider claims, or attaches evidence."""
        story = self.told()
        if story.claims and self.chance(0.1):
            body = {"claim": self.one(list(story.claims), "N"), "evidence": []}
            return Attempt("evidence-attached/1", body, self.somebody("claim"))
        people = sorted(self.dice.sample(range(14), self.dice.choice([0, 0, 1, 1, 2])))
        units = len(people) or self.dice.choice([1, 2, 5, 5])
        if self.chance(0.04):
            units = self.dice.choice([0, units + 1])
        contract, day = self.one(self.contracts(), "K"), self.day()
        priced = [rate.metric for _, terms, _ in self.naive.versions(contract)[-1:] for rate in terms.rates]
        body = {
            "claim": self.new("N"),
            "contract": contract,
            "metric": self.dice.choice(priced if priced and self.chance(0.95) else ["kept", "homes"]),
            "units": units,
            "people": [token(number) for number in people],
            "occurred_on": day,
        }
        return Attempt("outcome-claimed/1", body, self.somebody("claim", CHARITY if self.chance(0.9) else ""))

    def found_so(self) -> Attempt:
        """A claim is verified or rejected."""
        told = [one for one in self.told().claims.values() if one.verified() + one.rejected < one.event.units]
        if not told:
            return self.claimed()
        one = self.dice.choice(told)
        left, people = one.event.units - one.verified() - one.rejected, sorted(one.open_people())
        units = self.dice.choice([left, 1, left, left + (1 if self.chance(0.1) else 0)])
        body: dict[str, Any] = {"claim": one.event.claim, "units": units}
        if people and (units < left or self.chance(0.3)):
            body["people"] = [str(Digest(held)) for held in self.dice.sample(people, min(units, len(people)))]
        body["claim"] = one.event.claim if self.chance(0.97) else self.new("N")
        by = self.somebody("verify", self.dice.choice([ICB, COUNCIL, POLICE, POLICE, CHARITY]))
        if self.chance(0.15):
            return Attempt("outcome-rejected/1", body, by, WHY)
        grades = ["re-performed", "data-match", "data-match", "another-body"]
        grades += ["internal-audit", "asserted"] * (3 if by.startswith(CHARITY) else 1)
        return Attempt("outcome-verified/1", {**body, "grade": self.dice.choice(grades)}, by)

    def unverified(self) -> Attempt:
        """A verification is withdrawn."""
        found = [(told.event.claim, one) for told in self.told().claims.values() for one in told.findings]
        if not found:
            return self.found_so()
        claim, finding = self.dice.choice(found)
        body = {"claim": claim if self.chance(0.95) else self.new("N"), "verification": finding.entry}
        return Attempt("verification-withdrawn/1", body, self.somebody("verify", finding.body), WHY)

    def granted(self) -> Attempt:
        """The commissioner approves a payment; mostly exactly what is due."""
        story = self.told()
        able = [one for one in story.claims.values() if story.unpaid(one.event.claim) > 0]
        able = [one for one in able if self._priced(one.event) and (not one.disputes or self.chance(0.2))]
        if not able and self.chance(0.9):
            return self.found_so()
        able = able or list(story.claims.values())
        if not able:
            return self.claimed()
        one = self.dice.choice(able)
        units = self.dice.choice([1, max(1, story.unpaid(one.event.claim))])
        parts = {COUNCIL: 1}
        if self._priced(one.event):
            parts = {payer: part for payer, part in self.naive.due(story, one, units)[0].items() if part}
        lines = [{"payer": payer, "amount": str(Pence(part))} for payer, part in parts.items()]
        if self.chance(0.06):
            lines = lines[:-1]
        whole = sum(parts.values()) + (1 if self.chance(0.04) else 0)
        body = {
            "payment": self.new("P"),
            "claim": one.event.claim,
            "units": units,
            "amount": str(Pence(whole)),
            "lines": lines,
        }
        return Attempt("payment-approved/1", body, self.somebody("approve", COUNCIL))

    def _priced(self, claim: said.OutcomeClaimed) -> bool:
        return self.naive.rate(claim.contract, claim.occurred_on, claim.metric) is not None

    def paid(self) -> Attempt:
        """A payer pays its part."""
        payments = list(self.told().payments.values())
        if not payments:
            return self.granted()
        owing = [(one, payer) for one in payments for payer, part in one.stands.items() if part > one.by(payer)]
        if not owing and self.chance(0.9):
            return self.granted()
        every = [(one, payer) for one in payments for payer in one.stands]
        paid, payer = self.dice.choice(owing if owing and self.chance(0.9) else every)
        left = paid.stands[payer] - paid.by(payer)
        amount = self.dice.choice([left, left, max(1, left // 2), left + 1]) if left > 0 else self.dice.choice([0, 1])
        body: dict[str, Any] = {"contract": paid.contract, "payment": paid.event.payment, "payer": payer}
        body["amount"] = str(Pence(amount))
        if self.chance(0.06):
            body |= self.dice.choice(
                [{"contract": self.one(self.contracts(), "K")}, {"remark": "Late"}, {"payment": "P-0"}]
            )
        if self.chance(0.03):
            del body["payment"]
        return Attempt("payment-made/1", body, self.somebody("pay", payer))

    def taken_back(self) -> Attempt:
        """A clawback is raised, recovered or written off."""
        payments = [one for one in self.told().payments.values() if one.made or self.chance(0.2)]
        if not payments:
            return self.granted()
        owing = [one for one in payments if one.all_beyond()]
        paid = self.dice.choice(owing if owing and self.chance(0.7) else payments)
        left = paid.all_beyond()
        way = self.dice.choice(
            ["raised", "recovered", "recovered", "written-off"] if left else [*["raised"] * 6, "recovered"]
        )
        if way == "raised":
            left = sum(paid.stands.values())
        amount = self.dice.choice([left, left // 2, left // 3, left + 1])
        body = {"payment": paid.event.payment, "amount": str(Pence(amount))}
        if way == "raised":
            return Attempt("clawback-raised/1", body, self.somebody("approve", COUNCIL), WHY)
        cited = {"decision": "Minute 3"} if way == "written-off" and self.chance(0.95) else {}
        power = "approve" if way == "written-off" else "pay"
        return Attempt(f"clawback-{way}/1", body, self.somebody(power, COUNCIL), cited)

    def disputed(self) -> Attempt:
        """A dispute is opened or resolved."""
        told = list(self.told().claims.values())
        if not told:
            return self.claimed()
        one = self.dice.choice([one for one in told if one.disputes and self.chance(0.9)] or told)
        if one.disputes and self.chance(0.9):
            dispute, opened_by = self.dice.choice(list(one.disputes.items()))
            by = self.somebody("agree", self.dice.choice([opened_by, COUNCIL, ICB]))
            return Attempt("dispute-resolved/1", {"dispute": dispute, "found": "settled"}, by, {"decision": "Minute 3"})
        if self.chance(0.1):
            return Attempt(
                "dispute-resolved/1",
                {"dispute": self.new("Q"), "found": "settled"},
                self.somebody("agree"),
                {"decision": "x"},
            )
        body = {"dispute": self.new("Q"), "claim": one.event.claim}
        return Attempt("dispute-opened/1", body, self.somebody("agree"), WHY)

    def reversal(self) -> Attempt:
        """A body takes an entry back; often one about money, whether or not anything followed it."""
        moving = (
            said.ClawbackRaised,
            said.ClawbackRecovered,
            said.PaymentMade,
            said.PaymentApproved,
            deals.ContractVaried,
        )
        facts = [fact for fact in self.naive.in_effect() if isinstance(fact.event, moving)]
        facts = [fact for fact in facts if isinstance(fact.event, said.ClawbackRaised) or self.chance(0.2)]
        target = self.naive.entry(self.dice.choice(facts).entry) if facts and self.chance(0.5) else None
        if target is None:
            return History.reversal(self)
        by = self.somebody(target.said.event.power, target.said.organisation)
        return Attempt("entry-reversed/1", self.named(target), by, {"sealed": {"reason": "An error."}})

    def profile(self) -> list[dict[str, Any]]:
        """What is committed, year by year: sums that instalments divide."""
        return [line("120.00")] if self.chance(0.3) else History.profile(self)
