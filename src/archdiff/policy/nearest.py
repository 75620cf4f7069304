"""Which reference of many is nearest: `archdiff match` without its words.

Each file is read once for what its layers alone say of the distance; then the most promising are compared first, and
those not at all that are farther than the ones that are shown, nor, where very many are left, those that look farthest.
What cannot be read or compared is named and left out. Keeps no network but the nearest, so that thousands of references
need the memory of one comparison. Must not print or lay out.
"""

from __future__ import annotations

import gc
import os
from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from archdiff import api, parse, sources
from archdiff.diff import distance, lower_bound
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.model.ranking import Match, Ranking
from archdiff.semantics import rules

SUFFIXES: Final = (".txt", ".md", ".log", ".ipynb")
MOST_FILES: Final = 100_000
MOST_KEPT: Final = 16_000_000  # characters of texts that stay in memory until they are compared: about 1,000 prints
MOST_COMPARED: Final = 100  # of many, those that look nearest by their layers; about half a minute


def nearest(
    mine: Network,
    references: str,
    shape: tuple[int, ...] | None,
    most: int,
    report_progress: Callable[[str], None],
    module: Sequence[Any] = (),
) -> tuple[Ranking, Outcome]:
    """The references that are nearest to a network, each with its distance; and the comparison with the first of them.

    Args:
        mine: the candidate; where it stands among the references it is none.
        references: a folder or a file of them; "" for the shipped ones.
        shape: the input without the batch, where it is given.
        most: how many of the nearest are wanted; 0 for all. Whatever is as near as the last of them is there too. Where
            there are more, those are wanted that are near, beside the nearest.
        report_progress: called with what is being done: `comparing: 3 of 10 references`.
        module: the live module that the candidate is, where it is one. Distances are those of prints; with the nearest
            forwards are compared, too, as far as they are known.

    Raises:
        UsageError: no such folder, or no reference in it that could be compared.
    """
    gc.freeze()  # what there is now stays: looking for cycles in it would take as long as a comparison
    try:
        search = _NearestSearch(mine, references, shape, most)
        return search.by_forwards(search.run(report_progress), [*module])
    finally:
        gc.unfreeze()


class _File(NamedTuple):
    """A file of references, what its nearest is about as far as, and how far each is at least."""

    about: float
    path: str
    at_least: tuple[tuple[float, bool], ...]  # and whether it may be near


class _NearestSearch:
    """One search, and what it has found so far."""

    def __init__(self, mine: Network, references: str, shape: tuple[int, ...] | None, most: int) -> None:
        self.mine, self.shape, self.most = mine, shape, most
        self.own = lower_bound.of_network(rules.normalize(mine))
        self.references = references
        self.found: list[Match] = []  # as near as the last one that is shown, nearest first
        self.first: tuple[tuple[Network, Network], Outcome] | None = None  # with the networks of the nearest
        self.many = False  # more than are wanted
        self.farther = 0
        self.untried = 0
        self.compared = 0
        self.opened: dict[str, parse.SourceText] = {}  # texts that are not opened again where they are compared
        self.room = MOST_KEPT
        self.remarks: list[str] = []

    def run(self, report_progress: Callable[[str], None]) -> Ranking:
        waiting = sorted(self.read(report_progress))
        total, done = sum(len(file.at_least) for file in waiting), 0
        self.many = total > self.most > 0
        for file in waiting:
            if all(self.is_hopeless(each) for each in file.at_least):
                self.farther += len(file.at_least)
                continue
            if self.most and self.compared >= MOST_COMPARED:
                self.untried += len(file.at_least)
                continue
            report_progress(f"comparing: {done:,} of {total:,} references")
            self.compare(file)
            done += len(file.at_least)
        if self.first is None:
            raise self.no_reference()
        return Ranking(tuple(self.found), self.farther, tuple(self.remarks), self.untried)

    def by_forwards(self, ranking: Ranking, module: list[Any]) -> tuple[Ranking, Outcome]:
        """The ranking with the nearest compared by what forwards do, as far as it is known; and that comparison."""
        assert self.first is not None, "run has seen to it"
        prints, outcome = self.first
        both = sources.with_forwards(prints, (module, []), self.shape)
        if any(known is not printed for known, printed in zip(both, prints, strict=True)):
            outcome = api.compare_networks(*both, self.shape)
        match, *others = ranking.matches
        found = distance.match(match.address, outcome)
        told = match._replace(verdicts=found.verdicts, counts=found.counts, not_printed=found.not_printed)
        return replace(ranking, matches=(told, *others)), outcome

    def is_hopeless(self, at_least: tuple[float, bool]) -> bool:
        """Whether a reference is farther than all that are wanted; of many, only near ones are beside the nearest."""
        far, may_be_near = at_least
        return far > self.bar or (self.many and not may_be_near and bool(self.found) and far > self.found[0].distance)

    @property
    def bar(self) -> float:
        """From here on a reference is not among those that have to be known."""
        stay = [each for each in self.found if each.near or not self.many]  # a far one goes where another is nearer
        return stay[self.most - 1].distance if 0 < self.most <= len(stay) else float("inf")

    def read(self, report_progress: Callable[[str], None]) -> Iterator[_File]:
        """Every file that holds a reference, with what the layers of each say."""
        files = _files(self.references, self.remarks)
        for number, path in enumerate(files):
            report_progress(f"reading: {number:,} of {len(files):,} files")
            if networks := self.networks(path):
                about, at_least = zip(*map(self.by_layers, networks), strict=True)
                yield _File(min(about), path, at_least)

    def networks(self, path: str) -> tuple[Network, ...]:
        """What a file holds; nothing where it cannot be read, which is a remark."""
        try:
            source = self.opened.pop(path, None)
            if source is None:
                source = parse.open_source(path)
                if len(source.text) <= self.room:
                    self.opened[path] = source
                    self.room -= len(source.text)
            return parse.read_source(source).networks
        except ArchdiffError as error:
            self.leave_out(path, error.message)
        except Exception as error:  # an internal error of archdiff costs the answer about one reference, not the others
            self.leave_out(path, _fault(error))
        return ()

    def by_layers(self, network: Network) -> tuple[float, tuple[float, bool]]:
        """(about how far it is, (how far at least, whether it may be near)); errors are left to the comparison."""
        try:
            found = lower_bound.of_network(rules.normalize(network))
        except Exception:
            return 0.0, (0.0, True)
        far = lower_bound.at_least(self.own, found)
        return lower_bound.about(self.own, found), (
            far,
            distance.share(far, self.own.layers + found.layers) < distance.FAR,
        )

    def compare(self, file: _File) -> None:
        networks = self.networks(file.path)
        for number, (network, bound) in enumerate(zip(networks, file.at_least, strict=False), 1):
            address = f"{file.path}#{number}" if len(networks) > 1 else file.path
            if _is_same(network, self.mine):
                continue
            if self.is_hopeless(bound):
                self.farther += 1
                continue
            self.compared += 1
            try:
                reference = parse.pick(address, networks)
                outcome = api.compare_networks(self.mine, reference, self.shape)
                self.add(distance.match(address, outcome), outcome, reference)
            except ArchdiffError as error:
                self.leave_out(address, error.message)
            except Exception as error:
                self.leave_out(address, _fault(error))
            gc.collect()  # trees hold cycles, and the collector does not run by itself in a short run

    def add(self, match: Match, outcome: Outcome, reference: Network) -> None:
        insort(self.found, match, key=distance.order)
        if self.found[0] is match:
            self.first = (self.mine, reference), outcome
        best = self.found[0].distance
        near = [each for each in self.found if each.near or not self.many or each.distance == best]
        last = near[self.most - 1].distance if 0 < self.most <= len(near) else float("inf")
        kept = [each for each in near if each.distance <= last]
        self.farther += len(self.found) - len(kept)
        self.found = kept

    def leave_out(self, address: str, why: str) -> None:
        self.remarks.append(f"{address} is left out: {why}")

    def no_reference(self) -> UsageError:
        """Why there is none: the first that was left out says most."""
        way_out = "a folder of prints; without DIRECTORY, the references that come with archdiff"
        if not self.remarks:
            return UsageError("no reference in it", source=self.references, way_out=way_out)
        why = "\n  ".join(("no reference in it that can be compared", *self.remarks[:3]))
        return UsageError(why, source=self.references)


def _fault(error: Exception) -> str:
    return f"an internal error of archdiff, please report it: {type(error).__name__} {error}".rstrip()


def _is_same(network: Network, mine: Network) -> bool:
    """Whether it is the candidate itself, which is no reference of its own."""
    paths = [os.path.realpath(each.source) for each in (network, mine)]
    return network.first_line == mine.first_line and paths[0] == paths[1]


def _files(references: str, remarks: list[str]) -> Sequence[str]:
    if not references:
        return [f"{parse.SHIPPED}{name}" for name in parse.shipped()]
    if not os.path.isdir(references):
        if parse.is_elsewhere(references) or os.path.exists(references):
            return [references]
        raise UsageError("no such folder", source=references, way_out="a folder, or a file of references")
    found = sorted(_inside(references, remarks))
    if not found:
        kinds = ", ".join(SUFFIXES)
        raise UsageError("no reference in it", source=references, way_out=f"files that end in {kinds} are read")
    if len(found) > MOST_FILES:
        raise UsageError(f"{len(found):,} files", source=references, way_out=f"a folder of {MOST_FILES:,} at most")
    return found


def _inside(folder: str, remarks: list[str]) -> Iterator[str]:
    """Files of prints in a folder and those in it; hidden ones are left out, and links to folders are not followed."""

    def unreadable(error: OSError) -> None:
        remarks.append(f"{error.filename} is left out: {error.strerror}")

    for here, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.join(here, name)
            if not name.endswith(SUFFIXES) or name.startswith(".") or name.casefold().startswith("readme"):
                continue
            if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
                remarks.append(f"{path} is left out: not a file")
            else:
                yield path
