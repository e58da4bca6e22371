"""The catalogue: permanent kinds, every page complete, every fault named at once; and bodies drawn at random."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import errors, events
from ledger.errors import Malformed, UnknownKind
from ledger.events.event import Event
from ledger.values import PLAIN_TEXT, Digest, FinancialYear, FixedBytes, Number, Pence, Sealed, Share, Value
from tests.story import commitment, founding, line

EVERY = list(events.KINDS.values())


# -- bodies, drawn from the types ---------------------------------------------------------------


def wires(wanted: Any) -> st.SearchStrategy[Any]:
    """The wire forms of a type of the catalogue."""
    if get_origin(wanted) is Annotated:
        inner, *metas = get_args(wanted)
        bounded = _within(inner, metas)
        return wires(inner) if bounded is None else bounded
    if get_origin(wanted) is Literal:
        return st.sampled_from(get_args(wanted))
    if get_origin(wanted) in (Union, UnionType):
        return st.one_of([wires(one) for one in get_args(wanted) if one is not NoneType])
    if get_origin(wanted) is tuple:
        return st.lists(wires(get_args(wanted)[0]), max_size=3)
    return _noun(wanted)


def _within(inner: Any, metas: list[Any]) -> st.SearchStrategy[Any] | None:
    patterns = [meta.pattern for meta in metas if isinstance(meta, msgspec.Meta) and meta.pattern]
    if patterns and inner is str:
        most = next((meta.max_length for meta in metas if isinstance(meta, msgspec.Meta) and meta.max_length), 1000)
        if patterns[0] == PLAIN_TEXT:
            return st.text(
                st.characters(codec="latin-1", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=most
            )
        whole = re.compile(patterns[0])
        return st.from_regex(whole).filter(lambda text: "\n" not in text and len(text) <= most)
    limits = [int(meta.le) for meta in metas if isinstance(meta, msgspec.Meta) and meta.le is not None]
    return st.integers(0, min(limits)) if inner is int else None


def _noun(wanted: Any) -> st.SearchStrategy[Any]:
    if wanted is date:
        return st.dates().map(date.isoformat)
    if wanted is bool:
        return st.booleans()
    if issubclass(wanted, Pence):
        return st.integers(0, 10**15 - 1).map(lambda pence: str(Pence(pence)))
    if issubclass(wanted, FinancialYear):
        return st.integers(1900, 2100).map(lambda year: f"{year}-{(year + 1) % 100:02d}")
    if issubclass(wanted, Share):
        return (
            st.fractions(min_value=0, max_value=1, max_denominator=10**6).filter(bool).map(lambda one: str(Share(one)))
        )
    if issubclass(wanted, Number):
        return (
            st.decimals(-(10**9), 10**9, places=4).map(lambda one: f"{one.normalize():f}").filter(lambda n: n != "-0")
        )
    if issubclass(wanted, FixedBytes):
        kind: type[FixedBytes] = wanted
        return st.binary(min_size=kind.length, max_size=kind.length).map(lambda raw: str(kind(raw)))
    assert issubclass(wanted, Value), wanted
    return bodies(wanted)


@functools.cache
def bodies(wanted: type[Value]) -> st.SearchStrategy[dict[str, Any]]:
    """The wire forms of a noun or an event; optional members are there or not."""
    hints = get_type_hints(wanted, include_extras=True)
    fields = msgspec.structs.fields(wanted)
    needed = {field.name: wires(hints[field.name]) for field in fields if field.required}
    optional = {field.name: wires(hints[field.name]) for field in fields if not field.required}
    return st.fixed_dictionaries(needed, optional=optional)


@given(st.data(), st.sampled_from(EVERY))
def test_every_body_reads_back_as_it_was_written(data: st.DataObject, kind: type[Event]) -> None:
    body = data.draw(bodies(kind))
    event = events.decode(kind.kind, body)
    assert isinstance(event, kind)
    assert events.decode(kind.kind, event.body()) == event
    written = json.loads(json.dumps(event.body()))
    assert written == _without_defaults(body, written)


def _without_defaults(said: Any, written: Any) -> Any:
    """What was said, without members that say no more than their absence does."""
    if isinstance(said, dict):
        return {name: _without_defaults(value, written[name]) for name, value in said.items() if name in written}
    if isinstance(said, list):
        return [_without_defaults(one, other) for one, other in zip(said, written, strict=True)]
    return said


SUBJECTS = frozenset(
    [
        "partner",
        "officer",
        "pool",
        "scheme",
        "commitment",
        "contribution",
        "outcome",
        "dataset",
        "contract",
        "claim",
        "payment",
        "spend",
        "journal",
        "map",
        "dispute",
        "settlement",
        "grant",
        "spend",
        "journal",
        "map",
        "entry",
    ]
)


@given(st.data(), st.sampled_from(EVERY))
def test_tags_and_texts_are_those_of_the_whole_event(data: st.DataObject, kind: type[Event]) -> None:
    event = events.decode(kind.kind, data.draw(bodies(kind)))
    assert list(event.tags()) == sorted(set(event.tags()))
    assert all(tag.split(":")[0] in SUBJECTS for tag in event.tags())
    assert set(event.sealed_fields()) == {name for name, value in event.body().items() if _is_sealed(value)}
    if event.about is not None:
        assert f"entry:{event.about}" in event.tags()


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"sealed"}


# -- the catalogue ------------------------------------------------------------------------------

GOLDEN = Path(__file__).parent / "golden"


def test_kinds_are_permanent_and_only_grow() -> None:
    """Whatever chapter a new kind joins, it stands at the end of the golden list; its order is `test_reference`'s."""
    golden = (GOLDEN / "kinds.txt").read_text("utf-8").split()
    assert [kind for kind in golden if kind not in events.KINDS] == []


def members(kind: type[Event]) -> set[str]:
    """A kind's members; one that may be left out is marked with a question mark."""
    return {f"{one.encode_name}{'' if one.required else '?'}" for one in msgspec.structs.fields(kind)}


def test_members_are_permanent_and_a_new_one_may_be_left_out() -> None:
    """Decision 9. The golden lines hold each kind's members as it was first released with them."""
    lines = [line.split() for line in (GOLDEN / "members.txt").read_text("utf-8").splitlines()]
    golden = {kind: set(names) for kind, *names in lines}
    for kind, names in golden.items():
        assert names <= members(events.KINDS[kind]), kind
        assert all(name.endswith("?") for name in members(events.KINDS[kind]) - names), kind
    assert golden.keys() == events.KINDS.keys(), "a new kind brings its line"


def test_no_kind_stands_for_two_events() -> None:
    assert len(events.KINDS) == sum(len(chapter) for chapter in events.CHAPTERS.values())


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_every_page_of_the_catalogue_says_who_signs_what_follows_and_how_it_is_put_right(kind: type[Event]) -> None:
    page = inspect.getdoc(kind) or ""
    assert [word for word in ("Signed by: ", "Effect: ", "Put right by: ") if word not in page] == []


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_every_member_has_a_sentence_and_a_reading_class(kind: type[Event]) -> None:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name in kind.__struct_fields__:
            said = [meta for meta in hint.__metadata__ if isinstance(meta, msgspec.Meta) and meta.description]
            assert said, name
            assert str(said[-1].description).endswith("."), name
            assert (said[-1].extra or {})["read"] in ("partners", "parties", "auditor"), name


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_a_sealed_member_stands_at_the_top_of_its_event(kind: type[Event]) -> None:
    hints = get_type_hints(kind, include_extras=True)
    nested = [name for name, hint in hints.items() if _holds_sealed(hint, below=False)]
    assert nested == []


def _holds_sealed(hint: Any, *, below: bool) -> bool:
    if isinstance(hint, type) and issubclass(hint, Sealed):
        return below
    if isinstance(hint, type) and issubclass(hint, Value):
        return any(_holds_sealed(one, below=True) for one in get_type_hints(hint, include_extras=True).values())
    return any(_holds_sealed(one, below=below) for one in get_args(hint))


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_every_text_of_a_body_is_plain(kind: type[Event]) -> None:
    for pattern in _patterns(msgspec.inspect.type_info(kind)):
        for character in "\x00\n\x7f\xad\u200b\u2028\ue000\ufeff\uffff\U000e0041\U0010ffff":
            for text in (character, f"a{character}", f"{character}a", f"{'a' * 40}{character}"):
                assert not re.search(pattern, text)


def _patterns(of: msgspec.inspect.Type) -> Iterator[str]:
    """The pattern of each text in a type; the values with a reader of their own have one form each."""
    match of:
        case msgspec.inspect.StrType(pattern=pattern):
            assert pattern
            yield pattern
        case msgspec.inspect.StructType(fields=fields):
            yield from (pattern for field in fields for pattern in _patterns(field.type))
        case msgspec.inspect.VarTupleType(item_type=inner) | msgspec.inspect.Metadata(type=inner):
            yield from _patterns(inner)
        case msgspec.inspect.UnionType(types=types):
            yield from (pattern for one in types for pattern in _patterns(one))
        case msgspec.inspect.CustomType(cls=wanted):
            assert issubclass(wanted, FixedBytes | FinancialYear | Pence | Share | Number)
        case _:
            assert isinstance(
                of,
                msgspec.inspect.LiteralType
                | msgspec.inspect.IntType
                | msgspec.inspect.NoneType
                | msgspec.inspect.DateType
                | msgspec.inspect.BoolType,
            )


def test_an_event_tells_what_it_touches() -> None:
    made = events.decode("commitment-made/1", {"occurred_on": "2026-04-02", **commitment()})
    assert made.tags() == ("commitment:C-1", "partner:GB-EXAMPLE-COUNCIL", "pool:prevention")
    assert (made.creates, made.parties) == (("commitment:C-1",), ())
    assert (made.concerns, made.about) == ("GB-EXAMPLE-COUNCIL", None)
    founded = events.decode("ledger-founded/1", founding())
    assert founded.creates == ("partner:GB-EXAMPLE-COUNCIL",)
    assert "Scheme of delegation 4.2" in founded.texts()


def test_texts_deep_in_a_profile_are_found() -> None:
    why = {"level": "primary", "goal": "Fewer falls", "classification": "Demos 2024"}
    body = {"occurred_on": "2026-04-02", **commitment("C-1", line(category="prevention", prevention=why))}
    assert events.decode("commitment-made/1", body).texts() == ("Fewer falls", "Demos 2024")


# -- faults -------------------------------------------------------------------------------------


def faults(body: Any, kind: str = "commitment-made/1") -> str:
    """What decoding refuses a body for."""
    with pytest.raises(Malformed) as refused:
        events.decode(kind, body)
    return str(refused.value)


@pytest.mark.parametrize(
    "kind", ["spend-guessed/1", "commitment-made/2", "ledger.events.pools.PoolAgreed", "os.system", ""]
)
def test_an_unknown_kind_names_itself_and_imports_nothing(kind: str) -> None:
    with pytest.raises(UnknownKind, match=re.escape(repr(kind))) as refused:
        events.decode(kind, {})
    assert "outcomes catalogue" in refused.value.next_step


def test_all_faults_are_named_at_once() -> None:
    body: dict[str, Any] = {"occurred_on": "2026-02-30", **commitment("C-1", line("1.234"), line(year="2026-28"))}
    del body["strength"]
    body |= {"payment_basis": "hope", "discount": "5.00", "funder": "the council", "pool": 7}
    told = faults(body)
    assert told.startswith("body of commitment-made/1: ")
    for fault in (
        "discount: no such member",
        "strength: missing",
        "occurred_on: Invalid RFC3339",
        "funder: Expected `str` matching regex",
        "pool: Expected `str`, got `int`",
        "profile[0].amount: '1.234' is not an amount",
        "payment_basis: Invalid enum value 'hope'",
    ):
        assert fault in told, told
    assert "year" not in told, "within one member only its first fault is named"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"profile": [line("25000.005")]}, "profile[0].amount: '25000.005' is not an amount"),
        ({"profile": [line(year="2026-28")]}, "profile[0].year: '2026-28' is not a financial year"),
        ({"profile": [line(colour="red")]}, "profile[0]: Object contains unknown field `colour`"),
        ({"profile": {}}, "profile: Expected `array`, got `object`"),
        ({"occurred_on": "2026-4-2"}, "occurred_on: Invalid RFC3339"),
        ({"occurred_on": "2026-04-02T00:00:00Z"}, "occurred_on: Invalid RFC3339"),
        ({"occurred_on": 20260402}, "occurred_on: Expected `date`"),
        ({"note": "in plain text"}, "note: Expected `object"),
        ({"note": {"sealed": "short"}}, "note.sealed: 'short' is not a SHA-256"),
        ({"note": {"sealed": str(Digest(bytes(32))), "text": "x"}}, "note: Object contains unknown field `text`"),
        ({"commitment": "no spaces"}, "commitment: Expected `str` matching regex"),
        ({"commitment": None}, "commitment: Expected `str`, got `null`"),
    ],
)
def test_a_fault_names_its_place(change: dict[str, Any], fault: str) -> None:
    assert fault in faults({"occurred_on": "2026-04-02", **commitment(), **change})


@pytest.mark.parametrize("body", [[], None, "text", 1, True])
def test_a_body_is_an_object(body: Any) -> None:
    assert "Expected `object`" in faults(body)


def test_an_empty_body_lacks_everything() -> None:
    told = faults({}, "pool-closed/1").removeprefix("body of pool-closed/1: ")
    assert set(told.split("; ")) == {"pool: missing", "occurred_on: missing"}


@pytest.mark.parametrize("days", [True, 1.0, -1, 2**53, "28"])
def test_a_count_is_a_whole_number_of_the_profile(days: Any) -> None:
    rule = {"kind": "pool-agreed/1", "by": "second-officer", "days": days}
    assert "approvals[0].days" in faults({"occurred_on": "2026-04-02", "approvals": [rule]}, "approval-table-set/1")


def test_days_until_a_lapse_stay_within_the_calendar() -> None:
    rule = {"kind": "pool-agreed/1", "by": "second-officer", "days": 2**53 - 1}
    with pytest.raises(Malformed):
        events.decode("approval-table-set/1", {"occurred_on": "2026-04-02", "approvals": [rule]})


# -- the tree of errors -------------------------------------------------------------------------


def test_every_error_says_what_it_is_for() -> None:
    for error in vars(errors).values():
        if inspect.isclass(error):
            assert inspect.getdoc(error), error


def test_an_error_says_where_it_happened() -> None:
    assert str(Malformed("not a sum", where="row 7")) == "row 7: not a sum"
    assert str(Malformed("not a sum")) == "not a sum"
