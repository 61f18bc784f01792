"""What is looked at before compute is spent: checkpoints, and their templates by the lint.

The rooms that know checkpoints and templates do not know one another; they meet here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from headstart.checkpoints import refs
from headstart.checkpoints.declared import Declared
from headstart.checkpoints.declared_files import ROLES, declare
from headstart.checkpoints.files import broken, parse_object, read_text
from headstart.checkpoints.inspection import Behaviour, inspect, shipped
from headstart.checkpoints.memory_need import memory_need
from headstart.checkpoints.opened import Opened, open_checkpoint
from headstart.checkpoints.resolve import resolve
from headstart.checkpoints.small_files import MAX_BYTES, given_files
from headstart.checkpoints.stops import all_ends
from headstart.checkpoints.trying import chat_form, document_end
from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.evidence import Inspection, LintedFile, Signal, TextFigures
from headstart.domain.template import Finding, TemplateSource, Use
from headstart.domain.value import NotMeasured
from headstart.errors import CheckpointMissing
from headstart.templates.fix import Fixed, fix
from headstart.templates.lint import findings
from headstart.templates.marks import Marks
from headstart.templates.sources import compare, named_templates
from headstart.templates.subject import Tokenizer, examine

LINT_SECONDS = 2.0
"""Processor time for all templates of one command; a usual one takes a hundredth of that."""
_TOKENIZER = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.bos_token_id",
    "tokenizer.ggml.padding_token_id",
)
"""Places that name a tokenizer's special tokens, the first counting."""
_WEIGHTS = (".gguf", ".safetensors")
_TEMPLATES = (".jinja", ".jinja2", ".j2", ".txt", ".json")

Findings = tuple[Finding, ...]


@dataclass(frozen=True)
class Given:
    """Special tokens that the user names; they go before what files say."""

    bos: str | None = None
    """The text that begins; None leaves it to the files."""
    eos: str | None = None
    """The tokenizer's end token; likewise."""
    stops: tuple[str, ...] = ()
    """Texts at which generation stops; none leaves them to the files."""


class TemplateLint:
    """The lint as `checkpoints.inspection` asks for it: all templates share one stretch of time.

    A checkpoint may ship dozens of templates made to hang; the first uses up the time, and the
    others are "not measured".
    """

    def __init__(
        self, use: Use = Use.TRAINING, given: Given = Given(), seconds: float = LINT_SECONDS
    ) -> None:
        self._use, self._given = use, given
        self._left = self._all = seconds

    def template(self, template: TemplateSource, declared: Declared) -> Findings | NotMeasured:
        """Lint one template with the tokens that the checkpoint's files name."""
        if self._left <= 0:
            return self._no_time()
        bos, eos, stops = _tokens(declared, self._given)
        subject = examine(
            template,
            self._use,
            bos=bos,
            eos=eos,
            stops=stops,
            tokenizer=marks_of(declared),
            seconds=self._left,
        )
        self._left = subject.seconds_left
        return findings(subject)

    def together(self, templates: Sequence[TemplateSource]) -> Findings | NotMeasured:
        """Compare the templates of one checkpoint."""
        if len({one.text for one in templates}) > 1 and self._left <= 0:
            return self._no_time()
        return compare(templates, seconds=max(0.0, self._left) / max(1, len(templates)))

    def _no_time(self) -> NotMeasured:
        why = f"the templates before it took up the {self._all:g} s there are for linting"
        return NotMeasured(why=why)


def look_at(checkpoints: Sequence[Checkpoint]) -> dict[str, Inspection]:
    """What inspection says of each of a run's checkpoints, by its name; templates are linted.

    Raises:
        CheckpointError: see `opened.open_checkpoint`.
    """
    lint = TemplateLint()
    return {one.name: inspect(one.source, lint=lint) for one in checkpoints}


def figures_of(texts: Sequence[str], opened: Opened) -> TextFigures | NotMeasured:
    """The user's texts through a checkpoint's tokenizer, and the memory that tuning takes.

    Loads the tokenizer, but no weights.
    """
    from headstart.engine.text_figures import text_figures, tokenizer_at

    tokenizer = tokenizer_at(opened.path, opened.form)
    if isinstance(tokenizer, NotMeasured):
        return tokenizer
    network = opened.declared.network
    need = partial(memory_need, opened.weights, network, gguf=opened.form is Form.GGUF)
    context = network.context or NotMeasured(why="no config states the context length")
    return text_figures(tokenizer, texts, context, need)


def behaviour_on(device: str, tell: Callable[[str], None] = lambda _text: None) -> Behaviour:
    """The port that loads a checkpoint on a device and tries what it does; `tell` hears of it."""

    def behave(opened: Opened) -> Sequence[Signal]:
        from headstart.engine.behaviour import behaviour_signals, try_out
        from headstart.engine.device import pick_device
        from headstart.engine.load import load

        form = chat_form(opened.declared)
        if not isinstance(form, tuple):
            return (form,)
        template, borrowed = form
        tell(f"loading {opened.name} and trying what it does")
        loaded = load(resolve(opened.source), pick_device(device))
        tried = try_out(loaded, template.text, document_end(opened.declared))
        return behaviour_signals(tried, borrowed=borrowed)

    return behave


def lint_file(ref: str, declared: Declared, lint: TemplateLint) -> LintedFile:
    """Lint every template that was found at `ref`."""
    return LintedFile(
        ref=ref,
        templates=shipped(declared, lint),
        between_templates=lint.together(declared.templates),
    )


def fix_template(template: TemplateSource, declared: Declared, given: Given = Given()) -> Fixed:
    """Repair one of a checkpoint's templates; see `templates.fix`."""
    bos, eos, stops = _tokens(declared, given)
    return fix(template, bos=bos, eos=eos, stops=stops, tokenizer=marks_of(declared))


def templates_at(ref: str) -> Declared:
    """The chat templates of a file or checkpoint, with the special tokens named beside them.

    Args:
        ref: a template file, a JSON file with `chat_template` such as tokenizer_config.json, or
            anything that `inspect` takes.

    Raises:
        CheckpointMissing: it is named like a template file and is not there.
        CheckpointBroken: the file is too large, or its `chat_template` has no known form.
        CheckpointError, RequestError: see `opened.open_checkpoint`.
    """
    path = refs.local_path(refs.parse(ref).source)
    suffix = path.suffix.lower()
    if suffix in _TEMPLATES and not path.exists():
        raise CheckpointMissing(f"{path} is not there", hint="check the path")
    if not path.is_file() or suffix in _WEIGHTS:
        return open_checkpoint(ref).declared
    if path.stat().st_size > MAX_BYTES:
        raise broken(path, f"{path.stat().st_size:,} bytes are no chat template")
    text = read_text(path)
    if suffix != ".json":
        return Declared(templates=(TemplateSource(source=path.name, text=text),))
    templates = named_templates(parse_object(path, text).get("chat_template"), path.name)
    return replace(declare(given_files({path.name: text})), templates=templates)


def marks_of(declared: Declared) -> Tokenizer | None:
    """The special tokens that the files name, as a tokenizer for the lint; None without any."""
    if not declared.vocabulary.added:
        return None
    ids = {role: declared.vocabulary.id(_named(declared, role) or "") for role in ROLES}
    return Marks(
        added=declared.vocabulary.added,
        bos_token_id=ids["bos"],
        eos_token_id=ids["eos"],
        pad_token_id=ids["pad"],
        adds_bos=declared.adds_bos,
    )


def _tokens(declared: Declared, given: Given) -> tuple[str | None, str | None, tuple[str, ...]]:
    """bos, eos and further texts at which generation stops."""
    bos = _named(declared, "bos") if given.bos is None else given.bos
    eos = _named(declared, "eos") if given.eos is None else given.eos
    return bos, eos, given.stops or tuple(sorted(all_ends(declared)))


def _named(declared: Declared, role: str) -> str | None:
    """The tokenizer's text for a role: empty where it has none, None where no file says."""
    for place in _TOKENIZER:
        found = declared.named(role, place)
        if found:
            return min(found)
    known = any(stop.source.startswith(_TOKENIZER) for stop in declared.stops)
    return "" if known else None
