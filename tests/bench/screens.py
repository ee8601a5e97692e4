"""The screens that are timed: who opens which address. An address is found in the database of the city at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from portal.assessment.records.visits import Visit
from portal.caseload.lists.caseload import MARK
from portal.family.records.models import Household
from portal.graduation.records.dossiers import Graduation
from portal.kernel.base import session
from portal.kernel.people import User

Found = Callable[[], str | None]


@dataclass(frozen=True)
class Screen:
    """`url` answers None where the city has nothing to show there."""

    name: str
    who: str
    url: Found


def _at(url: str) -> Found:
    return lambda: url


def _deep() -> str | None:
    """A page from the middle of the whole city's list, by the mark that the page before it would give."""
    middle = (session.scalar(select(func.count()).select_from(Household)) or 0) // 2
    ordered = select(Household.sort_name, Household.id).order_by(Household.sort_name, Household.id)
    row = session.execute(ordered.offset(middle).limit(1)).one()
    return f"/keluarga?{urlencode({'setelah': f'{row.sort_name}{MARK}{row.id}'})}"


def _family() -> str | None:
    sari = select(User.id).where(User.username == "sari").scalar_subquery()
    busiest = select(Household.id).join(Visit).where(Household.facilitator_id == sari).group_by(Household.id)
    household = session.scalar(busiest.order_by(func.count().desc(), Household.id).limit(1))
    return f"/keluarga/{household}" if household else None


def _decision() -> str | None:
    case = session.scalar(select(Graduation.id).where(Graduation.state == "submitted").order_by(Graduation.id).limit(1))
    return f"/graduasi/{case}" if case else None


SCREENS = (
    Screen("beranda pendamping", "sari", _at("/")),
    Screen("beranda kelurahan", "wati", _at("/")),
    Screen("beranda supervisor", "budi", _at("/")),
    Screen("beranda pemantau", "kepala", _at("/")),
    Screen("dampingan (satu pendamping)", "sari", _at("/keluarga")),
    Screen("daftar keluarga (kota)", "budi", _at("/keluarga")),
    Screen("halaman dalam (kota)", "budi", _deep),
    Screen("menurut jatuh tempo (kota)", "budi", _at("/keluarga?urut=jatuh_tempo")),
    Screen("cari nama (kota)", "budi", _at("/keluarga?q=sumiati")),
    Screen("cari nama salah eja (kota)", "budi", _at("/keluarga?q=suliya+bintih+slmet")),
    Screen("cari nama (satu pendamping)", "sari", _at("/keluarga?q=siti")),
    Screen("saring yang jarang (kota)", "budi", _at("/keluarga?padan=duplicate")),
    Screen("halaman keluarga", "sari", _family),
    Screen("antrean graduasi", "budi", _at("/graduasi")),
    Screen("halaman putusan", "budi", _decision),
    Screen("daftar usulan", "budi", _at("/usulan")),
    Screen("kalender pemantauan", "budi", _at("/pemantauan")),
    Screen("kohort", "budi", _at("/pemantauan/kohort")),
    Screen("usulan kepesertaan", "budi", _at("/kepesertaan")),
    Screen("capaian", "budi", _at("/capaian")),
    Screen("jejak audit", "kepala", _at("/audit")),
)


def address(screen: Screen, app: Any) -> str | None:
    with app.app_context():
        url = screen.url()
        session.remove()
        return url
