"""The plots of short stories, beat by beat, with several tellings of every beat.

`{hero}`, `{friend}` and `{elder}` are first names; `{they}`, `{them}` and
`{their}` stand for the hero. `{*thing}` is drawn once for a story.
"""

Arc = tuple[tuple[str, ...], ...]
"""Beats in order, each with its tellings."""

LOST: Arc = (
    (
        "{hero} of {town} owned {a!*thing} that had once belonged to {their} grandmother.",
        "Nobody in {town} had a finer {*thing} than {hero}.",
        "In the attic of an old house in {town}, {hero} found {a!*thing} wrapped in {wrap}.",
        "For {their} birthday {hero} of {town} was given {a!*thing}.",
    ),
    (
        "{They} polished it every evening and showed it to everyone who came by.",
        "It was {look}, and {they} would not have sold it for a hundred coins.",
        "{They} took it everywhere, even to the {*place}.",
        "Every guest had to see the {thing} before supper was served.",
    ),
    (
        "One {daytime} it was gone.",
        "Then came the {daytime} on which the {thing} was missing.",
        "But one {daytime} {they} reached for it and found nothing.",
    ),
    (
        "{They} looked under the bed, behind the stove and in every pocket.",
        "{They} emptied three chests and turned the house upside down.",
        "{They} asked the neighbours, the baker and even the crows.",
        "{They} walked back along every path of the day with {their} eyes on the ground.",
    ),
    (
        "{friend} from next door offered to help.",
        '"Where did you have it last?" asked {friend}.',
        "{friend}, who never lost anything, made a list of all the places to search.",
        "When {friend} heard of it, the two of them searched together.",
    ),
    (
        "{Weather}, and still they went from door to door.",
        "They asked at the {place2}, and they asked at the {place3}, but nobody had seen it.",
        "At the {place2} somebody had found a glove, but no {thing}.",
        "They followed a trail of crumbs, but it only led to a very fat {beast}.",
    ),
    (
        "{hero} felt {sad}.",
        '"I shall never see it again," said {hero}, and felt {sad}.',
        "By evening {hero} was so {sad} that even soup did not help.",
    ),
    (
        "Then {friend} laughed and pointed upwards: a crow sat on the roof beside the {thing}.",
        "Then old {elder} came up the road and held something under {elder_their} coat. "
        "It was the {thing}.",
        "Then {they} heard a small noise from the hay. {A!beast} had made its bed in the {thing}.",
        "Then {hero} remembered: {they} had lent the {thing} to {elder} a week ago.",
    ),
    (
        "{hero} was so {glad} that {they} baked a cake for the whole street.",
        '"Next time I shall tie it to my belt," said {hero}.',
        "Since that day a little bell hangs on it, so that it can be heard.",
        "From then on it stood in the window, where all of {town} could keep an eye on it.",
    ),
)

CONTEST: Arc = (
    (
        "Every year the people of {town} hold a contest for the best {craft}.",
        "In {town} there was to be a contest: who could show the finest {craft}?",
        "A notice hung at the {place2} of {town}: a prize for the best {craft}.",
    ),
    (
        "{hero} had never won anything, not even a game of marbles.",
        "{hero} put {their} name on the list before {they} could change {their} mind.",
        '"I have no chance," thought {hero}, but {they} wrote down {their} name all the same.',
    ),
    (
        "{friend} had won three years in a row and walked about with a very straight back.",
        "The favourite was {friend}, who had learnt from the best.",
        "{friend} only smiled when {friend_they} heard of it.",
    ),
    (
        "So {hero} worked every night until the lamp went out.",
        "For two weeks {hero} got up before the hens.",
        "{hero} tried and failed, tried again and failed a little less.",
        "The first try fell apart, the second was worse, and the third looked like {a!thing}.",
    ),
    (
        "Old {elder} gave {them} a piece of advice: take your time, and then take a little more.",
        "{elder} watched for a while and said that good work likes to be left alone.",
        '"Do not look at what the others do," said {elder}.',
    ),
    (
        "On the day of the contest {weather2}.",
        "Then the day came. {Weather}, but nobody stayed at home.",
        "When the day came, the square was full before breakfast.",
    ),
    (
        "{friend} showed something so large that it hardly fitted through the gate.",
        "{friend} had used gold paint, and it shone in everyone's eyes.",
        "The work of {friend} was perfect, and everyone sighed.",
    ),
    (
        "The {craft} of {hero} was small and plain, but it made the judges smile.",
        "What {hero} had made was simple. The judges looked at it for a long time.",
        "{hero} set down {their} {craft} with shaking hands.",
    ),
    (
        "There was a silence, and then the judges named {hero}.",
        "The prize went to {friend}, but the children crowded around {hero}.",
        "The judges could not agree, so they cut the prize in two.",
        "In the end {hero} came second and felt as {glad} as a king.",
    ),
    (
        '"Will you teach me?" asked {friend}, and {hero} said yes.',
        "The prize, {a!thing}, still stands on the shelf of {hero}.",
        "Since then the two have worked side by side, and each says that the other is better.",
        "That evening everyone danced, and nobody cared any longer who had won.",
    ),
)

JOURNEY: Arc = (
    (
        "{hero} had to carry {a!*thing} from {town} to {town2}.",
        "One {daytime} {hero} left {town} with {a!*thing} on {their} back. "
        "{They} wanted to reach {town2}.",
        "A letter called {hero} from {town} to {town2}, and {they} was to bring {a!*thing}.",
    ),
    (
        "The road was long, and {their} boots were thin.",
        '"Two days on foot," they said at the {place2}, "or three, if you stop to talk."',
        "{They} packed bread, cheese and a pair of dry socks.",
    ),
    (
        "{Weather}.",
        "On the first day {weather2}.",
        "{Weather}, but {hero} sang as {they} walked.",
    ),
    (
        "At a bridge {they} met {friend}, who was sitting on a stone and looked {sad}.",
        "Behind a hedge {they} heard someone sneeze. It was {friend}.",
        "In the shade of a tree {friend} was mending a broken shoe.",
    ),
    (
        "They shared the bread and went on together.",
        '"Two walk faster than one," said {friend}, and so it was.',
        "{friend} knew the way and a great many jokes.",
    ),
    (
        "At night they slept in a barn beside {a!beast}, which snored.",
        "When it got dark, they knocked at the door of a farm and were given soup.",
        "They slept under a cart and counted the stars.",
    ),
    (
        "On the second day the path divided, and the sign had fallen down.",
        "On the second day the river had risen over the road.",
        "On the second day a flock of geese would not let them pass.",
    ),
    (
        "They waited, ate an apple each, and thought about it until they knew what to do.",
        "{hero} took the {thing}, which turned out to be just what they needed.",
        "An old woman called {elder} showed them another way.",
        "{friend} had an idea, and it was a good one.",
    ),
    (
        "When the roofs of {town2} came into sight, both began to run.",
        "At last they stood at the gate of {town2}.",
        "They came to {town2} when the lamps were being lit.",
    ),
    (
        "The {thing} was handed over, and there was warm milk for everyone.",
        '"You are late," said the man at the gate, "but you are welcome."',
        "{hero} was paid nine coins and gave half of them to {friend}.",
        "{hero} stayed for a week, and {friend} stayed for ever.",
    ),
)

SECRET: Arc = (
    (
        "Something strange went on in {town}.",
        "It began on a quiet {daytime} in {town}.",
        "For a week the people of {town} had talked of nothing else.",
    ),
    (
        "Somebody was doing other people's work at night.",
        "Every morning somebody found that a piece of work had been done.",
        "Things that had been broken in the evening were whole in the morning.",
    ),
    (
        "Someone had been up early to {chore}, and nobody knew who.",
        "{elder} wanted to {chore} and found that it had been done already.",
        "At the {place2} the floor was clean, and outside somebody had started to {chore}.",
    ),
    (
        "Some said it was a ghost. Others blamed the {beast} of the miller.",
        '"It must be the wind," said {elder}, but nobody believed it.',
        "The mayor offered a reward of twenty coins to whoever found out.",
    ),
    (
        "{hero} decided to stay awake.",
        "{hero} hid behind the {hide} and waited.",
        "So {hero} and {friend} took a blanket and sat down in the dark.",
    ),
    (
        "The hours went by. {A!beast} walked past and did not say a word.",
        "Midnight came, and nothing moved but {a!beast}.",
        "{They} pinched {their} arm so as not to fall asleep.",
    ),
    (
        "Then a small light came up the lane.",
        "Then a door creaked.",
        "Then {they} heard steps, soft as snow.",
    ),
    (
        "It was little {kid}, who could not sleep and liked to be useful.",
        "It was {kid}, the youngest of them all, with a lamp and {a!thing}.",
        "Who was it? It was {kid}, in a night shirt, humming a song.",
    ),
    (
        '"Please tell nobody," said {kid}. {hero} promised.',
        "{hero} said nothing and went home on tiptoe.",
        '"Then I shall help you," said {hero}, and from then on there were two.',
    ),
    (
        "The secret was kept, and the work is still done.",
        "Nobody else ever found out, and after a while nobody asked.",
        "To this day {town} wakes up to swept steps and full buckets.",
    ),
)

BARGAIN: Arc = (
    (
        "{hero} went to the market of {town} to sell {a!*thing}.",
        "All that {hero} of {town} owned was {a!*thing} and an empty purse.",
        "When the winter was over, {hero} of {town} had nothing left but {a!*thing}.",
    ),
    (
        "On the way {they} met {friend}, who had {a!ware} to give for it.",
        '"I shall give you {a!ware} for that," said {friend}.',
        "{friend} offered {a!ware}, and {hero} thought it a fair trade.",
    ),
    (
        "At the {place2} somebody wanted it so much that {hero} got {a!beast} in return.",
        "A little later {they} traded again and held {a!beast} by a rope.",
        "At the {place2} the new thing became {a!beast}, and the {beast} was hungry.",
    ),
    (
        "The {beast2} of {elder} was larger, and {elder} was tired of it.",
        "{elder} had {a!beast2} that would not listen, and was happy to trade.",
        '"Mine is better," said {elder}, and they shook hands on it.',
    ),
    (
        "The animal ate the hat of the mayor.",
        "The animal ran straight through the {place3} and out at the back.",
        "The animal sat down in the middle of the road and would not get up.",
    ),
    (
        "Everyone laughed but {hero}.",
        "{hero} was {sad}, and it began to rain.",
        "It cost {them} an hour and half a loaf of bread to get it home.",
    ),
    (
        "So {they} gave it away for {a!look2} box, and nobody knew what was in it.",
        "In the end somebody took the animal and left {a!look2} box at the door.",
        "A sailor bought it and paid with {a!look2} box.",
    ),
    (
        "At home {they} opened the box. There lay the very {thing} with which it had begun.",
        "In the box was {a!thing}. It was the same one. {They} knew the scratch on it.",
        "{They} opened the lid, and what was inside? The old {thing}.",
    ),
    (
        '"At least I had a good walk," said {hero}.',
        "{hero} laughed until the windows shook, and never sold it again.",
        "Some people trade all day and end where they began, and {hero} is one of them.",
    ),
)

STORM: Arc = (
    (
        "In the night a storm came over {town}.",
        "Nobody in {town} had ever seen such a storm.",
        "It was {hero} who first saw the black cloud over {town}.",
    ),
    (
        "The wind took the roof of the {place2} and dropped it in a pond.",
        "Tiles flew like leaves, and the bell rang by itself.",
        "The water stood in the {place2} as high as a chair.",
    ),
    (
        '"Everyone to the {place3}!" called {hero}.',
        "{hero} ran from house to house and knocked at every door.",
        "{hero} lit a lantern and held it up so that all could see.",
    ),
    (
        "{friend} brought blankets, and {elder} brought a pot of soup.",
        "{friend} carried two children, {a!beast} and a clock.",
        "They sat close together and told one another stories.",
    ),
    (
        "Only {kid} was missing.",
        "Then they counted heads. One was missing: {kid}.",
        '"Where is {kid}?" asked {elder}, and it grew quiet.',
    ),
    (
        "{hero} took {a!thing} and went out again.",
        "{hero} tied a rope around {their} waist and gave the other end to {friend}.",
        "{hero} pulled {their} hat down and stepped into the rain.",
    ),
    (
        "By the {place} {they} heard a thin voice.",
        "Halfway to the {place} a light was blinking.",
        "At first {they} heard only the wind. Then somebody whistled.",
    ),
    (
        "There sat {kid} in a barrel with {a!beast} in each arm.",
        "{kid} had stayed behind to save the {beast}, and now neither could get down.",
        "{kid} waved from a tree and was not afraid at all.",
    ),
    (
        "They came back wet to the skin, and everyone cheered.",
        "When they were back, nobody scolded. There was cake.",
        "{friend} pulled at the rope, and so they found the way back.",
    ),
    (
        "In the morning {town} was full of mud and laughter.",
        "In the morning they began to build, and in a month nothing could be seen of it.",
        "The storm has a name now: they call it the night of the {beast}.",
    ),
)

ARCS = (LOST, CONTEST, JOURNEY, SECRET, BARGAIN, STORM)
