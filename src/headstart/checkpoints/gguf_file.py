"""A GGUF file as a checkpoint."""

from pathlib import Path

from headstart.checkpoints.contents import Contents
from headstart.checkpoints.files import broken
from headstart.checkpoints.fingerprint import weights_digest
from headstart.checkpoints.gguf_header import GgufHeader, read_gguf
from headstart.checkpoints.vocabulary import gguf_template, gguf_vocabulary


def read_gguf_file(path: Path) -> Contents:
    """Check a GGUF file that holds a whole language model.

    Raises:
        CheckpointBroken: damaged, one part of several, an adapter, or without
            tensors or tokenizer.
    """
    header = read_gguf(path)
    architecture = _whole_model(path, header)
    tokenizer = gguf_vocabulary(path, header)
    return Contents(
        fingerprint=weights_digest([(path, header.data_start)]),
        architecture=architecture,
        tokenizer_fingerprint=tokenizer,
        chat_template=gguf_template(header),
        weights_bytes=header.file_bytes,
    )


def _whole_model(path: Path, header: GgufHeader) -> str:
    parts = header.metadata.get("split.count", 0)
    if isinstance(parts, int) and parts > 1:
        raise broken(
            path,
            f"is one of {parts} parts; only whole files are read",
            hint="join them with `llama-gguf-split --merge`",
        )
    kind = header.text("general.type") or "model"
    if kind != "model":
        raise broken(path, f"holds a GGUF {kind[:40]}, no model", hint="give the model's own GGUF")
    if not header.tensors:
        raise broken(path, "holds no tensors", hint="give a GGUF with weights, not a vocabulary")
    architecture = header.text("general.architecture")
    if architecture:
        return architecture
    raise broken(path, "metadata `general.architecture` is absent", hint="convert the model anew")
