"""The chat-template room: renders in a sandbox, lints, repairs.

    sandbox.render     messages to text, byte for byte as transformers would, within limits
    lint.lint          every pitfall that a template shows by what it renders
    sources.compare    several templates of one checkpoint: do they agree, is there a default
    fix.fix            the repairs that can be made and proved

Only jinja2 is needed: nothing here loads torch or transformers.
"""
