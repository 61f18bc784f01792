"""Short passages of plain prose on everyday matters, for bits per byte."""

PASSAGES: tuple[str, ...] = (
    "The ferry left at seven. There were only a dozen passengers, most of them with bicycles, and"
    " a man who carried a cello in a case painted like a watermelon. Nobody asked him why. The sea"
    " was calm, and by the time we passed the second buoy the coffee had run out.",
    "A good kitchen knife needs little care, but it needs it often. Wash it by hand, dry it at"
    " once, and keep it where its edge touches nothing hard. A few strokes on a steel before each"
    " use straighten the edge; a stone once a month gives it back what it has lost.",
    "When the factory closed, people said that the town would empty within a year. It did not. The"
    " halls became workshops, then a market, then a school for stage carpenters. What did change"
    " was the sound of the mornings: no siren, only swifts and the delivery vans.",
    "Rain that falls on the ridge may reach either of two seas. A few metres decide it. On the"
    " northern side the brooks run through spruce and peat and are brown as tea; on the southern"
    " side they are clear, and farmers lead them along the slope in wooden channels.",
    "My grandmother kept receipts in biscuit tins, one tin for each year. After her death we found"
    " thirty-one of them. They told us what she had paid for coal, for a radio, for a train ticket"
    " to a city where, as far as any of us knew, she had never been.",
    "To mend a puncture, take the wheel off, lever one side of the tyre over the rim and pull out"
    " the tube. Pump it up a little and turn it slowly past your cheek until you feel the air."
    " Roughen the rubber around the hole, spread the glue, wait until it is dull, and press.",
    "The council met for four hours to decide where a bench should stand. Some wanted it under the"
    " lime tree, for the shade; others beside the bus stop, for those who wait. In the end two"
    " benches were bought, which cost less than a second meeting would have.",
    "Bees do not fly in the dark, so the beekeeper closes the hives after sunset when he wants to"
    " move them. The boxes hum all through the drive. At the new place he opens them before dawn,"
    " and the first bees walk out, turn round, and look at the entrance for a long time.",
    "Concrete is older than most people think. Builders mixed lime, ash and rubble two thousand"
    " years ago, and some of their harbours still stand in salt water that eats through modern"
    " walls in decades. The ash, it turns out, goes on reacting and fills small cracks by itself.",
    "There were three rules in the reading room: no ink, no bread, no opinions. The first two were"
    " painted on the door. The third was enforced by the librarian alone, who raised one eyebrow"
    " at whoever began to explain a book to somebody who was trying to read it.",
    "Every bakery has its hour. At four the ovens are hot and the street belongs to the cats; at"
    " six come those who start work early and want nothing but a roll and silence; at eight come"
    " the parents; and by noon only the heavy loaves are left, which keep a week.",
    "A map is a list of decisions. Somebody chose to show the chapel and leave out the quarry, to"
    " draw the stream in blue though it is green, and to print the names of farms in letters as"
    " large as those of villages. Walk with two maps of one valley and you will see two valleys.",
    "The patient was told to walk for half an hour each day. She bought a dog to make sure of it."
    " Within a month the dog had learned to pull her past the clinic without stopping, and within"
    " two her blood pressure was better than that of the doctor who had sent her out.",
    "In the north of the country a law from the age of horses still says that a traveller may pick"
    " as many apples from a roadside tree as fit into one hand. Few know it. Fewer dare to try,"
    " since most of the trees are gone and the rest belong to people who do not know it either.",
    "The orchestra tuned for so long that the mayor took it for the first piece and clapped. The"
    " conductor bowed. It was a small lie, he said later, and a kind one; and the applause had in"
    " any case been better in tune than the horns.",
    "If a door sticks only in summer, leave it alone until winter. Wood swells with moist air and"
    " shrinks again, and a door that has been planed in July lets in the wind in January. Rub a"
    " candle along the edge instead, and see whether that is enough.",
    "The ship's log records nothing for the ninth of March. On the eighth the wind was from the"
    " west, and on the tenth they sighted land. What happened in between we know only from the"
    " cook, who wrote to his wife that the day had been so still that one heard the paint dry.",
    "Prices in the village shop were written in chalk, and rubbed out and written again as the day"
    " went on. Bread grew cheaper towards evening, milk did not. Children learned arithmetic there"
    " before they went to school, and bargaining, which no school taught them.",
    "Glass is poured, blown, pressed or drawn. Panes for old windows were blown as long cylinders,"
    " cut open and laid flat while hot, which is why the view through them trembles. Modern panes"
    " float on a bath of molten tin, and through them a straight line stays straight.",
    "She had been a goalkeeper and she drove a taxi in the same way: she came out early, made"
    " herself large at crossings, and never watched the ball. What she watched, she said, was the"
    " hips of the people at the kerb. They turn before the feet do.",
    "The earliest clocks had no minute hand. A bell told the hour, and between two bells one"
    " guessed. Only when trains began to run did towns agree on what time it was, and even then"
    " some kept two clocks on the station, one for the railway and one for the sun.",
    "A wet stone wall is a garden. In its cracks grow ferns with fronds no longer than a finger,"
    " moss in five greens, and a small snail that eats nothing but lichen. Scrape the wall clean"
    " and it will look new for one summer; then the spores come back on the wind.",
    "The instructions were short. Take the blue tablet with water in the morning, the white one"
    " with food at night, and no grapefruit. If a dose is forgotten, do not double the next. If"
    " the ankles swell, call this number, and do not wait until Monday.",
    "Two brothers inherited one violin. They agreed that each should have it every other week, and"
    " so for forty years it travelled between two towns on the Saturday train. Each thought that"
    " the other played it out of tune, and each tuned it afresh on Saturday night.",
    "Salt was once worth a journey of weeks. Camels carried it in slabs as large as tombstones,"
    " and where the road crossed a border a slab was sawn in two, one half for the king. The dust"
    " of the sawing was swept up by children and sold by the spoon.",
    "The software update promised three improvements. The first nobody noticed, the second undid"
    " a thing that people liked, and the third could be switched off in a menu that the update had"
    " moved. On the next morning the help desk had forty-one new tickets and one cake.",
    "Cranes rest here for two weeks in October, as many as sixty thousand. They stand in shallow"
    " water at night, safe from foxes, and feed on stubble by day. Farmers who leave the stubble"
    " standing are paid a little, and complain a little, and come at dusk to listen.",
    "There is a word in her dialect for the quiet after guests have left. It means neither peace"
    " nor loneliness but the moment in between, when the chairs still stand as they were pushed"
    " back and one knows from each of them who sat there.",
    "The bridge was closed for repairs on a Tuesday, and by Friday a man with a rowing boat had"
    " earned more than the ferry company in a month. He charged two coins a head, three with a"
    " pram. When the bridge opened again he was the only person in town who did not cheer.",
    "Measure the flour by weight, not by the cup. A cup of flour may hold a quarter more or less,"
    " depending on how it was filled, and dough notices. Water can be measured as one likes, since"
    " it has the good manners to fill whatever it is poured into.",
    "Nobody had lived in the lighthouse since the lamp was made automatic. The electrician came"
    " twice a year, changed a battery, signed a book that was kept for him alone, and read what he"
    " had written the time before: lamp in order, stairs wet, one owl.",
    "In her last year at school the teacher gave them a problem without a solution and did not say"
    " so. Some solved it. The best mark went to a girl who had handed in a blank sheet with one"
    " line at the bottom: I do not believe that this can be done, and here is why.",
    "The court heard both sides about the hedge. It was eleven centimetres too high, which was not"
    " in dispute, and it had been so for nineteen years, which was. The judge asked to see it in"
    " leaf, adjourned until May, and suggested meanwhile that the parties have coffee.",
    "A cough that lasts three weeks should be looked at; one that comes with fever or blood should"
    " not wait that long. Most coughs are nothing. The difficulty of medicine, an old doctor used"
    " to say, is that the few that are something begin in exactly the same way.",
    "They dug for a cellar and found a road. It lay a metre and a half down, paved with river"
    " stones, with ruts worn by carts of a gauge that nobody now uses. The cellar was moved, the"
    " road was drawn and covered again, and the house stands beside it at an odd angle.",
    "He learned to read at forty-eight, from bus timetables. They have everything, he said: names,"
    " numbers, exceptions, small print. After the timetables came cookery books, then the sports"
    " page, and one winter a novel about the sea, of which he skipped only the storms.",
    "The river is lowest in September. Then one can walk to the island with dry knees, and people"
    " do, with baskets and folding chairs, as if to visit a relative who is at home only once a"
    " year. In the evening a horn is blown, because in some years the rain comes fast.",
    "Copper roofs turn green in the air of towns, and faster near the coast. Architects who want"
    " the green at once paint the metal with acid; those who trust in time leave it brown. After"
    " thirty years one cannot tell the two apart, except by the bills.",
    "The choir had lost its tenors to a better choir. For the spring concert the altos sang their"
    " part an octave up, the organist filled in with his left hand, and the one remaining tenor,"
    " a shy man of seventy, was asked to stand in front so that he could be seen.",
    "A field left alone becomes a forest in about forty years. First come thistles, then brambles,"
    " and in their shelter birches whose seeds blew in. Oaks arrive last, one by one, planted by"
    " jays that hid more acorns than they could remember.",
    "The tax office sent a letter of eleven pages to say that nothing was owed. The first page"
    " gave thanks, the next nine explained the law, and the last asked for a signature. She signed"
    " and put it with the others; she had become, she thought, a collector.",
    "On the third day the engine would not start, so they sailed. It took until evening to remember"
    " how. Then the boat leaned, the talk stopped, and for two hours nobody asked how far it was"
    " or looked at a screen, and the island that had been ahead was behind them.",
)
"""Forty-two passages of some fifty words."""
