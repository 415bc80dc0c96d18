"""How a track looks in difficult footage: far away, blurred, dark, half turned away, partly covered.

A look is drawn once per track, because the faces of a real track share light, distance and what covers them.
The constants are chosen such that the best embedding norms per track have the percentiles of real clips of small faces.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.degrade import PHOTO_FACE_PX, Degradation, compressed, degrade

FARTHER = 0.30
"""Face width relative to the track table, which was made from footage of 720 lines."""
WIDTH_SPREAD = 0.45
CLOSE_UP_SHARE, CLOSER, CLOSE_UP_QUALITY = 0.09, 2.2, 85
"""Share of tracks that are clear close-ups, how much wider their faces are, and their JPEG quality."""
NARROWEST_PX, WIDEST_PX = 22.0, 95.0
BLUR_LOW, BLUR_HIGH = 0.3, 1.7
"""Range of the blur of a track, px of the shown picture."""
TURNED_SHARE, COVERED_SHARE, DARK_SHARE = 0.5, 0.3, 0.2
AWAY_SHARE = 0.04
"""Share of tracks that show little more than a profile."""
LYING_SHARE, LYING_DEGREES = 0.09, (35.0, 60.0)
"""Share of tracks with a head on its side, and how far it is turned, degrees."""
CRUSHED_SHARE = 0.16
"""Share of tracks that compression leaves little of, as in fast cuts of weak streams."""
JPEG_QUALITY, CRUSHED_QUALITY = (20, 50), (4, 7)
Cover = Literal["mouth", "forehead", "side"]
COVERS: tuple[Cover, ...] = ("mouth", "forehead", "side", "side")
FACE_IN_PHOTO = (0.31, 0.29, 0.69, 0.76)
"""Box of the face in a photo of Labeled Faces in the Wild, as shares of its width and height."""


@dataclass(frozen=True)
class Look:
    """What the faces of one track share. `face_px` is the shown width, `turned` in [0, 1), `light` a factor."""

    face_px: float
    blur_px: float
    motion_px: float
    turned: float
    turned_left: bool
    cover: Cover | None
    cover_share: float
    cover_grey: int
    tilt_degrees: float
    light: float
    noise: float
    jpeg_quality: int
    mirrored: bool


def draw_look(face_px: float, duration_s: float, scene_light: float, rng: np.random.Generator) -> Look:
    """Draw the look of a track whose table states faces `face_px` wide. `scene_light` is the light of its scene."""
    away, close_up = rng.random() < AWAY_SHARE, rng.random() < CLOSE_UP_SHARE
    nearness = FARTHER * (CLOSER if close_up else 1.0)
    width = float(np.clip(face_px * nearness * np.exp(rng.normal(0.0, WIDTH_SPREAD)), NARROWEST_PX, WIDEST_PX))
    short = duration_s < 1.0
    return Look(
        face_px=width,
        blur_px=BLUR_LOW if close_up else rng.uniform(BLUR_LOW, BLUR_HIGH),
        motion_px=width * rng.uniform(0.0, 0.14 if short else 0.06),
        turned=0.95 if away else _turned(rng),
        turned_left=bool(rng.random() < 0.5),
        cover="side" if away else _cover(rng),
        cover_share=0.45 if away else rng.uniform(0.2, 0.4),
        cover_grey=int(rng.integers(20, 200)),
        tilt_degrees=rng.choice([-1.0, 1.0]) * rng.uniform(*LYING_DEGREES) if rng.random() < LYING_SHARE else 0.0,
        light=scene_light * (rng.uniform(0.25, 0.6) if rng.random() < DARK_SHARE else rng.uniform(0.75, 1.15)),
        noise=rng.uniform(1.0, 8.0),
        jpeg_quality=CLOSE_UP_QUALITY
        if close_up
        else int(rng.integers(*(CRUSHED_QUALITY if rng.random() < CRUSHED_SHARE else JPEG_QUALITY))),
        mirrored=bool(rng.random() < 0.5),
    )


def _turned(rng: np.random.Generator) -> float:
    return rng.uniform(0.2, 0.95) if rng.random() < TURNED_SHARE else rng.uniform(0.0, 0.2)


def _cover(rng: np.random.Generator) -> Cover | None:
    return COVERS[rng.integers(len(COVERS))] if rng.random() < COVERED_SHARE else None


def show(photo: NDArray[np.uint8], look: Look, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return `photo` (H, W, 3) BGR as a track of this look shows it, (h, w, 3). Calls differ slightly."""
    return _film(covered(turned(photo, look), look), look, look.face_px / PHOTO_FACE_PX, rng)


def show_patch(patch: NDArray[np.uint8], look: Look, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a square patch as a track of this look shows it: its inner half is as wide as the faces of the track."""
    return _film(patch, look, 2 * look.face_px / len(patch), rng)


def _film(image: NDArray[np.uint8], look: Look, scale: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    how = Degradation(
        scale=min(1.0, scale * rng.uniform(0.92, 1.08)),
        blur_px=look.blur_px * rng.uniform(0.8, 1.2),
        motion_px=look.motion_px * rng.uniform(0.5, 1.0),
        motion_degrees=rng.uniform(0.0, 180.0),
        jpeg_quality=100,
        mirrored=look.mirrored,
        turn_degrees=look.tilt_degrees + rng.normal(0.0, 6.0),
        brightness=look.light,
    )
    shown = degrade(image, how).astype(np.float32)
    noisy = np.clip(shown + rng.normal(0.0, look.noise, shown.shape), 0, 255).astype(np.uint8)
    return compressed(noisy, look.jpeg_quality)


def turned(photo: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """Squeeze the far half of the face and let it fall into shadow, as a face that is turned away."""
    import cv2

    if look.turned <= 0.02:
        return photo
    height, width = photo.shape[:2]
    position = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    side = position if look.turned_left else -position
    far = np.clip(side, 0.0, 1.0)
    # The far half shows the photo faster, so it becomes narrower. The near half stays.
    source = (position + np.sign(position) * look.turned * far * (1 - far) * 1.6 + 1) / 2 * (width - 1)
    columns = np.repeat(source[None, :], height, axis=0).astype(np.float32)
    lines = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    image = cv2.remap(photo, columns, lines, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shadow = 1 - 0.7 * look.turned * np.clip(far * 3, 0.0, 1.0)
    return np.asarray(image * shadow[None, :, None], np.uint8)


def covered(photo: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    """Cover a part of the face with an even surface: a hand or a cup, a cap, or another person's shoulder."""
    if look.cover is None:
        return photo
    image = photo.copy()
    height, width = photo.shape[:2]
    left, top, right, bottom = (
        round(share * side) for share, side in zip(FACE_IN_PHOTO, (width, height, width, height), strict=True)
    )
    across, down = round((right - left) * look.cover_share), round((bottom - top) * look.cover_share)
    match look.cover:
        case "mouth":
            image[bottom - down :, left:right] = look.cover_grey
        case "forehead":
            image[: top + down, left - 10 : right + 10] = look.cover_grey
        case "side":
            image[top:, : left + across] = look.cover_grey
    return image
