"""What the configuration says about keeping: the media store, and how long everything else is kept."""

from datetime import time, timedelta
from pathlib import Path

from bot.config import Config
from scheduler.retention import Retention, Spans
from scheduler.sweeps import Begin
from storage.media import MediaStore, Sealer
from storage.retention import GROWING


def open_media_store(config: Config) -> MediaStore:
    keys = [key.get_secret_value() for key in config.media.seal_keys]
    return MediaStore(Path(config.media.folder), config.media.max_bytes, Sealer(keys) if keys else None)


def nightly_pruning(config: Config, begin: Begin) -> Retention:
    kept = config.retention
    spans = Spans(
        growing={what: timedelta(days=getattr(kept, f"{what}_days")) for what in GROWING},
        drafts=timedelta(days=kept.drafts_days),
        media=timedelta(days=kept.media_days),
        unused_media=timedelta(days=kept.unused_media_days),
        backups=timedelta(days=kept.backups_days),
        backups_folder=Path(kept.backups_folder) if kept.backups_folder else None,
    )
    return Retention(begin, open_media_store(config), spans, time.fromisoformat(kept.time))
