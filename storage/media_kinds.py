"""What kind of file it is, found in its first bytes, never in what the sender says."""

from storage.errors import UnsupportedMedia

PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""Decoded, stripped and stored anew."""
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "video/mp4": ".mp4",
    "audio/amr": ".amr",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""Every type that is stored, and what its files end in. HEIC is not: we could not take its metadata out."""

_OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
_MP4 = (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"MSNV", b"qt  ", b"M4V ", b"3gp4", b"3gp5")
_UNSURE = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_SAME = {
    "image/jpg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "video/quicktime": "video/mp4",
}


def kind_of(head: bytes, whole: bool) -> str:
    """The media type by the first 4 KiB; `whole` when they are all of it. Raises UnsupportedMedia."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _MP4:
        return "video/mp4"
    if head.startswith(b"PK\x03\x04"):
        for part, kind in _OFFICE.items():
            if part in head:
                return kind
    elif _is_text(head, whole):
        return "text/plain"
    raise UnsupportedMedia("files of this kind are not stored")


def check_declared(found: str, declared: str) -> None:
    """A file that says it is a photo and is none, or the other way round, is refused. Raises UnsupportedMedia."""
    said = declared.partition(";")[0].strip().lower()
    said = _SAME.get(said, said)
    if said in _UNSURE or said == found:
        return
    if said.partition("/")[0] == found.partition("/")[0] == "image":
        return  # phones and chat apps turn one picture format into another and keep the old name
    if found == "text/plain" and said in ("text/csv", "text/markdown"):
        return
    raise UnsupportedMedia(f"the file says it is {said or 'nothing'} and is {found}")


def _is_text(head: bytes, whole: bool) -> bool:
    """Readable UTF-8 or GB 18030 without control characters; markup that a browser would run is no text."""
    if not head or any(byte < 32 and byte not in b"\t\r\n\f" for byte in head):
        return False
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return False
    return any(_decodes(head[: len(head) - cut], coding) for coding in ("utf-8", "gb18030") for cut in _cuts(whole))


def _cuts(whole: bool) -> range:
    """How many bytes of a last, cut character to leave out."""
    return range(1 if whole else 4)


def _decodes(data: bytes, coding: str) -> bool:
    try:
        data.decode(coding)
    except UnicodeDecodeError:
        return False
    return True
