"""Real batches of a toy checkpoint under the audit: sound ones, and ones with planted faults."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tiny import CHATML, CONTEXT, END, TURN_END, mamba, shared_model, tiny_model, tiny_tokenizer
from tokenizers import processors
from transformers import (
    DataCollatorForLanguageModeling,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from headstart.domain.audit import AuditedBatch
from headstart.domain.task import Example, Message
from headstart.domain.template import Severity, TemplateSource
from headstart.engine.audit import MOST_ROWS, audited
from headstart.engine.device import pick_device
from headstart.engine.load import Loaded
from headstart.engine.render import Rendered, Renderer
from headstart.templates.audit import audit
from headstart.templates.fix import fix

EOS, TURN_END_ID, BEGIN = 0, 2, 3
BOS = "<|unused_0|>"
DOUBLE = "{{ bos_token }}{{ bos_token }}" + CHATML
NO_END = CHATML.replace(TURN_END, "")


def user(text: str) -> Message:
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    return Message(role="assistant", content=text)


EXAMPLES = (
    Example(id="train:1", prompt=(user("What is the capital of France?"),), completion="Paris",
            group="1"),
    Example(
        id="train:2",
        prompt=(user("What is the capital?"), assistant("Of which country?"), user("France, now")),
        completion="Then it is Paris.",
        group="2",
    ),
    Example(
        id="train:3",
        prompt=(user(f"What does {TURN_END} mean to you?"),),
        completion=f"{TURN_END} is a token.",
        group="3",
    ),
)  # fmt: skip


def opened(*, adds: bool = True) -> PreTrainedTokenizerFast:
    """A tokenizer with a begin token, which it puts before every text or not."""
    tokenizer = tiny_tokenizer(CHATML)
    tokenizer.bos_token, tokenizer.pad_token = BOS, "<|unused_5|>"
    if adds:
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, BEGIN)]
        )
    return tokenizer


def held(
    tokenizer: PreTrainedTokenizerFast | None = None, model: PreTrainedModel | None = None
) -> Loaded:
    tokenizer = tokenizer or tiny_tokenizer(CHATML)
    return Loaded(
        model or shared_model("llama"), tokenizer, pick_device("cpu"), frozenset({EOS}), CONTEXT
    )


def batch(
    template: str | None,
    tokenizer: PreTrainedTokenizerFast | None = None,
    rows: Sequence[Rendered] | None = None,
    examples: Sequence[Example] = EXAMPLES,
    model: PreTrainedModel | None = None,
) -> AuditedBatch:
    loaded = held(tokenizer, model)
    return audited(loaded, Renderer(loaded.tokenizer, template), examples, rows=rows, start="toy")


def rules(found: AuditedBatch, *severities: Severity) -> set[str]:
    wanted = severities or (Severity.ERROR, Severity.WARNING)
    return {one.rule for one in audit(found) if one.severity in wanted}


def rendered(template: str | None = CHATML) -> list[Rendered]:
    renderer = Renderer(tiny_tokenizer(), template)
    return [renderer.training(example) for example in EXAMPLES]


@pytest.mark.parametrize("template", [CHATML, None, "{{ bos_token }}" + CHATML])
@pytest.mark.parametrize("model", [None, mamba()], ids=["packed", "padded"])
def test_our_own_batches_are_sound(template: str | None, model: PreTrainedModel | None) -> None:
    found = batch(template, model=model)
    assert rules(found, Severity.ERROR) == set()
    assert len(found.rows) == len(EXAMPLES)


def test_every_answer_and_its_end_is_in_the_labels_of_the_real_batch() -> None:
    found = batch(CHATML)
    talk = next(row for row in found.rows if row.row == "train:2")
    assert [one.text for one in talk.spans] == [
        f"Of which country?{TURN_END}",
        f"Then it is Paris.{TURN_END}",
    ]
    assert talk.targets.count(TURN_END_ID) == 2
    assert found.ends == (TURN_END_ID,)


def test_raw_text_is_sound_though_its_first_token_is_given() -> None:
    whole = Example(id="train:1", prompt=(), completion="Once upon a time.", group="")
    found = batch(None, examples=(whole,))
    assert rules(found, Severity.ERROR) == set()
    (row,) = found.rows
    assert row.spans[0].text == f"Once upon a time.{END}"
    assert row.targets == row.ids[1:]


def test_the_four_sources_of_ends_are_told_apart() -> None:
    found = batch(CHATML)
    assert found.sources == {
        "tokenizer": (EOS,),
        "config": (EOS,),
        "generation_config": (EOS,),
        "chat template": (TURN_END_ID,),
    }
    assert "end-sources-differ" in rules(found)
    tokenizer, model = tiny_tokenizer(CHATML), tiny_model("llama")
    tokenizer.eos_token = TURN_END
    model.config.eos_token_id = model.generation_config.eos_token_id = [TURN_END_ID, EOS]
    assert "end-sources-differ" not in rules(batch(CHATML, tokenizer, model=model))


def test_a_collator_that_takes_the_end_for_padding_is_found() -> None:
    def collated(pad: str) -> AuditedBatch:
        tokenizer = tiny_tokenizer(CHATML)
        tokenizer.pad_token = pad
        collate = DataCollatorForLanguageModeling(tokenizer, mlm=False)
        made = collate([{"input_ids": list(row.ids)} for row in rendered()])
        rows = []
        for row, labels in zip(rendered(), made["labels"].tolist(), strict=True):
            kept = (label != -100 for label in labels)
            both = zip(row.trained, kept, strict=False)
            rows.append(replace(row, trained=tuple(a and b for a, b in both)))
        return batch(CHATML, tokenizer, rows)

    faulty, sound = collated(TURN_END), collated("<|unused_5|>")
    assert "terminator-not-trained" in rules(faulty, Severity.ERROR)
    (told,) = (one for one in audit(faulty) if one.rule == "terminator-not-trained")
    assert "padding" in told.fix
    assert "terminator-not-trained" not in rules(sound)


def test_padding_and_end_in_one_does_no_harm_where_masks_go_by_position() -> None:
    tokenizer = tiny_tokenizer(CHATML)
    tokenizer.pad_token = TURN_END
    found = batch(CHATML, tokenizer)
    assert rules(found, Severity.ERROR) == set()
    assert "pad-is-end" in rules(found, Severity.INFO)


def test_rows_that_are_cut_lose_their_end() -> None:
    cut = [Rendered(row.ids[:-1], row.trained[:-1]) for row in rendered()]
    assert "terminator-not-trained" in rules(batch(CHATML, rows=cut), Severity.ERROR)


def test_a_mask_that_covers_the_prompt_is_found() -> None:
    whole = [Rendered(row.ids, (True,) * len(row.ids)) for row in rendered()]
    assert "prompt-trained" in rules(batch(CHATML, rows=whole), Severity.ERROR)
    assert "prompt-trained" not in rules(batch(CHATML, rows=rendered()))


def test_a_mask_without_labels_is_found() -> None:
    bare = [Rendered(row.ids, (False,) * len(row.ids)) for row in rendered()]
    assert "nothing-trained" in rules(batch(CHATML, rows=bare), Severity.ERROR)


def test_a_double_bos_is_found_on_the_path_where_it_is() -> None:
    assert "double-bos" in rules(batch(DOUBLE, opened(adds=False)), Severity.ERROR)
    once = "{{ bos_token }}" + CHATML
    assert "double-bos" not in rules(batch(once, opened(adds=False)))
    again = batch(once, opened())
    assert rules(again, Severity.ERROR) == set()
    (told,) = (one for one in audit(again) if one.rule == "double-bos")
    assert told.severity is Severity.WARNING
    assert told.evidence.startswith("rendered text, tokenised again")


def test_a_missing_bos_is_found_in_chat_and_never_in_plain_format() -> None:
    assert "missing-bos" in rules(batch(CHATML, opened()))
    assert "missing-bos" not in rules(batch(CHATML, opened(adds=False)))
    assert "missing-bos" not in rules(batch(None, opened()))


def test_markers_that_become_tokens_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = batch(CHATML)
    assert {one.where for one in sound.quoted} == {"probe", "train:3"}
    assert TURN_END in {one.marker for one in sound.quoted}
    assert "marker-in-data" not in rules(sound)
    monkeypatch.setattr(Renderer, "_inert", lambda _self, content: content)
    assert "marker-in-data" in rules(batch(CHATML), Severity.ERROR)


def test_looking_for_markers_leaves_no_finding_about_the_data() -> None:
    loaded = held()
    renderer = Renderer(loaded.tokenizer, CHATML)
    audited(loaded, renderer, EXAMPLES[:2])
    assert renderer.findings == set()


def test_an_answer_without_an_end_is_found_where_another_follows() -> None:
    assert "terminator-not-trained" in rules(batch(NO_END), Severity.WARNING)
    assert "terminator-not-trained" not in rules(batch(CHATML))


def test_what_the_audit_looks_at_stays_small() -> None:
    many = [EXAMPLES[n % 2].model_copy(update={"id": f"train:{n}"}) for n in range(10 * MOST_ROWS)]
    found = batch(CHATML, examples=many)
    assert len(found.rows) <= MOST_ROWS
    assert sum(len(row.answers) > 1 for row in found.rows) >= MOST_ROWS // 4


REPAIRED = {
    "double-bos": (DOUBLE, {"double-bos"}),
    "no-turn-end": (NO_END, {"terminator-not-trained"}),
    # the renderer works around the others, so that their batches are sound before and after
    "no-generation-prompt": (CHATML.partition("{% if add_generation_prompt %}")[0], set()),
    "no-generation-markers": (CHATML, set()),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_a_repaired_template_passes_the_audit_that_it_failed(name: str) -> None:
    template, wrong = REPAIRED[name]
    tokenizer = opened(adds=False)
    source = TemplateSource(text=template)
    done = fix(source, bos=BOS, eos=END, stops=(TURN_END,), tokenizer=tokenizer)
    assert name in [one.rule for one in done.repairs]
    before, after = (rules(batch(text, tokenizer)) for text in (template, done.template.text))
    assert wrong <= before
    assert not wrong & after
    assert after <= before
