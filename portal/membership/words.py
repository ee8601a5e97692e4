"""Words of the membership slice: its closed sets, and why a change is proposed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from portal.family.words import until
from portal.kernel.terms import Membership
from portal.membership.lists import StillThere
from portal.membership.records.proposals import Hand, MembershipProposal
from portal.membership.rules import IneligibleBecause
from portal.web import texts
from portal.web.labels import LABELS
from portal.web.slices import Words

_EXITS = {
    "exit_graduated": _("Keluar karena graduasi"),
    "exit_natural": _("Keluar: graduasi alamiah"),
    "exit_ineligible": _("Keluar: tidak layak"),
    "exit_non_compliance": _("Keluar: tidak memenuhi kewajiban"),
}
WORDS = Words(
    labels={
        IneligibleBecause: {
            IneligibleBecause.DECEASED: _("Meninggal"),
            IneligibleBecause.MOVED: _("Pindah"),
            IneligibleBecause.DUPLICATE: _("Ganda"),
            IneligibleBecause.NOT_FOUND: _("Tidak ditemukan"),
            IneligibleBecause.REFUSED: _("Menolak bantuan"),
            IneligibleBecause.CIVIL_SERVANT: _("ASN/TNI/Polri"),
            IneligibleBecause.DECILE: _("Desil di atas batas"),
        },
    },
    states={"membership": {str(state): text for state, text in LABELS[Membership].items()}},
    steps={
        "membership": {
            "activate": _("Aktifkan"),
            "drop": _("Batalkan pencalonan"),
            "suspend": _("Tangguhkan"),
            "resume": _("Aktifkan kembali"),
            **_EXITS,
            "renominate": _("Calonkan kembali"),
        },
    },
    flows={"membership": _("Kepesertaan")},
    cases={"proposal": pgettext("satu", "Perubahan kepesertaan")},
    taken=_EXITS,
    facts={
        "field_report": _("Laporan cek lapangan"),
        "because": _("Sebab"),
        "proof": _("Bukti"),
    },
    needs={
        "no_component_left": _("Tidak ada komponen yang tersisa"),
        "members_confirmed": _("Anggota keluarga dipastikan pendamping"),
    },
    refusals={
        "proposal_decided": _("Usulan ini sudah diputuskan."),
        "proposal_already_open": _("Usulan yang sama masih menunggu keputusan."),
        "outside_membership": _("Tanggal ini tidak cocok dengan masa kepesertaannya."),
        "reason_needed": _("Tulis alasannya."),
    },
    actions={
        "household.confirm_members": _("Memastikan anggota keluarga"),
        "membership.propose": _("Mengusulkan perubahan kepesertaan"),
        "membership.decide": _("Memutuskan perubahan kepesertaan"),
    },
    events={
        "households.members_confirmed": _("Anggota keluarga dipastikan"),
        "membership.open": _("Keluarga terdaftar"),
        "membership.proposed": _("Perubahan kepesertaan diusulkan"),
        "membership.confirmed": _("Usulan perubahan disetujui"),
        "membership.dismissed": _("Usulan perubahan tidak disetujui"),
    },
    subjects={"membership_proposals": _("usulan kepesertaan")},
)
CAUSES = {
    "person": _("Diusulkan orang"),
    "decile": _("Desil naik"),
    "first_payment": _("Pembayaran pertama"),
    "unpaid": _("Tidak dibayar"),
    "no_component": _("Tidak ada komponen"),
}
OWN = {
    Hand.PROPOSED: _("Anda yang mengusulkan; supervisor lain yang memutuskan."),
    Hand.PROVED: _("Anda yang melampirkan buktinya; supervisor lain yang memutuskan."),
    Hand.BROUGHT: _("Berasal dari berkas yang Anda unggah atau terapkan; supervisor lain yang memutuskan."),
    Hand.CONFIRMED: _("Anda yang memastikan anggotanya; supervisor lain yang memutuskan."),
}
"""Why a proposal is not for this person to decide."""
_TOLD = {
    "effective_on": _("Berlaku"),
    "reason": _("Alasan"),
    "because": _("Sebab"),
    "decile": _("Desil"),
    "period": _("Periode"),
    "amount": _("Jumlah"),
    "stages": _("Tidak ada dalam daftar bayar"),
    "suspend_from": _("Ditangguhkan mulai desil"),
}
_GROUNDS = {
    "person": ("because", "reason"),
    "decile": ("decile", "period", "suspend_from"),
    "first_payment": ("amount", "period"),
    "unpaid": ("stages", "reason"),
}


def facts(proposal: MembershipProposal) -> list[tuple[str, object]]:
    """What explains a proposal, in words; a file's number and period, or what the person stated."""
    return _told(proposal, proposal.facts)


def grounds(proposal: MembershipProposal) -> list[tuple[str, object]]:
    """What a list says of a proposal: enough to tell it from the next; the rest is on its page."""
    return _told(proposal, _GROUNDS.get(proposal.cause, ()))


def _told(proposal: MembershipProposal, wanted: Iterable[str]) -> list[tuple[str, object]]:
    known = [(name, proposal.facts.get(name)) for name in wanted if name in _TOLD]
    return [(str(_TOLD[name]), _plain(name, value)) for name, value in known if value not in (None, "")]


def _plain(name: str, value: Any) -> object:
    if name == "amount":
        return texts.rupiah(value)
    if name == "period":
        return texts.period(value)
    if name == "stages":
        return ", ".join(texts.period(stage) for stage in value)
    if name == "effective_on":
        return texts.day(date.fromisoformat(value))
    return texts.label(IneligibleBecause(value)) if name == "because" else value


def still_there(found: StillThere) -> str:
    """Who holds which component until when, and of whom it cannot be told."""
    held = (f"{name}: {texts.label(one.component)} {until(one)}" for name, one in found.held)
    unclear = (gettext("%(name)s: lahir atau sekolahnya belum tercatat", name=name) for name in found.unclear)
    return "; ".join((*held, *unclear))
