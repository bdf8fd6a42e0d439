"""Layers of Keras that are no kinds here, and why; a test compares with the installed Keras."""

from collections.abc import Mapping

_FOREIGN = "runs code that a project does not hold"
_CELL = "a single step, only of use inside RNN; LSTM, GRU and SimpleRNN hold their cells"
_TEXTS = "reads texts; the data of a network here are numbers"
_LABELS = "mixes two samples, and their labels would have to be mixed with them"

LEFT_OUT: Mapping[str, str] = {
    "Layer": "the class that all layers are made from; it does nothing",
    "Wrapper": "the class that wrappers are made from; it does nothing",
    "InputSpec": "no layer: tells which inputs a layer takes",
    "Lambda": _FOREIGN,
    "TFSMLayer": _FOREIGN,
    "JaxLayer": _FOREIGN,
    "FlaxLayer": _FOREIGN,
    "TorchModuleWrapper": _FOREIGN,
    "RNN": "runs any cell; LSTM, GRU and SimpleRNN are the ones that Keras has cells for",
    "LSTMCell": _CELL,
    "GRUCell": _CELL,
    "SimpleRNNCell": _CELL,
    "StackedRNNCells": _CELL,
    "StringLookup": _TEXTS,
    "TextVectorization": _TEXTS,
    "IntegerLookup": "its table is a file beside the weights; Hashing and Embedding need none",
    "HashedCrossing": "refuses floating-point numbers, which all data here are",
    "ReversibleEmbedding": "stands at two places of a network at once, forwards and backwards",
    "Pipeline": "a row of layers; here each stands by itself",
    "MaxNumBoundingBoxes": "works on boxes around things, not on what a network sees",
    "MixUp": _LABELS,
    "CutMix": _LABELS,
    "RandomCrop": "in use it puts out the whole picture, of another shape than in training",
    "Equalization": "Keras 3.15 cannot call it inside a model: it names its input as its output",
}
