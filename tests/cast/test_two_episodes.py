"""Two people of a real film, named in two episodes from photos of other ages and eras."""

import json
from pathlib import Path

import av
import pytest

from screenalytics_app.actions.cast.people import NewPerson, add_person
from screenalytics_app.actions.cast.photos import PhotoRequest, add_photos
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.contract.loading import load_cast_assignments, load_identity_evaluation
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import Unrecorded

pytestmark = pytest.mark.shared

SHOW = "bubble"
PEOPLE = ("john-travolta", "glynnis-oconnor")
CUT = 482


def cut(source: Path, target: Path, first: int, last: int) -> Path:
    """Frames `first` to `last` - 1 of a video as a video of their own."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        made = new.add_stream("mpeg4", rate=stream.average_rate, options={"qscale": "2"})
        made.width, made.height, made.pix_fmt = stream.width, stream.height, "yuv420p"
        for number, frame in enumerate(old.decode(stream)):
            if first <= number < last:
                picture = frame.reformat(format="yuv420p").to_ndarray()
                new.mux(made.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
        new.mux(made.encode(None))
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
        found = load_identity_evaluation(store, ep_id).content.shots
        assert found is not None
        whose = dict(found.assignment)
        rows = {row.identity_id: row for row in load_cast_assignments(store, ep_id).content.assignments}
        assert set(whose.values()) == set(PEOPLE)
        for identity, person in whose.items():
            row = rows[identity]
            assert row.status in ("assigned", "needs_review")
            assert row.candidates[0].person_id == person
            named += row.status == "assigned"
        assert all(row.person_id in (None, whose.get(row.identity_id)) for row in rows.values()), "a wrong name"
    assert named >= 2


def truth_of(ep_id: str, shots: list[dict[str, object]], first: int, end: int) -> dict[str, object]:
    """The part of the clip's truth that lies in frames `first` to `end` - 1, counted from its own start."""
    own = []
    for shot in shots:
        begins, stops = max(int(str(shot["first_frame"])), first), min(int(str(shot["last_frame"])), end - 1)
        if begins <= stops:
            own.append({**shot, "first_frame": begins - first, "last_frame": stops - first})
    return {"ep_id": ep_id, "fps": 25.0, "frames": end - first, "shots": own}
