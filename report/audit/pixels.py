"""Is an image the same picture as another, though its bytes are others? A program that saves a file may pack its images
anew. Only what is the same in every pixel counts: a number that was painted over differs in a few of them."""

from __future__ import annotations

import io

MOST_PIXELS = 40_000_000
"""Pixels of an image that is unpacked at all; ours have two to eight million."""
KEEPING = ("PNG", "TIFF", "BMP", "GIF", "WEBP")
"""Forms that can keep every pixel; a JPEG never does."""


def same_picture(one: bytes, other: bytes) -> bool:
    """Are two images, given by their bytes, of one size and equal in every pixel, seen on white? False where one of
    them cannot be read."""
    from PIL import Image, UnidentifiedImageError  # drawn in by matplotlib; loaded only where a hash is unknown

    try:
        with Image.open(io.BytesIO(one), formats=KEEPING) as a, Image.open(io.BytesIO(other), formats=KEEPING) as b:
            if a.size != b.size or a.size[0] * a.size[1] > MOST_PIXELS or getattr(a, "n_frames", 1) != 1:
                return False
            seen = []
            for image in (a, b):
                ground = Image.new("RGBA", image.size, "white")
                ground.alpha_composite(image.convert("RGBA"))
                seen.append(ground.convert("RGB").tobytes())
            return seen[0] == seen[1]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False
