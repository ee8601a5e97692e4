"""Who answers to a name as typed: through the index of words, exactly, by beginnings, then by likeness.

No query walks over all households. Where the scope is wide, words lead to their families, and a common word stops after
enough of them; where it is narrow (a caseload, a kelurahan), its families are asked for their words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.family.records.models import Household, Member, NameWord
from portal.family.rules import names
from portal.kernel.base import session

MOST = 100
"""Matches that are ranked; whoever gets more types another letter."""
FEW = 10
"""With fewer exact answers than this, likely ones are looked for too."""
WORDS = 4
ALIKE, BEGINS_ALIKE = 75.0, 80.0
ALIKE_LETTERS = 4
SIMILAR_WORDS = 30
BY_ANOTHER_MEMBER = 90.0
"""Rank of a family whose caretaker is called otherwise, but somebody in it exactly so."""
CONFUSED = ("hkgq", "pfvb", "szc", "yjid", "uow", "iey", "mn", "rl", "td", "ha")
"""First letters that are taken for each other."""

Condition = ColumnElement[bool]
Families = Select[int, str]
"""Ids and sort names."""


@dataclass(frozen=True)
class Matches:
    """Ids of households, the best first; `more` when there are others beyond them."""

    ids: tuple[int, ...]
    more: bool = False


@dataclass(frozen=True)
class SearchGround:
    """Where to look: `conditions` on Household (sight and filters); wide when they leave more than a kelurahan."""

    conditions: Sequence[Condition]
    is_wide: bool


@dataclass(frozen=True)
class _Word:
    """What one word of the family must be: among `alike`, or beginning with `start`."""

    start: str = ""
    alike: tuple[str, ...] = ()

    def holds(self, column: InstrumentedAttribute[str]) -> Condition:
        ways = [column.in_(self.alike)] if self.alike else []
        return or_(*ways, *([_begins(column, self.start)] if self.start else []))


Way = tuple[_Word, ...]
"""One way to answer: the family has a word for each of these, the most telling one first."""


def by_name(typed: str, ground: SearchGround) -> Matches:
    """Households on this ground that answer to the name, the best first; at most three statements."""
    asked = names.tokens(typed)[:WORDS]
    if not asked:
        return Matches(())
    words = sorted(asked, key=len, reverse=True)
    found = _found([_named(asked, ground), *(_answering(way, ground) for way in _exact_ways(words))])
    exact = set(found)
    if len(exact) < FEW:
        found |= _found([_answering(way, ground) for way in _likely_ways(words, alone=not exact)])
    return _ranked(asked, found, exact)


def other_members(typed: str, shown: Mapping[int, str]) -> dict[int, str]:
    """Of these families (sort names by id), those whose caretaker is not who was looked for: the member who is."""
    asked = names.tokens(typed)
    wondering = [one for one, name in shown.items() if names.answers(asked, tuple(name.split())) < BY_ANOTHER_MEMBER]
    if not wondering:
        return {}
    best: dict[int, tuple[float, bool, str]] = {}
    mine = (Member.household_id.in_(wondering), Member.left_on.is_(None))
    rows = session.execute(select(Member.household_id, Member.name, Member.is_caretaker).where(*mine))
    for household_id, name, is_caretaker in rows:
        answer = (names.answers(asked, names.tokens(name)), is_caretaker, name)
        best[household_id] = max(answer, best.get(household_id, answer))
    return {one: name for one, (_, is_caretaker, name) in best.items() if not is_caretaker}


def _ranked(asked: tuple[str, ...], found: dict[int, str], exact: set[int]) -> Matches:
    typed = " ".join(asked)
    scored = []
    for household_id, sort_name in found.items():
        least = BY_ANOTHER_MEMBER if household_id in exact else 0.0
        score = max(names.answers(asked, tuple(sort_name.split())), least)
        scored.append((-score, not sort_name.startswith(typed), sort_name, household_id))
    ids = [entry[-1] for entry in sorted(scored)]
    return Matches(tuple(ids[:MOST]), len(ids) > MOST)


# --- families ------------------------------------------------------------------------------------------------------


def _found(ways: Sequence[Families]) -> dict[int, str]:
    """Sort names by id, from one statement; each way gives its first ones."""
    parts = [select(part) for part in (way.limit(2 * MOST).subquery() for way in ways)]
    return {row[0]: row[1] for row in session.execute(union_all(*parts))} if parts else {}


def _named(asked: Sequence[str], ground: SearchGround) -> Families:
    """Caretakers whose name begins with what was typed, in this order: a range of the index that sorts lists."""
    mine = (*ground.conditions, _begins(Household.sort_name, " ".join(asked)))
    return select(Household.id, Household.sort_name).where(*mine).order_by(Household.sort_name, Household.id)


def _answering(way: Way, ground: SearchGround) -> Families:
    return _from_words(way, ground.conditions) if ground.is_wide else _from_families(way, ground.conditions)


def _from_words(way: Way, conditions: Sequence[Condition]) -> Families:
    first, *others = way
    joined = select(Household.id, Household.sort_name).join(NameWord, NameWord.household_id == Household.id)
    held = [_holds(word, NameWord.household_id) for word in others]
    led = joined.where(first.holds(NameWord.word), *held, *conditions).order_by(NameWord.word, NameWord.household_id)
    return led.with_hint(Household, "NOT INDEXED", "sqlite")  # only by id, from the words; it would begin with the scope


def _from_families(way: Way, conditions: Sequence[Condition]) -> Families:
    held = [_holds(word, Household.id) for word in way]
    asked = select(Household.id, Household.sort_name).where(*conditions, *held)
    return asked.order_by(Household.sort_name, Household.id)


def _holds(word: _Word, household_id: InstrumentedAttribute[int]) -> Condition:
    own = aliased(NameWord)
    return exists().where(own.household_id == household_id, word.holds(own.word))


# --- ways to answer ------------------------------------------------------------------------------------------------


def _exact_ways(words: Sequence[str]) -> list[Way]:
    """Each word begins a word of the family; or two are one word there (Nur Hasanah, Nurhasanah)."""
    each = tuple(_Word(start=word) for word in words)
    if len(words) == 1:
        return [each]
    first, second, *others = words
    rest = tuple(_Word(start=word) for word in others)
    return [each, (_Word(start=first + second), *rest), (_Word(start=second + first), *rest)]


def _likely_ways(words: Sequence[str], *, alone: bool) -> list[Way]:
    """`alone`: nothing answered exactly, so a family may also lack one of the words typed."""
    known = _vocabulary({letter for word in words for letter in _taken_for(word[0])})
    likely = tuple(_like(word, known) for word in words)
    ways = [likely]
    if alone and len(words) > 1:
        ways += [likely[:at] + likely[at + 1 :] for at in range(len(likely))]
    if len(words) == 1:
        ways += [(_Word(start=rest), _Word(alike=(start,))) for start, rest in _halves(words[0], known)]
    return ways


def _taken_for(letter: str) -> set[str]:
    return {letter}.union(*(group for group in CONFUSED if letter in group))


def _like(word: str, known: Sequence[str]) -> _Word:
    if len(word) < ALIKE_LETTERS:
        return _Word(start=word)
    whole = process.extract(word, known, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=SIMILAR_WORDS)
    shortened = [other[: len(word)] for other in known]
    begun = process.extract(word, shortened, scorer=fuzz.ratio, score_cutoff=BEGINS_ALIKE, limit=SIMILAR_WORDS)
    return _Word(word, tuple(sorted({match for match, _, _ in whole} | {known[at] for _, _, at in begun})))


def _halves(word: str, known: Sequence[str]) -> list[tuple[str, str]]:
    """`nurhasanah` as a known word and the beginning of another; the longest known word first."""
    starts = [other for other in known if 3 <= len(other) <= len(word) - 3 and word.startswith(other)]
    return [(start, word[len(start) :]) for start in sorted(starts, key=len, reverse=True)[:3]]


def _vocabulary(letters: set[str]) -> list[str]:
    """The distinct words that begin with these letters, hopping through the index from word to word."""
    hops = [_hop(letter) for letter in sorted(letters)]
    return [word for word in session.scalars(union_all(*hops)) if word]


def _hop(letter: str) -> Select[str]:
    first = select(func.min(NameWord.word).label("word")).where(_begins(NameWord.word, letter))
    walked = first.cte(f"words_{letter}", recursive=True)
    later = aliased(NameWord)
    following = select(func.min(later.word)).where(later.word > walked.c.word, _begins(later.word, letter)).scalar_subquery()
    walked = walked.union_all(select(following).where(walked.c.word.is_not(None)))
    return select(walked.c.word)


def _begins(column: InstrumentedAttribute[str], start: str) -> Condition:
    """A range, so that an index serves it: LIKE would not, on SQLite. Folded words hold a to z and blanks only."""
    following = _next_after(start)
    return and_(column >= start, column < following) if following else column >= start


def _next_after(start: str) -> str:
    """The first text after all that begin with `start`; "" when there is none."""
    kept = start.rstrip("z")
    return kept[:-1] + chr(ord(kept[-1]) + 1) if kept else ""
