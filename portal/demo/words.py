"""What people of the demo say and write down. Indonesian, as the office would: these are records, not texts of the portal."""

from random import Random
from typing import Any

PRESENT = ("{}", "{}", "{} dan anak", "Keluarga {}")
NOTES = (
    "", "", "Anak rutin masuk sekolah.", "Warung mulai ramai, catatan keuangan sudah rapi.", "Minta info pelatihan menjahit.",
    "Posyandu rutin tiap bulan.", "Suami bekerja borongan, penghasilan naik turun.", "KKS hilang, sudah lapor bank.",
    "Atap dapur bocor, berharap bantuan perbaikan rumah.", "Ikut P2K2 modul ekonomi.",
)  # fmt: skip
NOT_MET = ("Rumah terkunci.", "Sedang bekerja di pasar.", "Menurut tetangga sedang ke rumah sakit.", "Anak saja di rumah.")
OWN_WISH = (
    "Keluarga ingin memberi kesempatan kepada tetangga yang lebih membutuhkan.",
    "Anak pertama sudah bekerja tetap, keluarga merasa cukup walau rumah belum selesai diperbaiki.",
)
INCOME = (
    "Omzet warung sekitar 250 ribu sehari, dicatat di buku harian.",
    "Suami bekerja di konveksi, upah mingguan dengan slip.",
    "Usaha kue basah dengan titipan di empat toko; catatan tiga bulan ditunjukkan.",
)
PLANS = (
    "Menabung 200 ribu per bulan dan melunasi cicilan motor.",
    "Ikut pelatihan tata boga Disnaker, lalu menambah titipan kue.",
)
WITHDRAWN = (
    "Suami sakit, keluarga minta ditunda.",
    "Keluarga ingin menunggu anak lulus sekolah.",
)
APPROVED = ("", "", "Lengkap. Selamat untuk keluarga.", "Penghasilan stabil, bukti cukup.")
DEFECTS = (
    "Scan surat pernyataan buram, tanda tangan lurah tidak terbaca.",
    "Meterai belum ditandatangani melewati meterai.",
)
REJECTED = (
    "Penghasilan utama baru berjalan tiga bulan, belum cukup stabil.",
    "Keluarga menanggung lansia sakit menahun; dampingi dahulu.",
)
REVOKED = (
    "Keluarga tertimpa musibah kebakaran sebelum tahap terakhir dibayar.",
    "Data penghasilan ternyata milik keluarga lain.",
)
_CONVERSATIONS = (
    "Keluarga bercerita usahanya sudah berjalan lebih dari setahun dan kebutuhan sekolah anak tertutup. Pilihan disampaikan "
    "tanpa paksaan; keluarga menyatakan ingin mandiri.",
    "Dibahas bantuan yang berhenti dan yang tetap berjalan. Keluarga sempat ragu soal biaya sekolah, lalu paham bahwa PIP "
    "tetap berjalan.",
)
_CONTINUING = ("PBI-JKN", "PIP", "Sembako", "KUR", "KIP Kuliah")


def conversation(rng: Random, addressed: str) -> dict[str, Any]:
    """The fields of a counselling but its day."""
    others = rng.choice((("anak pertama",), ("ketua kelompok",), ("anak pertama", "ketua kelompok")))
    return {
        "present": (addressed, *others), "conversation": rng.choice(_CONVERSATIONS), "aid_stops": ("PKH",),
        "aid_continues": tuple(rng.sample(_CONTINUING, rng.randrange(1, 3))),
    }  # fmt: skip


RESUMED = (
    "Cek lapangan: rumah mengontrak, penghasilan harian di bawah garis kemiskinan.",
    "Desil naik karena data lama milik mertua; keluarga sudah pisah KK.",
)
NATURAL = "Anak terakhir sudah tamat, tidak ada komponen yang tersisa."
INELIGIBLE = {
    "moved": "Pindah ke Kabupaten Malang, surat pindah ditunjukkan.",
    "deceased": "Pengurus tunggal meninggal, tidak ada anggota lain.",
    "civil_servant": "Anak dalam satu KK diangkat menjadi ASN.",
    "not_found": "Tiga kali dicari, tidak dikenal di alamat.",
    "duplicate": "Tercatat dua kali dengan KK lama.",
    "refused": "Keluarga menolak bantuan secara tertulis.",
}
NON_COMPLIANCE = "Dua tahun tidak memenuhi kewajiban sekolah walau sudah didampingi."
DISMISSED = ("Sudah dicek, keluarga masih layak.", "Bukti belum cukup.", "Komponen ternyata masih ada.")
STATED = (
    "Suami kehilangan pekerjaan, penghasilan harian tidak tentu, tiga anak sekolah.",
    "Janda dengan dua anak, bekerja sebagai buruh cuci.",
    "Lansia merawat cucu yatim, tidak ada penghasilan tetap.",
)
DELIBERATED = ("Musyawarah sepakat mengusulkan.", "Disepakati diusulkan dengan prioritas.", "Diusulkan, satu peserta abstain.")
HOUSING = (
    "Dinding bata belum plester, lantai semen.",
    "Mengontrak satu kamar, kamar mandi bersama.",
)
LIVELIHOOD = ("Buruh harian.", "Penjual gorengan keliling.", "Buruh cuci.", "Kuli bangunan bila ada borongan.")
FOR, AGAINST = "Layak diusulkan; keadaan sesuai usulan.", "Penghasilan di atas garis kemiskinan, ada usaha kos-kosan."
FILE_DEFECTS = ("Foto KK tidak terbaca.", "RT/RW berbeda dengan KTP.", "Alasan pengusulan belum menjelaskan penghasilan.")
NOT_APPROVED = ("Keadaan tidak sesuai dengan usulan.", "Sudah menerima bantuan sejenis dari desa asal.")
OVERRIDDEN = "Usaha kos milik saudara; keluarga ini hanya menjaga."
TAKEN_BACK = ("Keluarga pindah sebelum cek lapangan.", "Keluarga tidak bersedia didata.")
HELP = (
    ("Pelatihan menjahit dan alat kerja", "Disnaker PMPTSP"),
    ("Pendampingan usaha dan akses modal", "Diskopindag"),
    ("Rujukan berobat dan bantuan sementara", "Puskesmas dan Baznas"),
)
LOST = "Tiga kali tidak bertemu; tetangga menyebut keluarga pindah keluar kota."
RELAPSED = "Penghasilan turun di bawah garis kemiskinan dan intervensi belum menolong."
WORK_NOW = ("warung kelontong", "konveksi rumahan", "buruh pabrik tetap", "kue basah", "bengkel motor", "katering kecil")
