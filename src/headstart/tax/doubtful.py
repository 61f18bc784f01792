"""Replies that the refusal detector is unsure of, to be labelled by hand."""

import json
from collections.abc import Mapping

from headstart.domain.tax import Battery, Job, Mode, Output, PromptSets, ReplyItem
from headstart.tax.refusals import classify
from headstart.tax.stopping import first_answer


def doubtful_lines(sets: PromptSets, outputs: Mapping[Job, Output]) -> str:
    """JSONL with checkpoint, prompt, completion, what was found, and an empty label.

    With labels filled in, the file serves `headstart tax --labels`: each label then stands in
    the place of what was detected. How often the detector errs cannot be read from these rows.
    """
    asked = {
        Battery.SAFE: {a.id: a.text for a in sets.safe},
        Battery.UNSAFE: {a.id: a.text for a in sets.unsafe},
    }
    lines = []
    for job, output in outputs.items():
        prompts = asked.get(job.battery, {})
        for item in output.items:
            if not isinstance(item, ReplyItem) or item.id not in prompts:
                continue
            text = first_answer(item.text) if job.mode is Mode.RAW else item.text
            found = classify(text, prompts[item.id])
            if found.is_doubtful:
                row = {
                    "checkpoint": job.checkpoint,
                    "prompt": prompts[item.id],
                    "completion": text,
                    "found": found.manner.value,
                    "score": round(found.score, 3),
                    "doubtful": True,
                    "label": None,
                }
                lines.append(json.dumps(row))
    return "".join(f"{line}\n" for line in lines)
