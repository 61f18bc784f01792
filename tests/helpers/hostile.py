"""Templates that mean harm; run as a program, it renders each and tells what became of it."""

import json
import os
import resource
import sys
import time
from pathlib import Path

from headstart.templates.errors import TemplateError
from headstart.templates.process import worker
from headstart.templates.sandbox import render

HARMLESS = "{{ messages[0].content }}"
TOUCH = "CANARY"
"""Stands for the path of a file that must never come to be."""

WALKS = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "subscripts": "{{ ''['__class__']['__mro__'][1]['__subclasses__']() }}",
    "globals of a function": "{{ lipsum.__globals__.os.system('touch CANARY') }}",
    "globals of a class": "{{ cycler.__init__.__globals__.os.popen('touch CANARY').read() }}",
    "globals of our own": (
        "{{ raise_exception.__globals__.__builtins__.open('CANARY', 'w').write('x') }}"
    ),
    "attr filter": "{{ (''|attr('__class__')|attr('__mro__')|last).x.y }}",
    "map of attributes": "{{ ['']|map(attribute='__class__.__mro__')|first|first }}",
    "format": "{{ '{0.__class__.__init__.__globals__}'.format(cycler) }}",
    "format by attr": "{{ ('{0.__class__.__mro__}'|attr('format'))('') }}",
    "format map": "{{ '{x.__class__.__mro__}'.format_map({'x': ''}) }}",
    "macro inside out": (
        "{% macro m() %}{% endmacro %}{{ m._func.__globals__.os.system('touch CANARY') }}"
    ),
    "namespace": (
        "{% set ns = namespace() %}{% set ns.__class__ = 'x' %}{{ ns.__init__.__globals__ }}"
    ),
    "self": "{{ self.__init__.__globals__.__builtins__.__import__('os').system('touch CANARY') }}",
    "dict": "{{ dict.__base__.__subclasses__() }}",
    "imported": "{% import 'os' as os %}{{ os.system('touch CANARY') }}",
    "included": "{% include '/etc/passwd' %}",
    "changed messages": "{{ messages.append({'role': 'x'}) }}{{ messages[0].update({'a': 1}) }}",
    "generator": "{{ (messages|map('upper')).gi_frame.f_builtins.open('CANARY', 'w') }}",
    "codec": "{{ 'abc'.encode('this_codec_is_imported') }}",
}

EATERS = {
    "text": "{{ 'a' * 10 ** 9 }}",
    "text at compile time": "{{ 'a'|center(1000000000) }}",
    "list": "{{ ([0] * 10 ** 9)|length }}",
    "power": "{{ 9 ** 9 ** 9 ** 9 }}{{ (9 ** 99999) ** 99999 }}",
    "power by steps": (
        "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}"
    ),
    "doubling": (
        "{% set n = namespace(x='ab') %}"
        "{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}"
    ),
    "doubling by sum": (
        "{% set n = namespace(x='ab') %}"
        "{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}"
    ),
    "doubling by block": (
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}"
        "{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}{% endfor %}{{ n.x }}"
    ),
    "percent": "{{ '%1000000000d' % 1 }}",
    "percent with star": "{{ '%*d' % (1000000000, 1) }}",
    "format width": "{{ '{:1000000000}'.format(1) }}",
    "format width from outside": "{{ '{:{w}}'.format(1, w=1000000000) }}",
    "justified": "{{ 'a'.ljust(1000000000) }}",
    "markup": "{{ ('a'|escape).rjust(1000000000) }}",
    "filled with zeros": "{{ '1'.zfill(1000000000) }}",
    "bytes": "{{ (1).to_bytes(1000000000, 'big') }}",
    "tabs": "{{ '\\t'.expandtabs(1000000000) }}",
    "replaced": "{% set a = 'a' * 2000 %}{{ a.replace('a', a).replace('a', a) }}",
    "translated": "{% set a = 'a' * 9999 %}{{ a.translate({97: a}) }}",
    "joined": "{{ ('a' * 99999).join(range(99999)|map('string')) }}",
    "join filter": "{{ range(99999)|join('a' * 99999) }}",
    "indented": "{{ ('\\n' * 99999)|indent('a' * 99999) }}",
    "json": "{{ [[[[[1]]]]]|tojson(indent=1000000000) }}",
    "wrapped": "{{ ('a ' * 99999)|wordwrap(1, wrapstring='b' * 99999) }}",
    "batched": "{{ [1]|batch(1000000000, 'x')|list }}",
    "sliced": "{{ [1]|slice(1000000000)|list }}",
    "rounded": "{{ 1.5|round(1000000000, 'ceil') }}",
    "range": "{{ range(10 ** 9)|list }}",
    "output": "{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}",
    "output of a macro": (
        "{% macro m() %}{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}{% endmacro %}"
        "{{ m() }}"
    ),
    "list that holds itself": (
        "{% set n = namespace(x=[1]) %}"
        "{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}"
    ),
    "the same as json": (
        "{% set n = namespace(x=[1]) %}"
        "{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|tojson }}"
    ),
    "the same compared": (
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(99) %}"
        "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}"
    ),
    "the same inside a namespace": (
        "{% set n = namespace(x=[1]) %}"
        "{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n }}"
    ),
    "many slices": (
        "{% set s = 'a' * 3999999 %}{% set n = namespace(x=[]) %}"
        "{% for i in range(9999) %}{% set n.x = n.x + [s[i:]] %}{% endfor %}"
    ),
}

HANGS = {
    "nested loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    ),
    "loops that skip": (
        "{% for a in range(99999) %}{% for b in range(99999) if false %}{% endfor %}{% endfor %}"
    ),
    "macro without end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro that branches": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}"
    ),
    "recursive loop": "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "filler": "{{ lipsum(1000000000) }}",
    "filters in filters": (
        "{% for a in range(99999) %}{{ range(99999)|map('string')|list|length }}{% endfor %}"
    ),
    "deep brackets": "{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}",
    "deep blocks": "{% if 1 %}" * 5_000 + "{% endif %}" * 5_000,
    "long sum": "{{ 1" + " + 1" * 50_000 + " }}",
    "long number": "{{ " + "9" * 200_000 + " }}",
    "huge source": "a" * 2_000_000,
    "no end": "{{ '" + "{% if " * 10_000,
}

HOSTILE = WALKS | EATERS | HANGS


def attempt(template: str) -> tuple[str, str]:
    """The outcome's kind and what it says."""
    try:
        text = render(template, [{"role": "user", "content": "hello"}]).text
    except TemplateError as error:
        return type(error).__name__, str(error)
    return "text", text[:300]


def main(canary: str) -> None:
    """Tell, for each template, what became of it, and what the whole took."""
    told = {}
    for name, template in HOSTILE.items():
        start = processor_seconds()
        kind, says = attempt(template.replace(TOUCH, canary))
        seconds = processor_seconds() - start
        after = attempt(HARMLESS)
        told[name] = {"kind": kind, "says": says, "seconds": seconds, "after": after[1]}
    worker().close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told["all"] = {
        "mebibytes": used.ru_maxrss / 1024,
        "own mebibytes": own_mebibytes(),
        "processor seconds": used.ru_utime + used.ru_stime,
        "canary": Path(canary).exists(),
    }
    print(json.dumps(told))


def processor_seconds() -> float:
    """Of this process, its ended children, and the one that renders now.

    On a busy machine the clock on the wall says more about others.
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + _of_the_renderer()


def _of_the_renderer() -> float:
    process = worker()._process
    if process is None or process.returncode is not None:
        return 0.0
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_mebibytes() -> float:
    """This process's peak; getrusage would count the large one that forked it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (peak,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1])
