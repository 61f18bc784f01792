"""Reads the built site as a careful browser would: well-formed, with every address it names."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
PHRASING_ONLY = {"p", "h1", "h2", "h3", "h4", "pre", "summary", "legend", "label", "dt", "button"}
BLOCKS = {
    "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "header", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "ul",
}  # fmt: skip
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src")}


@dataclass
class Reading:
    """What a page holds."""

    faults: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    labelled: list[str] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)
    inline_code: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Reading()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.found.faults.append(f"an attribute twice on {tag}")
        if tag in BLOCKS and PHRASING_ONLY & set(self.open):
            self.found.faults.append(f"{tag} within {self.open}")
        given = {name: value or "" for name, value in attrs}
        self._keep(tag, given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.found.faults.append(f"</{tag}> while {self.open[-3:]} are open")
        else:
            self.open.pop()

    def _keep(self, tag: str, given: dict[str, str]) -> None:
        found = self.found
        if "id" in given:
            found.ids.append(given["id"])
        for name in ("aria-labelledby", "for"):
            found.labelled += given.get(name, "").split()
        found.loads += [given[name] for of, name in LOADS if of == tag and name in given]
        found.inline_code += [f"{tag} {n}" for n in given if n == "style" or n.startswith("on")]
        if tag == "script" and "src" not in given:
            found.inline_code.append("script")
        if tag == "a":
            found.links.append(given["href"])
        if tag in {"input", "select"}:
            inside = "label" in self.open
            found.fields.append(given | {"inside a label": "yes" if inside else ""})
        if tag in {"h1", "h2", "h3", "h4"}:
            found.headings.append(int(tag[1]))


def read_page(text: str) -> Reading:
    """What the page holds, and what is wrong with it."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        reader.found.faults.append(f"never closed: {reader.open}")
    return reader.found
