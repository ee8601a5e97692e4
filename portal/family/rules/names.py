"""One spelling for names that people write in many ways, how alike two names are, and who is named for a family.

For finding and comparing only: what is shown is always the name as it was written. Folded names that are equal
are *probably* the same name; that two people share it says nothing (domain.md section 4).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

from rapidfuzz import fuzz

from portal.kernel.terms import Relation

#: Similarity from which two spellings count as one name; below it the difference is more than a typing slip.
SAME_NAME = 88.0

_QUOTES = re.compile("['\u2018\u2019\u02bc\u02bb`\u00b4]")
_NO_LETTER = re.compile("[^a-z]+")
_BEFORE = """h hj haji hajah hajjah kh kyai kiai dr drs dra ir prof r rr rd rm raden ny nyonya tn tuan sdr sdri
    bpk bapak pak ibu bu ust ustad ustadz ustadzah alm almh almarhum almarhumah"""
_AFTER = """alm almh almarhum almarhumah sag se sh shi sikom sip skeb skep skm skom ssos sp spd spdi spsi spt
    ssi ssn st str sthi stp amd amdkeb amdkep amk mag mba mh mhum mkes mkom mm mpd mpdi mpsi msi mt ma phd ners"""
_TITLES_BEFORE = frozenset(_BEFORE.split())
_TITLES_AFTER = frozenset(_AFTER.split())
_FATHERS = frozenset({"bin", "binti", "bt", "bte", "ibn", "ibnu"})
_MUHAMMAD = re.compile("m[uo](?:ch|kh|h)(?:am+[ae][dt])?d?|m(?:ch|hd|khd)")
_AHMAD = re.compile("a(?:ch|kh|h)m(?:[ae][dt])?|ach|akh")
_SHORT_FIRST = {"m": "muhamad", "md": "muhamad", "st": "siti", "sti": "siti"}
_SHORT = {"abd": "abdul", "sitti": "siti"}

# Only these sounds betray the spelling before 1972; without one of them a j stays a j (Wijaya, Joko).
_OLD = re.compile("oe|dj|tj|sj")
_OLD_SOUNDS = {"oe": "u", "dj": "j", "tj": "c", "sj": "sy", "j": "y"}
_OLD_SOUND = re.compile("oe|dj|tj|sj|j")
# Ways of writing one sound, in this order; nj begins a word only in the old spelling (Njoman, but Anjani).
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("^nj", "ny"),
        ("chr", "kr"),
        ("^chand", "cand"),
        ("[ck]h", "h"),
        ("q", "k"),
        ("dz", "z"),
        ("ts", "s"),
        ("([sdtg])h", r"\1"),
        ("(?<=[bcdfgklmprtvwz])y(?=[aeiou]|$)", "i"),
        ("(?<=i)y(?=[aeou])", ""),
        ("(?<=u)w(?=[aeio])", ""),
        (r"(.)\1+", r"\1"),
    )
)
#: So common that they neither prove nor disprove that two names are one; folded.
_COMMON = frozenset({"siti", "sri", "muhamad"})


def fold(name: str) -> str:
    """The name without titles, in one spelling, lower case, words in the order given; "" when no letter is in it.
    Folding twice changes nothing."""
    folded = _fold_once(name)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


@lru_cache(maxsize=8192)
def tokens(name: str) -> tuple[str, ...]:
    """The different words of the folded name: what an index of names holds."""
    return tuple(dict.fromkeys(fold(name).split()))


def similarity(a: str, b: str) -> float:
    """How alike two names are, 0 to 100, whatever the order of words; 100 only for the same folded words.
    A word that one of them lacks costs, a missing Siti, Sri or Muhammad hardly."""
    words, others = tokens(a), tokens(b)
    if not words or not others:
        return 0.0
    if sorted(words) == sorted(others):
        return 100.0
    telling, other_telling = _telling(words), _telling(others)
    joined = fuzz.ratio("".join(telling), "".join(other_telling))
    sorted_ratio = fuzz.ratio(" ".join(sorted(telling)), " ".join(sorted(other_telling)))
    contained = 80.0 if _contains(telling, other_telling) or _contains(other_telling, telling) else 0.0
    return max(max(joined, sorted_ratio) - _common_cost(words, others), contained)


def answers(asked: tuple[str, ...], words: tuple[str, ...]) -> float:
    """How well the folded words of a name answer what was typed so far, 0 to 100: beginnings of words count nearly as whole
    words, words of the name that were not typed cost nothing. For ranking search results; not symmetric."""
    if not asked or not words:
        return 0.0
    joined = "".join(words)
    weighted = sum(len(word) * max(_answers(word, other) for other in (*words, joined)) for word in asked)
    return max(weighted / sum(map(len, asked)), _answers("".join(asked), joined))


def looks_like_number(text: str) -> bool:
    """Six or more digits: an identity or phone number, which never travels in a search by name."""
    return sum(character.isdigit() for character in text) >= 6


def _fold_once(name: str) -> str:
    words = [word for word in _NO_LETTER.split(_plain(name)) if word]
    words = _without_titles([_respell_old(word) for word in words])
    words = [_SHORT_FIRST.get(word, word) if len(words) > 1 and at == 0 else word for at, word in enumerate(words)]
    inner = [word for word in words[1:-1] if word not in _FATHERS]
    return " ".join(_fold_word(word) for word in (*words[:1], *inner, *words[1:][-1:]))


def _plain(name: str) -> str:
    unquoted = _QUOTES.sub("", name)
    if unquoted.isascii():
        return unquoted.lower()
    decomposed = unicodedata.normalize("NFKD", unquoted)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _without_titles(words: list[str]) -> list[str]:
    """Titles in front and behind; a name is never used up, so "Haji" alone stays."""
    while len(words) > 1 and words[0] in _TITLES_BEFORE:
        words = words[1:]
    while size := next((n for n in range(1, min(4, len(words))) if "".join(words[-n:]) in _TITLES_AFTER), 0):
        words = words[:-size]
    return words


@lru_cache(maxsize=4096)
def _respell_old(word: str) -> str:
    if not _OLD.search(word):
        return word
    return _OLD_SOUND.sub(lambda found: _OLD_SOUNDS[found[0]], word)


@lru_cache(maxsize=4096)
def _fold_word(word: str) -> str:
    if _MUHAMMAD.fullmatch(word):
        return "muhamad"
    if _AHMAD.fullmatch(word):
        return "ahmad"
    word = _SHORT.get(word, word)
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _telling(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word not in _COMMON] or list(words)


def _contains(fewer: list[str], more: list[str]) -> bool:
    return len(fewer) < len(more) and all(max(fuzz.ratio(word, other) for other in more) >= SAME_NAME for word in fewer)


def _common_cost(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    mine, theirs = _COMMON & set(words), _COMMON & set(others)
    if mine == theirs:
        return 0.0
    return 15.0 if mine and theirs else 5.0


def _answers(asked: str, word: str) -> float:
    if word == asked:
        return 100.0
    if word.startswith(asked):
        return 97.0
    return max(fuzz.ratio(asked, word), 0.95 * fuzz.ratio(asked, word[: len(asked)]))


# --- of a family ------------------------------------------------------------------------------------------------------


class Named(Protocol):
    """A present member as summaries see one: a Member, or a row with these columns."""

    @property
    def name(self) -> str: ...
    @property
    def is_caretaker(self) -> bool: ...
    @property
    def relation(self) -> Relation | None: ...


Person = TypeVar("Person", bound=Named)


def caretaker(members: Sequence[Person]) -> Person | None:
    """The named recipient; without one the head, without a head the first."""
    by_rank = sorted(members, key=lambda member: (not member.is_caretaker, member.relation != Relation.HEAD))
    return by_rank[0] if by_rank else None


def caretaker_name(members: Sequence[Named]) -> str:
    chosen = caretaker(members)
    return chosen.name if chosen else ""


def sort_name(members: Sequence[Named]) -> str:
    return " ".join(tokens(caretaker_name(members)))[:120]


def words_of(members: Iterable[Named]) -> set[str]:
    return {word[:40] for member in members for word in tokens(member.name)}
