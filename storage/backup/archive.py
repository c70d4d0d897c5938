"""The archive: a plain tar with the database, the media and, last, a manifest that names and hashes it all."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
MEDIA = "media"
MOST_MANIFEST = 256 * 1024 * 1024
_CHUNK = 1024 * 1024

Progress = Callable[[int], None]
"""Told the bytes of each file as it is done."""


class BackupRefused(Exception):
    """The backup or restore does not happen; the text says why, Chinese and English, in one line."""


class BackupFailed(Exception):
    """A tool, the disk or the database broke on the way; one line says which and how."""


@dataclass(frozen=True, slots=True)
class File:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`engine` is sqlite or postgresql, `revision` that of the schema, `program` the version that made it."""

    format: int
    made_at: str
    program: str
    engine: str
    revision: str
    files: Mapping[str, File]


class _Hashing:
    """Reads a file and hashes what passes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._hash.update(chunk)
        self.size += len(chunk)
        return chunk

    def seen(self) -> File:
        return File(self._hash.hexdigest(), self.size)


def media_files(folder: Path) -> Iterator[Path]:
    """Every stored file; what is still arriving is left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def write(
    target: Path, database: Path, media: Path, about: Mapping[str, str], progress: Progress = lambda _: None
) -> Manifest:
    """Write the archive beside its place and move it there when it is whole and on the disk.

    Only its owner may read it. A file erased meanwhile is left out.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                files = {DATABASE: _add(tar, DATABASE, database)}
                progress(files[DATABASE].size)
                for path in media_files(media):
                    name = f"{MEDIA}/{path.relative_to(media).as_posix()}"
                    with suppress(FileNotFoundError):
                        files[name] = _add(tar, name, path)
                        progress(files[name].size)
                manifest = Manifest(format=FORMAT, files=files, **about)
                _add_bytes(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _add(tar: tarfile.TarFile, name: str, path: Path) -> File:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = os.fstat(file.fileno()).st_size, int(path.stat().st_mtime), 0o600
        passing = _Hashing(file)
        tar.addfile(info, cast(IO[bytes], passing))  # it only reads
        return passing.seen()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def read_manifest(archive: Path) -> Manifest:
    """What the archive says it is. Raises BackupRefused where it is no backup of ours."""
    try:
        with tarfile.open(archive, "r:") as tar:
            member = tar.getmember(MANIFEST)
            told = tar.extractfile(member) if member.isreg() and member.size <= MOST_MANIFEST else None
            data: Any = json.loads(told.read() if told is not None else b"")
        files = {str(name): File(str(file["sha256"]), int(file["size"])) for name, file in data["files"].items()}
        words = {key: str(data[key]) for key in ("made_at", "program", "engine", "revision")}
        manifest = Manifest(format=int(data["format"]), files=files, **words)
    except FileNotFoundError:
        raise BackupRefused(f"没有这个文件 / no such file: {archive}") from None
    except (tarfile.TarError, KeyError, ValueError, TypeError, AttributeError, EOFError) as error:
        raise BackupRefused(f"不是完整的备份 / not a whole backup: {archive.name} ({type(error).__name__})") from error
    except OSError as error:
        raise BackupRefused(f"无法读取 / cannot be read: {archive} ({error.strerror})") from error
    if manifest.format != FORMAT or DATABASE not in files:
        raise BackupRefused(f"备份格式不认识 / unknown backup format: {archive.name}")
    return manifest


def unpack(archive: Path, manifest: Manifest, folder: Path, progress: Progress = lambda _: None) -> None:
    """Unpack into `folder`, every file checked against its hash. Raises BackupRefused at the first that differs."""
    missing = dict(manifest.files)
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                if member.name == MANIFEST:
                    continue
                expected = missing.pop(member.name, None)
                if expected is None or not member.isreg() or not _harmless(member.name):
                    raise BackupRefused(f"备份里有不该有的文件 / the backup holds what it must not: {member.name!r}")
                if _extract(tar, member, folder / member.name) != expected:
                    raise BackupRefused(f"备份损坏，哈希不符 / damaged, the hash differs: {member.name}")
                progress(expected.size)
    except (tarfile.TarError, EOFError) as error:
        raise BackupRefused(f"备份损坏 / damaged: {archive.name} ({type(error).__name__})") from error
    if missing:
        raise BackupRefused(f"备份缺 {len(missing)} 个文件 / {len(missing)} files are missing from the backup")


def _harmless(name: str) -> bool:
    """Whether a member stays where it belongs."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
    return inside and (name == DATABASE or (path.parts[0] == MEDIA and len(path.parts) > 1))


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> File:
    target.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101  (a regular member)
    passing = _Hashing(content)
    with target.open("xb") as out:
        shutil.copyfileobj(passing, out, _CHUNK)
        out.flush()
        os.fsync(out.fileno())
    return passing.seen()
