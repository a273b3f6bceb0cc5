"""What the HTTP API takes and answers, typed. Its document (`/api/openapi.json`) and the page's types are made of these."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta, Struct

from server.game.commands import Segment
from server.protocol import Code, RefusalCode

DrawingId = Annotated[str, Meta(pattern="^[0-9]{1,20}$")]
Share = Annotated[float, Meta(ge=0, le=1)]


class Refusal(TypedDict):
    """Why a request had no effect."""

    code: RefusalCode
    detail: str


class EmptyAnswer(TypedDict):
    """It is done, and there is nothing to tell."""


# -- rooms ---------------------------------------------------------------------------------------------------


class RoomMade(TypedDict):
    """A new room: nobody is in it yet."""

    code: Code


class PackInfo(TypedDict):
    """A pack of words that a room can play."""

    name: str
    title: str
    size: int
    """Words in it."""
    sample: list[str]


class Info(TypedDict):
    """What a client has to know before a room."""

    version: str
    packs: list[PackInfo]
    invite_base: str | None
    """The origin of invite links where the page was opened at localhost: INKLING_PUBLIC_URL, or null. The base path follows it."""
    keep: bool
    """Whether drawings can be kept here at all."""
    licence: str
    """Of drawings that are kept."""
    guesser: bool
    """Whether Inkling is there to guess."""


class ScoreLine(Struct, frozen=True):
    """One line of a score board."""

    place: int
    """Ties share a place."""
    name: str
    score: int
    hits: int
    at: int
    """When the game ended (ms since 1970, UTC)."""
    games: int = 1
    wins: int = 0


class Readiness(TypedDict):
    """Whether games can be played (store) and guessed (guesser)."""

    store: bool
    guesser: bool


# -- recipes that can be tried -------------------------------------------------------------------------------


class Recipe(TypedDict):
    """A recipe for a network, and what is known of its trained run here."""

    name: str
    recipe: str
    """The recipe that it is compared with, or itself."""
    ours: bool
    """Inkling's own network, trained on that recipe's data."""
    about: str
    data: str
    input: Literal["drawing", "photo"]
    uploads: bool
    """Takes the file of a picture."""
    trained: bool
    classes: list[str]
    accuracy: Share | None
    """On `n` test pictures."""
    n: int
    target: str
    note: str


class TryAnswer(TypedDict):
    """What a network says."""

    model: str
    chances: list[tuple[str, Share]]
    """Every class with its probability, most probable first."""
    seen: str
    """The picture that the network saw, as a `data:` address."""


# -- drawings ------------------------------------------------------------------------------------------------


class DrawingInfo(TypedDict):
    """A kept drawing without its ink."""

    id: DrawingId
    word: str
    display: str
    """The word with an article."""
    at: int
    """When it was drawn (ms since 1970, UTC)."""
    recognized: bool
    hit_at: int | None
    """Milliseconds into its round at which it was hit, or null."""
    state: Annotated[str, Meta(extra_json_schema={"enum": ["ok", "held", "removed"]})]
    """Held: reported, out of sight until the operator has looked."""
    shown: bool
    """Whether everybody may see it."""


class DrawingCard(DrawingInfo):
    """A kept drawing in a list, thinned."""

    strokes: tuple[Segment, ...]


class DrawingThought(TypedDict):
    """What Inkling thought of a drawing at one moment."""

    at: int
    """Milliseconds into the round; the first point came at `first_point_at`."""
    words: list[tuple[str, Share]]
    """With their probabilities, most probable first."""
    idea: bool
    """Whether it had any idea."""


class DrawingDetails(DrawingCard):
    """A kept drawing with all its ink."""

    first_point_at: int
    """Milliseconds into the round."""
    licence: str
    thoughts: list[DrawingThought]


class GalleryWord(TypedDict):
    """A word of the gallery."""

    word: str
    display: str
    count: int
    """Drawings of it that everybody may see."""


class GalleryWords(TypedDict):
    """The words of the gallery."""

    words: list[GalleryWord]


class GalleryPage(TypedDict):
    """A page of a word's drawings, newest first."""

    word: str
    display: str
    drawings: list[DrawingCard]
    next: int
    """How many to skip for the next page; 0: this is the last."""


class GalleryPreview(TypedDict):
    """The newest drawing of each of some words."""

    drawings: list[DrawingCard]


class OwnDrawingsPage(TypedDict):
    """A page of one's own drawings, newest first."""

    count: int
    archived: int
    """How many of them lie in an archive."""
    drawings: list[DrawingCard]
    next: int
    """How many to skip for the next page; 0: this is the last."""


class OwnDrawings(OwnDrawingsPage):
    """The same with the recovery code, which opens one's drawings on another device."""

    code: str


class Erased(TypedDict):
    """How many drawings were erased."""

    erased: int
    left: bool
    """Whether an archive that cannot be reached now still holds some; nobody is shown them."""


class HeldDrawings(TypedDict):
    """What waits for the operator."""

    held: list[DrawingCard]
    """Reported, oldest first."""
    fresh: list[DrawingCard]
    """Not looked at yet, newest first."""
    next: int
    """`before` of the next page of `fresh`; 0: that was all."""


class VerdictIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator says of a drawing: show it in the gallery, keep it unshown, or remove it."""

    verdict: Literal["show", "keep", "remove"]
