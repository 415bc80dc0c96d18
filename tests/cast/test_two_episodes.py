"""Two people of a real film, named in two episodes from photos of other ages and eras."""

import json
from pathlib import Path

import av
import pytest

from screenalytics_app.actions.cast.people import NewPerson, add_person
from screenalytics_app.actions.cast.photos import PhotoRequest, add_photos
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITY_EVALUATION
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import Unrecorded

pytestmark = pytest.mark.shared

SHOW = "bubble"
PEOPLE = ("john-travolta", "glynnis-oconnor")
CUT = 482


def cut(source: Path, target: Path, first: int, last: int) -> Path:
    """Write frames `first` to `last` - 1 of a video as a new video."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        output = writer.add_stream("mpeg4", rate=stream.average_rate, options={"qscale": "2"})
        output.width, output.height, output.pix_fmt = stream.width, stream.height, "yuv420p"
        for number, frame in enumerate(reader.decode(stream)):
            if first <= number < last:
                picture = frame.reformat(format="yuv420p").to_ndarray()
                writer.mux(output.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        writer.mux(output.encode(None))
    return target


def test_both_people_are_named_or_offered_in_both_episodes(shared: Path, home: Path, tmp_path: Path) -> None:
    store = ArtifactStore(str(home))
    for person in PEOPLE:
        add_person(store, NewPerson(SHOW, person))
        photos = sorted((shared / "data" / "photos" / "bubble" / person).iterdir())
        assert len(add_photos(store, PhotoRequest(SHOW, person, photos)).added) >= 5
    clip = shared / "data" / "clips" / "bubble08.mp4"
    shots = json.loads(clip.with_suffix(".json").read_text())["shots"]
    last = shots[-1]["last_frame"] + 1
    named = 0
    for number, (first, end) in enumerate(((0, CUT), (CUT, last)), start=1):
        ep_id = f"{SHOW}-s01e0{number}"
        truth = tmp_path / f"{ep_id}.json"
        truth.write_text(json.dumps(truth_of(ep_id, shots, first, end)))
        video = cut(clip, tmp_path / f"{ep_id}.mp4", first, end)
        run_episode(RunRequest(ep_id, video, {}, truth=truth), store, Unrecorded())
        evaluation = load_artifact(store, IDENTITY_EVALUATION, ep_id).content.shots
        assert evaluation is not None
        true_person = dict(evaluation.assignment)
        rows = {row.identity_id: row for row in load_artifact(store, CAST_ASSIGNMENTS, ep_id).content.assignments}
        assert set(true_person.values()) == set(PEOPLE)
        for identity, person in true_person.items():
            row = rows[identity]
            assert row.status in ("assigned", "needs_review")
            assert row.candidates[0].person_id == person
            named += row.status == "assigned"
        assert all(row.person_id in (None, true_person.get(row.identity_id)) for row in rows.values()), "a wrong name"
    assert named >= 2


def truth_of(ep_id: str, shots: list[dict[str, object]], first: int, end: int) -> dict[str, object]:
    """Return the clip's truth for frames `first` to `end` - 1, with frames counted from `first`."""
    inside = []
    for shot in shots:
        begins, stops = max(int(str(shot["first_frame"])), first), min(int(str(shot["last_frame"])), end - 1)
        if begins <= stops:
            inside.append({**shot, "first_frame": begins - first, "last_frame": stops - first})
    return {"ep_id": ep_id, "fps": 25.0, "frames": end - first, "shots": inside}
