"""What a person must know about a checkpoint before tuning it."""

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.family import family
from headstart.checkpoints.weights import Weights, input_table
from headstart.domain.evidence import Facts
from headstart.domain.value import NotMeasured


def gather_facts(declared: Declared, weights: Weights | NotMeasured) -> Facts:
    """Fold config, vocabulary, card and tensor headers into one value."""
    network, vocabulary = declared.network, declared.vocabulary
    read = None if isinstance(weights, NotMeasured) else weights
    table = None if read is None else input_table(read)
    silent = NotMeasured(why="no config says it")
    unread = weights if isinstance(weights, NotMeasured) else silent
    return Facts(
        architecture=network.architecture or silent,
        family=family(declared),
        parameters=unread if read is None else read.parameters,
        weights_bytes=unread if read is None else read.file_bytes,
        shards=unread if read is None else read.files,
        dtypes={} if read is None else dict(sorted(read.packed.items())),
        layers=network.layers or silent,
        hidden=network.hidden or silent,
        vocabulary_rows=(table.rows if table else network.vocabulary) or silent,
        tokens=vocabulary.size or NotMeasured(why="the vocabulary was not read whole"),
        context=network.context or silent,
        tokenizer_fingerprint=vocabulary.fingerprint,
        license=declared.card.license or NotMeasured(why="no card and no metadata state one"),
    )
