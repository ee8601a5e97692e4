"""The history of a family in words: what happened, which field, from which value to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.assessment.rules.instrument import Section
from portal.caseload.lists.timeline import Entry
from portal.family.records.reveals import Purpose
from portal.kernel.terms import LeavingReason, Presence, RegistryMatch, Relation, SchoolLevel, Sex
from portal.web import texts
from portal.web.event_texts import kind_words

_ENUMS: Mapping[str, type[StrEnum]] = {
    "presence": Presence,
    "registry_match": RegistryMatch,
    "sex": Sex,
    "relation": Relation,
    "school_level": SchoolLevel,
    "left_because": LeavingReason,
}


_BROUGHT: dict[str, LazyString] = {
    "payment": _l("pembayaran"),
    "decile": _l("desil"),
    "kk": _l("nomor KK"),
    "address": _l("alamat"),
    "added": _l("anggota baru"),
    "filled": _l("data anggota dilengkapi"),
}


@dataclass(frozen=True)
class Told:
    """An entry of the history in words, as `ui.timeline` shows it."""

    at: datetime
    who: str
    text: str
    changes: tuple[tuple[str, Any, Any], ...]


def told(entry: Entry) -> Told:
    named = [(one.field, plain(one.field, one.old), plain(one.field, one.new)) for one in entry.changes]
    changes = tuple((field_name(name), old, new) for name, old, new in named if old != new)
    return Told(entry.at, entry.who or _("Portal"), " · ".join(_sentence(entry)), changes)


def _sentence(entry: Entry) -> list[str]:
    flow = entry.kind.partition(".")[0]
    parts = [kind_words(entry.kind)]
    states = texts.STATES.get(flow, {})
    before, after = states.get(entry.from_state or ""), states.get(entry.to_state or "")
    if before and after and before != after:
        moved = f"{before} → {after}"
        parts = [parts[0].removesuffix(str(after)) + moved] if parts[0].endswith(str(after)) else [*parts, moved]
    if entry.kind == "numbers.reveal":
        parts += [str(field_name(entry.detail["number"])), texts.label(Purpose(entry.detail["purpose"]))]
    if entry.detail.get("section"):
        parts.append(texts.label(Section(entry.detail["section"])))
    parts += [*_from_file(entry.detail), *_grounds(entry.detail)]
    return [*parts, entry.reason] if entry.reason else parts


def _from_file(detail: Mapping[str, Any]) -> list[str]:
    """What an import brought, with its period."""
    brought = [str(_BROUGHT[code]) for code, _value in detail.get("told") or () if code in _BROUGHT]
    return [texts.period(detail["period"]), ", ".join(brought)] if brought and "period" in detail else []


def _grounds(detail: Mapping[str, Any]) -> list[str]:
    """What a file, or the lack of one, had to say for a change of membership."""
    if "decile" in detail:
        return [_("desil %(value)s pada %(period)s", value=detail["decile"], period=texts.period(detail["period"]))]
    if "stages" in detail:
        return [_("tidak ada dalam daftar bayar %(stages)s", stages=", ".join(map(texts.period, detail["stages"])))]
    return []


def field_name(name: str) -> str:
    return str(texts.FIELDS.get(name, name))


def plain(name: str, value: Any) -> Any:
    """A value of the history as people read it."""
    if value in (None, ""):
        return None
    if name in _ENUMS:
        return texts.label(_ENUMS[name](value))
    if name.endswith("_on") or name in ("since", "birth_date", "pregnant_until"):
        return texts.day(date.fromisoformat(value))
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    return value
