"""The lint: every pitfall that a chat template shows by what it renders.

Each rule is a function of the same renders, so nothing is told by matching the
template's text; the one exception is what the syntax tree names (injection, generation
tags, and whether the template has to do with tools at all). What needs a tokenizer or
an eos is `not measured` without one.

Not here, since no template shows it: whether a base ships a template it was never
trained on, untrained role tokens, and what the real collator masks.
"""

from headstart.domain.template import Finding, Severity, TemplateSource, Use
from headstart.templates import (
    rules_content,
    rules_ends,
    rules_prompt,
    rules_roles,
    rules_safety,
)
from headstart.templates.limits import TEMPLATE_SECONDS
from headstart.templates.rule import Rule
from headstart.templates.subject import Subject, Tokenizer, examine

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

RULES: tuple[Rule, ...] = (
    Rule(
        "does-not-render",
        "one plain question gives no usable text",
        rules_safety.does_not_render,
        training=ERROR,
        serving=ERROR,
        fix="correct the template; nothing else about it can be measured before",
    ),
    Rule(
        "breaks-limits",
        "rendering does not end within the limits on time, memory and size",
        rules_safety.breaks_limits,
        training=ERROR,
        serving=ERROR,
        fix="do not use this template; take the original author's",
    ),
    Rule(
        "template-injection",
        "the template reaches behind the sandbox",
        rules_safety.template_injection,
        training=ERROR,
        serving=ERROR,
        fix="do not render it outside a sandbox; take the original author's template",
    ),
    Rule(
        "text-content-lost",
        "plain text is refused or lost, lists of parts are taken",
        rules_content.text_content_lost,
        training=WARNING,
        serving=WARNING,
        fix="give each content as [{'type': 'text', 'text': ...}]",
    ),
    Rule(
        "no-generation-prompt",
        "add_generation_prompt changes nothing",
        rules_prompt.no_generation_prompt,
        training=ERROR,
        serving=ERROR,
        fix="end the template with the assistant's header inside "
        "{% if add_generation_prompt %}; `headstart template fix` does it",
    ),
    Rule(
        "generation-prompt-not-prefix",
        "what is trained does not begin with the prompt that is asked",
        rules_prompt.generation_prompt_not_prefix,
        training=ERROR,
        serving=WARNING,
        fix="write the assistant's header alike in the generation prompt and in its turns",
    ),
    Rule(
        "double-bos",
        "the text begins with two BOS tokens",
        rules_ends.double_bos,
        training=ERROR,
        serving=ERROR,
        fix="write bos_token once; `headstart template fix` does it",
    ),
    Rule(
        "missing-bos",
        "the tokenizer begins texts with BOS, the template does not",
        rules_ends.missing_bos,
        training=WARNING,
        serving=WARNING,
        fix="begin the template with {{ bos_token }}, if the model was trained so",
    ),
    Rule(
        "no-generation-markers",
        "the template does not mark what the assistant says",
        rules_ends.no_generation_markers,
        training=WARNING,
        serving=None,
        fix="`headstart template fix` adds {% generation %} tags; without them no trainer "
        "can ask the template for the assistant's tokens",
    ),
    Rule(
        "generation-mask-wrong",
        "the marked parts are not the assistant's turns with their ends",
        rules_ends.generation_mask_wrong,
        training=ERROR,
        serving=None,
        fix="put {% generation %} directly before the answer and {% endgeneration %} "
        "directly behind its end token, outside macros",
    ),
    Rule(
        "eos-not-turn-end",
        "generation does not stop where the template ends a turn",
        rules_ends.eos_not_turn_end,
        training=WARNING,
        serving=ERROR,
        fix="add the turn end to generation_config's eos_token_id, or make it eos_token",
    ),
    Rule(
        "no-turn-end",
        "nothing closes an answer",
        rules_ends.no_turn_end,
        training=ERROR,
        serving=WARNING,
        fix="write eos_token after each answer; `headstart template fix` does it",
    ),
    Rule(
        "pad-is-turn-end",
        "padding and turn end are one token",
        rules_ends.pad_is_turn_end,
        training=WARNING,
        serving=None,
        fix="name another pad_token, or check that the collator masks by position and not by id",
    ),
    Rule(
        "newline-after-turn-end",
        "white space after the turn end becomes a target in training",
        rules_ends.newline_after_turn_end,
        training=INFO,
        serving=None,
        fix="end the loss at the turn end",
    ),
    Rule(
        "system-refused",
        "a system message is an error",
        rules_roles.system_refused,
        training=WARNING,
        serving=WARNING,
        fix="put the system text before the first user's text",
    ),
    Rule(
        "system-dropped",
        "a system message disappears without a word",
        rules_roles.system_dropped,
        training=ERROR,
        serving=ERROR,
        fix="put the system text before the first user's text",
    ),
    Rule(
        "strict-alternation",
        "two user messages in a row are an error",
        rules_roles.strict_alternation,
        training=INFO,
        serving=WARNING,
        fix="join neighbouring messages of one role",
    ),
    Rule(
        "assistant-first-refused",
        "a conversation cannot begin with the assistant",
        rules_roles.assistant_first_refused,
        training=INFO,
        serving=INFO,
        fix="begin each conversation with the user",
    ),
    Rule(
        "prefix-unstable",
        "earlier turns are rewritten when a conversation goes on",
        rules_prompt.prefix_unstable,
        training=WARNING,
        serving=INFO,
        fix="train each conversation's last answer only, or one row for each answer",
    ),
    Rule(
        "prefix-unstable-with-thinking",
        "reasoning in earlier turns is rewritten when a conversation goes on",
        rules_prompt.prefix_unstable_with_thinking,
        training=WARNING,
        serving=INFO,
        fix="train each conversation's last answer only, or one row for each answer",
    ),
    Rule(
        "default-system-prompt",
        "the template adds text that nobody wrote",
        rules_prompt.default_system_prompt,
        training=INFO,
        serving=INFO,
        fix="give a system message of your own, the same in training and serving",
    ),
    Rule(
        "date-dependent",
        "the render depends on the day",
        rules_prompt.date_dependent,
        training=WARNING,
        serving=INFO,
        fix="pass the date as the template's variable, or fix it in the template",
    ),
    Rule(
        "answer-trimmed",
        "white space around an answer is cut off",
        rules_content.answer_trimmed,
        training=INFO,
        serving=INFO,
        fix="expect answers without white space around them",
    ),
    Rule(
        "user-text-trimmed",
        "white space around the user's text is cut off",
        rules_content.user_text_trimmed,
        training=INFO,
        serving=INFO,
        fix="expect prompts without white space around them",
    ),
    Rule(
        "final-thinking-deleted",
        "reasoning disappears even from the last answer",
        rules_content.final_thinking_deleted,
        training=WARNING,
        serving=INFO,
        fix="do not train reasoning with this template, or take the deletion out of it",
    ),
    Rule(
        "tool-role-refused",
        "a tool's message is an error",
        rules_roles.tool_role_refused,
        training=WARNING,
        serving=WARNING,
        fix="look up the shape of tool messages that this template takes",
    ),
    Rule(
        "tool-text-dropped",
        "a tool's message disappears without a word",
        rules_roles.tool_text_dropped,
        training=WARNING,
        serving=ERROR,
        fix="look up the shape of tool messages that this template takes",
    ),
    Rule(
        "list-content-refused",
        "content as a list of parts is an error",
        rules_content.list_content_refused,
        training=INFO,
        serving=WARNING,
        fix="join the parts into one text first",
    ),
    Rule(
        "list-content-garbled",
        "content as a list of parts is printed as Python or lost",
        rules_content.list_content_garbled,
        training=WARNING,
        serving=WARNING,
        fix="join the parts into one text first",
    ),
    Rule(
        "none-content-refused",
        "a tool call without content is an error or prints None",
        rules_content.none_content_refused,
        training=INFO,
        serving=WARNING,
        fix="give tool calls the empty text as content",
    ),
    Rule(
        "role-markers-in-text",
        "role markers that a user quotes become special tokens",
        rules_roles.role_markers_in_text,
        training=INFO,
        serving=WARNING,
        fix="tokenise the user's text apart, or with split_special_tokens; "
        "headstart's own training does",
    ),
)
"""Every rule, in the order in which findings are told."""


def lint(
    template: TemplateSource,
    *,
    use: Use,
    bos: str | None = None,
    eos: str | None = None,
    stops: tuple[str, ...] = (),
    tokenizer: Tokenizer | None = None,
    seconds: float = TEMPLATE_SECONDS,
) -> tuple[Finding, ...]:
    """Find what is wrong with a chat template for one use.

    Args:
        template: the template; it is rendered in a sandbox and may be hostile.
        use: training or serving; findings that do not matter to it are left out.
        bos: the tokenizer's bos as text; None where it is not known.
        eos: likewise.
        stops: further texts at which generation stops, from the generation config.
        tokenizer: for the rules that are about ids; transformers' own will do.
        seconds: of processor time for rendering, `TEMPLATE_SECONDS` at most.

    Returns:
        Findings in the order of `RULES`; a rule that could not look says `not measured`.

    Limits: about 10 ms for a usual template, about a second more than `seconds` for a
    hostile one. Only what the probes show is found.
    """
    subject = examine(
        template, use, bos=bos, eos=eos, stops=stops, tokenizer=tokenizer, seconds=seconds
    )
    return findings(subject)


def findings(subject: Subject) -> tuple[Finding, ...]:
    """What all rules have to say of a template that is rendered already."""
    return tuple(finding for rule in RULES for finding in rule.apply(subject))
