"""Which kelurahan a row means: by Kemendagri code with or without dots, or by name in the spellings that offices use."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from portal.kernel.area_names import fold

_DOTS_OF = {"city": 1, "kecamatan": 2, "kelurahan": 3}


class Found(NamedTuple):
    """`code` is None where nothing fits; `differs` when the code in the row and its name are two kelurahan."""

    code: str | None
    differs: bool = False


class StatedPlace(NamedTuple):
    """What a row says about its place; empty text is "not said"."""

    code: str = ""
    kelurahan: str = ""
    kecamatan: str = ""
    city: str = ""


class AreaIndex:
    """`spellings` are (code, name or other spelling) of every level, codes as `35.73.01.1001`."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        self._by_digits: dict[str, str] = {}
        self._by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
        for code, name in spellings:
            self._add(code, name)

    def find(self, stated: StatedPlace) -> Found:
        """The kelurahan meant. The code wins over the name; a code nobody knows (BPS has its own) leaves it to the name."""
        digits = re.sub(r"[. ]", "", stated.code)
        by_code = self._by_digits.get(digits)
        called_so = self._by_name.get(("kelurahan", fold(stated.kelurahan)), set())
        if by_code:
            return Found(by_code, differs=bool(called_so) and by_code not in called_so)
        return Found(self._only_one(called_so, stated) if self._may_be_ours(digits) else None)

    def _add(self, code: str, name: str) -> None:
        level = next((level for level, dots in _DOTS_OF.items() if code.count(".") == dots), None)
        if level is None:
            return
        if level == "kelurahan":
            self._by_digits[code.replace(".", "")] = code
        self._by_name[level, fold(name)].add(code)
        if level == "city":
            self._by_name[level, fold(name).removeprefix("kota")].add(code)

    def _only_one(self, candidates: set[str], stated: StatedPlace) -> str | None:
        """The one that lies in the kecamatan and city that the row names."""
        for level in ("kecamatan", "city"):
            name = getattr(stated, level)
            if name:
                around = self._by_name.get((level, fold(name)), set())
                candidates = {code for code in candidates if any(code.startswith(f"{outer}.") for outer in around)}
        return next(iter(candidates)) if len(candidates) == 1 else None

    def _may_be_ours(self, digits: str) -> bool:
        return not digits or any(known[:4] == digits[:4] for known in self._by_digits)
