"""The 345 words of Quick, Draw! and how people say them."""

from __future__ import annotations

_WORDS_TEXT = """
    The Eiffel Tower | The Great Wall of China | The Mona Lisa | aircraft carrier | airplane | alarm
    clock | ambulance | angel | animal migration | ant | anvil | apple | arm | asparagus | axe |
    backpack | banana | bandage | barn | baseball | baseball bat | basket | basketball | bat | bathtub |
    beach | bear | beard | bed | bee | belt | bench | bicycle | binoculars | bird | birthday cake |
    blackberry | blueberry | book | boomerang | bottlecap | bowtie | bracelet | brain | bread | bridge |
    broccoli | broom | bucket | bulldozer | bus | bush | butterfly | cactus | cake | calculator |
    calendar | camel | camera | camouflage | campfire | candle | cannon | canoe | car | carrot | castle
    | cat | ceiling fan | cell phone | cello | chair | chandelier | church | circle | clarinet | clock |
    cloud | coffee cup | compass | computer | cookie | cooler | couch | cow | crab | crayon | crocodile
    | crown | cruise ship | cup | diamond | dishwasher | diving board | dog | dolphin | donut | door |
    dragon | dresser | drill | drums | duck | dumbbell | ear | elbow | elephant | envelope | eraser |
    eye | eyeglasses | face | fan | feather | fence | finger | fire hydrant | fireplace | firetruck |
    fish | flamingo | flashlight | flip flops | floor lamp | flower | flying saucer | foot | fork | frog
    | frying pan | garden | garden hose | giraffe | goatee | golf club | grapes | grass | guitar |
    hamburger | hammer | hand | harp | hat | headphones | hedgehog | helicopter | helmet | hexagon |
    hockey puck | hockey stick | horse | hospital | hot air balloon | hot dog | hot tub | hourglass |
    house | house plant | hurricane | ice cream | jacket | jail | kangaroo | key | keyboard | knee |
    knife | ladder | lantern | laptop | leaf | leg | light bulb | lighter | lighthouse | lightning |
    line | lion | lipstick | lobster | lollipop | mailbox | map | marker | matches | megaphone | mermaid
    | microphone | microwave | monkey | moon | mosquito | motorbike | mountain | mouse | moustache |
    mouth | mug | mushroom | nail | necklace | nose | ocean | octagon | octopus | onion | oven | owl |
    paint can | paintbrush | palm tree | panda | pants | paper clip | parachute | parrot | passport |
    peanut | pear | peas | pencil | penguin | piano | pickup truck | picture frame | pig | pillow |
    pineapple | pizza | pliers | police car | pond | pool | popsicle | postcard | potato | power outlet
    | purse | rabbit | raccoon | radio | rain | rainbow | rake | remote control | rhinoceros | rifle |
    river | roller coaster | rollerskates | sailboat | sandwich | saw | saxophone | school bus |
    scissors | scorpion | screwdriver | sea turtle | see saw | shark | sheep | shoe | shorts | shovel |
    sink | skateboard | skull | skyscraper | sleeping bag | smiley face | snail | snake | snorkel |
    snowflake | snowman | soccer ball | sock | speedboat | spider | spoon | spreadsheet | square |
    squiggle | squirrel | stairs | star | steak | stereo | stethoscope | stitches | stop sign | stove |
    strawberry | streetlight | string bean | submarine | suitcase | sun | swan | sweater | swing set |
    sword | syringe | t-shirt | table | teapot | teddy-bear | telephone | television | tennis racquet |
    tent | tiger | toaster | toe | toilet | tooth | toothbrush | toothpaste | tornado | tractor |
    traffic light | train | tree | triangle | trombone | truck | trumpet | umbrella | underwear | van |
    vase | violin | washing machine | watermelon | waterslide | whale | wheel | windmill | wine bottle |
    wine glass | wristwatch | yoga | zebra | zigzag
"""

QUICKDRAW_WORDS: tuple[str, ...] = tuple(" ".join(word.split()) for word in _WORDS_TEXT.split("|"))
"""All words that can be drawn, in alphabetical order, as the data and the network name them."""

_NO_ARTICLE_TEXT = """
    asparagus | binoculars | bread | broccoli | camouflage | drums | eyeglasses | flip flops | grapes | grass |
    headphones | lightning | matches | pants | peas | pliers | rain | scissors | shorts | stairs | stitches |
    toothpaste | underwear | yoga
"""

_NO_ARTICLE = frozenset(word.strip() for word in _NO_ARTICLE_TEXT.split("|"))

_SPECIAL_FORMS = {
    "The Eiffel Tower": "the Eiffel Tower",
    "The Great Wall of China": "the Great Wall of China",
    "The Mona Lisa": "the Mona Lisa",
    "bottlecap": "a bottle cap",
    "bowtie": "a bow tie",
    "firetruck": "a fire truck",
    "hourglass": "an hourglass",
    "moon": "the moon",
    "ocean": "the ocean",
    "rollerskates": "roller skates",
    "see saw": "a seesaw",
    "sun": "the sun",
    "t-shirt": "a T-shirt",
    "teddy-bear": "a teddy bear",
}


_QUICKDRAW_WORD_SET = frozenset(QUICKDRAW_WORDS)


def display(word: str) -> str:
    """Return the word as one would say it: *an apple*, *pants*, *the Eiffel Tower*."""
    if word not in _QUICKDRAW_WORD_SET:
        return word  # taught by people, who say it as they like
    if word in _SPECIAL_FORMS:
        return _SPECIAL_FORMS[word]
    if word in _NO_ARTICLE:
        return word
    return f"{'an' if word[:1].lower() in ('a', 'e', 'i', 'o', 'u') else 'a'} {word}"
