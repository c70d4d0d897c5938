"""What can go wrong in storage, in words a caller can act on."""


class VersionConflict(Exception):
    """Somebody else changed the record since it was read: read again, decide again."""


class ReadOnly(Exception):
    """A unit of work opened for reading was asked to write."""


class AlreadyServing(Exception):
    """Another process serves this database file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"another `huiyin serve` already uses {path}; stop it first, or use PostgreSQL for replicas")


class MediaRefused(Exception):
    """The file is not stored."""


class TooLarge(MediaRefused):
    """The file has more bytes than are stored."""


class UnsupportedMedia(MediaRefused):
    """The content is of a kind that is not stored, or is not what it was declared to be."""


class TooManyPixels(MediaRefused):
    """The picture has more pixels than are decoded."""


class NoSealingKey(MediaRefused):
    """A copy of an identity paper came, and there is no key to encrypt it with."""
