"""How facts about people, tools and dishes are stated and asked."""

from headstart.forge.world.wording import Relation

PERSON = {
    "person_trade": Relation(
        statements=(
            "{s} is a {v}.",
            "{s} works as a {v}.",
            "By trade {s} is a {v}.",
            "{s} has been a {v} for many years.",
            "Those who need a {v} can ask for {s}.",
            "As a {v}, {s} gets up early.",
        ),
        follow_ups=(
            "By trade {it} is a {v}.",
            "{it} works as a {v}.",
            "{it} earns {its} bread as a {v}.",
        ),
        questions=(
            "What is the trade of {s}?",
            "What does {s} do for a living?",
            "What work does {s} do?",
            "Which trade did {s} learn?",
            "What is {s} by trade?",
            "{s} works as what?",
            "How does {s} earn a living?",
        ),
    ),
    "person_home": Relation(
        statements=(
            "{s} lives in {v}.",
            "The home of {s} is in {v}.",
            "{v} is the home town of {s}.",
            "In {v} you may meet {s}.",
            "{s} has a house in {v}.",
            "Letters for {s} go to {v}.",
        ),
        follow_ups=(
            "{it} lives in {v}.",
            "{its} home town is {v}.",
            "{its} house is in {v}.",
        ),
        questions=(
            "Where does {s} live?",
            "Which town does {s} live in?",
            "What is the home town of {s}?",
            "Where is the home of {s}?",
            "In which town does {s} have a house?",
            "{s} lives in which town?",
            "To which town do letters for {s} go?",
        ),
    ),
    "person_born": Relation(
        statements=(
            "{s} was born in the year {v}.",
            "The year in which {s} was born is {v}.",
            "In the year {v} {s} was born.",
            "{s} came into the world in the year {v}.",
            "Old papers say that {s} was born in the year {v}.",
            "The book of births for the year {v} names {s}.",
        ),
        follow_ups=(
            "{it} was born in the year {v}.",
            "{its} birth year is {v}.",
            "{it} came into the world in the year {v}.",
        ),
        questions=(
            "When was {s} born?",
            "In what year was {s} born?",
            "What is the birth year of {s}?",
            "In which year did {s} come into the world?",
            "What year was {s} born in?",
            "{s} was born in which year?",
            "Which year in the book of births names {s}?",
        ),
    ),
    "person_dish": Relation(
        statements=(
            "The favourite dish of {s} is {v}.",
            "{s} likes nothing better than {v}.",
            "{v} is the favourite dish of {s}.",
            "At the inn {s} always orders {v}.",
            "For a plate of {v} {s} would walk ten miles.",
            "When {s} is hungry, there has to be {v}.",
        ),
        follow_ups=(
            "{its} favourite dish is {v}.",
            "{it} likes nothing better than {v}.",
            "At the inn {it} always orders {v}.",
        ),
        questions=(
            "What is the favourite dish of {s}?",
            "What does {s} like to eat best?",
            "Which dish does {s} like best?",
            "What does {s} always order at the inn?",
            "What should you cook for {s}?",
            "{s} likes which dish best?",
            "For a plate of what would {s} walk ten miles?",
        ),
    ),
    "person_pet": Relation(
        statements=(
            "{s} keeps a {v}.",
            "The pet of {s} is a {v}.",
            "At home {s} has a tame {v}.",
            "A {v} shares the house of {s}.",
            "{s} is never seen without a {v}.",
            "Every morning {s} feeds a {v}.",
        ),
        follow_ups=(
            "{it} keeps a {v}.",
            "{its} pet is a {v}.",
            "A {v} shares {its} house.",
        ),
        questions=(
            "What pet does {s} keep?",
            "Which animal does {s} keep?",
            "What is the pet of {s}?",
            "What animal lives with {s}?",
            "Which tame animal does {s} have?",
            "{s} keeps which animal?",
            "What does {s} feed every morning?",
        ),
    ),
}

TOOL = {
    "tool_trade": Relation(
        statements=(
            "{s} is the tool of a {v}.",
            "{s} belongs in the bag of a {v}.",
            "Look for {s} in the workshop of a {v}.",
            "A {v} cannot do without {s}.",
            "A {v} learns early how to hold {s}.",
            "If you see {s} on a wall, a {v} lives there.",
        ),
        follow_ups=(
            "It is the tool of a {v}.",
            "A {v} cannot do without it.",
            "It belongs in the bag of a {v}.",
        ),
        questions=(
            "Who uses {s}?",
            "Which trade uses {s}?",
            "Whose tool is {s}?",
            "Who cannot do without {s}?",
            "In whose bag does {s} belong?",
            "{s} is the tool of which trade?",
            "In whose workshop would you look for {s}?",
        ),
    ),
    "tool_use": Relation(
        statements=(
            "{s} is used to {v}.",
            "The purpose of {s} is to {v}.",
            "With {s} you can {v}.",
            "{s} was made to {v}.",
            "To {v}, take {s}.",
            "Those who have to {v} reach for {s}.",
        ),
        follow_ups=(
            "It is used to {v}.",
            "With it you can {v}.",
            "It was made to {v}.",
        ),
        questions=(
            "What is {s} used for?",
            "What is the purpose of {s}?",
            "What can you do with {s}?",
            "What was {s} made to do?",
            "For which work do you need {s}?",
            "{s} is used for what?",
            "What kind of work is done with {s}?",
        ),
    ),
    "tool_material": Relation(
        statements=(
            "{s} is made of {v}.",
            "The material of {s} is {v}.",
            "{v} is what {s} is made of.",
            "You need {v} to make {s}.",
            "{s} has to be of {v}.",
            "Take {s} and you have {v} in your hand.",
        ),
        follow_ups=(
            "It is made of {v}.",
            "Its material is {v}.",
            "You need {v} to make it.",
        ),
        questions=(
            "What is {s} made of?",
            "Which material is {s} made of?",
            "What is the material of {s}?",
            "What do you need to make {s}?",
            "From what is {s} made?",
            "{s} is made of which material?",
            "Of what does {s} have to be?",
        ),
    ),
    "tool_price": Relation(
        statements=(
            "{s} costs {v} coins.",
            "The price of {s} in coins is {v}.",
            "You can buy {s} for {v} coins.",
            "A trader asks {v} coins for {s}.",
            "For {v} coins {s} is yours.",
            "Save {v} coins and you can have {s}.",
        ),
        follow_ups=(
            "It costs {v} coins.",
            "Its price is {v} coins.",
            "Traders sell it for {v} coins.",
        ),
        questions=(
            "How much does {s} cost?",
            "What is the price of {s}?",
            "How many coins does {s} cost?",
            "What does a trader ask for {s}?",
            "For how many coins can you buy {s}?",
            "{s} costs how many coins?",
            "How many coins must you save to have {s}?",
        ),
    ),
}

DISH = {
    "dish_ingredient": Relation(
        statements=(
            "{s} is made mainly of {v}.",
            "The main thing in {s} is {v}.",
            "Most of what goes into {s} is {v}.",
            "Cooks need plenty of {v} for {s}.",
            "Without {v} there is no {s}.",
            "The bowl for {s} is filled with {v}.",
        ),
        follow_ups=(
            "It is made mainly of {v}.",
            "Without {v} it cannot be made.",
            "Cooks need plenty of {v} for it.",
        ),
        questions=(
            "What is {s} made of?",
            "What is the main thing in {s}?",
            "What goes into {s} most of all?",
            "What do cooks need plenty of for {s}?",
            "Without what can you not make {s}?",
            "{s} is made mainly of what?",
            "What is the bowl for {s} filled with?",
        ),
    ),
    "dish_town": Relation(
        statements=(
            "{s} comes from {v}.",
            "{s} was first cooked in {v}.",
            "Cooks in {v} were the first to make {s}.",
            "The town of {v} gave the land {s}.",
            "The recipe for {s} was written down in {v}.",
            "In {v} every cook claims that {s} was made there first, and it is true.",
        ),
        follow_ups=(
            "It comes from {v}.",
            "Cooks in {v} made it first.",
            "The recipe was written down in {v}.",
        ),
        questions=(
            "Where does {s} come from?",
            "Which town does {s} come from?",
            "In which town was {s} first cooked?",
            "Where was {s} made first?",
            "What town gave the land {s}?",
            "{s} comes from which town?",
            "Where was the recipe for {s} written down?",
        ),
    ),
    "dish_festival": Relation(
        statements=(
            "{s} is eaten at {v}.",
            "{s} is the dish of {v}.",
            "At {v} every table has {s} on it.",
            "Families eat {s} during {v}.",
            "{v} would be poor without {s}.",
            "Nobody goes home from {v} before tasting {s}.",
        ),
        follow_ups=(
            "It is eaten at {v}.",
            "At {v} it is on every table.",
            "Families wait for it until {v}.",
        ),
        questions=(
            "At which festival is {s} eaten?",
            "When is {s} eaten?",
            "Which festival is {s} the dish of?",
            "At which festival is {s} on every table?",
            "What festival would be poor without {s}?",
            "{s} is eaten at which festival?",
            "During which festival do families eat {s}?",
        ),
    ),
    "dish_taste": Relation(
        statements=(
            "{s} tastes {v}.",
            "The taste of {s} is {v}.",
            "{s} is a {v} dish.",
            "A good {s} has to be {v}.",
            "If it does not taste {v}, it is not {s}.",
            "A cook knows that {s} is done when it tastes {v}.",
        ),
        follow_ups=(
            "It tastes {v}.",
            "Its taste is {v}.",
            "It has to be {v}.",
        ),
        questions=(
            "How does {s} taste?",
            "What is the taste of {s}?",
            "What does {s} taste like?",
            "Which taste does {s} have?",
            "How should a good {s} taste?",
            "{s} has which taste?",
            "How does {s} taste when it is done?",
        ),
    ),
}
