"""What must not lie about in the open: sealed columns, keyed hashes, evidence files, uploads."""

import io
import stat
import threading
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from sqlalchemy import LargeBinary, column, table
from sqlalchemy.dialects import sqlite

from portal.evidence.records import PDF_BYTES, PICTURE_BYTES, THUMBNAIL_BYTES, Accepted, Rejected, accept
from portal.kernel import vault
from portal.kernel.vault import NotStored, Sealed, Unreadable, Vault

NIK = "3573994503840001"
DIALECT = sqlite.dialect()


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A vault of its own; the one of the application comes back afterwards."""
    monkeypatch.setattr(vault, "_open", None)
    opened = make_vault(tmp_path)
    vault.open_vault(opened)
    return opened


def make_vault(evidence: Path, **keys) -> Vault:
    return Vault(**{"data_keys": {1: b"d" * 32}, "index_key": b"i" * 32, "chain_key": b"c" * 32, **keys}, evidence=evidence)


def test_sealed_text_comes_back_and_does_not_show(opened):
    sealed = opened.seal(NIK.encode(), "members.nik")
    assert opened.unseal(sealed, "members.nik") == NIK.encode()
    assert NIK.encode() not in sealed


def test_equal_values_look_different_at_rest(opened):
    assert opened.seal(b"same", "members.nik") != opened.seal(b"same", "members.nik")


def test_value_moved_to_another_column_does_not_open(opened):
    with pytest.raises(Unreadable):
        opened.unseal(opened.seal(b"secret", "members.nik"), "members.phone")


@pytest.mark.parametrize("position", [0, 5, -1])
def test_changed_byte_does_not_open(opened, position):
    sealed = bytearray(opened.seal(b"secret", "members.nik"))
    sealed[position] ^= 1
    with pytest.raises(Unreadable):
        opened.unseal(bytes(sealed), "members.nik")


def test_nothing_and_stumps_do_not_open(opened):
    for stump in (b"", b"\x01", b"\x01" + b"n" * 12):
        with pytest.raises(Unreadable):
            opened.unseal(stump, "members.nik")


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key(opened, tmp_path):
    old = opened.seal(b"old", "members.nik")
    rotated = make_vault(tmp_path, data_keys={2: b"n" * 32, 1: b"d" * 32})
    assert rotated.unseal(old, "members.nik") == b"old"
    with pytest.raises(Unreadable):
        opened.unseal(rotated.seal(b"new", "members.nik"), "members.nik")


def test_keys_do_not_show_when_a_vault_is_printed(opened):
    assert "d" * 32 not in repr(opened) and "data_keys" not in repr(opened)


def test_sealed_column_is_bytes_at_rest_and_text_in_hand(opened):
    kind = Sealed("members.nik")
    stored = kind.process_bind_param(NIK, DIALECT)
    assert isinstance(stored, bytes) and NIK.encode() not in stored
    assert kind.process_result_value(stored, DIALECT) == NIK
    assert isinstance(kind.impl_instance, LargeBinary)


def test_sealed_column_leaves_the_unknown_unknown(opened):
    kind = Sealed("members.nik")
    assert kind.process_bind_param(None, DIALECT) is None
    assert kind.process_result_value(None, DIALECT) is None


def test_statement_cache_keeps_columns_apart():
    one, other = (table("t", column("a", Sealed(purpose))).select()._generate_cache_key() for purpose in ("t.a", "t.b"))
    assert one != other


def test_index_finds_the_same_number_and_keeps_kinds_apart(opened):
    assert vault.blind_index("nik", NIK) == vault.blind_index("nik", NIK)
    assert vault.blind_index("nik", NIK) != vault.blind_index("kk", NIK)
    assert len(vault.blind_index("nik", NIK)) == 32


def test_index_boundaries_between_kind_and_digits_hold(opened):
    assert vault.blind_index("a", "bc") != vault.blind_index("ab", "c")


def test_index_is_worthless_without_its_key(opened, tmp_path):
    before = vault.blind_index("nik", NIK)
    vault.open_vault(make_vault(tmp_path, index_key=b"x" * 32))
    assert vault.blind_index("nik", NIK) != before


def test_chain_has_a_key_of_its_own(opened, tmp_path):
    before = vault.chain_digest(b"event")
    vault.open_vault(make_vault(tmp_path, index_key=b"x" * 32))
    assert vault.chain_digest(b"event") == before
    vault.open_vault(make_vault(tmp_path, chain_key=b"x" * 32))
    assert vault.chain_digest(b"event") != before


def test_evidence_comes_back_and_lies_encrypted(opened):
    name = vault.put(b"a signed statement")
    assert vault.get(name) == b"a signed statement"
    (file,) = stored_files(opened)
    assert b"signed" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_same_evidence_twice_is_one_file(opened):
    assert vault.put(b"minutes") == vault.put(b"minutes")
    assert len(stored_files(opened)) == 1


def test_evidence_swapped_on_disk_does_not_open(opened):
    one, other = vault.put(b"one"), vault.put(b"other")
    (opened.evidence / one[:2] / one).write_bytes((opened.evidence / other[:2] / other).read_bytes())
    with pytest.raises(Unreadable):
        vault.get(one)


def test_deleted_evidence_is_gone_and_deleting_again_is_nothing(opened):
    name = vault.put(b"unclaimed")
    vault.delete(name)
    vault.delete(name)
    with pytest.raises(NotStored):
        vault.get(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "g" * 64, "a" * 63, "A" * 64])
def test_what_is_no_hash_is_never_looked_for(opened, name):
    with pytest.raises(NotStored):
        vault.get(name)
    with pytest.raises(NotStored):
        vault.delete(name)


def test_closed_vault_says_so(monkeypatch):
    monkeypatch.setattr(vault, "_open", None)
    with pytest.raises(RuntimeError, match="closed"):
        vault.blind_index("nik", NIK)


def stored_files(opened: Vault) -> list[Path]:
    return [path for path in opened.evidence.rglob("*") if path.is_file()]


def picture(form: str = "JPEG", size=(1700, 900), mode: str = "RGB", **saved) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, form, **saved)
    return out.getvalue()


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGBA")],
)
def test_pictures_become_small_jpegs(form, mode):
    kept = accept(picture(form, mode=mode))
    drawn = Image.open(io.BytesIO(kept.content))
    assert (kept.type, drawn.format, drawn.mode, max(drawn.size)) == ("image/jpeg", "JPEG", "RGB", 1280)
    assert Image.open(io.BytesIO(kept.thumbnail)).format == "JPEG"
    assert len(kept.thumbnail) <= THUMBNAIL_BYTES


def test_small_pictures_are_not_blown_up():
    assert Image.open(io.BytesIO(accept(picture(size=(300, 200))).content)).size == (300, 200)


def test_the_hardest_picture_still_has_a_small_thumbnail():
    out = io.BytesIO()
    Image.merge("RGB", [Image.effect_noise((400, 400), 200) for _ in range(3)]).save(out, "PNG")
    assert len(accept(out.getvalue()).thumbnail) <= 4096


def test_place_and_phone_are_forgotten_but_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x0110], exif[0x9286] = 6, "PhoneOfSari", "Misnati"
    kept = accept(picture(size=(600, 400), exif=exif, comment=b"Misnati"))
    drawn = Image.open(io.BytesIO(kept.content))
    assert drawn.size == (400, 600)
    assert not drawn.getexif() and "comment" not in drawn.info
    assert b"PhoneOfSari" not in kept.content and b"Misnati" not in kept.content
    assert b"PhoneOfSari" not in kept.thumbnail


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_stands_as_it_was_seen(turn):
    exif, sent = Image.Exif(), Image.radial_gradient("L").resize((60, 40))
    exif[0x0112] = turn
    sent.paste(255, (0, 0, 20, 10))
    out = io.BytesIO()
    sent.save(out, "PNG", exif=exif)
    seen = ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue()))).convert("RGB")
    kept = Image.open(io.BytesIO(accept(out.getvalue()).content))
    assert kept.size == seen.size
    assert ImageStat.Stat(ImageChops.difference(kept, seen)).mean < [6, 6, 6]


@pytest.mark.parametrize(
    "entry", ["00010b0001000000", "1a0107000400000030303030", "0e01050001000000"], ids=["width", "dpi", "text"]
)
def test_a_photo_whose_notes_are_of_no_type_that_they_may_be_is_a_photo(entry):
    """Pillow reads them, and breaks on writing them anew."""
    head, upright = b"Exif\0\0II*\0\x08\0\0\0\x02\0", bytes.fromhex("1201030001000000 06000000")
    pair = sorted([upright, bytes.fromhex(entry).ljust(12, b"\0")], key=lambda tag: tag[1::-1])
    kept = accept(picture(size=(600, 400), exif=head + b"".join(pair) + bytes(4)))
    assert Image.open(io.BytesIO(kept.content)).size == (400, 600)


def test_a_photo_with_a_second_picture_behind_it_is_a_photo():
    """Many phones write depth or brightness along (MPO)."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (400, 300))])
    kept = accept(out.getvalue())
    assert Image.open(io.BytesIO(kept.content)).format == "JPEG"
    assert kept.type == "image/jpeg"


def test_see_through_parts_become_white():
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(accept(out.getvalue()).content)).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 50, "not_supported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not_supported"),
        (b"<html>", "not_supported"),
        (b"\xff\xd8\xff" + b"\0" * 100, "not_supported"),
        (b"%PDF-1.7 without an end", "damaged"),
        (b"%PDF-1.7" + b" " * PDF_BYTES + b"%%EOF", "too_large"),
        (b"\xff\xd8" + b"\0" * PICTURE_BYTES, "too_large"),
    ],
)
def test_what_cannot_be_kept_says_why(content, code):
    with pytest.raises(Rejected) as refusal:
        accept(content)
    assert refusal.value.code == code


def test_half_a_picture_is_damaged():
    whole = picture("PNG")
    with pytest.raises(Rejected) as refusal:
        accept(whole[: len(whole) // 2])
    assert refusal.value.code == "damaged"


@pytest.mark.parametrize("size", [(5000, 5000), (10_000, 10_000), (14_000, 14_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size):
    out = io.BytesIO()
    Image.new("1", size).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Rejected) as refusal:
        accept(out.getvalue())
    assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    ("form", "how", "size"), [("JPEG", {"progressive": True}, (5000, 5000)), ("WEBP", {"quality": 1}, (4000, 3100))]
)
def test_what_has_to_be_unpacked_whole_is_no_larger_than_memory_bears(form, how, size):
    out = io.BytesIO()
    Image.new("L", size).save(out, form, **how)
    with pytest.raises(Rejected) as refusal:
        accept(out.getvalue())
    assert refusal.value.code == "too_many_pixels"


def test_pictures_are_drawn_one_at_a_time(monkeypatch):
    opened, inside, never = Image.open, [], threading.Event()

    def noted(*arguments, **named):
        inside.append(len(inside))
        never.wait(0.2)
        assert inside.pop() == 0
        return opened(*arguments, **named)

    monkeypatch.setattr(Image, "open", noted)
    content, kept = picture(size=(40, 30)), []
    people = [threading.Thread(target=lambda: kept.append(accept(content))) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(kept) == 2


def test_pdf_stays_as_it_is():
    content = b"%PDF-1.7\n...\n%%EOF\n"
    assert accept(content) == Accepted("application/pdf", content)
