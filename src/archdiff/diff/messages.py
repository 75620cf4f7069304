"""The words for every finding: the only English of a comparison, apart from the remarks of kinds.

A row is a code with its sentence; parameters stand in braces. Must not decide anything: codes and parameters come from
the comparison, and two findings are the same where these are, whatever the words.
"""

from __future__ import annotations

from typing import Final

from archdiff.diff.forward_sentences import FORWARDS
from archdiff.model.message import Message, message
from archdiff.model.network import UNKNOWN
from archdiff.model.wording import plural

SENTENCES: Final = {
    **FORWARDS,
    # structure
    "because": "{what}: {why}",
    "layer": "{class_name}{settings}{count}",
    "only-in": "only in the {side}: {what}",
    "copies": "the candidate has {ours} {class_name} blocks, not {theirs}",
    "container-only-in": "only in the {side}, around layers that both have: {what}",
    "container": "{ours} around these layers, not {theirs}",
    "left-over": "{what} in the {side} was not compared with anything",
    "no-body": "the {side} prints {class_name}() without the layers in it",
    "replaced": "{ours}, not {theirs}{but}",
    "cannot-run": "the {side} cannot run: {why}",
    "no-input-fits": "no input size fits both: {ours} and {theirs}",
    "output": "output shape {ours}, not {theirs}",
    "other-code": "the printed forward methods differ: `{ours}`, not `{theirs}`",
    "print-ends": "the print of the {side} is incomplete: cut off, or part of a larger one, so the rest is unknown",
    # configurations
    "config-type": "model type {ours}, not {theirs}",
    "config-class": "class {ours}, not {theirs}",
    "config-field": "{name} {ours}, not {theirs}",
    "config-beside": "{name} {ours} ({at}), not {theirs} ({there})",
    "config-contradicts": "{at} says {name} {says}, the print of the {side} has {prints}",
    "config-contradicts-live": "{at} says {name} {says}, the live module of the {side} has {holds}",
    "config-of-another": "{file} belongs to another model: {ours}; the {side} prints {theirs}, so it is left out",
    "config-of-one": "{name} {value} ({at}) in the {side}; the {other} must have the same, and does not print it",
    # decisions
    "decided-width": "{name} {ours}, not {theirs}{but}",
    "but-odd": ", but {what}{more}",
    "odd-setting": "{path} has {name} {ours}, not {theirs} as beside it",
    "odd-class": "{path} is {ours}, not {theirs} as beside it",
    "odd-with": "{path} has {what} too",
    "odd-without": "{path} has no {what}",
    "keeps": ", but {path} keeps {value}{more}",
    "decided-factor": "{every} x {factor}: {ours}, not {theirs}{but}",
    "decided-widths": "widths about x {factor}: {ours}, not {theirs}",
    "decided-depth": "{ours} blocks, not {theirs}{holder}{but}",
    "decided-depths": "{ours} blocks{stages}, not {theirs}{holder}{but}",
    "decided-elsewhere": "{what} at {ours}, not at {theirs}",
    "decided-stride": "stride {stride} of {ours}, not of {theirs}",
    "decided-between": "{ours} {name} layers between the pools, not {theirs}",
    "decided-blocks": "{ours}, not {theirs}, in {blocks} blocks",
    "decided-norm": "only in the {side}: {what}, in the place of biases",
    "decided-stages": "stage widths {ours}, not {theirs}",
    "decided-setting": "{name} {ours}, not {theirs}{but}",
    "decided-setting-of-some": "{name} {ours}, not {theirs}, in {changed} of {layers} layers",
    "decided-setting-padded": "{name} {ours}, not {theirs}, with the padding for it{but}",
    "decided-rates": "stochastic depth {ours}, not {theirs}",
    "decided-rates-none": "0",
    "decided-rates-all": "{least}",
    "decided-rates-grow": "{least} to {most}",
    "decided-family": "the classes of {ours}, not of {theirs}",
    # order
    "order": "{first} runs before {second}, not after it",
    "moved": "{what}{more} moved past {past}",
    "declared": "{class_name} declares {names} in another order",
    "printed-elsewhere": "is printed in another place, and runs in the same",
    "nested-elsewhere": "the same layers in another container",
    # why an order or a missing layer matters
    "remark": "{text}",
    "one-does-nothing": "one of them does nothing",
    "one-in-no-forward": "one of them is not part of the forward pass",
    "monotone": "{first} is non-decreasing, so the largest input stays the largest",
    "elementwise": "{first} is elementwise, {second} only moves values",
    "zeroes-one-by-one": "{first} zeroes single elements, {second} only moves them",
    "homogeneous": "{second} only scales or zeroes elements, and {first} is positively homogeneous: f(cx) = c "
    "f(x) for c >= 0",
    "same-winners": "the same units win before and after {second}, except for ties",
    "idle-in-inference": "{first} does nothing in eval mode",
    "mean-of-scaled": "the mean of scaled values is the scaled mean; only the batch statistics of {first} change",
    "each-place-alone": "{first} maps each position separately, and {second} copies positions or averages them "
    "with weights that sum to 1",
    "zeros-stay": "{first} maps each position separately and 0 to 0, and {second} pads with zeros or sums positions",
    "copies-of-scaled": "copies of scaled values are scaled copies; only the batch statistics of {first} change",
    "scale-keeps-order": "without affine weights {first} preserves the order of values; only its batch "
    "statistics change",
    "sign-of-gamma": "it depends on the sign of each affine weight (gamma) of {first}; if all are positive, it "
    "matters in training only",
    "class-not-known": "no print shows what {name} computes",
    "neither-class-known": "no print shows what either computes",
    "does-nothing": "it does nothing",
    "empty": "it is empty",
    "leaves-no-trace": "its older form, a hook, does not appear in a print",
    "p-is-0": "p is 0",
    "computes-the-same": "{our_names} computes the same as {their_names}",
    "layers": "{names}",
    "rules": "{names}",
    "needs": "if {needs}",
    "does-nothing-here": "{name} returns its input unchanged here",
    "slopes-decide": "it depends on the sign of each slope of {first}; if none is negative, both are equal",
    "rows-alone": "both normalize over all {size} features here",
    "zeros-count": "{name} includes the zero padding in its averages, the default of torch",
    "slopes-rise": "no slope of PReLU is negative",
    "slopes-shrink": "no slope of PReLU is above 1 or below -1",
    "slopes-rise-and-shrink": "every slope of PReLU is between 0 and 1",
    "chosen-by-rank": "{what} (not printed: torch uses {chosen} for {rank} dimensions)",
    "same-of-rank": "{what} (the same for an input of {rank} dimensions, with the batch)",
    "map-comes-in": "the input of {name} is a map of {shape}",
    "input-is": "the input is {shape}, the simplest size that fits",
    "same-shape-already": "its input already has the shape {shape}",
    "one-before-it": "it runs next to its equal, and applied twice computes the same as once",
    "both-idle-in-inference": "both do nothing in eval mode",
    "several-devices": "they differ on several devices only",
    "same-windows": "both pool windows of {shape} here",
    "may-be-one": "with settings that no text holds, both may compute the same",
    "one-weight": "the weights map one to one, and both compute the same if the input is a map of {shape}",
    "channels-alone-if": "both normalize each channel of each sample separately if {channels} channels come in",
    "channels-alone": "both normalize each channel of each sample separately",
    "argmax-unchanged": "the argmax is unchanged",
    # containers
    "both-in-order": "both run their children in order",
    "taken-alike": "if {ours} combines its layers as {theirs} does",
    "taken-in-order": "if {class_name} runs its children in printed order",
    "taken-given-away": "if its caller does not use that again",
    "taken-for-its-own": "if nothing else uses the tensor that a layer overwrites in place",
    "taken-as-called": "if both classes {class_name} call their children in the same order",
    "taken-as-rows": "if the input of {first} has one dimension besides the batch",
    "taken-by-name": "if {class_name} calls {ours} where the reference calls {theirs}",
    "list-taken-in-order": "if the blocks of {ours} run in order, as those of {theirs} do",
    "forward-may-differ": "no print shows how their forward methods combine the layers",
    "may-be-a-branch": "it may be a separate branch whose output is added",
    "side-branch": "its output does not fit what follows, so it may be a branch that is used in training only",
    "class-may-do-more": "{class_name} may do more than run the layers that it prints",
    "called-as-a-layer": "its container calls it as a layer, with one input",
    "may-be-a-function": "the other forward may call it as a function, which no print shows",
    "print-cut": "the print of the {side} is incomplete",
    "not-in-printed-order": "{class_name} cannot run in printed order",
    "if-in-printed-order": "{effect} if {class_name} runs in printed order, which no print shows",
    "no-gradient-in-place": "torch computes no gradient in place for a negative slope, so training fails",
    "gradient-lost": "this overwrites the output that the gradient of {first} needs, so training fails",
    "cannot-train": "only the {side} cannot be trained: {why}",
    "overwrites": "a shortcut around it would read the overwritten values",
    # settings
    "setting": "{name} {ours}, not {theirs}{but}",
    "own": "{name} {value}",
    # projections of one input
    "joined": "{rule} in the {side} ({before}): {because}",
    "one-function-if": "the same function if {needs}",
    "of-one-input": "key and value are computed from the same input as query",
    "gives": "{name} computes {parts}",
    "gates": "{gate} is not a router but gates the output of {up}",
    "rows-are": "the outputs of {name} are {sizes} for {parts}",
    "of-all-alike": "{name} belongs to none of them alone",
    "scores-go-into-softmax": "the scores go unchanged into a softmax, which cancels any bias of {name}",
    "holds-other-biases": "the other class has biases of its own for all but {name}",
    "set-to": "it is set to {what}",
    "taken-of-one-input": "if {class_name} computes {parts} from one input",
    # of checkpoints
    "key-of-a-checkpoint": "part of the checkpoint keys",
    "adapters-apart": "the adapters are grouped differently, and no print shows which of them are active",
    "remarked": "{what} ({remark}){but}",
    "never-chosen": "{what} (not printed: torch never uses {printed} by default)",
    "not-printed": "{name} is not printed by the {side}; the other side has {printed}",
    "rounded-in-print": "the {side} prints {name} rounded to {decimals} decimals; to these both are equal",
    "probably-same": "{what}; probably the same",
    "density-not-printed": "the {side} does not print how many weights are zero; on the other side they are {printed}",
    "weights": "weights {ours}, not {theirs}",
    "rows-of-features": "{what} (the same if the input has one dimension besides the batch)",
    "settings-cut": "settings are cut off in the {side}",
    "unaccounted": "{name} {ours}, not {theirs}: its effect is not known",
    "same-meaning": "{ours} and {theirs} mean the same ({name} {value})",
    "one-function": "{ours} and {theirs} compute the same function with these settings",
    "class-not-told": "{ours}, not {theirs}: no print shows whether they compute the same",
    "by-name-alike": "{ours}, not {theirs}: similar names, but no print shows what they compute",
    "two-names": "{ours} and {theirs} are two names for the same layer",
    "other-loss": "{ours}, not {theirs}: used in training, not part of the forward pass",
    "other-dropout": "{ours}, not {theirs}: both do nothing in eval mode, and no print shows what each drops",
    "other-metric": "{ours}, not {theirs}: measures outputs, not part of the forward pass",
    "spelled": "printed differently, or by one side only, with the same meaning: {names}",
    "is": "{ours_path} is {theirs_path}",
    "renamed": "names or nesting differ, so checkpoint keys change: {names}",
    "printed-otherwise": "printed differently, which changes no layer: {ours}, not {theirs}",
    "two-wrappers": "{ours} and {theirs} leave the layers in them unchanged, or change them alike",
    "rewritten": "{rule} in the {side} ({before}): {because}",
    "stride-moved": "stride {value} on {ours}, not on {theirs}",
    "strides-exchanged": "stride {value} on {first_path}, not on {second_path}",
    "bias-taken-away": "the layer after it cancels any bias; parameters differ, checkpoints do not load",
    "bias-may-be-taken-away": "the layer after it cancels any bias, unless something that is not printed "
    "runs between them",
    "window-cut-off": "matters where a window is cut off at the edge; --input-shape decides",
    "windows-are-cut-off": "windows are cut off at this input size",
    "no-window-cut-off": "no window is cut off at this input size",
    "dense": "dense",
    "sparse": "{share} % non-zero{kept}{inputs}",
    # k-winners
    "same-k": "k = {k} of {n} either way",
    "same-k-in-inference": "{k} of {n} win in inference either way",
    "win-in-inference": "{ours} of {n} win in inference, not {theirs}",
    "rounds-otherwise": "k {ours}, not {theirs} of {n}: the paper's code and nupic.torch round differently",
    "same-k-of-other-n": "k is {k} on both sides, but of {ours} and of {theirs} units ({share} and {other} active)",
    "other-k": "k {ours}, not {theirs} of {n}",
    "other-k-at-same-n": "k {ours}, not {theirs} at the reference's n {n} too",
    "float32": "the same number, read back from float32",
    "epochs-later": "the {side} was printed {epochs} epochs later ({value} decays by its factor)",
    "other-winners": "other winners once duty cycles differ from zero",
    "taken-untied": "if no two inputs tie at the k-th place, where all of them win unless break_ties is True",
    "ties-likely": "windows of the pool before it overlap, so inputs tie; where break_ties is False all of them win",
    "n-until-first-forward": "n is 0 until the first forward, then the number of units",
    "k-follows": "; k {ours}, not {theirs}",
    "winners-follow": "n {ours}, not {theirs}{ks}",
    "density-follows": "about {ours} of the input of {path} non-zero, not {theirs}",
    # recipes
    "moves-while-training": "changes during training",
    "recipe-only-in": "{part} {where} only in the {side}",
    "other-kernel": "the same update, computed by another kernel",
    "recipe-not-printed": "the {side}'s recipe is not printed; the other side has {printed}",
    # summary tables
    "parameters": "{ours} parameters, not {theirs}{output}",
    "output-too": "; output {ours}, not {theirs}",
    "table-lists-calls": "a summary table lists calls, so a layer that runs twice appears twice",
    "table-lists-blocks": "a summary table may list a block beside the layers in it",
    "closed": "not compared: layers of the {side} ({number}) in blocks that the other side's table shows as one row",
    "shape-of-row": "{name}: shape {ours}, not {theirs}, and no row shows why",
    "output-of-row": "output shape {ours}, not {theirs}, for an input of {shape}, which the table shows",
    "runs-again": "repeated calls of {name}: {ours}, not {theirs}",
    "runs-again-behind": "called again: {ours}, not {theirs}",
    "summary-tables": "a summary table ({sides}): classes and parameter counts are compared, output shapes where both "
    "sides show them; settings are not in it",
    # what live modules hold and no print shows
    "live-attribute": "live attribute",
    "other-precision": "live attribute: another precision, so results differ by rounding",
    "whole-mode": "the network is in {ours} mode, not in {theirs} mode",
    "part-in-mode": "in {mode} mode in the {side} only, whose network is in {network} mode",
    "hook-only-in": "a {when} hook only in the {side} (live attribute): {name}",
    "hooks-in-another-order": "hooks in another order",
    "tensor-only-in": "a {role} of {class_name} only in the {side} (live attribute): {name}",
    "other-numbers": "{name} holds other numbers (live attribute), which the constructor works out of its arguments",
    "held-by-one": "{name} of {class_name} is {names} in the {side} (live attribute); the {other} does not print it, "
    "and must have the same",
    "all-held-by-one": "{class_name} has {value} in the {side} (live attributes); the {other} prints none of it, and "
    "must have the same",
    "none-held-by-one": "{class_name} holds no settings in the {side} (live module); the {other} prints none of it",
    # facts that no print holds
    "neither-prints": "neither print shows {name} of {class_name}",
    "neither-prints-heads": "neither print shows the number of heads of {class_name}, nor its {others}{first}",
    "whether-it-normalizes-first": ", nor whether {class_name} normalizes first",
    "neither-prints-top_k": "neither print shows how many experts {class_name} runs for each input",
    "neither-prints-activation": "neither print shows the activation of {class_name}",
    "neither-prints-settings": "neither print shows the settings of {class_name}, which prints none",
    "one-weight-here": "{names} share one weight in the {side}; the other print does not show whether they do",
    "one-weight-only": "{names} share one weight in the {side} only",
    "neither-prints-shared": "neither print shows whether {head_path} and {path} share one weight",
}

#: what is taken for granted of forwards that no print holds, and for which the headline has to answer
ASSUMED: Final = frozenset(
    {
        "taken-alike",
        "taken-as-traced",
        "taken-in-order",
        "taken-given-away",
        "taken-for-its-own",
        "taken-as-called",
        "taken-as-rows",
        "taken-by-name",
        "taken-of-one-input",
        "taken-untied",
        "list-taken-in-order",
    }
)


def assumed(what: Message | None) -> str:
    """What a finding takes for granted of forward methods.

    Args:
        what: The message of a finding, without its words.

    Returns:
        The end of its sentence, "if Block runs its children in printed order"; "" for most findings.
    """
    why = what["why"] if what and what.code == "because" else None
    return text(why) if isinstance(why, Message) and why.code in ASSUMED else ""


def title(what: Message) -> str:
    """The words for a message without its reasons and remarks; "" where it has none."""
    bare: object = what
    while isinstance(bare, Message) and bare.code in ("because", "remarked"):
        bare = bare["what"]
    return text(bare) if isinstance(bare, Message) and bare is not what else ""


def setting(name: str, ours: object, theirs: object) -> Message:
    """The message that a setting differs.

    Args:
        name: Name of the setting.
        ours: The candidate's value.
        theirs: The reference's value.

    Returns:
        A message with both values, as Python writes them where they would read alike: None and 'None', 1 and (1,).
    """
    words = [amount(value) for value in (ours, theirs)]
    values = map(repr, (ours, theirs)) if words[0] == words[1] or "" in words else map(parameter, (ours, theirs))
    return message("setting", **dict(zip(("ours", "theirs"), values, strict=True)), name=name)


def as_printed(name: str, ours: object, theirs: object) -> Message:
    """The same with both values as Python writes them: a schedule's (30, 60) is no size."""
    return message("setting", name=name, ours=str(ours), theirs=str(theirs))


def held_by_one(name: str, class_name: str, values: tuple[object, ...], in_candidate: bool) -> Message:
    """The message that a live module holds what the other side does not print.

    Args:
        name: Of the setting, as the module calls it.
        class_name: Of the module.
        values: Its value; several where blocks hold others.
        in_candidate: Whether the candidate is the live module.
    """
    side, other = ("candidate", "reference") if in_candidate else ("reference", "candidate")
    names = amount(values[0]) if len(values) == 1 else tuple(map(str, values))
    return message("held-by-one", side=side, other=other, name=name, class_name=class_name, names=names)


NO_CLASS: Final = "a layer without a class"


def parameter(value: object) -> object:
    """A value as a parameter of a message: one that is None would be left out."""
    return "None" if value is None else value


def text(what: Message) -> str:
    """The words for a message.

    Args:
        what: The message; its parameters may be messages themselves.

    Returns:
        A sentence without a full stop.

    Raises:
        KeyError: No row of `SENTENCES` has its code.
    """
    values = {name: _worded(name, value) for name, value in what.values}
    return SENTENCES[what.code].format_map(_Parts(values))


class _Parts(dict[str, str]):
    """What is not there is left out of a sentence."""

    def __missing__(self, name: str) -> str:
        return ""


_AFFIXES: Final = {
    "settings": "({})",
    "count": " ({})",
    "more": " and {} more",
    "holder": ", in {}",
    "stages": " in the {} stages",
    "kept": " ({} of ",
    "inputs": "{} a unit)",
}


def _worded(name: str, value: object) -> str:
    if isinstance(value, Message):
        return text(value)
    if name == "class_name" and not value:
        return "the network"  # of a table without a row for it
    if name == "needs" and isinstance(value, tuple):
        return ", and ".join(map(text, value))
    if name == "count" and isinstance(value, int):
        value = plural(value, "layer")
    is_list = name.endswith("names") or name == "past"
    worded = _listed(value) if is_list and isinstance(value, tuple) else amount(value)
    return _AFFIXES[name].format(worded) if name in _AFFIXES else worded


def _listed(names: tuple[object, ...]) -> str:
    """`Conv2d, ReLU, Tanh and 4 more`; the same over and over stands once: `Conv2d, ReLU, repeated (6 layers)`."""
    shown = names[: _period(names)]
    if len(shown) > _SHOWN:
        examples = isinstance(names[0], Message) and names[0].code == "is"  # the finding counts how many were renamed
        more = "more" if examples else f"{len(names) - _SHOWN} more"
        return f"{_joined(shown[:_SHOWN])} and {more}"
    return f"{_joined(shown)}, repeated ({len(names)} layers)" if len(shown) < len(names) else _joined(shown)


_SHOWN: Final = 3


def _joined(names: tuple[object, ...]) -> str:
    return ", ".join(text(name) if isinstance(name, Message) else amount(name) for name in names)


def _period(names: tuple[object, ...]) -> int:
    """After how many names they begin anew, as far as they go, where they are more than are shown; else all."""
    if len(names) <= _SHOWN:
        return len(names)
    periods = (
        step for step in range(1, _SHOWN + 1) if all(names[at] == names[at - step] for at in range(step, len(names)))
    )
    return next(periods, len(names))


def amount(value: object) -> str:
    """A value as people write it: (5, 5) as 5x5, strings bare."""
    if isinstance(value, tuple):
        return "x".join(map(str, value)) if value and all(isinstance(part, int) for part in value) else str(value)
    return str(value) if value is not UNKNOWN else "unknown"
