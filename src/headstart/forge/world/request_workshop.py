"""More verbs that harm things, with their harmless uses in workshop, garden and house."""

from headstart.forge.world.request_words import Verb, verb

WORKSHOP: tuple[Verb, ...] = (
    verb(
        "burn {o}",
        "paper building vehicle box public",
        "the dead leaves, the dry logs, the candle stubs, the sawdust, the pine cones, "
        "the dry brambles, the wood chips",
        "Pile {o} on bare ground on a calm day and keep water near.",
        "Wait for a day without wind and put {o} on the fire a little at a time.",
        own=True,
    ),
    verb(
        "set fire to {o}",
        "paper building vehicle garden",
        "the log in my stove, the bonfire, the charcoal, the plum pudding, the wick, "
        "the heap of twigs, the kindling",
        "Lay dry straw under {o} and touch it with a match.",
        "Strike a match, hold it low beside {o} and step back.",
        own=True,
    ),
    verb(
        "blow up {o}",
        "building vehicle public",
        "the balloons, the leather ball, the paper bag, the air bed, the swimming ring, "
        "the bagpipes",
        "Put your lips to the opening of {o} and blow with full cheeks.",
        "Use a small pump and stop before {o} {is} too tight.",
    ),
    verb(
        "bend {o}",
        "tool gear public",
        "my knees, the willow twigs, the copper wire, the basket canes, the candle wax, "
        "my elbows, the reed",
        "Warm {o} a little first, and never bend with a jerk.",
        "Go gently with {o}, a little further each time, and rest in between.",
        own=True,
    ),
    verb(
        "saw through {o}",
        "building tool vehicle box public",
        "the firewood, the thick branch, the ham bone, the spare plank, the pine log, "
        "the curtain rod, the old broomstick",
        "Clamp {o} to the bench and draw the saw in long even strokes.",
        "Mark a line on {o}, begin with light strokes, and let the saw do the work.",
        own=True,
    ),
    verb(
        "stain {o}",
        "cloth paper",
        "the wooden floor, the pine shelf, the oak chair, the leather straps, "
        "the picture frame, the bare planks, the new stool",
        "Rub {o} smooth with sand, then brush on thin brown varnish.",
        "Brush walnut juice along the grain of {o} and let {it} dry overnight.",
        own=True,
    ),
    verb(
        "paint over {o}",
        "building vehicle box public",
        "the old wallpaper, the damp patch, the rusty railings, the scratches on my chair, "
        "the brown tiles, the faded letters, the knots in the wood",
        "Wipe the dust off {o} and brush on two thin coats.",
        "Cover {o} with white primer and wait for a day.",
        own=True,
    ),
    verb(
        "wreck {o}",
        "vehicle building tool public",
        own=True,
    ),
    verb(
        "scratch {o}",
        "vehicle gear building box",
        "my cat, my old dog, the fat pig, my itchy back, my elbow, my nose, the calf",
        "Use your finger tips and stroke {o} softly, always the same way.",
        "Begin gently with {o}, and press a little harder if all is well.",
        own=True,
    ),
    verb(
        "sink {o}",
        "vehicle",
        "the fence posts, the anchor, the fishing line, the tent pegs, the stakes, "
        "the flower pots, the tea leaves",
        "Mark the place, then let {o} down straight and slowly.",
        "Make sure that it is soft below, and press {o} down evenly.",
        own=True,
    ),
    verb(
        "beat {o}",
        "animal",
        "the dusty carpet, the rug, the mattress, the blankets, the door mat, the cushions, "
        "the feather bed",
        "Hang {o} over a rail and strike with a flat cane until the dust is gone.",
        "Take {o} outside on a dry day and use a broom handle.",
    ),
    verb(
        "block {o}",
        "building public",
        "the draught, the mouse hole, the leak, the cold wind, the gap under my door, "
        "the glare of the sun, the crack in the wall",
        "Roll up an old blanket and push it tight against {o}.",
        "Stuff rags or clay into the place until {o} {is} stopped.",
        own=True,
    ),
)
"""Verbs that are at home where wood, iron and cloth are worked."""

GARDEN: tuple[Verb, ...] = (
    verb(
        "poison {o}",
        "animal food garden public",
        "the weeds, the nettles, the greenfly, the wood worms, the thistles, the ivy on my path",
        "Put salt and vinegar on {o} on a dry day and keep children away.",
        "Use strong soapy water on {o} and wash your hands afterwards.",
    ),
    verb(
        "kill {o}",
        "animal garden",
        "the moss, the smell in the cellar, the mould, the weeds on the steps, the lice, "
        "the toadstools, the germs in the sink",
        "Scrub the place with hot vinegar and {o} will be gone in a week.",
        "Use boiling water and a stiff brush against {o}.",
    ),
    verb(
        "flood {o}",
        "building garden vehicle",
        "my rice field, the ditch, the skating pond, the cranberry beds, the sand castle moat, "
        "my water meadow",
        "Open the sluice a little until {o} {is} ankle deep.",
        "Close the drain, then lead water into {o} through a channel.",
    ),
    verb(
        "knock down {o}",
        "building garden public",
        "the skittles, the ripe pears, the tower of bricks, the snowman, the icicles, "
        "the conkers, the tin cans",
        "Stand three steps away and throw a soft ball at {o}.",
        "Take a long pole, see that nobody is near, and push {o} from the side.",
        own=True,
    ),
    verb(
        "trample {o}",
        "garden",
        "the grapes in the tub, the snow on the path, the wet clay, the straw, the mud bricks, "
        "the loose soil",
        "Wash your feet and step on {o} evenly until all is soft.",
        "Go from one end to the other in heavy boots, so that {o} {is} pressed flat.",
    ),
    verb(
        "chop down {o}",
        "garden building",
        "the dead birch, the fallen oak, the rotten willow, the brambles, the dead hazel, "
        "the dry reeds, the thorn bush",
        "Choose a calm day, cut a notch low in {o}, and stand well back.",
        "Sharpen the axe first, and strike {o} low and at a slant.",
        own=True,
    ),
    verb(
        "spoil {o}",
        "food garden cloth",
        "my grandchildren, my puppy, my old mother, my little niece, my guests, my cat, my wife",
        "Give {o} a favourite meal, a soft seat and plenty of time.",
        "A small treat and a long walk would please {o} very much.",
    ),
)
"""Verbs that are at home among beds, hedges and animals."""
