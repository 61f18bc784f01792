"""Our training against TRL's SFTTrainer from the same text: masks, losses and updates agree.

The peer gets messages, or prompts and completions, and does its own templating, tokenising,
masking, padding and batching. What it then trains must be what ours trains.
"""

import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from plain import FULL, LORA
from tiny import CHATML, tiny_model, tiny_tokenizer
from tokenizers import processors
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from headstart.domain.plan import Recipe
from headstart.domain.task import Example, Message
from headstart.engine import train as training
from headstart.engine.adapt import trainable
from headstart.engine.device import Device
from headstart.engine.render import Rendered, Renderer

trl = pytest.importorskip("trl")
peft = pytest.importorskip("peft")
datasets = pytest.importorskip("datasets")

Row = dict[str, Any]

CPU = Device("cpu", torch.float32, "a processor")
SEED, RATE, STEPS = 0, 5e-3, 6
TURN = "{{ message.content }}<|im_end|>"
MARKED = CHATML.replace(
    TURN,
    f"{{% if message.role == 'assistant' %}}{{% generation %}}{TURN}{{% endgeneration %}}"
    f"{{% else %}}{TURN}{{% endif %}}",
)
"""ChatML that tells the peer what the assistant writes: the turn end, not the line after it."""
CLOSED = CHATML.replace("<|im_end|>\n", "<|im_end|>")
"""ChatML with nothing after the turn end: what follows the prompt is what is trained."""
INSTRUCTION = "Answer with the name of the category, and with nothing else."
ASKED = (
    ("My card has not arrived yet.", "card_arrival"),
    ("Why was I charged twice for one coffee, and when is it put right?", "charged_twice"),
    ("é?", "other"),
    ("The top up\nis still pending", "pending_top_up"),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("Again: my card", "card_arrival"),
)


@dataclass(frozen=True)
class Case:
    """The same data as the peer takes it and as ours does."""

    rows: list[Row]
    examples: list[Example]
    template: str | None = None
    instruction: str = ""
    begins: bool = False
    """Whether the tokenizer puts a begin token before every text."""

    def tokenizer(self) -> PreTrainedTokenizerFast:
        tokenizer = tiny_tokenizer(self.template)
        if self.begins:
            begin = "<|unused_0|>"
            tokenizer.bos_token = begin
            tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
                single=f"{begin} $A",
                special_tokens=[(begin, tokenizer.convert_tokens_to_ids(begin))],
            )
        return tokenizer

    def rendered(self) -> list[Rendered]:
        renderer = Renderer(self.tokenizer(), self.template, self.instruction)
        found = [renderer.training(example) for example in self.examples]
        assert not renderer.findings
        return found


def example(*turns: Row) -> Example:
    *before, last = (Message(**turn) for turn in turns)
    return Example(id="train:1", prompt=tuple(before), completion=last.content, group="")


def said(role: str, content: str) -> Row:
    return {"role": role, "content": content}


def turns(first: int, last: int) -> list[Row]:
    return [
        turn
        for asked, answer in ASKED[first:last]
        for turn in (said("user", asked), said("assistant", answer))
    ]


SINGLE = [turns(i, i + 1) for i in range(len(ASKED))]
INSTRUCTED = [[said("user", f"{INSTRUCTION}\n\n{q}"), said("assistant", a)] for q, a in ASKED]
LONG = [turns(0, 2), [said("system", "You work for a bank."), *turns(2, 5)], turns(5, 6)]
PLAIN = [
    {"prompt": f"{INSTRUCTION}\n\n{asked}\nAnswer:", "completion": f" {answer}"}
    for asked, answer in ASKED
]
CASES = {
    "chat": Case(
        [{"messages": each} for each in INSTRUCTED],
        [example(*each) for each in SINGLE],
        template=MARKED,
        instruction=INSTRUCTION,
    ),
    "dialogues": Case(
        [{"messages": each} for each in LONG], [example(*each) for each in LONG], template=MARKED
    ),
    "answers in chat": Case(
        [{"prompt": each[:-1], "completion": each[-1:]} for each in SINGLE],
        [example(*each) for each in SINGLE],
        template=CLOSED,
    ),
    "plain": Case(PLAIN, [example(*each) for each in SINGLE], instruction=INSTRUCTION),
    "plain, with a begin token": Case(
        PLAIN, [example(*each) for each in SINGLE], instruction=INSTRUCTION, begins=True
    ),
}
every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_the_same_tokens_are_trained_after_the_same_tokens(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    trainer = peer(case, tiny_model("llama"), FULL, tmp_path)
    ours = case.rendered()
    assert len(trainer.train_dataset) == len(ours)
    for row, rendered in zip(trainer.train_dataset, ours, strict=True):
        assert trained_after(row["input_ids"], [x != -100 for x in row["labels"]]) == (
            trained_after(rendered.ids, rendered.trained)
        )


@every_case
@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_one_batch_has_the_same_loss(name: str, architecture: str, tmp_path: Path) -> None:
    case = CASES[name]
    recipe = FULL.model_copy(update={"batch_size": len(case.rows), "epochs": 1})
    (ours,) = our_losses(case, architecture, recipe)
    trainer = peer(case, tiny_model(architecture), recipe, tmp_path)
    assert ours == pytest.approx(trainer.train().training_loss, abs=1e-4)


@pytest.mark.parametrize("name", ["dialogues", "plain"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_losses_stay_the_same_over_steps(name: str, method: str, tmp_path: Path) -> None:
    case = CASES[name]
    update = {"method": method, "batch_size": len(case.rows), "epochs": STEPS, "clip_norm": 0.5}
    recipe = LORA.model_copy(update=update)
    model = tiny_model("llama") if method == "full" else adapted_like_ours(recipe)
    ours = our_losses(case, "llama", recipe)
    theirs = peer(case, model, recipe, tmp_path).train().training_loss
    assert ours[-1] < ours[0] - 0.2  # the updates are large enough to be seen
    assert statistics.fmean(ours) == pytest.approx(theirs, abs=1e-4)


def trained_after(ids: Sequence[int], trained: Sequence[bool]) -> list[tuple[int, ...]]:
    """Every trained token with all that stands before it."""
    return [tuple(ids[: i + 1]) for i in range(1, len(ids)) if trained[i]]


def our_losses(case: Case, architecture: str, recipe: Recipe) -> list[float]:
    with trainable(tiny_model(architecture), recipe, SEED, (), CPU) as model:
        done = training.train(
            model, case.rendered(), recipe, learning_rate=RATE, seed=SEED, device=CPU
        )
    return [loss for loss in done.losses if loss is not None]


def adapted_like_ours(recipe: Recipe) -> torch.nn.Module:
    """Adapters by peft, with the weights that ours start from."""
    with trainable(tiny_model("llama"), recipe, SEED, (), CPU) as model:
        start = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    config = peft.LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapted = peft.get_peft_model(tiny_model("llama"), config)
    own = {n: p for n, p in adapted.get_base_model().named_parameters() if p.requires_grad}
    assert own.keys() == start.keys()
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(start[name])
    return adapted


def peer(case: Case, model: torch.nn.Module, recipe: Recipe, folder: Path) -> Any:
    """SFTTrainer on the case's text with our AdamW settings and learning rates."""
    conversations = "messages" in case.rows[0]
    if recipe.method == "full":
        model.requires_grad_(requires_grad=True)
    weights: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=recipe.weight_decay)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: training._schedule(
            min(step, recipe.epochs - 1), recipe.epochs, recipe.warmup_share
        ),
    )
    with warnings.catch_warnings():  # of other libraries about one another
        warnings.simplefilter("ignore")
        return trl.SFTTrainer(
            model=model,
            args=trl.SFTConfig(
                output_dir=str(folder),
                use_cpu=True,
                bf16=False,
                assistant_only_loss=conversations,
                per_device_train_batch_size=recipe.batch_size,
                num_train_epochs=recipe.epochs,
                max_grad_norm=recipe.clip_norm,
                gradient_checkpointing=False,
                dataloader_pin_memory=False,
                max_length=None,
                logging_strategy="no",
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=datasets.Dataset.from_list(case.rows),
            processing_class=case.tokenizer(),
            optimizers=(optimizer, rates),
        )
