"""What names of layers say beside their class: `fc_mu` and `mu` are one name, as are `linear2` and `fc2`."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from archdiff.semantics.attention import projection

_WORDS = re.compile(r"[a-z]+|\d+")
#: say what kind of thing it is, which its class does, too
_SAYS_NOTHING: Final = frozenset(
    {
        *("fc", "lin", "linear", "dense", "proj", "projection", "conv", "bn", "norm"),
        *("emb", "embed", "embedding", "rnn", "layer", "block", "module", "branch", "net", "head"),
    }
)


@cache
def essence(name: str) -> str:
    """All but the words that its class says too; the name itself where nothing else is left."""
    words = [word for word in _WORDS.findall(name.lower()) if word not in _SAYS_NOTHING]
    return projection(name) or "".join(words) or name
