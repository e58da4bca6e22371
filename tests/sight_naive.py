"""The line of sight told a second time, by plain loops over lists: the oracle that the Book's pots are held against.

Law: the rule of the line of sight; each clause is quoted here beside the line that keeps it. Nothing is
imported from the rules, nothing is cached, and nothing is clever: room is sought day by day, and every sum is added
up again whenever it is asked for. Sums are in pence; an entry is the number of its record, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

BILLION = 1_000_000_000
NEVER = date.max


class Line(NamedTuple):
    """A sum of a commitment, in one year under one control total."""

    year: str
    category: str
    accounts_as: str
    amount: int


class Pot(NamedTuple):
    """A pot is (pool, financial year, category, revenue or capital)."""

    pool: str
    year: str
    category: str
    accounts_as: str


class Bearer(NamedTuple):
    """A partner's part of an overspend."""

    partner: str
    share: Fraction | None = None
    cap: int | None = None


class Tier(NamedTuple):
    """One step of a risk share."""

    bearers: tuple[Bearer, ...]
    up_to: int | None = None


# -- the records, in the order of the log -----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Record:
    """Something that took effect; it was true from this day on."""

    true: date


@dataclass(frozen=True, kw_only=True)
class Agreed(Record):
    """A pool, or what replaces the sharing in its agreement (`pool-varied`: holds for what comes after)."""

    pool: str
    host: str
    partners: tuple[str, ...]
    draws: tuple[tuple[str, Fraction], ...] = ()
    risk: tuple[Tier, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Granted(Record):
    """A grant with conditions."""

    grant: str
    conditions: tuple[str, ...] = ()
    kept: bool = True


@dataclass(frozen=True, kw_only=True)
class Met(Record):
    """A condition of a grant is met."""

    grant: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Committed(Record):
    """A funder commits money to a pool, or to one scheme of it."""

    ref: str
    funder: str
    pool: str
    lines: tuple[Line, ...]
    scheme: str | None = None
    use_by: date | None = None
    strength: str = "firm"
    grant: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, kw_only=True)
class Firmed(Record):
    """A commitment becomes firm."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class Varied(Record):
    """A commitment's lines are replaced (`commitment-reprofiled` too)."""

    ref: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Record):
    """A commitment ends."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class Received(Record):
    """Cash for a line of a commitment; below zero when it is given back."""

    ref: str
    line: tuple[str, str, str]
    amount: int


@dataclass(frozen=True, kw_only=True)
class Income(Record):
    """Money from elsewhere that counts as a partner's, paid in."""

    pool: str
    partner: str
    category: str
    accounts_as: str
    amount: int
    scheme: str | None = None


@dataclass(frozen=True, kw_only=True)
class Spent(Record):
    """A line of spend, an accrual, or a pool's part of a payment."""

    ref: str
    pool: str
    scheme: str | None
    category: str
    accounts_as: str
    amount: int
    adjusts: bool = False


@dataclass(frozen=True, kw_only=True)
class Credited(Record):
    """A credit note, for what stands under those headings."""

    spend: str
    amount: int
    headings: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Settled(Record):
    """The invoice of an accrued service: what it cost in all."""

    spend: str
    cost: int


@dataclass(frozen=True, kw_only=True)
class ClawedBack(Record):
    """A part of a payment that is owed back to the pot that bore it."""

    spend: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Reclassified(Record):
    """Spend, or a part of it, belongs to another pot of its year."""

    spend: str
    amount: int
    category: str
    accounts_as: str


@dataclass(frozen=True, kw_only=True)
class Apportioned(Record):
    """The partners take on what is unfunded."""

    pot: Pot
    amount: int


@dataclass(frozen=True, kw_only=True)
class Carried(Record):
    """What is kept for the next year; no lines: in proportion."""

    pot: Pot
    amount: int
    use_by: date | None = None
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Closed(Record):
    """A period of a pool is reported."""

    pool: str
    year: str
    ends: date
    spent: int
    quarter: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reversed(Record):
    """An entry is taken back by its exact negation."""

    entry: int


# -- what spending draws on -------------------------------------------------------------------------


class Version(NamedTuple):
    """What a lot amounts to from a day on, by an entry."""

    entry: int
    true: date
    amount: int


class Taken(NamedTuple):
    """What left a lot at a year's end."""

    entry: int
    true: date
    why: Literal["carried", "to-return"]
    amount: int


@dataclass(eq=False)
class Lot:
    """What can be drawn in one pot: a line of a commitment, what is brought forward of it, income, or what a partner
    bears of an overspend."""

    ref: str
    funder: str
    pot: Pot
    entry: int
    scheme: str | None = None
    use_by: date | None = None
    grant: str | None = None
    brought: bool = False
    sort: Literal["committed", "income", "borne"] = "committed"
    versions: list[Version] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.ref}:{self.pot.year}/{self.pot.category}{'*' if self.brought else ''}"


class Nobody(NamedTuple):
    """Unfunded: beyond every commitment."""

    pot: Pot


Party = Lot | Nobody


class Posting(NamedTuple):
    """So much of a spend falls on a party from a day on, by an entry."""

    entry: int
    true: date
    spend: str
    party: Party
    amount: int


class State(NamedTuple):
    """How a draw stands at a moment; the host carries `unpaid`."""

    spend: str
    party: Party
    funded: int = 0
    awaited: int = 0
    conditional: int = 0
    unfunded: int = 0
    unpaid: int = 0


class Illegal(Exception):
    """The rule does not allow it."""


Tally = dict[str, int]
"""By party: exact entitlement less what it was allotted, in whole billionths of a penny."""


def divide(amount: int, weights: dict[str, Fraction], rooms: dict[str, int], tally: Tally) -> dict[str, int]:
    """Divide pence in proportion to weights, each within its room; the parties in the order that decides ties."""
    exact: dict[str, Fraction] = {}
    rest = Fraction(amount)
    still = [name for name in weights if weights[name] > 0 and rooms[name] > 0]
    while still:
        whole = sum(weights[name] for name in still)
        cut = [name for name in still if rest * weights[name] / whole > rooms[name]]
        if not cut:
            exact.update({name: rest * weights[name] / whole for name in still})
            break
        for name in cut:  # "each within its room, the rest again"; entitled to the part that its room left
            exact[name] = Fraction(rooms[name])
            rest -= rooms[name]
            still.remove(name)
    entitled = {name: int(part * BILLION) for name, part in exact.items()}
    parts = {name: int(part) for name, part in exact.items()}  # "Round each share down"
    while sum(parts.values()) < amount:  # "give what is left over to the party owed most to date ..."
        best: str | None = None
        for name in weights:  # "... ties in the order the agreement names the parties"
            if name in parts and parts[name] < rooms[name]:
                owed = tally.get(name, 0) + entitled[name] - parts[name] * BILLION
                if best is None or owed > tally.get(best, 0) + entitled[best] - parts[best] * BILLION:
                    best = name
        if best is None:
            raise Illegal(f"{amount} is more than there is room for")
        parts[best] += 1
    for name, part in parts.items():
        tally[name] = tally.get(name, 0) + entitled[name] - part * BILLION
    return parts


def year_of(day: date) -> str:
    """The financial year: 1 April to 31 March."""
    first = day.year if day >= date(day.year, 4, 1) else day.year - 1
    return f"{first}-{(first + 1) % 100:02}"


def next_year(year: str) -> str:
    """The year after."""
    return year_of(date(int(year[:4]) + 1, 4, 1))


@dataclass
class Sight:
    """Everything that was recorded, and what the rule makes of it."""

    log: list[Record] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    uncovered: list[tuple[str, Posting]] = field(default_factory=list)
    """What the reversal of a commitment left unfunded, by the commitment."""
    covered: list[tuple[str, str, Nobody, int]] = field(default_factory=list)
    """What was covered again, by the commitment that was replaced."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    tier_took: list[tuple[int, Pot, int | str, int]] = field(default_factory=list)
    """What each tier and each partner took: (entry, pot, which of them, how much)."""

    @classmethod
    def of(cls, *records: Record) -> Sight:
        """What a log comes to."""
        sight = cls()
        for record in records:
            sight.tell(record)
        return sight

    def tell(self, record: Record) -> None:
        """The next record takes effect. Raises Illegal, and then nothing has changed."""
        self.check(record)
        self.log.append(record)
        match record:
            case Committed():
                self._commit(record)
            case Varied():
                self._set_lines(record.ref, record.lines, record.true)
            case Withdrawn():
                self._set_lines(record.ref, (), record.true)
            case Income():
                self._income(record)
            case Received() if record.amount < 0:
                self._uncover_all(record.ref, record.true)
            case Spent():
                pot = self.pot_of(record)
                self.draw(record.ref, pot, record.scheme, record.amount, record.true)
            case Credited():
                self.give_back(record.spend, record.amount, record.true, self.under(record.spend, record.headings))
            case Settled():
                self._settle(record)
            case ClawedBack():
                self._give_back_this_year(record.spend, record.amount, record.true)
            case Reclassified():
                self._reclassify(record)
            case Apportioned():
                self._apportion(record)
            case Carried():
                self._carry(record)
            case Reversed():
                self._reverse(record)

    # -- what there is ------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The number of the last entry."""
        return len(self.log)

    def in_effect(self, known: int | None = None, true: date = NEVER) -> list[tuple[int, Record]]:
        """What was recorded by an entry and true on a day, and not taken back by then."""
        known = self.now if known is None else known
        seen = [(n, one) for n, one in enumerate(self.log, 1) if n <= known and one.true <= true]
        gone = [one.entry for _, one in seen if isinstance(one, Reversed)]
        return [(n, one) for n, one in seen if n not in gone]

    def pool(self, pool: str) -> Agreed:
        """The agreement as last varied."""
        return [one for _, one in self.in_effect() if isinstance(one, Agreed) and one.pool == pool][-1]

    def tally(self, pool: str, of: str) -> Tally:
        """Draws have one tally per pool, apportionment another."""
        return self.tallies.setdefault(f"{of} {pool}", {})

    def standing(self, ref: str, known: int | None = None, true: date = NEVER) -> bool:
        """Whether a commitment is there, neither reversed nor withdrawn."""
        seen = [one for _, one in self.in_effect(known, true)]
        made = [one for one in seen if isinstance(one, Committed) and one.ref == ref]
        return bool(made) and not [one for one in seen if isinstance(one, Withdrawn) and one.ref == ref]

    def spend(self, ref: str) -> Spent | None:
        """The spend, unless it was reversed."""
        for _, one in self.in_effect():
            if isinstance(one, Spent) and one.ref == ref:
                return one
        return None

    def order_of(self, spend: str) -> int:
        """Where a spend is in the log."""
        return next(n for n, one in enumerate(self.log, 1) if isinstance(one, Spent) and one.ref == spend)

    def pot_of(self, spend: Spent) -> Pot:
        """(pool, financial year of its true date, category, revenue or capital)."""
        return Pot(spend.pool, year_of(spend.true), spend.category, spend.accounts_as)

    def kept(self, lot: Lot) -> bool:
        """ "money whose conditions say so is returned instead"."""
        grants = [one for _, one in self.in_effect() if isinstance(one, Granted) and one.grant == lot.grant]
        return all(one.kept for one in grants)

    # -- sums ---------------------------------------------------------------------------------------

    def amount(self, lot: Lot, true: date = NEVER, known: int | None = None) -> int:
        """What a lot amounts to on a day: "a later entry overriding an earlier one from its date on"."""
        known = self.now if known is None else known
        worth = 0
        for version in lot.versions:
            if version.entry <= known and version.true <= true:
                worth = version.amount if lot.sort == "committed" else worth + version.amount
        if lot.brought or lot.sort != "committed":
            return worth
        return max(worth, self.cash_for(lot, known, true))  # "Cash received above a commitment counts as a commitment."

    def cash_for(self, lot: Lot, known: int, true: date) -> int:
        """What was received for a line of a commitment that was no error, less what was returned."""
        if not [one for _, one in self.in_effect(known) if isinstance(one, Committed) and one.ref == lot.ref]:
            return 0
        seen = [one for _, one in self.in_effect(known, true) if isinstance(one, Received) and one.ref == lot.ref]
        return sum(one.amount for one in seen if one.line == lot.pot[1:])

    def drawn(self, lot: Lot, true: date = NEVER, known: int | None = None) -> int:
        """What was drawn of a lot by a day, less what was given back to it."""
        known = self.now if known is None else known
        return sum(one.amount for one in self.postings if one.party is lot and one.true <= true and one.entry <= known)

    def taken(self, lot: Lot, true: date = NEVER, known: int | None = None) -> int:
        """What left a lot at a year's end: carried forward, or to be returned."""
        known = self.now if known is None else known
        return sum(one.amount for one in lot.taken if one.true <= true and one.entry <= known)

    def days_of(self, lot: Lot) -> list[date]:
        """The days on which something of a lot changes."""
        days = {one.true for one in lot.versions} | {one.true for one in lot.taken}
        days |= {one.true for one in self.postings if one.party is lot}
        days |= {one.true for one in self.log if isinstance(one, Received | Reversed)}
        return sorted(days)

    def left_on(self, lot: Lot, day: date) -> int:
        """What is left of a lot on a day; below zero, it is over-drawn."""
        return self.amount(lot, day) - self.drawn(lot, day) - self.taken(lot, day)

    def left(self, lot: Lot, day: date) -> int:
        """What can be had of a lot from a day on, so that it is short on no day after."""
        return min(self.left_on(lot, on) for on in [day, *self.days_of(lot)] if on >= day)

    def room(self, lot: Lot, day: date) -> int:
        """What a line of spend of that day can draw. "A lot with use_by before d has no room." """
        if lot.use_by is not None and lot.use_by < day:
            return 0
        return max(0, self.left(lot, day))

    def stands(self, spend: str, known: int | None = None, true: date = NEVER) -> list[tuple[Party, int]]:
        """What stands of a spend, by party: lots as first drawn, unfunded last."""
        known = self.now if known is None else known
        parties = self.parties_of(spend)
        parties.sort(key=lambda party: isinstance(party, Nobody))
        found = []
        for party in parties:
            amount = sum(
                one.amount
                for one in self.postings
                if one.spend == spend and one.party == party and one.entry <= known and one.true <= true
            )
            if amount:
                found.append((party, amount))
        return found

    def total(self, spend: str) -> int:
        """What stands of a spend in all."""
        return sum(amount for _, amount in self.stands(spend))

    def unfunded(self, pot: Pot) -> list[tuple[str, int]]:
        """What no commitment covers in a pot, "oldest first"."""
        return [
            (spend, amount)
            for spend in self.spends()
            for party, amount in self.stands(spend)
            if party == Nobody(pot) and amount > 0
        ]

    def spends(self) -> list[str]:
        """Every spend, in the order of the log."""
        return [one.ref for one in self.log if isinstance(one, Spent)]

    def committed(self, partner: str, pot: Pot) -> int:
        """What a partner committed in a pot."""
        return sum(
            lot.versions[-1].amount if lot.sort == "committed" else self.amount(lot)
            for lot in self.lots
            if lot.funder == partner and lot.pot == pot and not lot.brought and lot.sort != "borne" and lot.versions
        )

    def post(self, spend: str, party: Party, amount: int, true: date) -> None:
        """So much of a spend falls on a party."""
        if amount:
            self.postings.append(Posting(self.now, true, spend, party, amount))

    # -- commitments --------------------------------------------------------------------------------

    def _commit(self, made: Committed) -> None:
        self._set_lines(made.ref, made.lines, made.true)
        if made.replaces is not None:
            self._cover(made)

    def _set_lines(self, ref: str, lines: tuple[Line, ...], true: date) -> None:
        """Each line of a commitment is worth this from a day on; a line that is not named, nothing."""
        made = next(one for one in self.log if isinstance(one, Committed) and one.ref == ref)
        entry = self.log.index(made) + 1
        for lot in self.lots_of(ref):
            if lot.pot[1:] not in [line[:3] for line in lines]:
                lot.versions.append(Version(self.now, true, 0))
        for line in lines:
            pot = Pot(made.pool, line.year, line.category, line.accounts_as)
            lots = [lot for lot in self.lots_of(ref) if lot.pot == pot]
            if not lots:
                lots = [Lot(ref, made.funder, pot, entry, made.scheme, made.use_by, made.grant)]
                self.lots += lots
            lots[0].versions.append(Version(self.now, true, line.amount))

    def lots_of(self, ref: str) -> list[Lot]:
        """The lots of a commitment, without what was brought forward of it."""
        return [lot for lot in self.lots if lot.ref == ref and not lot.brought and lot.sort == "committed"]

    def lines_before(self, entry: int, ref: str) -> tuple[Line, ...]:
        """The lines of a commitment as an entry found them."""
        lines: tuple[Line, ...] = ()
        for n, one in self.in_effect():
            if n < entry and isinstance(one, Committed | Varied) and one.ref == ref:
                lines = one.lines
        return lines

    def _uncover_all(self, ref: str, true: date) -> None:
        for lot in self.lots_of(ref):
            self._uncover(lot, true)

    def _uncover(self, lot: Lot, true: date) -> None:
        """ "the uncovered sum becomes unfunded, latest draws first", on the first day on which it is uncovered.

        Where a draw was given back on a later day, it is given back to nobody then, who had it meanwhile.
        """
        moved: list[str] = []
        for day in sorted({true, *(on for on in self.days_of(lot) if on >= true)}):
            for draw in moved:
                self._move_cover(lot, draw, min(0, self.held(lot, draw, day)), day)
            for draw in reversed(self.draws_on(lot)):
                over = max(0, -self.left_on(lot, day))
                part = max(0, min(over, self.held(lot, draw, day)))
                self._move_cover(lot, draw, part, day)
                moved += [draw] if part and draw not in moved else []

    def _move_cover(self, lot: Lot, spend: str, amount: int, day: date) -> None:
        self.post(spend, lot, -amount, day)
        self.post(spend, Nobody(lot.pot), amount, day)
        if amount:
            self.uncovered.append((lot.ref, self.postings[-1]))

    def held(self, lot: Lot, spend: str, day: date) -> int:
        """What a spend draws on a lot on a day."""
        return sum(one.amount for one in self.postings if one.party is lot and one.spend == spend and one.true <= day)

    def draws_on(self, lot: Lot) -> list[str]:
        """The spends that draw on a lot, in the order in which they began to."""
        found: list[str] = []
        sums: dict[str, int] = {}
        for one in self.postings:
            if one.party is lot:
                if sums.get(one.spend, 0) == 0 and one.amount > 0:
                    found = [spend for spend in found if spend != one.spend] + [one.spend]
                sums[one.spend] = sums.get(one.spend, 0) + one.amount
        return found

    def _cover(self, made: Committed) -> None:
        """ "covers first what that commitment's reversal left unfunded, oldest first, within its own lots"."""
        waiting: dict[tuple[str, Nobody], int] = {}
        for ref, posting in self.uncovered:
            assert isinstance(posting.party, Nobody)
            if ref == made.replaces and self._by_error(posting):
                key = posting.spend, posting.party
                waiting[key] = waiting.get(key, 0) + posting.amount
        for replaced, ref, nobody, amount in self.covered:
            if replaced == made.replaces:
                waiting[ref, nobody] -= amount
        for ref, nobody in sorted(waiting, key=lambda one: self.order_of(one[0])):
            for lot in self.lots_of(made.ref):
                part = self._cover_one(made, lot, ref, nobody, waiting[ref, nobody])
                waiting[ref, nobody] -= part
                self.covered.append((str(made.replaces), ref, nobody, part))

    def _cover_one(self, made: Committed, lot: Lot, ref: str, nobody: Nobody, amount: int) -> int:
        spend = self.spend(ref)
        if spend is None or lot.pot != nobody.pot or lot.scheme not in (None, spend.scheme):
            return 0
        if lot.use_by is not None and lot.use_by < spend.true:  # "a lot with use_by before d has no room"
            return 0
        day = max(made.true, spend.true)
        open_part = sum(part for party, part in self.stands(ref) if party == nobody)
        part = max(0, min(amount, open_part, self.left(lot, day)))
        self.post(ref, lot, part, day)
        self.post(ref, nobody, -part, day)
        return part

    def _by_error(self, posting: Posting) -> bool:
        """Whether it became unfunded because a commitment was reversed, and not merely a variation or a receipt."""
        said = self.log[posting.entry - 1]
        return isinstance(said, Reversed) and isinstance(self.log[said.entry - 1], Committed)

    # -- draws --------------------------------------------------------------------------------------

    def draw(self, spend: str, pot: Pot, scheme: str | None, amount: int, day: date) -> None:
        """Each line of spend draws once, on the commitments that were known then and true on its own date."""
        for group in self.groups(pot, scheme):
            amount -= self._draw_group(spend, pot, group, amount, day)
        self.post(spend, Nobody(pot), amount, day)

    def groups(self, pot: Pot, scheme: str | None) -> list[list[Lot]]:
        """The lots of a pot in the order in which they are drawn; those of one group share."""

        def rank(lot: Lot) -> tuple[bool, bool, date]:
            return (
                lot.scheme is None,  # "first commitments restricted to its scheme, then unrestricted ones"
                not lot.brought,  # "money brought forward counts as earlier than new"
                lot.use_by or NEVER,  # "within each, earliest use-by first"
            )

        able = [lot for lot in self.lots if lot.pot == pot and lot.scheme in (None, scheme)]
        return [[lot for lot in able if rank(lot) == one] for one in sorted({rank(lot) for lot in able})]

    def _draw_group(self, spend: str, pot: Pot, group: list[Lot], amount: int, day: date) -> int:
        """ "pro rata to what each funder has left undrawn, or by the pool agreement's fixed percentages"."""
        pool = self.pool(pot.pool)
        rooms = {
            partner: sum(self.room(lot, day) for lot in group if lot.funder == partner) for partner in pool.partners
        }
        fixed = {partner: share for partner, share in pool.draws if rooms.get(partner, 0)}
        fixed = {partner: fixed[partner] for partner in pool.partners if partner in fixed}
        others = {partner: Fraction(room) for partner, room in rooms.items() if room and partner not in fixed}
        borne: dict[str, int] = {}
        for weights in (fixed, others):
            part = min(amount - sum(borne.values()), sum(rooms[partner] for partner in weights))
            borne |= divide(part, weights, rooms, self.tally(pot.pool, "draws"))
        left = dict(borne)
        for lot in group:  # within a funder "from its lots in the order of the log"
            part = min(left.get(lot.funder, 0), self.room(lot, day))
            self.post(spend, lot, part, day)
            left[lot.funder] = left.get(lot.funder, 0) - part
        assert not any(left.values())
        return sum(borne.values())

    # -- going back ---------------------------------------------------------------------------------

    def give_back_parts(self, spend: str, amount: int, of: list[tuple[Party, int]]) -> list[tuple[Party, int]]:
        """The spend's own shares of a sum; odd pennies by a tally of that spend, which starts from nothing."""
        every = self.parties_of(spend)
        rooms = {str(every.index(party)): stood for party, stood in of if stood > 0}
        weights = {key: Fraction(room) for key, room in rooms.items()}
        parts = divide(amount, weights, rooms, self.tallies.setdefault(f"spend {spend}", {}))
        return [(every[int(key)], part) for key, part in parts.items()]

    def parties_of(self, spend: str) -> list[Party]:
        """Every party that a spend was ever posted to, in the order of the log."""
        return list(dict.fromkeys(one.party for one in self.postings if one.spend == spend))

    def give_back(self, spend: str, amount: int, true: date, of: list[tuple[Party, int]] | None = None) -> None:
        """ "returns the same pennies to the same commitments"."""
        for party, part in self.give_back_parts(spend, amount, self.stands(spend) if of is None else of):
            self.post(spend, party, -part, true)

    def _settle(self, settled: Settled) -> None:
        spend = self.spend(settled.spend)
        assert spend is not None
        more = settled.cost - self.total(settled.spend)
        if more > 0:
            pot = self.main_pot(settled.spend)._replace(year=year_of(settled.true))
            self.draw(settled.spend, pot, spend.scheme, more, settled.true)
        else:
            self._give_back_this_year(settled.spend, -more, settled.true)

    def _give_back_this_year(self, ref: str, amount: int, true: date) -> None:
        """Returned by its own shares, "in the year it is raised, naming the year it came from"."""
        for party, part in self.give_back_parts(ref, amount, self.stands(ref)):
            if party == Nobody(party.pot) or party.pot.year == year_of(true):
                self.post(ref, party, -part, true)
                continue
            pot = party.pot._replace(year=year_of(true))
            assert isinstance(party, Lot)
            back = Lot(party.ref, party.funder, pot, self.now, party.scheme, None, party.grant, brought=True)
            self.lots.append(back)
            self.post(ref, back, -part, true)

    def _reclassify(self, one: Reclassified) -> None:
        """ "gives back in the old pot and draws afresh in the new"."""
        spend = self.spend(one.spend)
        assert spend is not None
        old = self.main_pot(one.spend)
        new = old._replace(category=one.category, accounts_as=one.accounts_as)
        self.give_back(one.spend, one.amount, one.true, self.inside(one.spend, old))
        self.draw(one.spend, new, spend.scheme, one.amount, one.true)

    def main_pot(self, spend: str) -> Pot:
        """The pot in which most of a spend stands; of equals, the first that it drew on."""
        sums: dict[Pot, int] = {}
        for party in self.parties_of(spend):
            stood = sum(amount for of, amount in self.stands(spend) if of == party)
            sums[party.pot] = sums.get(party.pot, 0) + stood
        return max(sums, key=lambda pot: sums[pot])

    def inside(self, spend: str, pot: Pot) -> list[tuple[Party, int]]:
        """What stands of a spend in a pot: "it keeps its scheme and year"."""
        return [(party, amount) for party, amount in self.stands(spend) if party.pot == pot]

    def under(self, spend: str, headings: tuple[str, str] | None) -> list[tuple[Party, int]]:
        """What stands of a spend under those headings."""
        return [(party, amount) for party, amount in self.stands(spend) if headings in (None, party.pot[2:])]

    def _income(self, one: Income) -> None:
        """A lot of the named partner, in cash, of the pot of its date."""
        pot = Pot(one.pool, year_of(one.true), one.category, one.accounts_as)
        lot = self._lot_like(Lot("income", one.partner, pot, self.now, one.scheme, sort="income"))
        lot.versions.append(Version(self.now, one.true, one.amount))

    def _lot_like(self, wanted: Lot) -> Lot:
        """The lot of that sort, funder, pot and scheme; a new one if there is none."""
        for lot in self.lots:
            if (lot.sort, lot.funder, lot.pot, lot.scheme) == (wanted.sort, wanted.funder, wanted.pot, wanted.scheme):
                return lot
        self.lots.append(wanted)
        return wanted

    # -- the year's end -----------------------------------------------------------------------------

    def lines(self, pot: Pot, amount: int) -> dict[str, int]:
        """Each partner's part of an overspend: tier after tier; what no tier takes raises Illegal."""
        borne, _ = self._tiers(pot, amount, dict(self.tally(pot.pool, "risk")))
        return borne

    def _tiers(self, pot: Pot, amount: int, tally: Tally) -> tuple[dict[str, int], list[int]]:
        pool = self.pool(pot.pool)
        tiers = pool.risk or (Tier(tuple(Bearer(partner) for partner in pool.partners)),)
        borne: dict[str, int] = {}
        took = []
        left = amount
        for number, tier in enumerate(tiers):
            weights = {}
            rooms = {}
            for bearer in tier.bearers:
                committed = Fraction(self.committed(bearer.partner, pot))
                weights[bearer.partner] = committed if bearer.share is None else bearer.share
                before = self.bore(bearer.partner, pot) + borne.get(bearer.partner, 0)
                rooms[bearer.partner] = left if bearer.cap is None else max(0, bearer.cap - before)
            ordered = [bearer.partner for bearer in tier.bearers if weights[bearer.partner]]
            part = min(left, sum(rooms[partner] for partner in ordered))
            if tier.up_to is not None:
                part = min(part, max(0, tier.up_to - self.took(pot, number)))
            parts = divide(part, {partner: weights[partner] for partner in ordered}, rooms, tally)
            for partner, bears in parts.items():
                borne[partner] = borne.get(partner, 0) + bears
            took.append(part)
            left -= part
        if left:
            raise Illegal(f"no partner takes {left} of {amount}")
        return {partner: part for partner, part in borne.items() if part}, took

    def bore(self, partner: str, pot: Pot) -> int:
        """What a partner took on already of a pool and year."""
        stands = [n for n, _ in self.in_effect()]
        return sum(
            amount for n, of, who, amount in self.tier_took if n in stands and of[:2] == pot[:2] and who == partner
        )

    def took(self, pot: Pot, tier: int) -> int:
        """What a step of the risk share took already of a pool and year."""
        stands = [n for n, _ in self.in_effect()]
        return sum(
            amount for n, of, step, amount in self.tier_took if n in stands and of[:2] == pot[:2] and step == tier
        )

    def _apportion(self, one: Apportioned) -> None:
        """ "so much of what is unfunded, oldest first, becomes the partners' own"."""
        tally = self.tally(one.pot.pool, "risk")
        still, took = self._tiers(one.pot, one.amount, tally)
        self.tier_took += [(self.now, one.pot, number, part) for number, part in enumerate(took)]
        self.tier_took += [(self.now, one.pot, partner, part) for partner, part in still.items()]
        lots = {partner: self._lot_like(Lot("borne", partner, one.pot, self.now, sort="borne")) for partner in still}
        for partner, part in still.items():
            lots[partner].versions.append(Version(self.now, one.true, part))
        left = one.amount
        for spend, unfunded in self.unfunded(one.pot):
            part = min(left, unfunded)
            parts = divide(part, {name: Fraction(room) for name, room in still.items()}, dict(still), tally)
            day = max(one.true, self.day_of(spend))
            for partner, bears in parts.items():
                self.post(spend, lots[partner], bears, day)
                still[partner] -= bears
            self.post(spend, Nobody(one.pot), -part, day)
            left -= part
        assert left == 0

    def day_of(self, spend: str) -> date:
        """The day on which a spend is true."""
        return next(one.true for one in self.log if isinstance(one, Spent) and one.ref == spend)

    def may_carry(self, pot: Pot, day: date) -> list[Lot]:
        """ "where it is silent, pro rata to undrawn unrestricted money" that may be kept."""
        return [
            lot
            for lot in self.lots
            if lot.pot == pot
            and lot.scheme is None
            and lot.sort != "borne"
            and self.kept(lot)
            and self.left(lot, day) > 0
        ]

    def _carry(self, one: Carried) -> None:
        parts = self._named_parts(one) if one.lines else self._proportional_parts(one)
        for lot in list(self.lots):
            undrawn = self.left(lot, one.true)
            if lot.pot == one.pot and undrawn > 0:
                self._carry_lot(lot, one, parts.get(self.lots.index(lot), 0), undrawn)

    def _named_parts(self, one: Carried) -> dict[int, int]:
        """What is carried of each lot, where the commitments are named."""
        parts: dict[int, int] = {}
        for ref, amount in one.lines:
            still = amount
            for number, lot in enumerate(self.lots):
                if lot.ref == ref and lot.pot == one.pot and self.kept(lot):
                    parts[number] = min(still, max(0, self.left(lot, one.true)))
                    still -= parts[number]
        return parts

    def _proportional_parts(self, one: Carried) -> dict[int, int]:
        """What is carried of each lot, where nothing is said; odd pennies by a tally that starts from nothing."""
        able = self.may_carry(one.pot, one.true)
        rooms = {
            partner: sum(self.left(lot, one.true) for lot in able if lot.funder == partner)
            for partner in self.pool(one.pot.pool).partners
        }
        divided = divide(one.amount, {name: Fraction(room) for name, room in rooms.items()}, rooms, {})
        parts = {}
        for lot in able:  # "within a funder from its lots in the order of the log"
            part = min(divided[lot.funder], self.left(lot, one.true))
            parts[self.lots.index(lot)] = part
            divided[lot.funder] -= part
        return parts

    def _carry_lot(self, lot: Lot, one: Carried, carried: int, undrawn: int) -> None:
        if carried:
            year = next_year(one.pot.year)
            true = max(one.true, date(int(year[:4]), 4, 1))  # "true from the entry's true date, not before 1 April"
            pot = one.pot._replace(year=year)
            brought = Lot(lot.ref, lot.funder, pot, self.now, lot.scheme, one.use_by, lot.grant, brought=True)
            brought.sort = "committed"
            brought.versions.append(Version(self.now, true, carried))
            self.lots.append(brought)
            lot.taken.append(Taken(self.now, one.true, "carried", carried))
        if undrawn > carried and lot.sort != "borne":  # "what is not carried of any lot is to be returned"
            lot.taken.append(Taken(self.now, one.true, "to-return", undrawn - carried))

    # -- reversals ----------------------------------------------------------------------------------

    def _reverse(self, one: Reversed) -> None:
        target = self.log[one.entry - 1]
        match target:
            case Committed():
                for lot in self.lots_of(target.ref):
                    lot.versions.append(Version(self.now, one.true, 0))
                self._uncover_all(target.ref, one.true)
            case Varied() | Withdrawn():
                later = [n for n, was in self.in_effect() if isinstance(was, Varied) and was.ref == target.ref]
                if not [n for n in later if n > one.entry]:
                    self._set_lines(target.ref, self.lines_before(one.entry, target.ref), one.true)
                    self._uncover_all(target.ref, one.true)
            case Received():
                self._uncover_all(target.ref, one.true)
            case Income():
                pot = Pot(target.pool, year_of(target.true), target.category, target.accounts_as)
                lot = self._lot_like(Lot("income", target.partner, pot, self.now, target.scheme, sort="income"))
                lot.versions.append(Version(self.now, one.true, -target.amount))
                self._uncover(lot, one.true)
            case Spent():
                for party, amount in self.stands(target.ref):  # "a full reversal gives back exactly what stands"
                    self.post(target.ref, party, -amount, one.true)
                    if amount < 0 and isinstance(party, Lot):
                        self._uncover(party, one.true)
            case Credited() | Settled() | ClawedBack() | Reclassified() | Apportioned():
                self._negate(one)
            case Carried():
                self._uncarry(one)

    def _negate(self, one: Reversed) -> None:
        """What an entry moved is moved back: of what it drew, what still stands; of what it gave back, no more.

        What a lot has no room for any more is drawn afresh.
        """
        moved = [posting for posting in reversed(self.postings) if posting.entry == one.entry]
        freed = {posting.spend: 0 for posting in moved if posting.amount > 0}
        for posting in moved:
            if posting.amount > 0:
                freed[posting.spend] += self._release(posting, one.true)
        for posting in moved:
            if posting.amount < 0:
                wanted = min(-posting.amount, freed.get(posting.spend, -posting.amount))
                self._retake(posting, wanted, one.true)
                if posting.spend in freed:
                    freed[posting.spend] -= wanted
        for lot in [lot for lot in self.lots if lot.sort == "borne"]:
            for version in [version for version in lot.versions if version.entry == one.entry]:
                lot.versions.append(Version(self.now, one.true, -version.amount))
                self._uncover(lot, one.true)

    def _release(self, posting: Posting, day: date) -> int:
        """Give back what stands there, and what of it has become unfunded since; how much that is."""
        left = posting.amount
        for party in dict.fromkeys((posting.party, Nobody(posting.party.pot))):
            stood = sum(amount for of, amount in self.stands(posting.spend) if of == party)
            part = min(left, max(0, stood))
            self.post(posting.spend, party, -part, day)
            left -= part
        return posting.amount - left

    def _retake(self, posting: Posting, wanted: int, day: date) -> None:
        lot, part = posting.party, wanted
        if isinstance(lot, Lot):
            part = min(wanted, max(0, self.left(lot, day)))
        self.post(posting.spend, lot, part, day)
        spend = self.spend(posting.spend)
        if wanted > part and spend is not None:
            self.draw(posting.spend, lot.pot, spend.scheme, wanted - part, day)

    def _uncarry(self, one: Reversed) -> None:
        for lot in self.lots:
            if lot.brought and lot.entry == one.entry:
                lot.versions.append(Version(self.now, one.true, 0))
            for taken in [taken for taken in lot.taken if taken.entry == one.entry]:
                lot.taken.append(Taken(self.now, one.true, taken.why, -taken.amount))

    # -- what is not allowed ------------------------------------------------------------------------

    def check(self, record: Record) -> None:
        """Raises Illegal where the rule refuses; the records are otherwise taken to be well-formed."""
        match record:
            case Varied():
                self._covered(record.ref, record.lines, record.true)
            case Withdrawn():
                self._covered(record.ref, (), record.true)
            case Credited():
                stands = sum(amount for _, amount in self.under(record.spend, record.headings))
                if record.amount > stands:
                    raise Illegal(f"{stands} stands of {record.spend}")
            case ClawedBack():
                if record.amount > self.total(record.spend):
                    raise Illegal(f"{self.total(record.spend)} stands of {record.spend}")
            case Reclassified():
                stands = sum(amount for _, amount in self.inside(record.spend, self.main_pot(record.spend)))
                if record.amount > stands:
                    raise Illegal(f"{stands} of {record.spend} stands there")
            case Apportioned():
                there = sum(amount for _, amount in self.unfunded(record.pot))
                if record.amount > there:
                    raise Illegal(f"{there} is unfunded")
                self.lines(record.pot, record.amount)
            case Carried():
                self._check_carried(record)
            case Closed():
                self._check_closed(record)
        self._check_open(record)

    def _covered(self, ref: str, lines: tuple[Line, ...], true: date) -> None:
        """ "A commitment cannot be varied or withdrawn below what is drawn"."""
        for lot in self.lots_of(ref):
            after = sum(line.amount for line in lines if line[:3] == lot.pot[1:])
            for day in [on for on in {true, *self.days_of(lot)} if on >= true]:
                used = self.drawn(lot, day) + self.taken(lot, day)
                if used > max(after, self.cash_for(lot, self.now, day)):
                    raise Illegal(f"{used} is drawn of {lot} by {day}")

    def _check_carried(self, one: Carried) -> None:
        if one.lines:
            if sum(amount for _, amount in one.lines) != one.amount:
                raise Illegal("the lines are not the whole")
            for ref, amount in one.lines:
                there = [lot for lot in self.lots if lot.ref == ref and lot.pot == one.pot and self.kept(lot)]
                if amount > sum(max(0, self.left(lot, one.true)) for lot in there):
                    raise Illegal(f"{ref} has less to carry")
        elif one.amount > sum(self.left(lot, one.true) for lot in self.may_carry(one.pot, one.true)):
            raise Illegal("there is less to carry")

    def _check_open(self, record: Record) -> None:
        """What occurred in a reported period is changed as its adjustment alone."""
        match record:
            case Spent() | Income():
                pool = record.pool
            case Credited() | Settled() | Reclassified():
                spend = self.spend(record.spend)
                pool = spend.pool if spend else ""
            case Apportioned():
                pool = record.pot.pool
            case Reversed():
                pool = self._moved_by(record.entry)
            case _:
                return
        adjusts = isinstance(record, Spent) and record.adjusts
        if self.reported(pool, record.true) != adjusts:
            raise Illegal(f"{record.true} is in a period that is {'not ' if adjusts else ''}reported")

    def _moved_by(self, entry: int) -> str:
        """The pool whose spending, income or carried money an entry moved."""
        target = self.log[entry - 1]
        pools = [one.party.pot.pool for one in self.postings if one.entry == entry]
        pools += [lot.pot.pool for lot in self.lots if any(one.entry == entry for one in lot.taken)]
        pools += [target.pool] if isinstance(target, Income) else []
        pools += [
            one.party.pot.pool for one in self.postings if isinstance(target, Settled) and one.spend == target.spend
        ]
        return pools[0] if pools and not isinstance(target, Committed | Varied | Received) else ""

    def reported(self, pool: str, day: date) -> bool:
        """Whether a day is in a reported quarter or year."""
        quarter = (day.month - 4) % 12 // 3 + 1
        closed = [one for _, one in self.in_effect() if isinstance(one, Closed)]
        here = [one for one in closed if (one.pool, one.year) == (pool, year_of(day))]
        return any(one.quarter is None or one.quarter >= quarter for one in here)

    def _check_closed(self, record: Closed) -> None:
        """A quarter is closed once, when it is over, and with what was spent to its end."""
        if record.spent != self.spent_to(record.pool, record.ends) or record.true <= record.ends:
            raise Illegal("it is not what was spent, or not over")
        if self.reported(record.pool, record.ends):
            raise Illegal("it was reported already")

    def spent_to(self, pool: str, day: date) -> int:
        """What was spent in the year up to a day."""
        return sum(
            one.amount
            for one in self.postings
            if one.party.pot.pool == pool and one.true <= day and year_of(one.true) == year_of(day)
        )

    # -- states, on both clocks ---------------------------------------------------------------------

    def cash(self, pool: str, funder: str, known: int | None = None, true: date = NEVER) -> int:
        """What a funder paid in, less what was returned."""
        total = 0
        for _, one in self.in_effect(known, true):
            if isinstance(one, Income) and (one.pool, one.partner) == (pool, funder):
                total += one.amount
            if isinstance(one, Received):
                made = next(was for was in self.log if isinstance(was, Committed) and was.ref == one.ref)
                total += one.amount if (made.pool, made.funder) == (pool, funder) else 0
        return total

    def doubtful(self, party: Party, known: int | None, true: date) -> tuple[bool, bool]:
        """Whether the commitment is indicative, and whether a condition of its grant is unmet."""
        if not isinstance(party, Lot):
            return False, False
        seen = [one for _, one in self.in_effect(known, true)]
        made = next((one for one in self.log if isinstance(one, Committed) and one.ref == party.ref), None)
        firmed = any(isinstance(one, Firmed) and one.ref == party.ref for one in seen)
        indicative = made is not None and made.strength == "indicative" and not firmed
        asked = {
            name for one in self.log if isinstance(one, Granted) and one.grant == party.grant for name in one.conditions
        }
        met = {one.condition for one in seen if isinstance(one, Met) and one.grant == party.grant}
        return indicative, bool(asked - met)

    def states(self, pool: str, known: int | None = None, true: date = NEVER) -> list[State]:
        """ "Every drawn pound has a state"; draws in the order of the log."""
        host = self.pool(pool).host
        found: list[State] = []
        cash = {
            partner: self.cash(pool, partner, known, true) + self._given_back(pool, partner, known, true)
            for partner in self.pool(pool).partners
        }
        for spend, party, amount in self.draws(pool, known, true):
            if isinstance(party, Nobody):
                found.append(State(spend, party, unfunded=amount))
                continue
            paid = amount if party.funder == host else min(amount, max(0, cash[party.funder]))
            cash[party.funder] -= paid  # "A receipt clears that funder's awaited money, oldest first."
            indicative, unmet = self.doubtful(party, known, true)
            rest = amount - paid
            if unmet:
                found.append(State(spend, party, conditional=amount, unpaid=rest))
            elif indicative:
                found.append(State(spend, party, funded=paid, conditional=rest, unpaid=rest))
            else:
                found.append(State(spend, party, funded=paid, awaited=rest, unpaid=rest))
        return found

    def draws(self, pool: str, known: int | None, true: date) -> list[tuple[str, Party, int]]:
        """What stands drawn, in the order in which it was first drawn."""
        pairs = list(dict.fromkeys((one.spend, one.party) for one in self.postings if one.party.pot.pool == pool))
        found = []
        for spend, party in pairs:
            amount = sum(part for of, part in self.stands(spend, known, true) if of == party)
            if amount > 0:
                found.append((spend, party, amount))
        return found

    def _given_back(self, pool: str, funder: str, known: int | None, true: date) -> int:
        """What was given back to a funder's lots of another year than it was drawn in: it settles as cash does."""
        total = 0
        for spend in self.spends():
            for party, amount in self.stands(spend, known, true):
                if isinstance(party, Lot) and (party.pot.pool, party.funder) == (pool, funder) and amount < 0:
                    total -= amount
        return total

    def in_hand(self, pool: str, known: int | None = None, true: date = NEVER) -> dict[str, int]:
        """Cash beyond what is drawn, by funder."""
        hand = {}
        for partner in self.pool(pool).partners:
            drawn = sum(
                amount
                for spend in self.spends()
                for party, amount in self.stands(spend, known, true)
                if not isinstance(party, Nobody) and (party.pot.pool, party.funder) == (pool, partner)
            )
            hand[partner] = max(0, self.cash(pool, partner, known, true) - drawn)
        return hand

    def carrying(self, pool: str, known: int | None = None, true: date = NEVER) -> int:
        """What the host pays out of its own pocket: what is not in, and not covered, less the cash in hand of all."""
        host = self.pool(pool).host
        unpaid = 0
        for state in self.states(pool, known, true):
            if isinstance(state.party, Nobody) or state.party.funder != host:
                unpaid += state.unpaid + state.unfunded
        return max(0, unpaid - sum(self.in_hand(pool, known, true).values()))

    def by_funder(self, spend: str, known: int | None = None, true: date = NEVER) -> dict[str, int]:
        """What stands of a spend by funder; unfunded under an empty name."""
        sums: dict[str, int] = {}
        for party, amount in self.stands(spend, known, true):
            name = "" if isinstance(party, Nobody) else party.funder
            sums[name] = sums.get(name, 0) + amount
        return sums

    def state_sums(self, pool: str, funder: str, known: int | None = None, true: date = NEVER) -> tuple[int, int, int]:
        """What of a funder's draws is funded, awaited and conditional."""
        own = [
            one
            for one in self.states(pool, known, true)
            if not isinstance(one.party, Nobody) and one.party.funder == funder
        ]
        return sum(one.funded for one in own), sum(one.awaited for one in own), sum(one.conditional for one in own)
