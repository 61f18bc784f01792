"""The tensors of a GGUF file as bfloat16, streamed into one safetensors file.

Names and layout come from transformers' own table and tensor processors, so the numbers are those
of its dequantised load, rounded. A model whose file needs more than that (experts merged from
several tensors, weights kept in float32) has no plan here; the caller then loads it whole.
"""

import contextlib
import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf.gguf_reader import ReaderTensor
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor
from transformers import PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.integrations.gguf.utils import is_gguf_arch_supported

from headstart.engine.gguf_reader import LeanReader
from headstart.errors import StoreError, first_line
from headstart.home import home

Weights = NDArray[Any]
Processor = Any
"""A transformers `TensorProcessor`."""

BLOCK_NUMBERS = 4 * 1024 * 1024
"""Numbers taken as float32 at one time, where a tensor can be read a few rows at a time."""


class WeightsMissing(ValueError):
    """The file lacks weights of the model that its metadata describes."""


@dataclass(frozen=True)
class Piece:
    """One tensor of the copy and where it comes from."""

    name: str
    """transformers' name."""
    shape: tuple[int, ...]
    """As the model has it."""
    source: ReaderTensor
    """As the GGUF file has it."""
    by_rows: bool
    """Whether it can be read a few rows at a time: it is large, and taken as it is."""


@dataclass(frozen=True)
class WeightsPlan:
    """Every tensor of a model, in the order of its state dict."""

    path: Path
    """The GGUF file."""
    processor: Processor
    """Undoes llama.cpp's changes of layout and value."""
    names: Mapping[str, str]
    """llama.cpp's name to transformers'."""
    pieces: tuple[Piece, ...]
    """One for each weight."""


def plan_weights(model: PreTrainedModel, reader: LeanReader, path: Path) -> WeightsPlan | None:
    """Say where each weight comes from, or None if the model must be loaded whole.

    Args:
        model: on the meta device, in bfloat16.
        reader: of the GGUF file; no tensor is read.
        path: of the same file.

    Raises:
        WeightsMissing: the file lacks weights of the model, or is too small for it.
    """
    wanted = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    _require_size(wanted, reader)
    architecture = reader.fields["general.architecture"].contents()
    if is_gguf_arch_supported(architecture) or not _stored_as_it_is(model):
        return None
    processor, names = _layout(model, architecture, path)
    has = model.state_dict().keys()
    sources = [tensor for tensor in reader.tensors if names.get(tensor.name) in has]
    found = {names[tensor.name]: tensor for tensor in sources}
    if len(found) < len(sources) or not found.keys() <= wanted.keys():
        return None  # one weight from several tensors, or one of its own for a tied weight
    require_weights(wanted.keys() - found.keys())
    if found.keys() < wanted.keys():
        return None
    plan = WeightsPlan(path, processor, names, ())
    pieces = (
        Piece(name, shape, found[name], _by_rows(plan, found[name]))
        for name, shape in wanted.items()
    )
    return replace(plan, pieces=tuple(pieces))


def require_weights(missing: Collection[str]) -> None:
    """Refuse a file that lacks these weights, unless they are biases: those are zero if absent.

    Raises:
        WeightsMissing: transformers would draw the weight at random.
    """
    weights = sorted(name for name in missing if not name.endswith(".bias"))
    if weights:
        raise WeightsMissing(f"{len(weights):,} weights are not in the file, such as {weights[0]}")


def write_weights(plan: WeightsPlan, target: Path) -> None:
    """Write all weights as safetensors.

    Peak memory: some 50 MB, or a few times the largest tensor whose layout changes.

    Raises:
        ValueError, ArithmeticError, NotImplementedError: a tensor is cut off, has another shape
            than the model, or a packing that the gguf library cannot read.
        OSError: the GGUF file cannot be read.
        StoreError: the copy cannot be written.
    """
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for piece in plan.pieces:
        stop = at + math.prod(piece.shape) * torch.bfloat16.itemsize
        shape = list(piece.shape)
        header[piece.name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, stop]}
        at = stop
    raw = json.dumps(header, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % 8)
    raw = len(raw).to_bytes(8, "little") + raw
    with writing():
        target.write_bytes(raw)
    for piece in plan.pieces:
        for block in _blocks(plan, piece):
            rounded = block.to(torch.bfloat16).reshape(-1).view(torch.uint8)
            with writing(), target.open("ab") as file:
                file.write(rounded.numpy().tobytes())


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Tell what hinders writing below the cache folder.

    Raises:
        StoreError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except Exception as error:
        # the tokenizers library raises nothing more exact than Exception itself
        if not isinstance(error, OSError | SafetensorError) and type(error) is not Exception:
            raise
        raise StoreError(
            f"cannot write the cache folder {home()}: {reason(error)}",
            hint="set HEADSTART_HOME to a folder that can be written and has room",
        ) from error


def reason(error: BaseException) -> str:
    """What a library's error says, in one line, and for an OSError without the path."""
    return str(getattr(error, "strerror", None) or first_line(error, most=400))


def _layout(
    model: PreTrainedModel, architecture: str, path: Path
) -> tuple[Processor, Mapping[str, str]]:
    """transformers' processor of an architecture's tensors, and its table of names."""
    # Imported where it is needed: transformers means to drop this loader when all architectures
    # have left it, and then none comes here.
    from transformers import modeling_gguf_pytorch_utils as loader

    settings = loader.load_gguf_checkpoint(str(path))["config"]
    kind: Any = loader.TENSOR_PROCESSORS.get(architecture, loader.TensorProcessor)
    processor: Processor = kind(config=settings)
    names: dict[str, str] = loader.get_gguf_hf_weights_map(model, processor)
    return processor, names


def _require_size(wanted: Mapping[str, tuple[int, ...]], reader: LeanReader) -> None:
    """Before anything is allocated: metadata can describe a model of any size."""
    needed = sum(math.prod(shape) for name, shape in wanted.items() if not name.endswith(".bias"))
    held = sum(tensor.n_elements for tensor in reader.tensors)
    if needed > held:
        raise WeightsMissing(f"{needed:,} weights are described, the tensors hold {held:,}")


def _stored_as_it_is(model: PreTrainedModel) -> bool:
    """Whether a saved copy holds the model's own weights, by name, and all in bfloat16."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    return (
        model.state_dict().keys() == parameters.keys()
        and not get_model_conversion_mapping(model, add_legacy=False)
        and not model._get_dtype_plan(torch.bfloat16)
        and {weight.dtype for weight in parameters.values()} == {torch.bfloat16}
    )


def _by_rows(plan: WeightsPlan, source: ReaderTensor) -> bool:
    """Ask the processor whether it changes a tensor of that shape, with one that takes no room."""
    if source.n_elements <= BLOCK_NUMBERS:
        return False
    probe = np.broadcast_to(np.float32(0), _shape(source))
    weights, name = _processed(plan, source, probe)
    return weights is probe and name == plan.names[source.name]


def _blocks(plan: WeightsPlan, piece: Piece) -> Iterator[Tensor]:
    """The tensor as float32, whole or in blocks of rows."""
    source = piece.source
    rows = source.n_elements // _shape(source)[-1]
    if not piece.by_rows:
        read = _read(plan.path, source, 0, rows).reshape(_shape(source))
        weights, name = _processed(plan, source, read)
        _require_shape(piece, weights.shape if name == piece.name else None)
        yield torch.from_numpy(np.ascontiguousarray(weights))
        return
    _require_shape(piece, _shape(source))
    step = max(1, BLOCK_NUMBERS * rows // source.n_elements)
    for start in range(0, rows, step):
        yield torch.from_numpy(_read(plan.path, source, start, min(step, rows - start)))


def _require_shape(piece: Piece, shape: tuple[int, ...] | None) -> None:
    if shape != piece.shape:
        raise ValueError(f"{piece.source.name} has shape {shape}, and {piece.name} {piece.shape}")


def _processed(
    plan: WeightsPlan, source: ReaderTensor, weights: Weights
) -> tuple[Weights, str | None]:
    """What transformers makes of a tensor, and its name for it."""
    kept: dict[str, dict[str, Tensor]] = {"tensors": {}}
    done = plan.processor.process(
        weights=weights, name=source.name, tensor_key_mapping=plan.names, parsed_parameters=kept
    )
    if done.name is not None:
        return done.weights, plan.names.get(done.name)
    ((name, tensor),) = kept["tensors"].items()
    return tensor.numpy(), name


def _read(path: Path, source: ReaderTensor, start: int, rows: int) -> Weights:
    """Rows of a tensor as float32 [rows, ...], read and not mapped: mapped pages add up."""
    width = source.data.shape[-1]
    at = source.data_offset + start * width * source.data.itemsize
    packed = np.fromfile(path, source.data.dtype, rows * width, offset=at)
    if packed.size < rows * width:
        raise ValueError(f"the file ends within {source.name}")
    return gguf.dequantize(packed.reshape(rows, width), source.tensor_type)


def _shape(source: ReaderTensor) -> tuple[int, ...]:
    """In torch's order; a lone number counts as a row."""
    return tuple(reversed(source.shape.tolist())) or (1,)
