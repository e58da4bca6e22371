"""Wording: what looks like a person's details is refused, and what practitioners write every day is not."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from ledger.errors import TextLooksPersonal
from ledger.rules.wording import looks_personal
from ledger.statement import Source
from tests.rules import admits, commits, given, partners, pool, says, sets_table, transcribes
from tests.story import COUNCIL, ICB, World, appointment, commitment, line

NHS, NI, MAIL = "an NHS number", "a National Insurance number", "an e-mail address"
PHONE, BIRTH = "a telephone number", "a name with a date of birth"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("AB123456C", NI),
        ("Their number is ab 12 34 56 c.", NI),
        ("AB-12-34-56-C", NI),
        ("AB123456 C", NI),
        ("AB12 3456C", NI),
        ("943 476 5919", NHS),
        ("943.476.5919", NHS),
        ("ID-9434765919", NHS),
        ("943-476-5919", NHS),
        ("see NHS9434765919", NHS),
        ("Write to some.one@nhs.net about it", MAIL),
        ("some.one@example.org", MAIL),
        ("Ring 07700 900123", PHONE),
        ("07700900123", PHONE),
        ("+44 7700 900123", PHONE),
        ("01632-960-123", PHONE),
        ("020 7946 0958", PHONE),
        ("(01632) 960123", PHONE),
        ("+44 (0)7700 900123", PHONE),
        ("0044 7700 900123", PHONE),
        ("07700.900.123", PHONE),
        ("John Smith 03/02/1980", BIRTH),
        ("John Smith, 3.2.1980", BIRTH),
        ("Mary-Anne Smith (3-2-1980)", BIRTH),
        ("dob 3/2/80", BIRTH),
        ("D.O.B.: 03/02/80", BIRTH),
        ("a child born 3 February 2019", BIRTH),
        ("date of birth 1980", BIRTH),
        ("John Smith (3 February 1980)", BIRTH),
        ("John Smith 1980-02-03", BIRTH),
        ("John O'Neill 03/02/1980", BIRTH),
        ("Siân Jones 03/02/1980", BIRTH),
        ("J Smith 03/02/1980", BIRTH),
        ("John A Smith 03/02/1980", BIRTH),
        ("born in 1980", BIRTH),
        ("943_476_5919", NHS),
        ("ref_9434765919", NHS),
        ("01 04 2026 310", PHONE),
        ("020 7946 01 04 2026", PHONE),
        ("+44 01 04 2026 31", PHONE),
        ("07.70.0900.123", PHONE),
        ("Supporting John 03/02/1980", BIRTH),
        ("Supporting Families John Smith 01/04/2026", BIRTH),
        ("John Smith Greater Manchester 2026-04-01", BIRTH),
        ("Irving Smith 01/04/2026", BIRTH),
        ("John Browning 01/04/2026", BIRTH),
    ],
)
def test_text_that_looks_personal_is_named(text: str, what: str) -> None:
    assert looks_personal(text) == what


@pytest.mark.parametrize(
    "text",
    [
        "SI 2000/617, regulation 7(3)",
        "NHS Act 2006 section 75",
        "GB-LAE-BPL",
        "GB-NHS-QE1 and GB-CHC-1234567, company 01234567",
        "E06000008",
        "GBP 25,000.00",
        "£1,234,567,890.12 over three years",
        "2026-04-02",
        "2026-04-02T10:15:00Z",
        "2026-27, 2027-28 and 2028-29",
        "1 April 2026 to 31 March 2029",
        "01/04/2026 to 31/03/2029",
        "payments.csv:417",
        "Scheme of delegation 4.2",
        "Cabinet minute 14 of 12/03/2026",
        "Health and Wellbeing Board, 12 March 2026, item 7",
        "Purchase order 4500012345",
        "Minute 2026/0123",
        "Newborn hearing checks, 2026 wave",
        "943 476 5918",
        "Grants 31/3456 @ 5% a year",
        "Executive Board 12/03/2026, item 7",
        "Cabinet Decision 12/03/2026",
        "01-04-2026 31-03-2029",
        "01.04.2026 31.03.2029",
        "a share of 0.123456789",
        "Born Too Soon 2026",
        "Children born in Blackburn, cohort 3",
        "Integrated Care 01/04/2026",
        "Care Act 01/04/2015",
        "Lancashire County 01-04-2026",
        "Deed Variation 2026-04-01",
        "Greater Manchester 2026-04-01",
        "The Greater Manchester 01.04.2026",
        "Supporting Families 01/04/2026",
        "Changing Futures, 1 April 2026",
        "01 04 2026 31 03 2029",
        "From 01 04 2026 to 31 03 2029",
        "BACS 20-00-00 12345678",
        "VAT 123 4567 89",
        "4dcc0265-2687-71df-9936-3dbbdc7f7e35",
        "bba6e21d1e30fea122e55354b97221392d3373d0533001007d4db1638fae0dbe",
    ],
)
def test_what_practitioners_write_every_day_is_taken(text: str) -> None:
    assert looks_personal(text) == ""


@drawn(st.integers(0, 10**9 - 1))
def test_an_nhs_number_is_known_by_its_check_digit(nine: int) -> None:
    digits = f"{nine:09d}"
    check = -sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11
    last = {10: None, 11: 0}.get(check, check)
    seen = [looks_personal(f"x {digits[:3]} {digits[3:6]} {digits[6:]}{digit}") == NHS for digit in range(10)]
    assert seen == [digit == last for digit in range(10)]


@drawn(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(0, 10**9 - 1),
    st.sampled_from(
        ["{day} {pounds:,}.00", "GBP {pounds}.00 by {day}", "{day:%d/%m/%Y} to {day:%d/%m/%Y}", "minute {day}"]
    ),
)
def test_dates_and_sums_are_not_personal(day: date, pounds: int, form: str) -> None:
    assert looks_personal(form.format(day=day, pounds=pounds)) == ""


def test_identifiers_and_digests_are_not_personal() -> None:
    dice = random.Random(14)
    ids = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(2_000)]
    digests = [dice.randbytes(32).hex() for _ in range(2_000)]
    assert not [text for text in (*ids, *digests) if looks_personal(text)]


def personal_texts() -> dict[str, Callable[[World], object]]:
    """A statement for each place where plain text can stand, with a telephone number in it."""
    ring = "Ring 07700 900123"
    why = {"level": "primary", "goal": ring, "classification": "Demos 2024"}
    body = {"organisation": {"id": ICB, "name": ring, "form": "other"}}
    office = {"organisation": COUNCIL, "officer": {**appointment(f"{COUNCIL}/clerk"), "instrument": ring}}
    source = Source(dataset="ab" * 32, row=ring)
    return {
        "a pool's name": pool(name=ring),
        "a pool's reference": pool(pool="07700-900123"),
        "a commitment's reference": commits("07700900123"),
        "a reference that a source states": transcribes("07700.900123", funder=COUNCIL),
        "a citation": pool(legal_power="other", citation=ring),
        "a goal, deep in a profile": commits("C-1", line(category="prevention", prevention=why)),
        "a body's name": says("organisation-admitted/1", body),
        "an instrument of delegation": says("officer-appointed/1", office),
        "the decision cited": says("approval-table-set/1", {"approvals": []}, decision=ring),
        "the row of a source": says("commitment-made/1", commitment(), source=source),
    }


@pytest.mark.parametrize("place", personal_texts())
def test_personal_text_is_refused_wherever_plain_text_can_stand(place: str) -> None:
    world = given(pool(pool="another")).refuses(TextLooksPersonal, personal_texts()[place], because=PHONE)
    assert not world.book.pools.pools.get("prevention")


@pytest.mark.parametrize("reference", ["9434765919", "NHS-943-476-5919", "case_9434765919", "AB123456C"])
def test_a_reference_is_nobodys_number(reference: str) -> None:
    given(pool()).refuses(TextLooksPersonal, commits(reference), pool(pool=reference))


def test_an_identifier_of_a_public_register_is_taken_whatever_its_digits() -> None:
    given().allows(admits("PL-KRS-9434765919"))


def test_what_is_not_personal_stands_in_the_same_places() -> None:
    given(partners(ICB), pool(COUNCIL, ICB, name="Ring-fenced money")).allows(
        says("approval-table-set/1", {"approvals": []}, decision="Cabinet minute 14"), sets_table()
    )
