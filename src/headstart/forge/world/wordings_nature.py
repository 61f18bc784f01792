"""How facts about animals and plants are stated and asked."""

from headstart.forge.world.wording import Relation

ANIMAL = {
    "animal_habitat": Relation(
        statements=(
            "{s} lives in {v}.",
            "The home of {s} is in {v}.",
            "Look for {s} in {v}.",
            "{s} makes its nest in {v}.",
            "In {v} you may come across {s}.",
            "Quiet walkers can see {s} in {v}.",
        ),
        follow_ups=(
            "It lives in {v}.",
            "Its nest is hidden in {v}.",
            "Quiet walkers can see it in {v}.",
        ),
        questions=(
            "Where does {s} live?",
            "Where is the home of {s}?",
            "Where does {s} make its nest?",
            "Where would you look for {s}?",
            "In what kind of place does {s} live?",
            "{s} lives in what kind of place?",
            "Where can quiet walkers see {s}?",
        ),
    ),
    "animal_food": Relation(
        statements=(
            "{s} eats {v}.",
            "The food of {s} is {v}.",
            "{s} feeds on {v}.",
            "{s} is always hungry for {v}.",
            "With {v} you can tempt {s}.",
            "A handful of {v} will please {s}.",
        ),
        follow_ups=(
            "It eats {v}.",
            "It feeds on {v}.",
            "With {v} you can tempt it.",
        ),
        questions=(
            "What does {s} eat?",
            "What is the food of {s}?",
            "What does {s} feed on?",
            "What is {s} always hungry for?",
            "With what can you tempt {s}?",
            "{s} eats what?",
            "A handful of what will please {s}?",
        ),
    ),
    "animal_coat": Relation(
        statements=(
            "{s} has a {v} coat.",
            "The coat of {s} is {v}.",
            "You know {s} by its {v} coat.",
            "{s} wears a {v} coat in summer and in winter.",
            "Hunters look for the {v} coat of {s}.",
            "A {v} coat keeps {s} warm.",
        ),
        follow_ups=(
            "It has a {v} coat.",
            "Its coat is {v}.",
            "You know it by its {v} coat.",
        ),
        questions=(
            "What does the coat of {s} look like?",
            "What kind of coat does {s} have?",
            "What coat does {s} have?",
            "By what coat do you know {s}?",
            "How would you describe the coat of {s}?",
            "{s} has what kind of coat?",
            "What coat does {s} wear in summer and in winter?",
        ),
    ),
    "animal_size": Relation(
        statements=(
            "{s} is as big as a {v}.",
            "In size {s} is like a {v}.",
            "{s} grows to the size of a {v}.",
            "{s} takes up as much room as a {v}.",
            "A {v} and {s} are of one size.",
            "Beside a {v} {s} is neither taller nor smaller.",
        ),
        follow_ups=(
            "It is as big as a {v}.",
            "In size it is like a {v}.",
            "It grows to the size of a {v}.",
        ),
        questions=(
            "How big is {s}?",
            "What size is {s}?",
            "As big as what is {s}?",
            "To what size does {s} grow?",
            "Which animal is of one size with {s}?",
            "{s} is as big as which animal?",
            "How much room does {s} take up?",
        ),
    ),
}

PLANT = {
    "plant_flower": Relation(
        statements=(
            "{s} has {v} flowers.",
            "The flowers of {s} are {v}.",
            "{s} is easy to find by its {v} flowers.",
            "When {s} opens, its flowers are {v}.",
            "Bees like the {v} flowers of {s}.",
            "A garden with {s} in it is full of {v} flowers.",
        ),
        follow_ups=(
            "It has {v} flowers.",
            "Its flowers are {v}.",
            "It is easy to find by its {v} flowers.",
        ),
        questions=(
            "What colour are the flowers of {s}?",
            "Which colour do the flowers of {s} have?",
            "What is the colour of the flowers of {s}?",
            "What colour of flowers does {s} have?",
            "Which colour are the petals of {s}?",
            "The flowers of {s} have what colour?",
            "When {s} opens, what colour are its flowers?",
        ),
    ),
    "plant_region": Relation(
        statements=(
            "{s} grows in {v}.",
            "{s} is a plant of {v}.",
            "In {v} you can pick {s}.",
            "The soil of {v} suits {s}.",
            "Gardeners travel to {v} to find {s}.",
            "{v} is the part of the land where {s} grows.",
        ),
        follow_ups=(
            "It grows in {v}.",
            "The soil of {v} suits it.",
            "Gardeners travel to {v} to find it.",
        ),
        questions=(
            "Where does {s} grow?",
            "In which part of the land does {s} grow?",
            "Where can you pick {s}?",
            "Which soil suits {s}?",
            "Where do gardeners travel to find {s}?",
            "{s} grows in which part of the land?",
            "Which part of the land is the home of {s}?",
        ),
    ),
    "plant_use": Relation(
        statements=(
            "{s} is used to make {v}.",
            "{s} is picked for making {v}.",
            "People make {v} from {s}.",
            "Those who want to make {v} gather {s}.",
            "To make {v}, gather {s}.",
            "Good {v} can be made from {s}.",
        ),
        follow_ups=(
            "It is used to make {v}.",
            "People make {v} from it.",
            "It is picked for making {v}.",
        ),
        questions=(
            "What is {s} used for?",
            "What do people make from {s}?",
            "What can be made from {s}?",
            "For what do people pick {s}?",
            "What is the use of {s}?",
            "{s} is used to make what?",
            "What do those who gather {s} want to make?",
        ),
    ),
    "plant_month": Relation(
        statements=(
            "{s} blooms in {v}.",
            "{s} comes into flower in {v}.",
            "In {v} {s} is in bloom.",
            "Wait until {v} to see {s} in flower.",
            "{v} brings {s} into bloom.",
            "Bees look for {s} in {v}.",
        ),
        follow_ups=(
            "It blooms in {v}.",
            "{v} brings it into bloom.",
            "It comes into flower in {v}.",
        ),
        questions=(
            "When does {s} bloom?",
            "In which month does {s} bloom?",
            "Which month brings {s} into bloom?",
            "In what month is {s} in flower?",
            "When do bees look for {s}?",
            "{s} blooms in which month?",
            "Until which month must you wait to see {s} in flower?",
        ),
    ),
}
