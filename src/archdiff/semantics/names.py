"""What names of layers say beside their class: `fc_mu` and `mu` are one name, as are `linear2` and `fc2`."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from archdiff.semantics.attention import projection

_PARTS = re.compile(r"[a-z]+|\d+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: say what kind of thing it is, which its class does, too
_SAYS_NOTHING: Final = frozenset(
    {
        *("fc", "lin", "linear", "dense", "proj", "projection", "conv", "bn", "norm"),
        *("emb", "embed", "embedding", "rnn", "layer", "block", "module", "branch", "net", "head"),
    }
)


@cache
def essence(name: str) -> str:
    """What the name of a layer says beside its class: `mu` of `fc_mu`; the name itself where nothing is left."""
    words = [word for word in _PARTS.findall(name.lower()) if word not in _SAYS_NOTHING]
    return projection(name) or "".join(words) or name


@cache
def words(name: str) -> frozenset[str]:
    """`CrossAttention` -> cross, attention; `q_proj`, `qProj` -> q, proj; `GPT2Attention` -> gpt, 2, attention."""
    return frozenset(word.lower() for word in _WORDS.findall(name))
