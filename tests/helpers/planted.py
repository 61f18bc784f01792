"""Templates with one fault each, and their sound twins; every word of them our own."""

from collections.abc import Sequence
from dataclasses import dataclass

from headstart.domain.template import Use

BOS, EOS, TURN_END = "<s>", "</s>", "<|im_end|>"


def chatml(
    *,
    before: str = "",
    loop: str = "",
    content: str = "message['content']",
    opening: str = "'<|im_start|>' + message['role'] + '\\n'",
    end: str = "'<|im_end|>'",
    after: str = "",
    prompt: str = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
) -> str:
    """A template in the usual form, with parts that can be replaced by faulty ones."""
    return (
        f"{before}{{% for message in messages %}}{loop}"
        f"{{{{ {opening} }}}}"
        "{% if message['role'] == 'assistant' %}"
        f"{{% generation %}}{{{{ {content} + {end} }}}}{{% endgeneration %}}"
        f"{{% else %}}{{{{ {content} + {end} }}}}{{% endif %}}"
        f"{after}{{% endfor %}}{prompt}"
    )


def unmarked_chatml(content: str = "message['content']", end: str = "'<|im_end|>'") -> str:
    """The same without generation tags."""
    return (
        "{% for message in messages %}"
        f"{{{{ '<|im_start|>' + message['role'] + '\\n' + {content} + {end} }}}}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    )


SOUND = chatml()

PLAIN_HEADERS = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '<|im_end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
NO_HEADERS = "{% for message in messages %}{{ message['content'] + eos_token }}{% endfor %}"

AS_TEXT = (
    "{% if message['content'] is string %}{% set text = message['content'] %}"
    "{% else %}{% set text = message['content'] | map(attribute='text') | join %}{% endif %}"
)
"""Takes text and lists of parts alike."""

WITH_TOOLS = (
    "{% for tool in tools or [] %}{{ tool | tojson }}{% endfor %}"
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% for call in message.tool_calls or [] %}{{ call.function.name }}{% endfor %}"
    "{{ (message.content or '') + '<|im_end|>' }}{% endfor %}"
)
NO_TOOLS = (
    "{% if message['role'] == 'tool' %}{{ raise_exception('tools are not supported') }}{% endif %}"
)
DROPS_TOOLS = "{% if message['role'] == 'tool' %}{% continue %}{% endif %}"
MENTIONS_TOOLS = "{% if tools %}{{ tools | tojson }}{% endif %}"

ALTERNATES = (
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must take turns') }}{% endif %}"
)


@dataclass
class ToyTokenizer:
    """Each special text is one id, each other character one of its own."""

    specials: Sequence[str] = (BOS, EOS, TURN_END, "<|im_start|>", "<pad>")
    bos: str | None = BOS
    eos: str | None = TURN_END
    pad: str | None = "<pad>"
    adds_bos: bool = False
    knows_specials_in_text: bool = True

    @property
    def bos_token_id(self) -> int | None:
        return None if self.bos is None else self.specials.index(self.bos)

    @property
    def eos_token_id(self) -> int | None:
        return None if self.eos is None else self.specials.index(self.eos)

    @property
    def pad_token_id(self) -> int | None:
        return None if self.pad is None else self.specials.index(self.pad)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        ids = [self.specials.index(BOS)] if add_special_tokens and self.adds_bos else []
        while text:
            special = next((s for s in self.specials if text.startswith(s)), None)
            if special is not None and self.knows_specials_in_text:
                ids.append(self.specials.index(special))
                text = text[len(special) :]
            else:
                ids.append(100 + ord(text[0]))
                text = text[1:]
        return ids


@dataclass(frozen=True)
class Case:
    """A rule, a template that it must find fault with, and one that it must not."""

    rule: str
    faulty: str
    sound: str
    use: Use = Use.TRAINING
    eos: str | None = TURN_END
    tokenizer: ToyTokenizer | None = None
    sound_tokenizer: ToyTokenizer | None = None


_SERVING = Use.SERVING
_TRIMMED = "message['content'] | trim"
_THINKING = (
    "(message['content'].split('</think>')[-1] if message['role'] == 'assistant'"
    " else message['content'])"
)
_THINKING_ONCE = (
    "(message['content'].split('</think>')[-1]"
    " if message['role'] == 'assistant' and not loop.last else message['content'])"
)

CASES = (
    Case("does-not-render", "{{ messages[0].nothing.at_all }}", SOUND),
    Case("does-not-render", "{{ 'no question here' }}", SOUND),
    Case("does-not-render", "{% for %}", SOUND),
    Case("breaks-limits", SOUND + "{{ 'a' * 10 ** 9 }}", SOUND),
    Case("template-injection", SOUND + "{{ messages.__class__ }}", SOUND),
    Case("template-injection", SOUND + "{{ messages['__class__'] }}", SOUND),
    Case("template-injection", SOUND + "{{ messages | attr('__class__') }}", SOUND),
    Case("template-injection", SOUND + "{{ '{0.__class__}'.format(1) }}", SOUND),
    Case(
        "template-injection",
        SOUND + "{% include 'other' %}",
        # a pair of underscores in a text or a key means nothing
        SOUND + "{{ '__init__' }}{{ messages[0]['__media__'] }}{% set __a = 1 %}{{ __a }}",
    ),
    Case(
        "text-content-lost",
        chatml(content="(message['content'] | map(attribute='text') | join)"),
        chatml(loop=AS_TEXT, content="text"),
    ),
    Case("no-generation-prompt", chatml(prompt=""), SOUND),
    Case(
        "no-generation-prompt", chatml(prompt="{{ '<|im_start|>assistant\\n' }}"), SOUND, _SERVING
    ),
    Case("generation-prompt-not-prefix", chatml(prompt="{{ '<|model|>' }}"), SOUND),
    Case("double-bos", "{{ bos_token }}{{ bos_token }}" + SOUND, "{{ bos_token }}" + SOUND),
    Case(
        "double-bos",
        "{{ bos_token }}" + SOUND,
        "{{ bos_token }}" + SOUND,
        tokenizer=ToyTokenizer(adds_bos=True),
        sound_tokenizer=ToyTokenizer(),
    ),
    Case(
        "missing-bos",
        SOUND,
        "{{ bos_token }}" + SOUND,
        tokenizer=ToyTokenizer(adds_bos=True),
        sound_tokenizer=ToyTokenizer(adds_bos=True),
    ),
    Case("no-generation-markers", unmarked_chatml(), SOUND),
    Case(
        "generation-mask-wrong",
        chatml(end="''", after="{{ '<|im_end|>' }}"),
        chatml(after="{{ '\\n' }}"),
    ),
    Case(
        "generation-mask-wrong",
        chatml(
            opening="''",
            content="'<|im_start|>' + message['role'] + '\\n' + message['content']",
        ),
        SOUND,
    ),
    Case(
        "generation-mask-wrong",
        chatml().replace("'assistant' %}{% gen", "'assistant' and loop.last %}{% gen"),
        SOUND,
    ),
    Case("eos-not-turn-end", SOUND, SOUND.replace(TURN_END, EOS), _SERVING, EOS),
    Case("no-turn-end", chatml(end="''"), SOUND),
    Case("no-turn-end", chatml(end="'\\n'"), chatml(end="eos_token + '\\n'")),
    # one token closes every turn, and the assistant's header is plain text
    Case("no-turn-end", PLAIN_HEADERS.replace(TURN_END, ""), PLAIN_HEADERS),
    # eos stands before the answer and behind it
    Case("no-turn-end", NO_HEADERS.replace("eos_token", "'\\n'"), NO_HEADERS, eos=EOS),
    # the header of the next answer closes nothing
    Case("no-turn-end", NO_HEADERS.replace("eos_token", "'<|next|>'"), NO_HEADERS, eos=EOS),
    Case(
        "pad-is-turn-end",
        SOUND,
        SOUND,
        tokenizer=ToyTokenizer(pad=TURN_END),
        sound_tokenizer=ToyTokenizer(),
    ),
    Case(
        "pad-is-turn-end",
        SOUND,
        SOUND,
        tokenizer=ToyTokenizer(pad=TURN_END, eos=EOS),
        sound_tokenizer=ToyTokenizer(eos=EOS),
    ),
    Case("newline-after-turn-end", chatml(after="{{ '\\n' }}"), SOUND),
    Case(
        "system-refused",
        chatml(loop="{% if message['role'] == 'system' %}{{ raise_exception('none') }}{% endif %}"),
        SOUND,
    ),
    Case(
        "system-dropped",
        chatml(loop="{% if message['role'] == 'system' %}{% continue %}{% endif %}"),
        SOUND,
    ),
    Case("strict-alternation", chatml(loop=ALTERNATES), SOUND),
    Case("assistant-first-refused", chatml(loop=ALTERNATES), SOUND),
    Case("prefix-unstable", SOUND + "{{ eos_token }}", SOUND),
    Case("prefix-unstable-with-thinking", chatml(content=_THINKING_ONCE), SOUND),
    Case(
        "default-system-prompt",
        "{% if messages[0]['role'] != 'system' %}"
        "{{ '<|im_start|>system\\nBe kind.<|im_end|>' }}{% endif %}" + SOUND,
        SOUND,
    ),
    Case(
        "default-system-prompt",
        "{{ 'Here is a task, and you are to do it.\\n' }}" + SOUND,
        "{{ '<|im_start|>system\\n<|im_end|>' }}" + SOUND,
    ),
    Case(
        "date-dependent",
        "{{ strftime_now('%d %B %Y') }}" + SOUND,
        "{{ date_string or '1 May 2020' }}" + SOUND,
    ),
    Case("answer-trimmed", chatml(content=_TRIMMED), SOUND),
    Case("user-text-trimmed", chatml(content=_TRIMMED), SOUND),
    Case("final-thinking-deleted", chatml(content=_THINKING), chatml(content=_THINKING_ONCE)),
    Case(
        "final-thinking-deleted",
        "{{ messages[0].reasoning_content }}" + SOUND,
        SOUND + "{{ messages[-1].reasoning_content }}",
    ),
    Case("tool-role-refused", chatml(loop=NO_TOOLS), WITH_TOOLS),
    Case("tool-role-refused", MENTIONS_TOOLS + chatml(loop=NO_TOOLS), WITH_TOOLS, _SERVING),
    Case("tool-text-dropped", MENTIONS_TOOLS + chatml(loop=DROPS_TOOLS), WITH_TOOLS),
    Case("list-content-refused", SOUND, chatml(loop=AS_TEXT, content="text"), _SERVING),
    Case(
        "list-content-garbled",
        chatml(content="(message['content'] | string)"),
        chatml(loop=AS_TEXT, content="text"),
    ),
    Case(
        "list-content-garbled",
        chatml(content="(message['content'] if message['content'] is string else '')"),
        chatml(loop=AS_TEXT, content="text"),
    ),
    Case(
        "none-content-refused",
        WITH_TOOLS.replace("(message.content or '')", "message.content"),
        WITH_TOOLS,
        _SERVING,
    ),
    Case(
        "none-content-refused",
        WITH_TOOLS.replace("(message.content or '')", "(message.content | string)"),
        WITH_TOOLS,
        _SERVING,
    ),
    Case(
        "role-markers-in-text",
        SOUND,
        SOUND,
        tokenizer=ToyTokenizer(),
        sound_tokenizer=ToyTokenizer(knows_specials_in_text=False),
    ),
)
