"""jinja2 set up as transformers sets it up, with every way to run away counted or bounded.

Equal to transformers 5: an immutable sandbox, `trim_blocks`, `lstrip_blocks`, loop
controls, the `generation` tag, `tojson` without HTML escapes, `raise_exception`,
`strftime_now`, and a `dict` and a `namespace` without inner parts. The clock is set from
outside, so that a render can be repeated.

Attributes with a leading underscore cannot be read, nothing passed in can be changed,
and no other template can be loaded.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import EvalContext
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, generate_lorem_ipsum, pass_eval_context
from markupsafe import Markup

from headstart.templates.guards import (
    OPERATORS,
    MarkupFormatter,
    PlainFormatter,
    check_operator,
    checked_arguments,
    guarded_filter,
)
from headstart.templates.limits import Meter, Overrun, bounded, joined_size, printable, text_fits

GENERATION = "generation"
_MOST_LOREM = 100


class Refused(TemplateError):
    """What the template's own `raise_exception` raises."""


class CountedCode(CodeGenerator):
    """Generated code that counts each loop turn and measures each `~`."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - jinja2 calls it
        """A loop whose body, and whose condition, begin with a step."""
        step = nodes.EnvironmentAttribute("step", lineno=node.lineno)
        count = nodes.Call(step, [], [], None, None, lineno=node.lineno)
        node.body.insert(0, nodes.ExprStmt(count, lineno=node.lineno))
        if node.test is not None:
            node.test = nodes.And(count, node.test, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """A `~` that is measured; with HTML escapes it stays jinja2's own."""
        if frame.eval_ctx.volatile or frame.eval_ctx.autoescape:
            super().visit_Concat(node, frame)
            return
        self.write("environment.concat_values((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class GenerationTag(Extension):
    """`{% generation %}`: marks what the assistant said."""

    tags = {GENERATION}  # noqa: RUF012 - jinja2 declares it so

    def parse(self, parser: Parser) -> nodes.Node:
        """Everything up to `endgeneration` becomes the body of a call."""
        line = next(parser.stream).lineno
        body = parser.parse_statements((f"name:end{GENERATION}",), drop_needle=True)
        return nodes.CallBlock(self.call_method("mark"), [], [], body).set_lineno(line)

    @pass_eval_context
    def mark(self, _context: EvalContext, caller: Macro) -> str:
        """Note where the body stands in the output, and give the body."""
        body = str(caller())
        assert isinstance(self.environment, TemplateEnvironment)
        start = self.environment.written
        self.environment.spans.append((start, start + len(body)))
        return body


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox for one process; renders one template at a time."""

    code_generator_class = CountedCode
    intercepted_binops = frozenset(OPERATORS)

    def __init__(self) -> None:
        self.meter = Meter()
        self.step: Callable[[], bool] = self.meter.step
        self.clock = datetime(2000, 1, 1)
        self.written = 0
        self.spans: list[tuple[int, int]] = []
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[GenerationTag, loopcontrols],
            finalize=printable,
        )
        self.filters["tojson"] = _tojson
        for name, plain in list(self.filters.items()):
            self.filters[name] = guarded_filter(name, plain, self.meter)
        self.globals |= {
            "raise_exception": _raise_exception,
            "strftime_now": lambda format: self.clock.strftime(format),  # noqa: A006
            "dict": _Dict(),
            "namespace": _Namespace,
            "lipsum": _lorem,
        }

    def produce(self, code: Any, variables: dict[str, Any], now: datetime) -> str:
        """Render a compiled template from this environment; `spans` then holds its marks.

        Raises:
            Overrun: a limit is broken.
            Exception: whatever the template runs into.
        """
        self.meter.reset()
        self.clock, self.written, self.spans = now, 0, []
        parts: list[str] = []
        for part in code.generate(variables):
            parts.append(part)
            self.written += len(part)
            text_fits(self.written)
        return "".join(parts)

    def concat(self, parts: Iterable[str]) -> str:
        """Join the output of a macro or block, if it fits."""
        texts = bounded(parts)
        joined_size("", texts)
        return "".join(texts)

    def concat_values(self, values: tuple[Any, ...]) -> str:
        """What `~` gives, if it fits."""
        joined_size("", list(values))
        return "".join([str(value) for value in values])

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """A call from the template: a step, and for methods of text a check of the size."""
        if __obj is __self.step:
            return __self.meter.step()
        __self.meter.step()
        arguments = checked_arguments(__obj, args)
        return super().call(__context, __obj, *arguments, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator, once its result is sure to be small enough."""
        del context
        check_operator(operator, left, right)
        return OPERATORS[operator](left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`format` and `format_map` of text, with wide fields refused."""
        if super().wrap_str_format(value) is None:
            return None
        text = value.__self__
        formatter = (
            MarkupFormatter(self, escape=text.escape)
            if isinstance(text, Markup)
            else PlainFormatter(self)
        )

        def formatted(*args: Any, **kwargs: Any) -> str:
            if value.__name__ == "format_map":
                if kwargs or len(args) != 1:
                    raise TypeError("format_map() takes exactly one argument")
                (kwargs,), args = args, ()
            made: str = type(text)(formatter.vformat(text, args, kwargs))
            return made

        return formatted


class _Dict:
    """Stands for `dict` without giving the class away."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """As `dict.fromkeys`."""
        return dict.fromkeys(*args, **kwargs)


class _Namespace(Namespace):
    """A namespace that stores no name with a leading underscore."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        own, *rest = args
        values = dict(*rest, **kwargs)
        for name in values:
            _refuse_underscore(name)
        Namespace.__init__(own, values)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_underscore(name)
        super().__setitem__(name, value)


def _refuse_underscore(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"the name {name[:40]!r} cannot be stored on a namespace")


def _raise_exception(message: object) -> None:
    raise Refused(str(printable(message)))


def _tojson(
    x: Any,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - templates pass it so
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _lorem(n: int = 5, *args: Any, **kwargs: Any) -> str:
    if n > _MOST_LOREM:
        raise Overrun(f"more than {_MOST_LOREM} paragraphs of filler")
    return generate_lorem_ipsum(n, *args, **kwargs)
