"""How areas are called: one folded form for the many spellings that offices use."""

import re

_PREFIX = re.compile(r"(kelurahan|kel|desa|ds|kecamatan|kec)\b[. ]*(?=\w)")
_OLD_SPELLING = (("oe", "u"), ("tj", "c"), ("dj", "j"), ("j", "y"))
_NO_LETTER = re.compile(r"[\W\d_]+")


def fold(name: str) -> str:
    """The name without spelling: "Kel. Tjipto Moeljo" and "Ciptomulyo" are one. Letters only, lower case."""
    folded = _PREFIX.sub("", name.casefold().strip(), count=1)
    for old, new in _OLD_SPELLING:
        folded = folded.replace(old, new)
    return _NO_LETTER.sub("", folded)
