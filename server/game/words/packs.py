"""Packs of words: the default one, themed ones, one for classrooms, and everything."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.game.inkling.thresholds import BOLD_THRESHOLDS, STEADY_THRESHOLDS, SayingThresholds
from server.game.words.vocabulary import QUICKDRAW_WORDS, display

DEFAULT_PACK = "easy"
WORDS_SHOWN_PER_PACK = 6
"""Words of a pack shown as examples."""

EXCLUDED_WORDS = frozenset(
    ("axe", "cannon", "knife", "rifle", "sword", "syringe", "underwear", "wine bottle", "wine glass")
)
"""Weapons, alcohol, syringe and underwear: in no pack but *hard*."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A named list of words, in alphabetical order."""

    name: str
    title: str
    words: tuple[str, ...]
    thresholds: SayingThresholds = STEADY_THRESHOLDS

    @property
    def size(self) -> int:
        """How many words it has."""
        return len(self.words)

    @property
    def sample(self) -> tuple[str, ...]:
        """A few of its words, evenly spread, as one would say them."""
        few = min(WORDS_SHOWN_PER_PACK, self.size)
        return tuple(display(self.words[i * self.size // few]) for i in range(few))


_EASY = """
    airplane | ambulance | apple | backpack | banana | bathtub | beard | bee | bowtie | broccoli | broom |
    cactus | crab | crown | dolphin | door | duck | envelope | eye | eyeglasses | face | flip flops | foot |
    giraffe | grapes | hamburger | hammer | headphones | hourglass | ice cream | kangaroo | laptop | leaf |
    light bulb | lighthouse | lion | mountain | mouth | paintbrush | pear | rabbit | radio | rainbow |
    rollerskates | saw | sheep | shoe | shorts | skateboard | snail | snake | snowman | soccer ball | spoon |
    square | stairs | stop sign | swing set | t-shirt | tornado
"""
"""Words that people find easy, and of those the ones the champion knows early and confuses with none of the others:
`inkling model pack --size 60` over such candidates."""

_ANIMALS = """
    ant | bat | bear | bee | bird | butterfly | camel | cat | cow | crab | crocodile | dog | dolphin | duck |
    elephant | fish | flamingo | frog | giraffe | hedgehog | horse | kangaroo | lion | lobster | monkey |
    mosquito | mouse | octopus | owl | panda | parrot | penguin | pig | rabbit | raccoon | rhinoceros | scorpion |
    sea turtle | shark | sheep | snail | snake | spider | squirrel | swan | tiger | whale | zebra
"""

_FOOD = """
    apple | asparagus | banana | birthday cake | blackberry | blueberry | bread | broccoli | cake | carrot |
    cookie | donut | grapes | hamburger | hot dog | ice cream | lollipop | mushroom | onion | peanut | pear |
    peas | pineapple | pizza | popsicle | potato | sandwich | steak | strawberry | string bean | watermelon
"""

_HOME = """
    alarm clock | backpack | bathtub | bed | bench | book | broom | bucket | calculator | calendar | candle |
    ceiling fan | cell phone | chair | chandelier | clock | coffee cup | computer | couch | cup | dishwasher |
    door | dresser | envelope | eraser | fan | fireplace | flashlight | floor lamp | fork | frying pan |
    hourglass | key | keyboard | lantern | laptop | light bulb | microwave | mug | oven | paintbrush |
    paper clip | pencil | piano | picture frame | pillow | power outlet | radio | remote control | scissors |
    sink | spoon | stairs | stove | suitcase | table | teapot | telephone | television | toaster | toilet |
    toothbrush | umbrella | vase | washing machine
"""

_NATURE = """
    beach | bush | cactus | cloud | flower | garden | grass | house plant | hurricane | leaf | lightning | moon |
    mountain | mushroom | ocean | palm tree | pond | rain | rainbow | river | snowflake | star | sun | tornado |
    tree
"""

_GETTING_AROUND = """
    airplane | ambulance | bicycle | bulldozer | bus | canoe | car | cruise ship | firetruck | flying saucer |
    helicopter | hot air balloon | motorbike | parachute | pickup truck | police car | roller coaster |
    rollerskates | sailboat | school bus | skateboard | speedboat | submarine | tractor | train | truck | van
"""

_MUSIC = """
    cello | clarinet | drums | guitar | harp | headphones | megaphone | microphone | piano | radio | saxophone |
    stereo | trombone | trumpet | violin
"""

_SPORT = """
    baseball | baseball bat | basketball | boomerang | canoe | diving board | dumbbell | flip flops | golf club |
    helmet | hockey puck | hockey stick | parachute | pool | rollerskates | see saw | skateboard | snorkel |
    soccer ball | swing set | tennis racquet | waterslide | yoga
"""

_BODY = """
    arm | beard | bowtie | bracelet | brain | crown | ear | elbow | eye | eyeglasses | face | finger | foot |
    goatee | hand | hat | helmet | jacket | knee | leg | lipstick | moustache | mouth | necklace | nose | pants |
    purse | shoe | shorts | skull | smiley face | sock | sweater | t-shirt | toe | tooth | wristwatch
"""

_PLACES = """
    The Eiffel Tower | The Great Wall of China | barn | bridge | castle | church | fence | hospital | house |
    jail | lighthouse | skyscraper | stairs | tent | windmill
"""


def _pack(name: str, title: str, text: str, thresholds: SayingThresholds = STEADY_THRESHOLDS) -> Pack:
    return Pack(name, title, tuple(sorted(" ".join(word.split()) for word in text.split("|"))), thresholds)


_CLASS = tuple(word for word in QUICKDRAW_WORDS if word not in EXCLUDED_WORDS)

BUILT_IN_PACKS: dict[str, Pack] = {
    pack.name: pack
    for pack in (
        _pack(DEFAULT_PACK, "Easy words", _EASY, BOLD_THRESHOLDS),
        _pack("animals", "Animals", _ANIMALS),
        _pack("food", "Food", _FOOD),
        _pack("home", "Things at home", _HOME),
        _pack("nature", "Nature and weather", _NATURE),
        _pack("going", "Getting around", _GETTING_AROUND),
        _pack("music", "Music", _MUSIC),
        _pack("sport", "Sport and play", _SPORT),
        _pack("body", "Body and clothes", _BODY),
        _pack("places", "Places", _PLACES),
        Pack("class", "Classroom: everything kid-safe", _CLASS),
        Pack("hard", "Hard: all 345 words", QUICKDRAW_WORDS),
    )
}
"""Every built-in pack by its name."""


def pack_words(name: str) -> tuple[str, ...]:
    """Return a pack's words; a room made with a pack that is gone plays the default one."""
    return BUILT_IN_PACKS.get(name, BUILT_IN_PACKS[DEFAULT_PACK]).words


def pack_thresholds(name: str) -> SayingThresholds:
    """Return how probable a word has to be before it is said in a room with this pack."""
    return BUILT_IN_PACKS.get(name, BUILT_IN_PACKS[DEFAULT_PACK]).thresholds


@contextmanager
def write_pack_file() -> Iterator[dict[str, str]]:
    """Write all packs into a temporary file and yield an environment that names it in INKLING_PACKS.

    Commands of `model` run in processes of their own and may not import the rules.
    """
    with tempfile.TemporaryDirectory(prefix="inkling-") as folder:
        path = Path(folder) / "packs.json"
        packs = {name: list(pack.words) for name, pack in BUILT_IN_PACKS.items()}
        packs["default"] = packs[DEFAULT_PACK]
        path.write_text(json.dumps(packs), encoding="utf-8")
        yield {**os.environ, "INKLING_PACKS": str(path)}


__all__ = [
    "BUILT_IN_PACKS",
    "DEFAULT_PACK",
    "EXCLUDED_WORDS",
    "Pack",
    "display",
    "pack_thresholds",
    "pack_words",
    "write_pack_file",
]
