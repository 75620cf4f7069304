"""What a paper says of its network, against the network that its authors print.

A spec `X.toml` beside a print `X.txt` holds claims in the paper's own terms and digits. A claim that the print does not
meet is a finding about the paper; where the spec says why, it says which of both a candidate follows. Must not compare
networks with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.network import join
from archdiff.model.outcome import ABOUT_PAPER, LayerInfo, NetworkInfo, Outcome, Suppressed
from archdiff.model.wording import did_you_mean, plural
from archdiff.parse import toml
from archdiff.policy import printed_values, quantities
from archdiff.policy.printed_values import ClaimedValue
from archdiff.policy.quantities import OF_NETWORK, QUANTITIES, Actual, Part

RULE: Final = "AD001"
#: as `Suppressed.by`: the spec says why the network of a paper does not have what the paper prints
EXPLAINED: Final = "spec"

_KEYS: Final = ("where", "page", "revision", "said")
_CLAIM_KEYS: Final = ("says", "of", "layer", "value", "rounded", "convention", "because")
#: what torch calls 1 - x of it
CONVENTIONS: Final = ("keep probability", "decay")


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that a paper prints.

    Attributes:
        says: The paper's word for it: "L1 F".
        of: What is meant: "filters".
        layer: "conv 1", a path, or "" for the whole network.
        printed: The value; its digits are its precision.
        where: "Table 3 (page 7)".
        source: The file of the spec.
        line: Its line there.
        rounded: "down" where the paper cuts digits off.
        convention: What the value is where torch has 1 - value: one of `CONVENTIONS`.
        because: Why the network of the paper does not have it; "" where it should.
    """

    says: str
    of: str
    layer: str
    printed: ClaimedValue
    where: str
    source: str = ""
    line: int = 0
    rounded: str = ""
    convention: str = ""
    because: str = ""


class AboutPaper(NamedTuple):
    """What claims say.

    Attributes:
        findings: One for each claim that the paper's own network does not meet, and for each of which it is not known.
        explained: Those of which the spec says why, where the candidate does not have what the paper prints.
        notes: Of each place of the paper that its network does not follow, which of both the candidate follows.
    """

    findings: tuple[Finding, ...] = ()
    explained: tuple[Suppressed, ...] = ()
    notes: tuple[str, ...] = ()


def read(document: toml.TomlFile) -> tuple[Claim, ...]:
    """Every claim of a spec, in the order of the file.

    Raises:
        ReadError: a claim in it makes no sense.
    """
    groups = document.values.get("claims", [])
    if not isinstance(groups, list):
        raise document.error("claims is not a list of tables: [[claims]]", ("claims",))
    return tuple(claim for index in range(len(groups)) for claim in _group(document, ("claims", index)))


def _group(document: toml.TomlFile, path: toml.Path) -> Iterator[Claim]:
    table = document.at(path)
    if (
        not isinstance(table, dict)
        or not isinstance(table.get("said"), list)
        or not isinstance(table.get("where"), str)
    ):
        raise document.error("claims without where or said", path, 'where = "Table 3", said = [{ ... }]')
    document.check_keys(path, _KEYS)
    if not table["said"]:
        raise document.error("claims that say nothing", (*path, "said"), "said = [{ ... }]")
    if not isinstance(table.get("page", 0), int):
        raise document.error("page is not a number", (*path, "page"), "page = 7")
    page = [f"page {table['page']}"] if "page" in table else []
    revision = [str(table["revision"])] if "revision" in table else []
    where = table["where"] + (f" ({', '.join([*revision, *page])})" if revision or page else "")
    for index in range(len(table["said"])):
        yield _claim(document, (*path, "said", index), where)


def _claim(document: toml.TomlFile, path: toml.Path, where: str) -> Claim:
    table = document.at(path)
    if not isinstance(table, dict):
        raise document.error(
            "a claim is a table", path, '{ says = "L1 F", of = "filters", layer = "conv 1", value = "64" }'
        )
    document.check_keys(path, _CLAIM_KEYS)
    for key, value in table.items():
        if not isinstance(value, str):
            raise document.error(f"{key} is not a text in quotes", (*path, key), 'digits count: value = "10.0 %"')
    for key in ("says", "of", "value"):
        if key not in table:
            raise document.error(f"a claim without {key}", path)
    printed = printed_values.read(table["value"])
    if printed is None:
        message = f"'{table['value']}' is no value as a paper prints it"
        raise document.error(message, (*path, "value"), '"25.6M", "3.8e9", "9.5 %", "7x7", "ReLU", "< 25 million"')
    if quantities.quantity(table["of"]) is None:
        way_out = did_you_mean(table["of"], (*QUANTITIES, "optimizer lr", "scheduler gamma", "stride", "kernel size"))
        raise document.error(f"nothing is called '{table['of']}'", (*path, "of"), way_out)
    if "convention" in table and not quantities.is_share(table["of"]):
        message = f"{table['of']} has one convention alone"
        raise document.error(message, (*path, "convention"), "conventions are of dropout, drop path and momentum")
    if table["of"] in OF_NETWORK and "layer" in table:
        raise document.error(f"{table['of']} is of the whole network", (*path, "layer"), "leave out layer")
    for key, known in (("rounded", (*printed_values.ROUNDED,)), ("convention", CONVENTIONS)):
        if table.get(key, known[0]) not in known:
            way_out = " or ".join(f'{key} = "{each}"' for each in known if each)
            raise document.error(f"{key} is not '{table[key]}'", (*path, key), way_out)
    return Claim(
        says=table["says"],
        of=table["of"],
        layer=table.get("layer", ""),
        printed=printed,
        where=where,
        source=document.source,
        line=document.line(path),
        rounded=table.get("rounded", ""),
        convention=table.get("convention", ""),
        because=table.get("because", ""),
    )


# The claims against networks


def about_paper(claims: Sequence[Claim], outcome: Outcome, has_candidate: bool = True) -> AboutPaper:
    """What the claims of a spec say of its own network, and of a candidate.

    Its findings are UNKNOWN, for no text says which of the two the authors have run; none enters a verdict.

    Args:
        claims: Those of the spec of the reference.
        outcome: Of the comparison with the network that the authors print.
        has_candidate: False where the reference stands on both sides.
    """
    reference = [*outcome.reference.layers]
    candidate = [*outcome.candidate.layers] if has_candidate else []
    pairs = {theirs: ours for ours, theirs in outcome.pairs if ours and theirs} if has_candidate else {}
    findings: list[Finding] = []
    explained: list[Suppressed] = []
    follows: dict[str, list[str]] = {}
    for claim in claims:
        part = quantities.part(claim.layer, outcome.reference, reference)
        theirs = actual(claim, part)
        if meets(claim, theirs) and not claim.because:
            continue
        ours = actual(claim, _counterpart(part, outcome.candidate, candidate, pairs)) if has_candidate else None
        finding = _finding(claim, theirs, ours)
        if not claim.because or not _is_known(theirs) or meets(claim, theirs):
            findings.append(finding)
            continue
        follows.setdefault(claim.where, []).append(_followed(claim, theirs, ours))
        if meets(claim, ours):
            findings.append(finding)
        else:
            explained.append(Suppressed(finding, EXPLAINED, claim.because))
    return AboutPaper(tuple(findings), tuple(explained), tuple(_notes(follows)) if has_candidate else ())


def with_notes(outcome: Outcome, spec: str) -> Outcome:
    """A comparison with notes on where its candidate follows what a paper prints and its network has not.

    Args:
        outcome: Of the comparison with the network of a spec.
        spec: The file of the spec.

    Raises:
        ReadError: the spec could not be read.
    """
    known = [claim for claim in read(toml.read(spec)) if claim.because]
    told = about_paper(known, outcome).notes if known else ()
    followed = tuple(note for note in told if f"{_PAPER} in" in note)
    return replace(outcome, notes=(*outcome.notes, *followed)) if followed else outcome


def actual(claim: Claim, part: Part | None) -> Actual | None:
    """The value that a claim is about, in the convention of the paper; None where there is no such part."""
    if part is None:
        return None
    quantity = quantities.quantity(claim.of)
    assert quantity, "read has seen to it"
    found = quantity(part)
    if not claim.convention or not isinstance(found.value, Fraction):
        return found
    return found._replace(value=1 - found.value, because=f"1 - {float(found.value):g}")


def meets(claim: Claim, found: Actual | None) -> bool:
    """Whether a value prints as the paper prints it; one that is not known does not."""
    value = found.value if found else None
    return printed_values.meets(claim.printed, value, claim.rounded, quantities.is_set(claim.of))


def _is_known(found: Actual | None) -> bool:
    return found is not None and found.value is not None


def _counterpart(
    part: Part | None, network: NetworkInfo, layers: Sequence[LayerInfo], pairs: Mapping[str, str]
) -> Part | None:
    """The part of a candidate that stands for one of the reference; None where not all of it is paired."""
    if part is None or not part.path:
        return part and Part(network, layers)
    paired = [pairs.get(layer.path, "") for layer in part.inside]
    if not all(paired):
        return None
    if part.leaf is not None:
        return Part(network, layers, paired[0])
    holders = {path.rpartition(".")[0] for path in paired}
    above = accumulate(min(holders).split("."), join)
    shared = [each for each in above if all(f"{path}.".startswith(f"{each}.") for path in holders)]
    return Part(network, layers, shared[-1]) if shared else None


# In words


def _finding(claim: Claim, theirs: Actual | None, ours: Actual | None) -> Finding:
    claimed = f"{claim.where} of the paper prints {claim.printed.text} for {claim.says}"
    hints = ["about the paper, not about the network"]
    place = None
    if theirs is None:
        message = f"{claimed}, its own network has no {claim.layer}"
    elif theirs.value is None:
        message = f"{claimed}, the print of its network does not show it"
    else:
        own = printed_values.in_its_unit(claim.printed, theirs.value)
        message = f"{claimed}, its own network has {own}" + (f" ({theirs.because})" if theirs.because else "")
        if meets(claim, theirs):
            hints.append("it agrees: take `because` out of the claim")
        elif claim.because:
            hints.append(claim.because)
        elif printed_values.is_cut_off(claim.printed, theirs.value):
            hints.append("truncated, not rounded?")
        layer = theirs.layer
        place = Place(layer.path, layer.line, own, layer.class_name) if layer else Place("", 0, own)
    if ours and meets(claim, ours):
        hints.append("the candidate has what the paper prints")
    return Finding(RULE, Effect.UNKNOWN, message, "claim", None, place, claim.says, "; ".join(hints))


_PAPER, _NETWORK, _OTHER, _UNKNOWN = "the paper", "its network", "other", "unknown"


def _followed(claim: Claim, theirs: Actual | None, ours: Actual | None) -> str:
    """Which of both a candidate has."""
    if meets(claim, ours):
        return _PAPER
    if ours is None or ours.value is None:
        return _UNKNOWN
    return _NETWORK if theirs is not None and ours.value == theirs.value else _OTHER


def _notes(follows: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """`about the paper: Table 1 and its network differ in 1 value, the candidate follows the paper in 1`."""
    for where, found in follows.items():
        both = [f"{each} in {found.count(each)}" for each in (_PAPER, _NETWORK) if each in found]
        rest = [f"{found.count(each)} {each}" for each in (_OTHER, _UNKNOWN) if each in found]
        differ = f"{ABOUT_PAPER}{where} and its network differ in {plural(len(found), 'value')}"
        told = f"{differ}, the candidate follows {' and '.join(both) or 'neither'}"
        yield f"{told} ({', '.join(rest)})" if rest else told
