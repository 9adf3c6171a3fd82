"""What arguments are called by people who write layers, and what their names say of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

KERNEL = re.compile(
    r"kernel|filter_?(?:size|h|w|shape|dim)|pool|^k$|^hh$|^ww$|window|field|ksize|^f$|^[fk][hw]$|kern|^size$|"
    r"^k_?size$|^[hw]_?f$|^f_?(?:size|h|w)$",
    re.I,
)
STRIDE, PAD = re.compile(r"strid|^s$|^step$|^hop", re.I), re.compile(r"^p$|pad", re.I)
HEADS = re.compile(r"head", re.I)
COUNT = re.compile(
    r"num(?:ber)?_?(?:of_?)?layers|n_?layers|depth|blocks|repeat|groups|dilat|iterations|epochs", re.I
)
CHANCE = re.compile(r"drop|keep|prob|ratio|^p$|^rate$", re.I)
SMALL_NUMBER = re.compile(r"eps|epsilon|delta", re.I)
EPSILON = re.compile(r"(?:^|_)eps(?:ilon)?$", re.I)
NUMBER = re.compile(
    r"momentum|alpha|beta|lambda|^lam|reg|decay|slope|scale|leak|negative|gain|gamma|temp|margin|threshold|weight_init|std|limit|clip|^c$|mu$|^a$|^lmb?d|"
    r"^sigma$|^tau$|^ell$|bandwidth|length_?scale",
    re.I,
)
SEED, TEXT = (
    re.compile(r"seed|random_state", re.I),
    re.compile(r"name|title|label|(?:^|_)id$|verbose|debug", re.I),
)
TRUNCATES = re.compile(r"trunc|bptt", re.I)
"""How many steps a gradient flows back; at fewer than there are it is truncated on purpose."""
FLAG = re.compile(r"train|use_|is_|has_|bias$|affine|return_|verbose|test_mode|inplace", re.I)
IN_USE = re.compile(r"^(?:is_?|in_?)?(?:eval\w*|test\w*|infer\w*|predict\w*)$", re.I)
"""Flags that say that a layer is used, not trained."""
STAGE = re.compile(r"^(?:train|eval|test|infer|predict|validat)", re.I)
"""Words for training and use; `valid` is none, which stands beside `same` and `full`."""
HIDDEN = re.compile(r"hid|units|neurons|n_?h$|^h$|^n_h|state_size", re.I)
INCOMING = re.compile(
    r"(?:^|_)in|n_?in|input|prev|fan_in|^d$|^n_x|^i$|visible|num_feat|dim|^D$|model|embed|emb|feat|norm|width",
    re.I,
)
OUTGOING = re.compile(r"(?:^|_)out|n_?out|output|next|fan_out|classes|^n_y|^k$|^o$|^m$|target", re.I)
CHANNEL_IN, CHANNEL_OUT = (
    re.compile(
        r"in_?ch|channels_?in|^c$|input_?channels|num_channels|^channels|depth$|^ic$|c_?in$|ch_?in$", re.I
    ),
    re.compile(r"out_?ch|filters|channels_?out|num_?kernels|^oc$|c_?out$|ch_?out$|^nf$|^fn$|maps", re.I),
)
VOCABULARY, TIME, BATCH = (
    re.compile(r"vocab|num_?emb|n_?emb|n_?tokens|dictionary|words|^word_?(?:dim|size|count)", re.I),
    re.compile(r"seq|time|^t$|length|steps|max_?len|context_size", re.I),
    re.compile(r"batch|^n$|samples", re.I),
)
SIZES = re.compile(r"sizes|layers|dims|architecture|topology|structure|shape_list|neurons_list", re.I)
STACKS = re.compile(r"layers|modules|blocks|stack", re.I)
SAYS_IN = re.compile(r"^(?:n_?|num_?|dim_?|size_?)?(?:in|input|inputs|prev|fan_?in)(?:_|$)|_in$", re.I)
SAYS_OUT = re.compile(r"^(?:n_?|num_?|dim_?|size_?)?(?:out|output|outputs|fan_?out)(?:_|$)|_out$", re.I)
SAYS_SLOPE = re.compile(r"deriv|prime|grad|^(?:d_?(?:act\w*|func\w*|fn)|(?:act\w*|func\w*|fn)_d)$", re.I)
GENERATOR = re.compile(r"^_?(?:rng|generator|random|rand|rs)$")
COUNTS = re.compile(r"size|num|dim|_in$|_out$|filters|^width$|^words?$|^window$", re.I)
"""What is a number, although it may begin like a weight."""
SHAPE = re.compile(r"shape$", re.I)
ACTIVATION = re.compile(r"activ|nonlin|^act|^func|^fn$|^f$", re.I)
WEIGHT = re.compile(
    r"^_?(?:w|u|v|weights?|kernels?|filters?|theta|weight_\w+|w_?\w{1,4}|[wuv]_\w+|embed\w*|params_w|dense_w|f)\d*_?$",
    re.I,
)
RECURRENT = re.compile(
    r"^(?:w_?hh|w_?h|u\w?|u_\w|w_?aa|w_?rec\w*|recurrent\w*|weights?_hh|w_?ss|w_?hidden|w_?hr|w_?hz|whx)$",
    re.I,
)
OUT_WEIGHT = re.compile(r"^(?:w_?h[yoq]|w_?ya|w_?y|v|w_?out|w_?o|weights?_out\w*|w_?hy)$", re.I)
BIAS = re.compile(r"^_?(?:b|bias|biases|b_?\w{1,3}|bias_\w+|beta\w?)\d*$", re.I)
OUT_BIAS = re.compile(r"^(?:b_?y|b_?q|b_?out|b_?o|c)$", re.I)
GAIN = re.compile(r"^(?:gamma|beta|gain|shift|scale|g|running_\w+|moving_\w+|mean|var)\w?$", re.I)
STATE = re.compile(
    r"^(?:h|h_?prev\w*|prev_?h\w*|a_?prev\w*|h0|h_?0|hx|state\w*|hidden\w*|prev_?state|c|c_?prev\w*|prev_?c\w*|c0|h_?t1|s_?prev|a0|h_?init|prev\w*_(?:h|state|hidden)\w*|cx|h_last|h_old|c_old)$",
    re.I,
)
MASK = re.compile(r"mask|rated|observed|(?-i:^R$)", re.I)
"""What is 0 or 1; R says which ratings Y there are."""
CLASSES = re.compile(r"^c(?:lasses)?$")
"""What right answers are called beside probabilities: the classes."""
INDICES = re.compile(
    r"^(?:idx|ids|index|indices|indexes|tokens?|words?|word_\w+|context\w*|contexts?|seq)$", re.I
)
SAYS_INDEX = re.compile(r"(?<=[a-z])_?(?:Idx|Index)$|_(?:idx|index)$")
SAID = (
    (SAYS_INDEX, ""),
    (re.compile(r"(?<=[a-z])(?:Vec|Vector)$|_(?:vec|vector)$"), "d"),
    (re.compile(r"(?<=[a-z])(?:Vecs|Vectors|Embeddings?)$|_(?:vecs|vectors|embeddings?)$"), "v, d"),
)
"""Last words of longer names, and the shapes that they say."""


def said_shape(name: str) -> str | None:
    """The shape that the last word of a longer name says: a vector, a table of vectors, one index.

    >>> said_shape("centerWordVec"), said_shape("output_vectors"), said_shape("wordIdx"), said_shape("x")
    ('d', 'v, d', '', None)
    """
    return next((shape for pattern, shape in SAID if pattern.search(name)), None)


def is_stage(name: str, options: Sequence[object]) -> bool:
    """Whether a setting says if a layer is trained or used; `mode` does unless its options are other words.

    >>> is_stage("mode", ["train", "test"]), is_stage("mode", ["max", "average"]), is_stage("test", [True])
    (True, False, True)
    """
    words = [option for option in options if isinstance(option, str)]
    if name.lower() == "mode":
        return not words or any(STAGE.match(word) for word in words)
    return name.lower() == "training" or IN_USE.match(name) is not None


def is_function(name: str) -> bool:
    """A name for an activation."""
    return ACTIVATION.search(name) is not None
