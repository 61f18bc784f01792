"""The lesson: base against instruct models, as claims that the reader checks by experiment.

    content      the text, the claims with their experiments, key terms and the four questions
    experiments  each a computation on the built-in pair; the only part that opens the engine
    recorded     a finding of each experiment, stored in the package by `headstart lesson record`
    page         HTML of the whole lesson, or of one finding, for the studio and the static site
    static_site  `headstart lesson build`: the lesson as files for any web server

Text and figures are kept apart: no figure stands in the text, all come from findings.
"""
