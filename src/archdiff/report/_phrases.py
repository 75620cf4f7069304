"""A finding in as few words as a person would use, and where it is, for a headline.

What has no short form keeps the title of its message. Must not lay out, nor choose what is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from archdiff.model.finding import Finding
from archdiff.model.message import Message
from archdiff.model.outcome import Outcome
from archdiff.model.wording import joined, plural
from archdiff.report._findings import ranges
from archdiff.report._lines import amount

_EXCHANGED: Final = "strides-exchanged"
#: a stride that stands on another layer
MOVED_STRIDE: Final = (_EXCHANGED, "stride-moved")
#: what is told first, the weightiest first: depth, blocks, where a stride is, widths
WEIGHTIEST: Final = (
    *("decided-depths", "decided-depth", "decided-between", "replaced", "decided-blocks", *MOVED_STRIDE),
    *("decided-factor", "decided-stages", "decided-widths", "decided-width"),
)
#: decisions that list every number behind a colon
_LISTS: Final = ("decided-factor", "decided-widths")
#: classes, and what the field calls them where their order decides k
_KINDS: Final = re.compile(r"(?P<winners>KWinners(2d)?)|(?P<pool>\w*Pool\dd)")
_NAMES: Final = {"winners": "k-winners", "pool": "pooling"}
_NON_ZERO: Final = " % non-zero"
_LOOKED_AT: Final = 5000  # layers of the candidate, for others of a class
_FEW: Final = 3  # classes that are named
_DIGITS: Final = 3  # of a number that is printed with many
_LONG: Final = 6  # characters of a number that is not shortened


def phrase(finding: Finding, outcome: Outcome) -> str:
    """What differs and where: `dense linear, not 40 % non-zero`, `percent_on 0.1, not 0.2 (act: k 10, not 20)`."""
    what = core(finding)
    match what.code:
        case "weights":
            return _density(what, finding)
        case "order":
            return f"{_order(what)}{_in_blocks(finding, outcome)}"
        case "copies":
            return _copies(what, finding)
        case "decided-norm":
            norm, _, biases = words(finding).partition(": ")[2].partition(", ")
            return f"extra {norm}, {biases}" if what["side"] == "candidate" else f"no {norm}, but biases"
        case "only-in" if told := _only_in(what, finding, outcome):
            return f"{told}{_bracket(*_where(finding), *_winners(finding))}"
    if finding.members and (finding.count > 1 or says_where(finding)):
        return words(finding)
    return f"{words(finding)}{_bracket(*_where(finding), *_winners(finding))}"


def words(finding: Finding) -> str:
    """What it says without reasons and places."""
    what = core(finding)
    is_short = what.code != "setting" or _has(what, "but")
    numbers = None if is_short else _numbers(str(what["ours"]), str(what["theirs"]))
    if numbers:
        return "{} {}, not {}".format(what["name"], *numbers)
    told = finding.title or finding.message
    return told.partition(": ")[0] if finding.setting else told


def without_list(told: str, finding: Finding) -> str:
    """The phrase of a finding without the numbers that it lists: `every width x 1/2`."""
    return told.partition(": ")[0] if core(finding).code in _LISTS else told


def _copies(what: Message, finding: Finding) -> str:
    place = finding.candidate or finding.reference
    holder = place.path.rpartition(".")[0] if place else ""
    told = f"{what['ours']} {what['class_name']} blocks, not {what['theirs']}"
    return f"{told}, in {holder}" if holder else told


def _only_in(what: Message, finding: Finding, outcome: Outcome) -> str:
    """`no BatchNorm2d`, `fewer Conv2d and ReLU`, `extra Dropout`; "" where it is neither of few words."""
    names = list(_classes(what["what"]))
    if not names:
        return ""
    if what["side"] == "candidate":
        return f"extra {joined(names)}"
    if finding.count == 1:
        return f"no {joined(names)}"
    if any(layer.class_name in names for layer in islice(outcome.candidate.layers, _LOOKED_AT)):
        return f"fewer {joined(names)}"
    return f"no {joined(names)}" if len(outcome.candidate.layers) <= _LOOKED_AT else ""


def _classes(what: object) -> Iterator[str]:
    """Of what one side alone has, where these are few."""
    match what:
        case Message("layer"):
            yield str(what["class_name"])
        case Message("layers"):
            names = what["names"]
            if isinstance(names, tuple) and len(names) <= _FEW:
                yield from map(str, names)


def values(finding: Finding) -> tuple[str, str] | None:
    """Both values as its message has them; None where it compares none."""
    what = core(finding)
    given = dict(what.values)
    names = ("first_path", "second_path") if what.code == _EXCHANGED else ("ours", "theirs")
    if not all(name in given for name in names):
        return None
    ours, theirs = (_share(given[name]) if what.code == "weights" else amount(given[name]) for name in names)
    return ours, theirs


def says_where(finding: Finding) -> bool:
    """Whether it is a decision of depth or width, whose words say where."""
    return bool(finding.members) and core(finding).code in WEIGHTIEST


def core(finding: Finding) -> Message:
    """Its message without reasons and remarks."""
    what: object = finding.what
    while isinstance(what, Message) and what.code in ("because", "remarked"):
        what = what["what"]
    return what if isinstance(what, Message) else Message("")


def _why(finding: Finding) -> Message | None:
    why = finding.what["why"] if finding.what and finding.what.code == "because" else None
    return why if isinstance(why, Message) else None


def place_of(finding: Finding) -> str:
    """The path of its first layer, of the same one in many blocks with a `*`; "" for the whole network."""
    return next(iter(ranges(finding)), "")


def _has(what: Message, name: str) -> bool:
    return any(name == each for each, _ in what.values)


def _numbers(ours: str, theirs: str) -> tuple[str, str] | None:
    """Two numbers to a few digits, as long as these tell them apart; None where nothing is to be shortened."""
    if max(len(ours), len(theirs)) <= _LONG:
        return None
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return None
    for digits in range(_DIGITS, 2 * _DIGITS):
        if float(f"{a:.{digits}g}") != float(f"{b:.{digits}g}"):
            return _short(ours, digits), _short(theirs, digits)
    return None


def _short(text: str, digits: int) -> str:
    return text if len(text) <= _LONG or "." not in text else f"{float(text):.{digits}g}"


# Places


def _bracket(*parts: str) -> str:
    """`(fc)`, `(act: k 10, not 20)`, nothing where there is nothing to say."""
    place, *derived = parts
    inside = ": ".join(filter(None, (place, ", ".join(filter(None, derived)))))
    return f" ({inside})" if inside else ""


def _where(finding: Finding) -> Iterator[str]:
    place = place_of(finding)
    if finding.count > 1:
        yield ", ".join(filter(None, (place, plural(finding.count, "place"))))
    else:
        yield "" if _names(words(finding), place) else place


def _names(text: str, path: str) -> bool:
    """Whether a text has a path: 0.1 does not have 0."""
    return re.search(rf"(?<![\w.]){re.escape(path)}(?![\w.])", text) is not None


def _in_blocks(finding: Finding, outcome: Outcome) -> str:
    """` in both blocks (k 10, not 20)`: blocks where no two places are in one that has a name."""
    derived = list(_winners(finding))
    if finding.count == 1:
        return _bracket(*_where(finding), *derived)
    count = finding.count
    noun = "block" if _one_a_block(finding) else "place"
    if not _are_all(finding, outcome):
        return f" in {plural(count, noun)}{_bracket('', *derived)}"
    return f" in {f'both {noun}s' if count == 2 else f'all {plural(count, noun)}'}{_bracket('', *derived)}"


def _one_a_block(finding: Finding) -> bool:
    places = [pair[0] or pair[1] for pair in finding.all_places]
    holders = [place.path.rpartition(".")[0] for place in places if place]
    same = len(set(holders)) == 1
    return not any(map(str.isdigit, holders[0].split("."))) if same else len(set(holders)) == len(holders)


def _are_all(finding: Finding, outcome: Outcome) -> bool:
    """Whether no further layer of the class of its places is in the candidate."""
    first = finding.candidate
    if first is None:
        return False
    layers = outcome.candidate.layers
    return len(layers) <= _LOOKED_AT and finding.count == sum(each.class_name == first.class_name for each in layers)


# K-winners, densities, order


def _order(what: Message) -> str:
    """`k-winners before pooling`; classes where no layer picks winners, whose order changes no k."""
    classes = [str(what[name]) for name in ("first", "second")]
    names = [_NAMES.get(kind.lastgroup or "", "") if (kind := _KINDS.fullmatch(each)) else each for each in classes]
    return " before ".join(names if _NAMES["winners"] in names else classes)


def _density(what: Message, finding: Finding) -> str:
    """`dense linear, not 40 % non-zero`; the path behind it where it is more than a word."""
    ours, theirs = (_share(what[name]) for name in ("ours", "theirs"))
    place = place_of(finding)
    named = finding.count == 1 and place.isidentifier()
    where = "" if named else _bracket(*_where(finding))
    if ours.partition("%")[2] == theirs.partition("%")[2] != "":
        return f"{place if named else 'weights'} {ours}, not {theirs.removesuffix(_NON_ZERO)} %{where}"
    return f"{ours} {place if named else 'weights'}, not {theirs}{where}"


def _share(what: object) -> str:
    if isinstance(what, Message) and what.code == "sparse":
        return f"{what['share']}{_NON_ZERO}"
    return "dense" if isinstance(what, Message) and what.code == "dense" else str(what)


def _winners(finding: Finding) -> Iterator[str]:
    """`k 1192, not 1200` where it decides k, or k follows from it."""
    why = _why(finding)
    match why:
        case Message("other-k" | "other-k-at-same-n" | "rounds-otherwise"):
            yield _k(why)
        case Message("same-k-of-other-n"):
            k = str(why["k"]).partition("/")[0]
            yield f"k {k} of {why['ours']}, not of {why['theirs']}"
        case _:
            followers = [inner for each in (finding.members or (finding,)) for inner in each.consequences]
            told = (_k(inner.what["ks"]) for inner in followers if inner.what and _has(inner.what, "ks"))
            yield from list(told)[:1]


def _k(what: object) -> str:
    """In training; what wins in inference only where that alone differs."""
    assert isinstance(what, Message)
    both = [str(what[name]) for name in ("ours", "theirs")]
    training = [each.partition("/")[0] for each in both]
    return "k {}, not {}".format(*(both if training[0] == training[1] else training))
