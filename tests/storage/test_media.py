"""What is stored is what it says it is, small enough, and tells nothing about where it was taken."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from storage.database import Database
from storage.media import MediaStore, TooLarge, TooManyPixels, UnsupportedMedia
from tests.storage.matters import NOW


async def _chunks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, kind, **more)  # type: ignore[arg-type]
    return target.getvalue()


def _photo_with_location() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: shown rotated by 90 degrees
    exif[0x010E] = "SECRET-PLACE"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 27.0)
    return _photo(exif=exif, comment=b"SECRET-COMMENT")


def _bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 10 thousand million pixels."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")
    )


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media", most_bytes=1_000_000)


def _files(store: MediaStore) -> list[Path]:
    return [path for path in store._folder.rglob("*") if path.is_file()]


async def test_a_photo_loses_its_metadata_and_stands_upright(store: MediaStore, database: Database) -> None:
    stored = await store.store(_chunks(_photo_with_location()), "../../IMG 1.jpeg", "image/jpeg")
    assert (stored.name, stored.type, stored.width, stored.height) == ("IMG 1.jpg", "image/jpeg", 40, 60)
    async with database.begin(NOW) as work:
        media_id = work.media.add_stored(stored, owner="ann")
        work.media.link([media_id], "TS1")
        work.media.link([media_id], "TS1")
        row = await work.media.get(media_id)
        assert row is not None
        assert await work.media.matters_of(media_id) == ("TS1",)
        assert await work.media.get_many([media_id, "m-none"]) == {media_id: row}
    content = store.path(row).read_bytes()
    assert b"SECRET" not in content
    assert not Image.open(io.BytesIO(content)).getexif()
    thumbnail = store.thumbnail(row)
    assert thumbnail is not None
    assert b"SECRET" not in thumbnail.read_bytes()


@pytest.mark.parametrize(("kind", "declared"), [("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "")])
async def test_other_pictures_are_stored_too(store: MediaStore, kind: str, declared: str) -> None:
    stored = await store.store(_chunks(_photo(kind)), "a", declared)
    assert (stored.type, stored.width) == (f"image/{kind.lower()}", 60)


async def test_text_chunks_of_a_picture_are_left_behind(store: MediaStore) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "SECRET")
    await store.store(_chunks(_photo("PNG", pnginfo=info)), "a.png", "image/png")
    assert all(b"SECRET" not in path.read_bytes() for path in _files(store))


async def test_the_same_content_is_kept_once(store: MediaStore) -> None:
    first = await store.store(_chunks(_photo()), "a.jpg", "image/jpeg")
    second = await store.store(_chunks(_photo()), "b.jpg", "image/jpeg")
    assert first.digest == second.digest
    assert len(_files(store)) == 2  # the photo and its thumbnail


async def test_what_is_too_large_is_refused_while_it_comes_in(store: MediaStore) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 100_000

    with pytest.raises(TooLarge):
        await store.store(endless(), "a.txt", "text/plain")
    assert sent == 11
    assert _files(store) == []


async def test_a_pixel_bomb_is_refused_before_it_is_decoded(store: MediaStore) -> None:
    with pytest.raises(TooManyPixels):
        await store.store(_chunks(_bomb()), "a.png", "image/png")
    assert _files(store) == []


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"\xef\xbb\xbf  <!doctype html>", "text/plain"),
        (b"MZ\x90\x00 program", "image/png"),
        ("说明".encode(), "image/jpeg"),
        (b"%PDF-1.7 x", "image/png"),
        (b"PK\x03\x04 any other archive", "application/zip"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"", "text/plain"),
        (_photo()[:200], "image/jpeg"),
    ],
)
async def test_the_disguised_and_the_unknown_are_refused(store: MediaStore, content: bytes, declared: str) -> None:
    with pytest.raises(UnsupportedMedia):
        await store.store(_chunks(content), "a", declared)
    assert _files(store) == []


@pytest.mark.parametrize(
    ("content", "declared", "found"),
    [
        (b"%PDF-1.7 content", "application/pdf", "application/pdf"),
        ("漏水说明，第一行\n".encode() * 400, "text/plain", "text/plain"),
        ("国标编码".encode("gb18030") * 2000, "", "text/plain"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\0" * 50, "video/quicktime", "video/mp4"),
        (b"#!AMR\n\x00\x01", "audio/amr", "audio/amr"),
    ],
)
async def test_files_are_what_their_content_says(store: MediaStore, content: bytes, declared: str, found: str) -> None:
    stored = await store.store(_chunks(content, 1000), "文件.bin", declared)
    assert (stored.type, stored.size) == (found, len(content))
    assert stored.name.startswith("文件.")
