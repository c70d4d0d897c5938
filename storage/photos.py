"""Photos are decoded within bounds, turned upright, freed of all metadata and written anew; a thumbnail beside them."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import TooManyPixels, UnsupportedMedia

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 50_000_000
THUMBNAIL = (480, 480)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}


def clean_photo(source: Path, kind: str, target: Path, thumbnail: Path) -> tuple[int, int]:
    """Write the photo without metadata to `target`, a small JPEG to `thumbnail`; returns width and height.

    The size is read from the header and refused before anything is decoded. Raises TooManyPixels, UnsupportedMedia.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own warning of large pictures: the limit below is stricter
            opened = Image.open(source, formats=[_FORMATS[kind]])
        with opened as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels(f"{picture.width} x {picture.height} pixels are too many")
            upright = ImageOps.exif_transpose(picture)
            _write(upright, kind, target)
            small = upright.convert("RGB")
            small.thumbnail(THUMBNAIL)
            _bare(small).save(thumbnail, "JPEG", quality=80)
            return upright.width, upright.height
    except Image.DecompressionBombError as error:
        raise TooManyPixels("the picture has too many pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnsupportedMedia("the picture cannot be read") from error


def _write(picture: "Image", kind: str, target: Path) -> None:
    """Only the pixels are taken over; of an animation, the first picture."""
    if kind == "image/jpeg":
        mode = picture.mode if picture.mode in ("L", "RGB") else "RGB"
        _bare(picture.convert(mode)).save(target, "JPEG", quality=88, optimize=True)
    elif kind == "image/webp":
        _bare(picture.convert("RGBA" if picture.has_transparency_data else "RGB")).save(target, "WEBP", quality=88)
    else:
        _bare(picture.convert("RGBA" if picture.has_transparency_data else "RGB")).save(target, _FORMATS[kind])


def _bare(picture: "Image") -> "Image":
    """The same pixels in a new picture: no EXIF, XMP, comments, colour profile or text chunks come along."""
    from PIL import Image

    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare
