"""Finished reports built by hand, one for each thing a view must be able to say."""

from headstart.domain.plan import Format, TokenView
from headstart.domain.report import (
    Baseline,
    Cost,
    CurvePoint,
    ItemContrast,
    Report,
    RulePick,
    StartReport,
    SweepPoint,
    TrialSummary,
)
from headstart.domain.task import DataCounts, Shape
from headstart.domain.value import NotMeasured, Score
from headstart.domain.verdict import Difference, Outcome, Verdict

RATES = (5e-5, 2e-4, 8e-4)
SIZES = (64, 128, 512)
CHAT = (
    "<|im_start|>user\nWhich intent? My card has not come yet.<|im_end|>\n"
    "<|im_start|>assistant\ncard_arrival<|im_end|>\n"
)


def tokens(*texts, trained=()):
    return tuple(TokenView(text=t, id=100 + i, trained=i in trained) for i, t in enumerate(texts))


CHAT_TOKENS = tokens(
    *("<|im_start|>", "user", "Ċ", "Which", "Ġintent", "?", "ĠMy", "Ġcard", "Ġhas", "Ġnot"),
    *("Ġcome", "Ġyet", ".", "<|im_end|>", "Ċ", "<|im_start|>", "assistant", "Ċ"),
    *("card", "_arrival", "<|im_end|>", "Ċ"),
    trained=(18, 19, 20),
)


def baseline(how, mean, shots=0, half=0.048, **figures):
    score = Score(mean=mean, low=mean - half, high=mean + half, n=400)
    return Baseline(how=how, shots=shots, score=score, figures=figures)


def point(n, mean, half=0.045, seeds=3, **figures):
    return CurvePoint(
        n=n, mean=mean, low=mean - half, high=mean + half, seeds=seeds, figures=figures
    )


def classified(f1, lost, written):
    return {"macro-F1": f1, "not a label": lost, "free-generation accuracy": written}


def start(
    name, means, untuned=(0.512, 0.605), *, sizes=SIZES, form=Format.CHAT, seeds=3, **changes
):
    fields = {
        "name": name,
        "checkpoint": name.split("-")[0],
        "source": f"~/models/{name.split('-')[0]}",
        "format": form,
        "rule": "the checkpoint ships a chat template",
        "training_text": CHAT,
        "training_tokens": CHAT_TOKENS,
        "baselines": (
            baseline("zero-shot", untuned[0], **classified(0.47, 0.08, 0.463)),
            baseline("few-shot", untuned[1], 8, **classified(0.58, 0.01, 0.59)),
        ),
        "sweep": tuple(
            SweepPoint(learning_rate=rate, dev_bits_per_byte=loss, chosen=rate == 2e-4)
            for rate, loss in zip(RATES, (0.412, 0.377, 0.398), strict=True)
        ),
        "learning_rate": 2e-4,
        "curve": tuple(
            point(n, mean, seeds=seeds, **classified(mean - 0.03, 0.0, mean - 0.01))
            for n, mean in zip(sizes, means, strict=True)
        ),
    }
    return StartReport(**(fields | changes))


def trial(name, kind, score=None, rows=0, rate=None, seed=None, failed=None):
    why = "the trial failed" if failed else "a sweep trial is not scored"
    parts = [name, kind, *([f"n{rows}", f"lr{rate:.3g}", f"s{seed}"] if rows else [])]
    untrained = NotMeasured(why="nothing was trained")
    return TrialSummary(
        key="__".join(parts),
        start=name,
        kind=kind,
        rows=rows,
        learning_rate=rate,
        seed=seed,
        failed=failed,
        score=NotMeasured(why=why) if score is None else score,
        first_loss=2.4 if rows else untrained,
        last_loss=0.31 if rows else untrained,
    )


def trials_of(each):
    """The trials behind a start; seeds lie a point apart around the mean."""
    yield from (trial(each.name, base.how, base.score.mean) for base in each.baselines)
    yield from (
        trial(each.name, "sweep", rows=SIZES[0], rate=one.learning_rate, seed=0)
        for one in each.sweep
    )
    for at in each.curve:
        for seed in range(at.seeds):
            mean = at.mean + 0.01 * (seed - (at.seeds - 1) / 2)
            yield trial(each.name, "tuned", mean, at.n, 2e-4, seed)


def verdict(**changes):
    fields = {
        "outcome": Outcome.WINNER,
        "start": "instruct",
        "probability_best": {"instruct": 0.981, "base-raw": 0.019},
        "regret_bound": 0.0,
        "margin": 0.01,
        "rows": 512,
        "reason": "instruct scored 78.2% against 71.7% for base-raw after 512 rows: +6.5 points, "
        "95% interval +2.1 to +10.9, 3 seeds, 400 test items.",
        "would_flip_if": "a repeat moved the gap between instruct and base-raw by more than "
        "2.1 points down, which would leave it undecided, or by more than 6.5 points, which "
        "would reverse it",
        "next_step": "Tune with instruct on all your rows.",
        "differences": (
            difference("base-raw", 0.065, 0.044, rows=512),
            difference("instruct", 0.177, 0.05, rows=0, how="few-shot"),
        ),
        "screening": False,
    }
    return Verdict(**(fields | changes))


def difference(name, mean, half, rows, how="tuned"):
    gap = Score(mean=mean, low=mean - half, high=mean + half, n=400)
    return Difference(start=name, how=how, gap=gap, rows=rows)


def report(starts, told, trials=None, **changes):
    fields = {
        "headstart": "0.1.0",
        "task": "banking77",
        "shape": Shape.CLASSIFICATION,
        "shape_reason": "77 different completions in 10,003 rows",
        "metric": "accuracy",
        "higher_is_better": True,
        "counts": DataCounts(read=13083, empty=2, duplicate=14, leaked=3, train=9982, test=400),
        "test_items": 400,
        "verdict": told,
        "starts": starts,
        "trials": tuple(one for each in starts for one in trials_of(each))
        if trials is None
        else trials,
        "contrasts": (),
        "rules": (),
        "detectable_difference": 0.062,
        "findings": (),
        "skipped": (),
        "device": "a processor with 2 threads, bfloat16",
        "command": "headstart choose base=~/models/base instruct=~/models/instruct "
        "--data banking77.csv",
        "cost": Cost(
            seconds=1034.2,
            tokens=1_284_000,
            train_tokens_per_second=1893.4,
            peak_memory_bytes=2_254_857_830,
            full_run_seconds={each.name: 540.0 + 60 * i for i, each in enumerate(starts)},
        ),
    }
    return Report(**(fields | changes))


def instruct(**changes):
    return start("instruct", (0.661, 0.714, 0.782), **changes)


def base_raw(**changes):
    text = "Which intent? My card has not come yet.\nIntent: card_arrival<|endoftext|>"
    pieces = ("Which", "Ġintent", "?", "ĠMy", "Ġcard", "Ġhas", "Ġnot", "Ġcome", "Ġyet", ".")
    ends = ("Ċ", "Int", "ent", ":", "Ġcard", "_arrival", "<|endoftext|>")
    fields = {
        "form": Format.RAW,
        "rule": "the checkpoint ships no chat template",
        "training_text": text,
        "training_tokens": tokens(*pieces, *ends, trained=(14, 15, 16)),
    }
    return start("base-raw", (0.581, 0.66, 0.717), (0.214, 0.488), **(fields | changes))


def two_starts(**changes):
    contrasts = (
        ItemContrast(
            id="test:17",
            prompt="I still have not received my new card, I ordered it over a week ago.",
            reference="card_arrival",
            predictions={"instruct": "card_arrival", "base-raw": "lost_or_stolen_card"},
            scores={"instruct": 1.0, "base-raw": 0.0},
        ),
        ItemContrast(
            id="test:203",
            prompt="Why was I charged twice?",
            reference="transaction_charged_twice",
            predictions={"instruct": "transaction_charged_twice", "base-raw": "extra_charge"},
            scores={"instruct": 1.0, "base-raw": 1 / 3},
        ),
    )
    rules = (
        RulePick(rule="always instruct", start="instruct", agrees=True),
        RulePick(rule="always base", start="base-raw", agrees=False),
        RulePick(rule="row count (1,000 or more base)", start=None, agrees=None),
    )
    fields = {
        "contrasts": contrasts,
        "rules": rules,
        "findings": ("14 rows repeat an earlier row and were dropped.",),
    }
    return report((instruct(), base_raw()), verdict(), **(fields | changes))


def one_start():
    told = verdict(
        probability_best={"instruct": 1.0},
        reason="instruct scored 78.2% against 60.5% for instruct few-shot after 512 rows: "
        "+17.7 points, 95% interval +12.7 to +22.7, 3 seeds, 400 test items.",
        would_flip_if="a repeat moved the gap by more than 12.7 points down",
        differences=(difference("instruct", 0.177, 0.05, rows=0, how="few-shot"),),
    )
    return report((instruct(),), told)


def three_starts():
    told = verdict(
        outcome=Outcome.UNDECIDED,
        probability_best={"instruct": 0.41, "base-raw": 0.002, "base-borrowed": 0.588},
        start="base-borrowed",
        regret_bound=0.031,
        reason="base-borrowed scored 79.0% against 78.2% for instruct after 512 rows.",
        next_step="To resolve a gap of 0.8 points at 80% power, use about 6,100 test items.",
        differences=(
            difference("instruct", 0.008, 0.04, rows=512),
            difference("base-raw", 0.073, 0.044, rows=512),
        ),
    )
    third = start(
        "base-borrowed",
        (0.6, 0.72, 0.79),
        (0.118, 0.402),
        form=Format.BORROWED,
        rule="asked for; the template is that of instruct",
        findings=("the turn end <|im_end|> was untrained; its row was trained as well",),
    )
    return report((instruct(), base_raw(), third), told)


def screening():
    told = verdict(
        screening=True,
        screening_reason="1 seed (at least 3 needed), 60 test items (at least 200 needed)",
        next_step="Tune with instruct on all your rows. This was a screening run: 1 seed "
        "(at least 3 needed), 60 test items (at least 200 needed).",
    )
    starts = (instruct(seeds=1), base_raw(seeds=1))
    return report(starts, told, test_items=60)


def failed_trials():
    """One start lost a seed, the other everything at the largest size."""
    sure, shaky = instruct(), base_raw()
    sure = sure.model_copy(
        update={"curve": (*sure.curve[:2], point(512, 0.782, seeds=2, **{"macro-F1": 0.75}))}
    )
    shaky = shaky.model_copy(
        update={
            "curve": shaky.curve[:2],
            "learning_rate": NotMeasured(why="every rate diverged"),
            "sweep": tuple(
                SweepPoint(
                    learning_rate=rate,
                    dev_bits_per_byte=NotMeasured(why="the loss is not finite"),
                    chosen=False,
                )
                for rate in RATES
            ),
        }
    )
    lost = [trial("instruct", "tuned", None, 512, 2e-4, 2, "the loss is not finite at step 31")]
    lost += [
        trial("base-raw", "tuned", None, 512, 2e-4, seed, "out of memory") for seed in range(3)
    ]
    done = [one for each in (sure, shaky) for one in trials_of(each)]
    told = verdict(
        rows=128,
        regret_bound=NotMeasured(why="too few trials finished"),
        reason="instruct scored 71.4% against 66.0% for base-raw after 128 rows.",
    )
    return report(
        (sure, shaky),
        told,
        (*done, *lost),
        skipped=("base-raw at 1,024 rows: the budget of 20 min was spent",),
        detectable_difference=NotMeasured(why="the metric is no share of right answers"),
        cost=Cost(
            seconds=48.0,
            tokens=90_000,
            train_tokens_per_second=NotMeasured(why="no training step was timed"),
            peak_memory_bytes=NotMeasured(why="the platform does not tell"),
            full_run_seconds={"base-raw": NotMeasured(why="no trial of it finished")},
        ),
    )


def raw_text():
    """Losses: lower is better, nothing is a percentage, everything is trained."""
    text = "Chapter 1\n\nIt was a bright cold day."
    whole = tokens("Chapter", " ", "1", "\n\n", "It", " was", trained=range(6))

    def start_of(name, means, zero):
        bars = tuple(point(n, m, 0.012) for n, m in zip(SIZES, means, strict=True))
        base = (baseline("zero-shot", zero, half=0.015),)
        fields = {"curve": bars, "baselines": base, "training_text": text}
        rule = "raw text is trained as it stands"
        return start(name, means, form=Format.RAW, rule=rule, training_tokens=whole, **fields)

    told = verdict(
        outcome=Outcome.TIE,
        start="instruct-raw",
        probability_best={"instruct-raw": 0.24, "base-raw": 0.76},
        regret_bound=0.0114,
        margin=0.0089,
        reason="base-raw scored 0.889 against 0.896 for instruct-raw after 512 rows: +0.007.",
        would_flip_if="a repeat moved instruct-raw more than 0.004 down against the other starts",
        next_step="Tune with instruct-raw on all your rows.",
        differences=(difference("instruct-raw", 0.007, 0.009, rows=512),),
    )
    starts = (
        start_of("instruct-raw", (0.951, 0.923, 0.896), 1.041),
        start_of("base-raw", (0.938, 0.912, 0.889), 0.993),
    )
    return report(
        starts,
        told,
        task="novels",
        shape=Shape.RAW_TEXT,
        shape_reason="the file has no prompt column",
        metric="bits-per-byte",
        higher_is_better=False,
        detectable_difference=NotMeasured(why="it is told for shares of right answers only"),
    )


def no_training_needed():
    told = verdict(
        outcome=Outcome.NO_TRAINING_NEEDED,
        reason="instruct scored 96.0% few-shot, without training, against 96.2% for instruct.",
        would_flip_if="tuning gained 1.1 points more than it did at 512 rows",
        next_step="Use instruct as it is, few-shot.",
    )
    starts = (
        start("instruct", (0.95, 0.958, 0.962), (0.93, 0.96)),
        start("base-raw", (0.9, 0.93, 0.94), (0.3, 0.82), form=Format.RAW),
    )
    return report(starts, told)


NASTY = (
    "\x1b[2J<script>alert(1)</script> | `code` **b** [x](http://evil.example)\n# h \u202eabc\x07"
)


def hostile():
    """Every text that anyone outside could have written is an attack."""
    name = "evil|" + NASTY
    attack = start(
        name,
        (0.6, 0.7, 0.8),
        checkpoint=NASTY,
        source=NASTY,
        rule=NASTY,
        training_text=f"{NASTY}\n```\n````\n<b>",
        training_tokens=tokens(NASTY, "```\n", "⟦", trained=(1,)),
        findings=(NASTY,),
    )
    told = verdict(
        start=name,
        probability_best={name: 1.0},
        reason=NASTY,
        would_flip_if=NASTY,
        next_step=NASTY,
        differences=(difference(name, 0.1, 0.05, rows=0, how=NASTY),),
        regret_bound=NotMeasured(why=NASTY),
        screening=True,
        screening_reason=NASTY,
    )
    contrast = ItemContrast(
        id=NASTY,
        prompt=f"```\n{NASTY}",
        reference=NASTY,
        predictions={name: NASTY},
        scores={name: 0.5},
    )
    return report(
        (attack,),
        told,
        (trial(name, "tuned", None, 512, 2e-4, 0, NASTY),),
        task=NASTY,
        shape_reason=NASTY,
        metric=NASTY,
        contrasts=(contrast,),
        rules=(RulePick(rule=NASTY, start=name, agrees=None),),
        findings=(NASTY,),
        skipped=(NASTY,),
        device=NASTY,
        command=NASTY,
    )


ALL = {
    each.__name__: each
    for each in (
        two_starts,
        one_start,
        three_starts,
        screening,
        failed_trials,
        raw_text,
        no_training_needed,
        hostile,
    )
}
