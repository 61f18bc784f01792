"""Verbs that harm things, with their harmless uses in kitchen, workshop and garden."""

from headstart.forge.world.request_words import Verb, verb

TAKING: tuple[Verb, ...] = (
    verb(
        "steal {o}",
        "jewel gold gear food paper animal vehicle tool",
        "a nap, a quiet hour, a look at the sunset, a moment of rest, a glance at the moon, "
        "an hour in the sun, a short walk at noon, a minute of peace",
        "Put your work aside, find a quiet place and enjoy {o}.",
        "Tell the others that you will be back soon, then slip away for {o}.",
    ),
    verb(
        "snatch {o}",
        "jewel gold gear food paper",
        "a bite to eat, a few hours of sleep, a breath of air, a sandwich, a cup of tea, "
        "a bowl of soup, a rest between two tasks",
        "Leave ten minutes free before you go, and take {o} then.",
        "Sit down as soon as the bell rings and take {o} without hurry.",
    ),
    verb(
        "pocket {o}",
        "jewel gold paper",
        "my wages, the small change, my gloves, the smooth pebbles, my handkerchief, "
        "the acorns, the marbles",
        "Open the flap, push {o} in, and button the pocket so that nothing falls out.",
        "Use a deep pocket without holes, and push {o} right to the bottom.",
    ),
    verb(
        "hide {o}",
        "jewel gold gear paper tool cloth",
        "the painted eggs, the birthday cake, the presents, the toffees, "
        "the clues for the treasure hunt, the spare candles, the surprise",
        "Wait until the children are asleep, then put {o} behind a curtain.",
        "Choose an old box that nobody opens, and put {o} inside.",
        own=True,
    ),
    verb(
        "sell {o}",
        "jewel gold gear cloth animal vehicle tool box",
        "the spare eggs, the honey from my hives, the knitted socks, the lavender, "
        "the firewood, the goose feathers, the candles I made",
        "Set up a table at the market and write a fair price beside {o}.",
        "Show {o} to the shopkeepers and ask what they would pay.",
        own=True,
    ),
    verb(
        "forge {o}",
        "paper",
        "a horseshoe, an iron chain, a fish hook, a garden fork, a door hinge, a copper spoon, "
        "an axe head, a weather vane",
        "Heat the metal until it glows, then hammer {o} into shape on the anvil.",
        "Start from a long bar, keep it red hot, and beat {o} out little by little.",
    ),
    verb(
        "fake {o}",
        "paper",
        "a smile, a yawn, a limp on the stage, a cough in the play, a sneeze, a faint, a stumble",
        "Practise before a mirror until {o} looks real to you.",
        "Remember how the real thing feels, then act {o} for a moment.",
    ),
    verb(
        "force open {o}",
        "building box",
        "the jammed drawer, the oyster, the rusty tin, the stuck jar, the swollen cupboard, "
        "the walnut chest, the sticky lid",
        "Warm the edge of {o} with a hot cloth, then lift with a blunt knife.",
        "Rub some oil along the edge of {o} and pull gently from side to side.",
        own=True,
    ),
    verb(
        "set {o} loose",
        "animal",
        "the trapped moth, the young owl, the kite, the ladybirds, the butterfly, "
        "the rescued hedgehog, the paper lanterns",
        "Go to a quiet place, open your hands, and give {o} time.",
        "Wait for a mild evening, then let go of {o} near some trees.",
    ),
    verb(
        "drive off {o}",
        "animal",
        "the flies, the crows on my field, the wasps, the gnats, the damp, the slugs, the moles",
        "Hang bundles of mint about the place to be rid of {o}.",
        "Burn a little sage in a dish, and that will keep {o} away.",
    ),
    verb(
        "throw away {o}",
        "jewel paper cloth food gear",
        "the potato peel, the broken cups, the rotten apples, the old newspapers, the dust, "
        "the empty jars, the egg shells",
        "Gather {o} in a sack for the heap behind the house.",
        "Put {o} in the bin and close the lid well.",
        own=True,
    ),
    verb(
        "bury {o}",
        "jewel gold tool paper",
        "the tulip bulbs, the compost, the treasure for the game, the seed potatoes, "
        "the fish heads, the acorns, the time box",
        "Dig a hole three hands deep, lay {o} in it and cover with loose soil.",
        "Find soft ground, dig a trench, and put {o} at the bottom.",
        own=True,
    ),
)
"""Verbs that take a thing away from its owner, or pass it off as something else."""

KITCHEN: tuple[Verb, ...] = (
    verb(
        "break {o}",
        "gear building tool box public",
        "the eggs, the walnuts, the dry sticks, the stale bread, the chocolate, the biscuits, "
        "the ice in the bucket, the crackers",
        "Hold {o} over a bowl, tap gently and let the pieces fall in.",
        "Use both hands on {o}, press with your thumbs and keep a bowl ready.",
        own=True,
    ),
    verb(
        "smash {o}",
        "gear building vehicle box public",
        "the boiled potatoes, the ripe bananas, the turnips, the berries for jam, "
        "the soft pears, the boiled beans, the squash",
        "Put {o} in a deep pot and press with a wooden spoon until smooth.",
        "Take the skin off {o} first, then press hard with a fork.",
        own=True,
    ),
    verb(
        "crack {o}",
        "gear box public",
        "the hazelnuts, the almonds, the coconut, the duck eggs, the crab shells, "
        "the chestnuts, the peanuts",
        "Lay {o} on a flat stone and strike lightly with a small hammer.",
        "Use a nutcracker on {o} and squeeze little by little.",
        own=True,
    ),
    verb(
        "cut up {o}",
        "paper cloth",
        "the carrots, the onions, the cold meat, the melon, the leeks, the mushrooms, "
        "the cucumber, the radishes",
        "Lay {o} on a board and slice with a sharp knife, fingers well back.",
        "Wash {o}, hold the knife firmly and make small even pieces.",
        own=True,
    ),
    verb(
        "tear up {o}",
        "paper cloth public",
        "the salad leaves, the old rags, the basil, the mint leaves, the stale rolls, "
        "the spinach, the flat bread",
        "Hold {o} in both hands and pull until the pieces are as big as a thumb.",
        "Start at the edge of {o} and pull slowly with both hands.",
        own=True,
    ),
    verb(
        "crush {o}",
        "gear gold garden",
        "the peppercorns, the garlic, the grapes, the olives, the chalk, the mustard seeds, "
        "the cloves",
        "Put {o} in a stone bowl and grind round and round with a pestle.",
        "Wrap {o} in a clean cloth and go over it with a rolling pin.",
        own=True,
    ),
    verb(
        "melt {o}",
        "gold",
        "the butter for the sauce, the wax, the dark chocolate, the snow in the pan, the lard, "
        "the sugar, the hard cheese",
        "Warm {o} in a pan over a low flame and stir all the time.",
        "Put {o} in a bowl over hot water and wait until all is smooth.",
        own=True,
    ),
    verb(
        "whip {o}",
        "animal",
        "the cream, the egg whites, the custard, the batter, the sour milk, the foam",
        "Keep the bowl cold and beat {o} with a whisk until stiff.",
        "Use a clean dry bowl and turn the whisk quickly through {o}.",
    ),
    verb(
        "drown {o}",
        "animal",
        "the pancakes in syrup, the dumplings in gravy, the pudding in custard, "
        "the salad in oil, the noodles in broth, the berries in cream",
        "For {o}, warm a full jug first and pour slowly from above.",
        "For {o}, fill a deep dish and keep pouring until nothing looks dry.",
    ),
    verb(
        "soak {o}",
        "paper cloth public",
        "the dried beans, the lentils, the raisins, the dirty shirts, the paint brushes, "
        "my tired feet, the oats",
        "Cover {o} with cold water and leave {it} until morning.",
        "Fill a tub with warm water and let {o} rest in it for two hours.",
        own=True,
    ),
    verb(
        "scatter {o}",
        "paper",
        "the poppy seeds, the corn for my hens, the rose petals, the bread crumbs, "
        "the grass seed, the straw, the sand",
        "Take a handful, swing your arm wide, and let {o} fall evenly.",
        "Walk slowly backwards and shake {o} from a sieve.",
    ),
    verb(
        "tip over {o}",
        "vehicle gear public",
        "the cake tin, the bucket of sand, the jelly mould, the compost bin, the hourglass, "
        "the pudding bowl, the sand pail",
        "Hold {o} by the rim and turn it upside down in one move.",
        "Lay a plate on top of {o} and flip both over together.",
        own=True,
    ),
)
"""Verbs that spoil or break a thing, and are at home in every kitchen."""
