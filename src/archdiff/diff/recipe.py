"""Two recipes: optimizers and schedulers with their settings, as far as they are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from archdiff.diff import messages
from archdiff.diff.draft import Draft
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding, Place
from archdiff.model.message import because, message
from archdiff.model.network import UNKNOWN, Layer, Network, Recipe

#: moved by the schedule while training: `initial_lr` holds what was set
_STATE = ("last_epoch", "_step_count", "_last_lr")
#: printed by newer versions alone
_NEWER = ("maximize", "decoupled_weight_decay")
_KERNELS = ("foreach", "fused", "capturable", "differentiable")


def compare(candidate: Network, reference: Network) -> tuple[list[Finding], list[str]]:
    """What differs between two recipes.

    Args:
        candidate: A network with the recipe that is printed beside it; None where there is none.
        reference: The other.

    Returns:
        Findings (AD801, or AD701 where one side prints no recipe) and notes.
    """
    ours, theirs = candidate.recipe, reference.recipe
    if ours is None or theirs is None:
        without, printed = (candidate, theirs) if ours is None else (reference, ours)
        return ([_not_printed(printed, without, without is candidate)] if printed else []), []
    a, b = _plain(ours), _plain(theirs)
    if a == b:
        return [*_moved_on(ours, theirs)], [f"recipes are equal: {summary(theirs)}"]
    return [_finding(path, x, y, ours, theirs) for path, x, y in _changes(a, b)], []


def _moved_on(ours: Recipe, theirs: Recipe) -> Iterator[Finding]:
    """The first number that only says how far the training is, where two equal recipes are not equally far."""
    states, others = _states(ours), _states(theirs)
    for where, name in states:
        x, y = states[where, name], others.get((where, name), states[where, name])
        if x != y:
            what = because(messages.as_printed(f"{where}.{name}", x, y), message("moves-while-training"))
            places = _place(ours, where, x), _place(theirs, where, y)
            yield Draft("AD801", Effect.STATE, what, "recipe", *places, name).frozen()
            return


def _states(recipe: Recipe) -> dict[tuple[str, str], Any]:
    """What moves while training, by where it is printed and by its name."""
    parts = {**_by_class(recipe.optimizers), **_by_class(recipe.schedulers)}
    groups = [(name, group) for name, part in parts.items() for group in part.children or (part,)]
    found = [(f"{name}.{group.name}" if group.name else name, _state(group)) for name, group in groups]
    return {(where, name): value for where, state in found for name, value in state.items()}


def _state(group: Layer) -> dict[str, Any]:
    moves = (*_STATE, "lr") if any(setting.name == "initial_lr" for setting in group.settings) else _STATE
    return {str(setting.name): setting.value for setting in group.settings if setting.name in moves}


def summary(recipe: Recipe | None) -> str:
    """The settings that define a recipe: `SGD(lr 0.01, momentum 0.0) + StepLR(step_size 1, gamma 0.9)`.

    Args:
        recipe: Optimizers and schedulers; None where none is printed.
    """
    if recipe is None:
        return "not printed"
    return " + ".join([*map(_optimizer, recipe.optimizers), *map(_scheduler, recipe.schedulers)])


_DEFINING = ("lr", "momentum", "betas", "weight_decay")


def _optimizer(layer: Layer) -> str:
    groups = [_group(group) for group in layer.children] or [_group(layer)]
    settings = [", ".join(f"{name} {group[name]}" for name in _DEFINING if name in group) for group in groups]
    return f"{layer.class_name}({'; '.join(settings)})"


def _scheduler(layer: Layer) -> str:
    settings = ", ".join(f"{each.name} {each.value}" for each in layer.settings if each.name not in _STATE)
    return f"{layer.class_name}({settings})"


def _group(layer: Layer) -> dict[str, Any]:
    """The settings of a parameter group; the learning rate as it was set, where the schedule has moved it since."""
    settings = {str(setting.name): setting.value for setting in layer.settings if setting.name not in _STATE}
    if "initial_lr" in settings:
        settings["lr"] = settings.pop("initial_lr")
    return settings


def _plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as nested plain values."""
    optimizers = _by_class(recipe.optimizers)
    schedulers = {name: _group(each) for name, each in _by_class(recipe.schedulers).items()}
    groups = {name: {g.name: _group(g) for g in each.children} or _group(each) for name, each in optimizers.items()}
    return {"optimizer": groups, "scheduler": schedulers}


def _by_class(layers: Iterable[Layer]) -> dict[str, Layer]:
    """Under the class, and its number where there are several: a GAN has two `Adam`."""
    times: Counter[str] = Counter()
    found: dict[str, Layer] = {}
    for layer in layers:
        times[layer.class_name] += 1
        number = times[layer.class_name]
        found[layer.class_name if number == 1 else f"{layer.class_name} {number}"] = layer
    return found


def _changes(a: dict[str, Any], b: dict[str, Any]) -> Iterator[tuple[list[str], Any, Any]]:
    """(keys, candidate's value, reference's value) of everything that differs, in the order of the keys."""
    from deepdiff import DeepDiff  # heavy, and needed only where nested values really differ

    found = DeepDiff(b, a, view="tree", ignore_numeric_type_changes=True, math_epsilon=1e-12)
    changes = [item for group in found.values() for item in group]
    for item in sorted(changes, key=lambda item: str(item.path(output_format="list"))):
        reference, candidate = (UNKNOWN if str(side) == "not present" else side for side in (item.t1, item.t2))
        yield item.path(output_format="list"), candidate, reference


def _finding(path: list[str], ours: Any, theirs: Any, candidate: Recipe, reference: Recipe) -> Finding:
    where = ".".join(str(part) for part in path[1:])
    if len(path) == 1:
        parts = [
            map(_optimizer, recipe.optimizers) if path == ["optimizer"] else map(_scheduler, recipe.schedulers)
            for recipe in (candidate, reference)
        ]
        named = [" + ".join(each) or f"no {path[0]}" for each in parts]
        what, effect = message("replaced", ours=named[0], theirs=named[1]), Effect.TRAINING
    elif UNKNOWN in (ours, theirs) and (len(path) == 2 or str(path[-1]).startswith("Parameter Group")):
        what = message(
            "recipe-only-in", part=path[0], where=where, side="reference" if ours is UNKNOWN else "candidate"
        )
        effect = Effect.TRAINING
    elif path[-1] in _KERNELS:
        what, effect = because(messages.as_printed(where, ours, theirs), message("other-kernel")), Effect.EQUIVALENT
    elif ours is UNKNOWN or theirs is UNKNOWN:
        side, printed = ("candidate", theirs) if ours is UNKNOWN else ("reference", ours)
        what, effect = message("not-printed", name=where, side=side, printed=str(printed)), Effect.UNKNOWN
    else:
        what, effect = messages.as_printed(where, ours, theirs), Effect.TRAINING
    return Draft(
        rule="AD701" if effect is Effect.UNKNOWN and path[-1] in _NEWER else "AD801",
        effect=effect,
        what=what,
        aspect="recipe",
        candidate=_place(candidate, where, ours),
        reference=_place(reference, where, theirs),
        setting=str(path[-1]),
    ).frozen()


def _place(recipe: Recipe, path: str, value: Any) -> Place:
    parts = (*recipe.optimizers, *recipe.schedulers)
    part = next((layer for layer in parts if path.startswith(layer.class_name)), parts[0])
    plain = value if isinstance(value, (str, int, float, tuple)) or value in (None, UNKNOWN) else str(value)
    return Place(path, part.span.line, plain, part.class_name)


def _not_printed(printed: Recipe, without: Network, in_candidate: bool) -> Finding:
    """That one network has a recipe and the other, `without`, prints none."""
    here, there = Place("", without.first_line, UNKNOWN), _place(printed, "", summary(printed))
    side = "candidate" if in_candidate else "reference"
    return Draft(
        rule="AD701",
        effect=Effect.UNKNOWN,
        what=message("recipe-not-printed", side=side, printed=summary(printed)),
        aspect="recipe",
        candidate=here if in_candidate else there,
        reference=there if in_candidate else here,
        setting="recipe",
        hint='print(optimizer, type(scheduler).__name__, scheduler.state_dict(), sep="\\n")',
    ).frozen()
