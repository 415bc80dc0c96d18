"""Turns crops into faces: a quality gate, sampling over time, and one embedding per remaining face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.record_types import Landmarks, RejectionReason
from screenalytics_assets.contract.schemas import Crop, Face, Quality, Track
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_assets.tracks.quality import quality_score
from screenalytics_assets.tracks.sampling import spread_over_time
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import TrackBounds

ReadCrop = Callable[[str], NDArray[np.uint8] | None]
"""Returns the crop with this key, (h, w, 3) uint8 BGR, or None if the file cannot be read as an image."""


@dataclass(frozen=True)
class EmbeddedFaces:
    """One row per crop, and `vectors` (A, D) float32 with unit rows for the A accepted faces."""

    rows: list[Face]
    vectors: NDArray[np.float32]


@dataclass
class _Sighting:
    """Crop in the process of becoming a face."""

    track_id: str
    crop: Crop
    quality: Quality
    rejection: RejectionReason | None
    norm: float | None = None
    landmarks: NDArray[np.float32] | None = None
    """Landmarks used for alignment, (5, 2) px of the frame; None if the face was not aligned."""


def embed_faces(
    tracks: Sequence[Track],
    read_crop: ReadCrop,
    engine: Engine,
    settings: FacesSettings,
    report: Callable[[int], None],
) -> EmbeddedFaces:
    """Filter, sample and embed the crops of `tracks`. `report` is called with the number of tracks done."""
    sightings: list[_Sighting] = []
    vectors = [np.empty((0, engine.pack.recogniser.dim), np.float32)]
    batch: list[tuple[_Sighting, NDArray[np.uint8]]] = []

    def embed_batch() -> None:
        if batch:
            embeddings = engine.embed(np.stack([aligned for _, aligned in batch]), settings.batch_size)
            vectors.append(embeddings.vectors)
            for (sighting, _), norm in zip(batch, embeddings.norms, strict=True):
                sighting.norm = float(norm)
            batch.clear()

    for done, track in enumerate(tracks, start=1):
        judged = [judge(track.track_id, crop, settings, engine.pack.tracks) for crop in track.crops]
        thin_out(judged, settings.max_faces_per_track)
        for sighting in judged:
            aligned = _aligned(sighting, read_crop, engine)
            if aligned is not None:
                batch.append((sighting, aligned))
        sightings += judged
        if len(batch) >= settings.batch_size:
            embed_batch()
        report(done)
    embed_batch()
    return EmbeddedFaces(_rows(sightings), np.concatenate(vectors))


def judge(track_id: str, crop: Crop, settings: FacesSettings, bounds: TrackBounds) -> _Sighting:
    """Apply the quality gate: compute the quality of `crop`, and the reason if it is rejected.

    Where a setting is null, the pack's value in `bounds` is used.
    """
    min_score = bounds.min_face_score if settings.min_confidence is None else settings.min_confidence
    min_px = bounds.min_box_px if settings.min_box_px is None else settings.min_box_px
    x1, y1, x2, y2 = crop.bbox
    box_area = (x2 - x1) * (y2 - y1)
    quality = Quality(
        det=crop.det_score,
        std=crop.crop_std,
        box_area=round(box_area, 1),
        score=round(quality_score(crop.det_score, crop.crop_std, box_area), 4),
    )
    rejection: RejectionReason | None = None
    if crop.det_score < min_score:
        rejection = "low_confidence"
    elif min(x2 - x1, y2 - y1) < min_px:
        rejection = "too_small"
    elif crop.crop_std < settings.min_std:
        rejection = "low_contrast"
    elif quality.score < settings.min_quality:
        rejection = "low_quality"
    return _Sighting(track_id, crop, quality, rejection)


def thin_out(judged: Sequence[_Sighting], limit: int) -> None:
    """Keep at most `limit` accepted faces of one track, spread over time. Reject the others as `not_sampled`."""
    accepted = [sighting for sighting in judged if sighting.rejection is None]
    chosen = spread_over_time(
        np.array([s.crop.ts for s in accepted]), np.array([s.quality.score for s in accepted]), limit
    )
    kept = set(chosen.tolist())
    for index, sighting in enumerate(accepted):
        if index not in kept:
            sighting.rejection = "not_sampled"


@dataclass(frozen=True)
class CropView:
    """Mapping between pixels of the frame and of the stored crop, which may have been scaled down."""

    origin: NDArray[np.float32]
    scale: NDArray[np.float32]

    def to_crop(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert points (N, 2) from pixels of the frame to pixels of the crop."""
        return np.asarray((points - self.origin) * self.scale, dtype=np.float32)

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert points (N, 2) from pixels of the crop to pixels of the frame."""
        return np.asarray(points / self.scale + self.origin, dtype=np.float32)


def crop_view(crop: Crop, image_shape: tuple[int, ...]) -> CropView:
    """Return the mapping for a crop whose image has the shape `image_shape` (h, w, ...)."""
    x1, y1, x2, y2 = crop.crop_box
    scale = np.array([image_shape[1] / (x2 - x1), image_shape[0] / (y2 - y1)], np.float32)
    return CropView(np.array([x1, y1], np.float32), scale)


def _aligned(sighting: _Sighting, read_crop: ReadCrop, engine: Engine) -> NDArray[np.uint8] | None:
    """Return the aligned face (112, 112, 3), or None if the crop is rejected. Sets the reason of a new rejection."""
    if sighting.rejection is not None:
        return None
    image = read_crop(sighting.crop.crop_key)
    if image is None:
        sighting.rejection = "unreadable_crop"
        return None
    view = crop_view(sighting.crop, image.shape)
    box = view.to_crop(np.array(sighting.crop.bbox, np.float32).reshape(2, 2)).reshape(4)
    landmarks = engine.refine(image, box, view.to_crop(np.array(sighting.crop.landmarks, np.float32)))
    sighting.landmarks = view.to_frame(landmarks)
    try:
        aligned: NDArray[np.uint8] = engine.align(image, landmarks[None])[0]
    except ValueError:  # landmarks that coincide in one point have no similarity transform
        sighting.rejection = "unalignable"
        return None
    return aligned


def _as_rows(landmarks: NDArray[np.float32]) -> Landmarks:
    return cast(Landmarks, tuple((round(float(x), 1), round(float(y), 1)) for x, y in landmarks))


def _rows(sightings: Sequence[_Sighting]) -> list[Face]:
    rows: list[Face] = []
    embedding_row = 0
    for number, sighting in enumerate(sightings, start=1):
        accepted = sighting.rejection is None
        crop = sighting.crop
        rows.append(
            Face(
                face_id=f"face-{number:06d}",
                track_id=sighting.track_id,
                frame=crop.frame,
                ts=crop.ts,
                bbox=crop.bbox,
                landmarks=_as_rows(sighting.landmarks) if sighting.landmarks is not None else crop.landmarks,
                det_score=crop.det_score,
                crop_std=crop.crop_std,
                quality=sighting.quality,
                embedding_norm=None if sighting.norm is None else round(sighting.norm, 4),
                crop_key=crop.crop_key,
                crop_box=crop.crop_box,
                embedding_row=embedding_row if accepted else None,
                rejection_reason=sighting.rejection,
            )
        )
        embedding_row += accepted
    return rows
