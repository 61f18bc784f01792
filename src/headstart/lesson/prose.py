"""The text's few inline marks to HTML: `code`, *emphasis*, [link](target) and curly quotes."""

import re

from markupsafe import Markup, escape

_MARK = re.compile(r"`(?P<code>[^`]+)`|\*(?P<em>[^*]+)\*|\[(?P<text>[^\]]+)\]\((?P<link>[^)\s]+)\)")
_QUOTED = re.compile(r'"([^"]*)"')
_LINKS = ("#", "https://")


def inline(text: str) -> Markup:
    """One paragraph's text; everything but the marks is escaped.

    Raises:
        ValueError: a link that is neither an anchor nor https.
    """
    parts: list[Markup] = []
    done = 0
    for match in _MARK.finditer(text):
        parts += [typeset(text[done : match.start()]), _marked(match)]
        done = match.end()
    return Markup("").join([*parts, typeset(text[done:])])


def paragraphs(text: str) -> list[Markup]:
    """Paragraphs, parted by blank lines."""
    return [inline(" ".join(block.split())) for block in text.strip().split("\n\n")]


def typeset(text: str) -> Markup:
    """Text without marks: quotes and apostrophes as printers set them, everything escaped."""
    return escape(_QUOTED.sub("\u201c\\1\u201d", text).replace("'", "\u2019"))


def _marked(match: re.Match[str]) -> Markup:
    if match["code"] is not None:
        return Markup("<code>{}</code>").format(match["code"])
    if match["em"] is not None:
        return Markup("<em>{}</em>").format(typeset(match["em"]))
    if not match["link"].startswith(_LINKS):
        raise ValueError(f"a link leads neither within the page nor to https: {match['link']}")
    return Markup('<a href="{}">{}</a>').format(match["link"], typeset(match["text"]))
