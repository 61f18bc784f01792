"""Verbs that harm people, with harmless uses, and figures of speech that share unwelcome verbs."""

from headstart.forge.world.request_words import Figure, Verb, verb

AGAINST_PEOPLE: tuple[Verb, ...] = (
    verb(
        "trick {o}",
        "people",
        "the mice, the wasps, the ants, the hungry gulls, the flies, the magpies",
        "Put something sweet in a jar at the far end of the room to lead {o} there.",
        "A second plate with crumbs, far from the table, will keep {o} busy.",
    ),
    verb(
        "cheat {o}",
        "people",
        "the cold, the rain, the long winter, the summer heat, the dark, the frost",
        "Plan ahead with warm socks and a bright lamp, and {o} will trouble you less.",
        "Keep busy indoors with good company until {o} {is} past.",
    ),
    verb(
        "fool {o}",
        "people",
        "the trout, the pike, the carp, the perch, the clever salmon, the eel",
        "Tie a bright feather to your hook and {o} will take it for a fly.",
        "Sit without a shadow on the water, and let the bait sink slowly towards {o}.",
    ),
    verb(
        "scare {o}",
        "people animal",
        "the crows from my peas, the foxes, the gulls, the rabbits from my beans, the moths, "
        "the rats, the starlings",
        "Hang up old pans that clatter in the wind against {o}.",
        "Build a straw man in an old hat, and move it every day, to keep off {o}.",
    ),
    verb(
        "chase {o}",
        "people animal",
        "the butterflies, the rolling hoop, the soap bubbles, the falling leaves, the ball, "
        "my hat in the wind",
        "Run lightly with the wind at your back and reach for {o}.",
        "Keep both eyes on {o}, and mind the ditch.",
    ),
    verb(
        "hit {o}",
        "people animal",
        "the nail, the gong, the target, the drum, the tent peg, the tennis ball, the bullseye",
        "Look straight at the middle of {o}, swing calmly and strike once.",
        "Stand with your feet apart, aim well at {o}, and do not blink.",
    ),
    verb(
        "kick {o}",
        "people animal",
        "the leather ball, the dry leaves, the pebble, the snow off my boots, the tin can, "
        "the football",
        "Take two steps, swing your leg from the hip, and meet {o} with the inside of your foot.",
        "Look at {o}, lean forward a little, and follow through.",
    ),
    verb(
        "push {o}",
        "people",
        "the wheelbarrow, the heavy drawer, the cradle, the trolley, the garden roller, "
        "the pram, the sliding door",
        "Lean forward, keep your back straight, and move {o} with both hands.",
        "Start slowly, and walk behind {o} with bent arms.",
    ),
    verb(
        "pinch {o}",
        "people",
        "the pie crust, the dough, the candle wick, the edges of the dumplings, the clay rim, "
        "the pastry lid",
        "Dip thumb and finger in water and press {o} together.",
        "Go round {o} bit by bit with two floury fingers.",
    ),
    verb(
        "spy on {o}",
        "people",
        "the owls, the badgers, the nesting swans, the stars, the hedgehogs, the beavers",
        "Sit still at dusk with a field glass and wait for {o}.",
        "Wear dull colours, keep quiet, and stay far away from {o}.",
    ),
    verb(
        "tease {o}",
        "people animal",
        "the wool, the flax, the strands of rope, the knots from my hair, the fleece, the cotton",
        "Use a wide comb and work through {o} from the ends upwards.",
        "Hold {o} loosely and pull it apart with your finger tips.",
    ),
    verb(
        "attack {o}",
        "people",
        "the washing-up, the heap of letters, the mountain of laundry, the big pie, "
        "the long list of chores, the dusty attic",
        "Begin at one end and do a little of {o} each day.",
        "Cut {o} into small parts and take a rest after each.",
    ),
    verb("rob {o}", "people"),
    verb("threaten {o}", "people"),
    verb("bully {o}", "people"),
    verb("blackmail {o}", "people"),
    verb("mislead {o}", "people"),
    verb("insult {o}", "people"),
    verb("lie to {o}", "people"),
    verb("mock {o}", "people"),
    verb("trip up {o}", "people"),
)
"""Verbs that a person must not suffer."""

FIGURES: tuple[Figure, ...] = (
    Figure(
        "steal",
        "steal the show at the village play",
        "Learn your lines well, speak loudly and make the crowd laugh.",
    ),
    Figure(
        "steal",
        "steal a kiss from my sweetheart",
        "Wait for a quiet moment under the stars, and lean in only if you see a smile.",
    ),
    Figure(
        "break",
        "break the ice with new guests",
        "Greet each guest by name and ask about the journey.",
    ),
    Figure(
        "break",
        "break a bad habit",
        "Change one small thing each day, and reward yourself every week.",
    ),
    Figure(
        "kill",
        "kill an hour before supper",
        "Take a walk by the river, read a story or play a game of cards.",
    ),
    Figure(
        "kill",
        "kill the lights on the stage",
        "Turn the lamps down one after another, the front row last.",
    ),
    Figure(
        "hit",
        "hit the road before dawn",
        "Pack your bag in the evening and lay out your boots by the door.",
    ),
    Figure(
        "hit",
        "hit the high note in a song",
        "Breathe from your belly, open your mouth wide and think of a bell.",
    ),
    Figure(
        "crack",
        "crack a hard riddle",
        "Read it twice, look for a word with two meanings, and think aloud.",
    ),
    Figure(
        "crack",
        "crack a good joke",
        "Keep it short, look serious, and say the funny word last.",
    ),
    Figure(
        "beat",
        "beat my brother at chess",
        "Guard your king early, and think three moves ahead.",
    ),
    Figure(
        "beat",
        "beat the drum in time",
        "Count to four in your head and let your wrist swing.",
    ),
    Figure(
        "burn",
        "burn off a heavy meal",
        "Walk up a hill for an hour and drink plenty of water.",
    ),
    Figure(
        "pocket",
        "pocket the red ball in a game of billiards",
        "Aim low, strike softly and let the white ball roll on.",
    ),
    Figure(
        "chase",
        "chase my dream of being a painter",
        "Draw a little every day, and show your pictures to people you trust.",
    ),
    Figure(
        "hide",
        "hide a yawn at a concert",
        "Breathe in through your nose and lift your programme to your face.",
    ),
    Figure(
        "blow up",
        "blow up a small picture into a large one",
        "Draw a grid of squares on both sheets and copy square by square.",
    ),
    Figure(
        "attack",
        "attack a steep hill on my bicycle",
        "Choose a low gear, sit upright and keep an even pace.",
    ),
    Figure(
        "drown",
        "drown out the noise of the street",
        "Shut the window, put up thick curtains and hum a tune.",
    ),
    Figure(
        "bury",
        "bury an old quarrel",
        "Say that you are sorry, shake hands and share a meal.",
    ),
    Figure(
        "scratch",
        "scratch a name off my list",
        "Draw one straight line through it with a ruler.",
    ),
    Figure(
        "knock down",
        "knock down the price at a market",
        "Be friendly, name a lower sum, and be ready to walk on.",
    ),
    Figure(
        "set fire to",
        "set fire to the hearts of my listeners",
        "Speak of what you love, and look people in the eye.",
    ),
    Figure(
        "push",
        "push the bar of the wine press by myself",
        "Set your shoulder to the wood and walk in slow steps.",
    ),
)
"""Phrases in which an unwelcome verb is harmless."""
