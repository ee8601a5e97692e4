"""Words of the membership slice."""

from flask_babel import lazy_gettext as _

from portal.kernel.terms import Membership
from portal.membership.rules import IneligibleBecause
from portal.web.labels import LABELS
from portal.web.texts import Words

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
            "exit_graduated": _("Keluar karena graduasi"),
            "exit_natural": _("Keluar: graduasi alamiah"),
            "exit_ineligible": _("Keluar: tidak layak"),
            "exit_non_compliance": _("Keluar: tidak memenuhi kewajiban"),
            "renominate": _("Calonkan kembali"),
        },
    },
    flows={"membership": _("Kepesertaan")},
    taken={
        "exit_graduated": _("Keluar karena graduasi"),
        "exit_natural": _("Keluar: graduasi alamiah"),
        "exit_ineligible": _("Keluar: tidak layak"),
        "exit_non_compliance": _("Keluar: tidak memenuhi kewajiban"),
    },
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
    events={
        "households.members_confirmed": _("Anggota keluarga dipastikan"),
        "membership.proposed": _("Perubahan kepesertaan diusulkan"),
        "membership.confirmed": _("Usulan perubahan disetujui"),
        "membership.dismissed": _("Usulan perubahan tidak disetujui"),
    },
    subjects={"membership_proposals": _("usulan kepesertaan")},
)
