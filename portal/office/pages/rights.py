"""`/hak-akses`: who may do what, rendered from the one table that decides it."""

from enum import StrEnum

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.kernel import policy
from portal.kernel.terms import Reach, Role
from portal.web import access, responses, texts

bp = Blueprint("rights", __name__, url_prefix="/hak-akses")

REACHES: dict[StrEnum, LazyString] = {
    Reach.NONE: _l("tidak"),
    Reach.CASELOAD: _l("dampingan sendiri"),
    Reach.ASSIGNED: _l("yang ditugaskan"),
    Reach.AREA: _l("wilayah tugas"),
    Reach.EVERYWHERE: _l("ya"),
}
texts.LABELS[Reach] = REACHES

ACTIONS = {
    "household.view": _l("Melihat keluarga"),
    "household.update": _l("Mengubah data keluarga"),
    "household.correct_address": _l("Membetulkan alamat"),
    "household.reveal": _l("Membuka NIK, KK, dan nomor HP"),
    "household.find_by_number": _l("Mencari dengan NIK atau KK"),
    "household.confirm_members": _l("Memastikan anggota keluarga"),
    "household.assign": _l("Menugaskan pendamping"),
    "membership.propose": _l("Mengusulkan perubahan kepesertaan"),
    "membership.decide": _l("Memutuskan perubahan kepesertaan"),
    "visit.view": _l("Melihat kunjungan dan penilaian"),
    "visit.record": _l("Mencatat kunjungan dan penilaian"),
    "evidence.stage": _l("Mengunggah berkas"),
    "evidence.view": _l("Membuka berkas yang terlihat baginya"),
    "graduation.view": _l("Melihat graduasi"),
    "graduation.prepare": _l("Menyiapkan graduasi"),
    "graduation.withdraw": _l("Mencatat penarikan oleh keluarga"),
    "graduation.decide": _l("Memutuskan graduasi"),
    "nomination.view": _l("Melihat usulan"),
    "nomination.prepare": _l("Menyiapkan usulan"),
    "nomination.check": _l("Cek lapangan usulan"),
    "nomination.decide": _l("Memutuskan usulan"),
    "monitoring.view": _l("Melihat pemantauan"),
    "monitoring.visit": _l("Mencatat kunjungan pemantauan"),
    "monitoring.decide": _l("Memutuskan pemantauan"),
    "intake.use": _l("Mengimpor berkas"),
    "board.view": _l("Melihat capaian"),
    "quality.view": _l("Melihat mutu data"),
    "target.set": _l("Menetapkan target"),
    "year.close": _l("Menutup tahun"),
    "people.manage": _l("Mengelola orang"),
    "area.manage": _l("Mengatur ejaan wilayah"),
    "setting.manage": _l("Mengubah pengaturan"),
    "setting.view": _l("Melihat pengaturan"),
    "audit.view": _l("Melihat jejak audit"),
    "policy.view": _l("Melihat hak akses"),
    "home.view": _l("Membuka beranda"),
    "account.own": _l("Mengelola akun sendiri"),
}


@bp.get("")
@access.signed_in("policy.view")
def index() -> Response:
    rows = [(action, [(role, granted.get(role, Reach.NONE)) for role in Role]) for action, granted in policy.GRANTS.items()]
    return responses.page("office/rights/index.html", rows=rows, roles=Role, actions=ACTIONS)
