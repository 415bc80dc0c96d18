"""The script of the sample episode: its photographs, the faces in them, and what each shot shows.

Every camera move is a window sliding over a photograph, which keeps the faces real. The photographs are read
from installed packages. None of them is part of this project.
"""

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels; x increases to the right and y downwards."""


@dataclass(frozen=True)
class Photograph:
    """A picture inside an installed package. `width` and `height`, in pixels, detect a replaced picture."""

    package: str
    path: str
    width: int
    height: int


@dataclass(frozen=True)
class Window:
    """The part of a photograph that the camera sees: left edge, top edge and width, in pixels of the photograph.

    Its height follows from the aspect ratio of the pane that shows it.
    """

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Pane:
    """A photograph seen through a window that moves along `path`, reaching its windows at equal time intervals."""

    photograph: str
    path: tuple[Window, ...]


@dataclass(frozen=True)
class Shot:
    """An uninterrupted sequence of frames. Two panes are shown side by side, each in half of the frame.

    `light` gives the factors for the pixel values of the first and the last frame, interpolated in between. `blur`
    is the sigma of a Gaussian in pixels. `noise` is the sigma of the noise in the luma, which ranges from 0 to 255.
    With `blends_into_next`, the last frame is an even mix with the first frame of the next shot.
    """

    frames: int
    panes: tuple[Pane, ...]
    light: tuple[float, float] = (1.0, 1.0)
    blur: float = 0.0
    noise: float = 1.5
    blends_into_next: bool = False


PHOTOGRAPHS = {
    "party": Photograph("insightface", "data/images/t1.jpg", 1280, 886),
    "astronaut": Photograph("skimage", "data/astronaut.png", 512, 512),
    "rocket": Photograph("skimage", "data/rocket.jpg", 640, 427),
    "coffee": Photograph("skimage", "data/coffee.png", 600, 400),
}

# Face boxes in pixels of the photograph: averages of the results of two detectors on the full photograph (the
# SCRFD 500M and YuNet 2023mar models, both with a score above 0.8). Letters go from left to right.
FACES: dict[str, dict[str, Box]] = {
    "party": {
        "person-a": (54, 263, 170, 399),
        "person-b": (270, 146, 371, 273),
        "person-c": (463, 266, 575, 416),
        "person-d": (748, 344, 846, 476),
        "person-e": (903, 58, 1008, 202),
        "person-f": (1131, 273, 1227, 400),
    },
    "astronaut": {"person-g": (179, 62, 270, 177)},
}

PEOPLE = {
    person: f"{PHOTOGRAPHS[name].path} of the package {PHOTOGRAPHS[name].package}, face {order} from the left"
    for name, faces in FACES.items()
    for order, person in enumerate(faces, start=1)
}


def _pane(photograph: str, *path: tuple[float, float, float]) -> Pane:
    return Pane(photograph, tuple(Window(*window) for window in path))


# x, y and width of the windows. A close-up leaves the neighbours' faces out, or cuts them off far enough that no
# detector finds them. For this reason some people are close to the edge of the frame.
SHOTS: tuple[Shot, ...] = (
    Shot(40, (_pane("rocket", (60, 60, 520), (110, 5, 440)),), noise=3),
    Shot(50, (_pane("party", (0, 30, 1280), (20, 40, 1230)),), blur=0.4),
    Shot(36, (_pane("party", (300, 258, 420), (320, 258, 400)),), light=(1.0, 1.05), noise=3),
    Shot(40, (_pane("party", (385, 232, 590), (395, 232, 570)),), noise=3, blends_into_next=True),
    Shot(32, (_pane("party", (590, 290, 500), (620, 310, 440)),), light=(0.9, 0.9), blur=0.9, noise=5),
    Shot(34, (_pane("party", (700, 0, 440), (740, 0, 440)),), light=(1.15, 1.15)),
    Shot(28, (_pane("party", (440, 560, 420), (540, 570, 400)),), blur=0.5),
    Shot(32, (_pane("party", (130, 60, 370)),), light=(0.8, 0.8), noise=4.5),
    Shot(44, (_pane("party", (0, 195, 240)), _pane("party", (825, 0, 270), (835, 5, 255))), noise=3),
    Shot(36, (_pane("party", (860, 235, 420), (870, 245, 400)),), light=(0.85, 0.85), blur=1.2),
    Shot(34, (_pane("party", (0, 248, 440), (0, 250, 420)),), noise=5),
    Shot(36, (_pane("astronaut", (0, 0, 512), (15, 5, 460)),), light=(1.05, 1.05)),
    Shot(42, (_pane("party", (180, 125, 530), (195, 130, 510)),), light=(0.7, 1.0), noise=3),
    Shot(44, (_pane("astronaut", (110, 15, 230), (118, 20, 215)), _pane("party", (670, 290, 250))), blur=0.8),
    # The camera leaves the face and comes back.
    Shot(55, (_pane("party", (720, 0, 420), (720, 0, 420), (470, 0, 420), (730, 0, 420)),), noise=3),
    Shot(30, (_pane("party", (660, 320, 330), (650, 320, 340)),), light=(0.5, 0.5), noise=4.5),
    Shot(26, (_pane("coffee", (60, 20, 520), (20, 50, 560)),)),
    Shot(44, (_pane("party", (0, 132, 485), (0, 135, 480)),), light=(1.15, 0.9), noise=3),
    Shot(38, (_pane("party", (862, 240, 410), (960, 250, 310)),), noise=3, blends_into_next=True),
    Shot(30, (_pane("astronaut", (80, 25, 310), (90, 25, 310)),), light=(0.65, 0.65), blur=1.0, noise=5),
    Shot(30, (_pane("party", (370, 265, 340), (365, 262, 340)),), light=(1.2, 1.2), blur=1.8),
    Shot(34, (_pane("party", (160, 70, 340), (120, 70, 340)),), blur=1.4, noise=3),
    Shot(36, (_pane("party", (400, 240, 540), (420, 240, 540)),), light=(0.6, 0.6), noise=4.5),
    Shot(42, (_pane("party", (1030, 215, 250)), _pane("astronaut", (95, 0, 270))), light=(0.9, 0.9), noise=4.5),
    Shot(30, (_pane("party", (0, 252, 380), (10, 252, 380)),), light=(0.7, 1.1), blends_into_next=True),
    Shot(28, (_pane("party", (760, 10, 400), (760, 5, 400)),), light=(0.6, 0.6), blur=1.2, noise=4.5),
    Shot(32, (_pane("astronaut", (20, 0, 420), (60, 10, 420)),), light=(1.2, 1.0), blur=1.6),
    Shot(46, (_pane("party", (30, 10, 1220), (0, 5, 1280)),), light=(1.0, 0.85), blur=0.6),
)
