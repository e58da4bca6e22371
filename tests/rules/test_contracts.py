"""Contracts: terms that hold together, changed from a day on, and reversed only while nothing rests on them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.errors import (
    ContractAlreadyAgreed,
    ContractTermsWrong,
    LaterEntryRests,
    Malformed,
    MetricNotPriced,
    NothingToConfirm,
    NotYourOrganisation,
    OutsideContract,
    PowerMissing,
    ReferenceReserved,
    UnknownContract,
    UnknownOrganisation,
    UnknownOutcome,
    UnknownPool,
    UnknownScheme,
)
from ledger.events.contracts import Terms
from tests.rules import (
    CHARITY,
    CHARITY_CFO,
    CLERK,
    DEPUTY,
    ICB_CFO,
    S151,
    appoints,
    approves,
    commits,
    confirms,
    given,
    pool,
    reverses,
    rule,
    says,
    scheme,
    takes_back,
    until,
)
from tests.rules.paying import (
    BODIES,
    agreement,
    claims,
    contract,
    extends,
    grants,
    let,
    payer,
    quotes,
    rate,
    recontracts,
    terms,
    verifies,
)
from tests.rules.test_outcomes import SCHOOL, defines
from tests.story import COUNCIL, ICB, POLICE, Telling, World


def terms_on(world: World, day: str) -> Terms:
    """What applies to something achieved on that day."""
    return world.book.contracts.get("K-1").terms_on(date.fromisoformat(day))


def cap_on(world: World, day: str) -> str:
    """The contract's cap for what was achieved on that day."""
    return str(terms_on(world, day).cap)


def plans(reference: str = "K-1", by: str = S151) -> Telling:
    """The parties expect payments."""
    return says("payments-planned/1", planned(reference), by)


def planned(reference: str = "K-1") -> dict[str, Any]:
    lines = [{"ends": "2026-09-30", "amount": "900.00", "metric": "jobs"}, {"ends": "2027-03-31", "row": "plan.csv:3"}]
    return {"contract": reference, "plan": "High case", "lines": lines}


# -- agreeing -----------------------------------------------------------------------------------


def test_the_commissioner_lets_a_contract_once() -> None:
    world = given(*BODIES).refuses(NotYourOrganisation, contract(by=ICB_CFO)).allows(contract())
    assert world.book.contracts.get("K-1").parties == (COUNCIL, CHARITY, ICB)
    world.refuses(ContractAlreadyAgreed, contract()).allows(reverses("contract-agreed/1"))
    world.refuses(ContractAlreadyAgreed, contract()).refuses(UnknownContract, claims(), recontracts(terms()))


FAULTS = [
    ({"commissioner": None}, {}, "it states no commissioner"),
    ({"provider": None}, {}, "it states no provider"),
    ({"starts": None}, {}, "it states no starts"),
    ({"until": "2026-03-31"}, {}, "before it starts"),
    ({"provider": ICB}, {}, "its provider is one of its payers"),
    ({}, {"payers": []}, "nobody pays"),
    ({}, {"payers": [payer(COUNCIL, None)]}, f"{COUNCIL} has no share"),
    ({}, {"payers": [payer(COUNCIL, "50"), payer(COUNCIL, "50")]}, f"{COUNCIL} is there twice"),
    ({}, {"payers": [payer(COUNCIL, "31.9"), payer(ICB, "68")]}, "add up to 99.9 per cent, not 100"),
    ({}, {"payers": [payer(COUNCIL, "1/3"), payer(ICB, "1/3")]}, "add up to 66.6667 per cent, not 100"),
    ({}, {"rates": []}, "the rate card is empty"),
    ({}, {"rates": [rate(), rate()]}, "jobs is there twice"),
    ({}, {"rates": [rate(price=None)]}, "jobs has no price"),
    ({}, {"rates": [rate(price="0.00")]}, "jobs has no price"),
    ({}, {"rates": [rate(after="jobs")]}, "jobs comes after jobs"),
    ({}, {"rates": [rate(after="homes")]}, "jobs comes after homes"),
    ({}, {"year_caps": [{"year": "2026-27", "cap": "1.00"}] * 2}, "2026-27 is there twice"),
]


@pytest.mark.parametrize(("changed", "agreed", "because"), FAULTS, ids=[fault[-1] for fault in FAULTS])
def test_terms_that_do_not_hold_together_are_refused(
    changed: dict[str, Any], agreed: dict[str, Any], because: str
) -> None:
    given(*BODIES).refuses(ContractTermsWrong, contract("K-1", terms(**agreed), **changed), because=because)
    if agreed:
        let().refuses(ContractTermsWrong, recontracts(terms(**agreed)), because=because)


def test_every_fault_of_the_terms_is_named_at_once() -> None:
    wrong = contract("K-1", {"payers": [], "rates": []}, provider=None)
    given(*BODIES).refuses(
        ContractTermsWrong, wrong, because="it states no provider; nobody pays; the rate card is empty"
    )


def test_the_provider_does_not_become_a_payer_by_variation() -> None:
    let().refuses(ContractTermsWrong, recontracts(terms(payers=[payer(CHARITY, "100")])), because="its provider")


def test_shares_are_exact_thirds_or_per_cents() -> None:
    thirds = terms(payers=[payer(COUNCIL, "1/3"), payer(ICB, "1/3"), payer(POLICE, "1/3")])
    given(*BODIES).allows(contract("K-1", thirds), contract("K-2", terms(payers=[payer(COUNCIL, "100")])))
    for spelling in ("0", "33.30", "2/6", "1/4", "100.1", "-5", "101/100"):
        given(*BODIES).refuses(Malformed, contract("K-1", terms(payers=[payer(COUNCIL, spelling)])))


def test_a_contract_names_bodies_outcomes_and_pools_that_there_are() -> None:
    world = given(*BODIES).refuses(UnknownOrganisation, contract(provider="GB-EXAMPLE-NOBODY"))
    serving = terms(rates=[rate(outcome="O-1")])
    pooled = terms(payers=[payer(COUNCIL, "60", pool="prevention"), payer(ICB, "40")])
    world.refuses(UnknownOutcome, contract("K-1", serving)).refuses(UnknownPool, contract("K-1", pooled))
    world.allows(defines(), pool(COUNCIL, ICB), contract("K-1", serving), contract("K-2", pooled))
    world.refuses(LaterEntryRests, reverses("outcome-defined/1"), reverses("pool-agreed/1"))


def test_whoever_pays_from_a_pool_hosts_it() -> None:
    paid_by_a_partner = terms(payers=[payer(COUNCIL, "60"), payer(ICB, "40", pool="prevention")])
    world = given(*BODIES, pool(COUNCIL, ICB))
    world.refuses(ContractTermsWrong, contract("K-1", paid_by_a_partner), because=f"{ICB} does not host prevention")


def test_agreeing_is_a_power_of_its_own() -> None:
    given(*BODIES, appoints(CLERK, ["commit", "approve"])).refuses(PowerMissing, contract(by=CLERK))


def test_every_party_is_asked_where_the_table_says_so() -> None:
    asked = [rule(f"contract-{what}/1", "named-parties") for what in ("agreed", "varied")]
    world = given(*BODIES, contract(), table=asked).refuses(UnknownContract, recontracts(terms()))
    world.allows(approves(ICB_CFO), approves(CHARITY_CFO))
    world.allows(recontracts(terms(payers=[payer(COUNCIL, "20"), payer(POLICE, "80")], cap="5.00")))
    assert cap_on(world, "2026-04-02") == "None", "old parties and new are asked"
    world.allows(*(approves(f"{body}/cfo", of="contract-varied/1") for body in (ICB, CHARITY, POLICE)))
    assert cap_on(world, "2026-04-02") == "5.00"


# -- changing -----------------------------------------------------------------------------------


def test_new_terms_apply_from_their_day_and_old_ones_before_it() -> None:
    world = let(terms(cap="1.00")).allows(until("2026-10-01T09:00:00Z"), recontracts(terms(cap="2.00")))
    world.allows(until("2026-12-01T09:00:00Z"), recontracts(terms(cap="3.00"), occurred_on="2026-11-01"))
    assert [cap_on(world, day) for day in ("2026-03-01", "2026-09-30", "2026-10-01", "2026-11-01")] == [
        *("1.00", "1.00", "2.00", "3.00")
    ]
    world.allows(reverses("contract-varied/1", number=1))
    assert [cap_on(world, day) for day in ("2026-10-01", "2026-11-01")] == ["1.00", "3.00"]
    world.refuses(NotYourOrganisation, recontracts(terms(), by=ICB_CFO), extends("2028-03-31", by=ICB_CFO))
    world.refuses(UnknownContract, recontracts(terms(), reference="K-2"))


def test_of_two_variations_for_one_day_the_one_that_took_effect_last_applies() -> None:
    asked = [rule("contract-varied/1", "second-officer")]
    world = given(*BODIES, appoints(DEPUTY, ["approve"]), contract(), table=asked)
    world.allows(recontracts(terms(cap="1.00")), recontracts(terms(cap="2.00")))
    world.allows(approves(DEPUTY, of="contract-varied/1"), approves(DEPUTY, of="contract-varied/1", number=1))
    assert cap_on(world, "2026-04-02") == "1.00"


def test_a_variation_is_not_reversed_while_a_claim_rests_on_it() -> None:
    world = let().allows(recontracts(terms(cap="9.00")), claims(), claims("N-2", occurred_on="2026-04-01"))
    world.refuses(LaterEntryRests, reverses("contract-varied/1"), because="N-1 is claimed")
    world.allows(reverses("outcome-claimed/1", by=f"{CHARITY}/claims", number=1), reverses("contract-varied/1"))


def test_a_contract_is_extended_and_shortened_again_unless_a_claim_rests_on_it() -> None:
    world = let(until="2026-04-01").refuses(OutsideContract, claims())
    world.refuses(ContractTermsWrong, extends("2026-04-01"), because="runs to 2026-04-01 already")
    world.allows(extends("2026-04-02"), extends("2026-05-31"), claims())
    world.allows(reverses("contract-extended/1", number=1))
    world.refuses(LaterEntryRests, reverses("contract-extended/1"))
    world.allows(reverses("outcome-claimed/1", by=f"{CHARITY}/claims"), reverses("contract-extended/1"))
    world.refuses(OutsideContract, claims("N-2"))
    let(until=None).refuses(ContractTermsWrong, extends("2030-01-01"), because="no set end")


def test_a_contract_is_not_reversed_while_anything_names_it() -> None:
    for telling, kind, by in (
        (recontracts(terms()), "contract-varied/1", S151),
        (extends("2028-03-31"), "contract-extended/1", S151),
        (plans(), "payments-planned/1", S151),
        (claims(), "outcome-claimed/1", f"{CHARITY}/claims"),
        (commits(pool=None, contract="K-1"), "commitment-made/1", S151),
    ):
        world = let().allows(telling).refuses(LaterEntryRests, reverses("contract-agreed/1"))
        world.allows(reverses(kind, by=by), reverses("contract-agreed/1"))


def test_the_commissioner_plans_payments() -> None:
    let().refuses(NotYourOrganisation, plans(by=ICB_CFO)).refuses(UnknownContract, plans("K-2")).allows(plans())


# -- transcribed --------------------------------------------------------------------------------

OPEN = agreement("K-2", {"payers": [payer(COUNCIL, None)], "rates": [rate(price=None)]}, provider=None, starts=None)


def test_a_source_may_leave_open_what_an_officer_may_not() -> None:
    world = given(*BODIES, quotes("contract-agreed/1", OPEN), quotes("payments-planned/1", planned("K-2")))
    world.refuses(ContractTermsWrong, says("contract-agreed/1", {**OPEN, "contract": "K-3"}))
    world.refuses(ContractTermsWrong, confirms(S151, of="contract-agreed/1"), because="it states no provider")
    world.refuses(ReferenceReserved, contract("K-2"), quotes("contract-agreed/1", OPEN))
    world.refuses(UnknownContract, claims(contract="K-2"), recontracts(terms(), reference="K-2"), plans("K-2"))
    world.refuses(NothingToConfirm, confirms(ICB_CFO, of="contract-agreed/1"))
    world.refuses(LaterEntryRests, takes_back(S151, of="contract-agreed/1"))
    world.allows(takes_back(S151, of="payments-planned/1"), takes_back(S151, of="contract-agreed/1"), contract("K-2"))


def test_even_a_source_names_bodies_that_there_are_and_a_new_reference() -> None:
    world = let().refuses(ContractAlreadyAgreed, quotes("contract-agreed/1", agreement()))
    world.refuses(UnknownOrganisation, quotes("contract-agreed/1", {**OPEN, "provider": "GB-EXAMPLE-NOBODY"}))
    world.refuses(UnknownContract, quotes("payments-planned/1", planned("K-2")))
    serving = agreement("K-2", terms(rates=[rate(outcome="O-1")]))
    world.refuses(UnknownOutcome, quotes("contract-agreed/1", serving))
    world.allows(quotes("outcome-defined/1", SCHOOL), quotes("contract-agreed/1", serving))


def test_the_commissioner_confirms_what_a_source_says_of_its_contract() -> None:
    world = given(*BODIES, quotes("contract-agreed/1", agreement())).refuses(UnknownContract, claims())
    world.allows(confirms(S151, of="contract-agreed/1"), claims())
    world.refuses(LaterEntryRests, reverses("contract-agreed/1"))
    world.allows(reverses("outcome-claimed/1", by=f"{CHARITY}/claims"), reverses("contract-agreed/1"))


# -- pools that pay, schemes, and metrics that only count -----------------------------------------


def from_a_pool(**more: Any) -> dict[str, Any]:
    """The council pays half from the pool."""
    return terms(payers=[payer(COUNCIL, "50", pool="prevention", **more), payer(ICB, "50")])


def test_whoever_pays_from_a_pool_names_a_scheme_of_that_pool() -> None:
    other = pool(COUNCIL, pool="other"), scheme("S-2", pool="other")
    world = given(*BODIES, pool(COUNCIL, ICB), *other).refuses(
        UnknownScheme, contract("K-1", from_a_pool(scheme="S-1"))
    )
    wrong = contract("K-1", from_a_pool(scheme="S-2"))
    world.refuses(ContractTermsWrong, wrong, because="S-2 is no scheme of prevention").allows(scheme())
    world.allows(contract("K-1", from_a_pool(scheme="S-1", category="capital", accounts_as="capital")))
    world.refuses(ContractTermsWrong, recontracts(from_a_pool(scheme="S-2")), because="S-2 is no scheme of prevention")
    world.refuses(LaterEntryRests, reverses("scheme-agreed/1"))


@pytest.mark.parametrize("stated", [{"scheme": "S-1"}, {"category": "capital"}, {"accounts_as": "capital"}])
def test_whoever_pays_its_own_money_states_no_scheme_and_no_heading(stated: dict[str, str]) -> None:
    agreed = terms(payers=[payer(COUNCIL, "50", **stated), payer(ICB, "50")])
    world = given(*BODIES, pool(COUNCIL, ICB), scheme())
    world.refuses(ContractTermsWrong, contract("K-1", agreed), because="pays from no pool")


def test_the_scheme_whose_outcomes_a_contract_counts_is_there() -> None:
    world = given(*BODIES, pool(COUNCIL, ICB)).refuses(UnknownScheme, contract(scheme="S-1"))
    world.refuses(UnknownScheme, quotes("contract-agreed/1", agreement(scheme="S-1")))
    world.refuses(UnknownScheme, quotes("contract-agreed/1", agreement("K-1", from_a_pool(scheme="S-1"))))
    world.allows(scheme(), contract(scheme="S-1"), quotes("contract-agreed/1", agreement("K-2", scheme="S-1")))
    world.refuses(LaterEntryRests, reverses("scheme-agreed/1"))


COUNTED = rate("homes", price=None, counts_only=True)


def test_a_metric_that_only_counts_has_no_price() -> None:
    world = given(*BODIES).allows(contract("K-1", terms(rates=[rate(), COUNTED])))
    priced = terms(rates=[rate(counts_only=True)])
    world.refuses(ContractTermsWrong, contract("K-2", priced), because="jobs only counts, and has a price")
    zero = terms(rates=[rate(price="0.00", counts_only=True)])
    world.refuses(ContractTermsWrong, contract("K-2", zero), because="jobs only counts, and has a price")


def test_a_metric_that_only_counts_is_claimed_and_verified_and_never_paid() -> None:
    world = let(terms(rates=[rate(), COUNTED])).allows(claims("N-1", 3, metric="homes"), verifies("N-1", 2))
    world.refuses(MetricNotPriced, grants("P-1", {COUNCIL: "31.90", ICB: "68.10"}))
    assert world.book.claims.claim("N-1").verified == 2
