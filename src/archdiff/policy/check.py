"""Every pair of a configuration: compared, checked against the claims of its paper and against what is accepted.

An error in one pair is its result; the others still run. Must not print or exit.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, Final, Literal

from archdiff import api, parse, sources
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError, UsageError
from archdiff.model.finding import gravest_first
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result, tally
from archdiff.model.wording import did_you_mean, listed
from archdiff.policy import apply, baseline, claims, config
from archdiff.policy.apply import Evaluation, Policy
from archdiff.policy.baseline import Baseline, Entry
from archdiff.policy.config import Config, ConfiguredPair
from archdiff.policy.ignores import Ignore


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """The options of `archdiff check`, which go before what the configuration sets."""

    config: str = ""  # a file; the nearest one by default
    pairs: tuple[str, ...] = ()  # names; all by default
    today: date = date.min
    fail_on: Effect | None = None
    unknown: str = ""  # "fail" or "pass"
    strict: tuple[str, ...] = ()  # words: all, num_heads, AD701
    input_shape: tuple[int, ...] | None = None
    select: tuple[str, ...] = ()  # words: AD101, AD4, layer-order
    ignore: tuple[str, ...] = ()
    baseline: str = ""
    allow: tuple[str, ...] = ()  # files and folders outside of the repository that the configuration may name
    live: bool = True  # whether live modules are imported, which runs code of the checkout
    update: bool = False
    reason: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One result a pair, errors of the configuration among them, and what somebody should tidy up."""

    results: tuple[Result, ...]
    remarks: tuple[str, ...] = ()
    written: str = ""  # what the baseline holds now, where it was written

    @property
    def unanswered(self) -> bool:
        """Whether a pair or the configuration has an error."""
        return tally(self.results).errors > 0

    @property
    def failed(self) -> bool:
        """Whether a pair has a finding that counts."""
        return tally(self.results).failed > 0


def configured(request: CheckRequest) -> Config:
    """The configuration that a request names, or the nearest one.

    Raises:
        UsageError: there is none.
        ReadError: it could not be read.
    """
    allowed = (*request.allow, *filter(None, [request.baseline]))
    return config.read(request.config or config.find("."), bool(request.config), allowed)


def check(
    request: CheckRequest, read: Config | None = None, progress: Callable[[str], None] = lambda _: None
) -> CheckResult:
    """Compares every pair of a configuration, applies what it accepts, and updates the baseline where that is wanted.

    Args:
        request: the options.
        read: the configuration, where it was read before.
        progress: is called with the name of each pair before it is compared.

    Raises:
        UsageError: there is no configuration, it has no pairs, or an option makes no sense.
        ReadError: the configuration could not be read.
    """
    if request.expires and request.expires < request.today:
        day = request.expires.isoformat()
        raise UsageError(f"--expires {day}: that day is in the past", way_out="today or a later day")
    known = _with_flags(read or configured(request), request)
    wrong = list(known.problems)
    accepted = Baseline(known.baseline, {})
    try:
        known.repository.check(known.baseline)
        accepted = baseline.read(known.baseline)
    except ArchdiffError as error:
        wrong.append(error)
    pairs = _wanted(known, request)
    if not pairs and not wrong:
        raise UsageError(
            "no pairs are configured",
            source=known.source,
            way_out='[[pairs]] with candidate = "..." and reference = "..."',
        )
    run = _Check(known, accepted, request)
    evaluations = []
    for pair in pairs:
        progress(pair.name)
        evaluations.append(run.pair(pair))
    written = ""
    if request.update and not wrong:
        try:
            evaluations = _update(run, evaluations)
            written = f"{known.baseline}: {len(baseline.tables(run.accepted.entries.values()))} accepted"
        except ArchdiffError as error:
            wrong.append(error)
    whole = len(pairs) == len(known.pairs) and not wrong and not any(each.result.error for each in evaluations)
    remarks = tuple(_remarks(run, evaluations, whole and not request.update))
    errors = (Result(error.source or known.source, error=error) for error in wrong)
    return CheckResult((*errors, *(each.result for each in evaluations)), remarks, written)


def files(request: CheckRequest) -> tuple[str, ...]:
    """Every file that a check of this request reads; some may not be there."""
    known = _with_flags(configured(request), request)
    addresses = [address for pair in known.pairs for address in (pair.candidate, pair.reference)]
    addresses += [address for pair in known.pairs for address in (pair.candidate_config, pair.reference_config)]
    return (*known.files, known.baseline, *sources.files(*addresses, folder=known.folder))


def _with_flags(known: Config, request: CheckRequest) -> Config:
    options: dict[str, Any] = {
        "fail_on": request.fail_on,
        "unknown": request.unknown,
        "strict": apply.strict_facts(request.strict, "--strict"),
        "input_shape": request.input_shape,
    }
    set_options = {name: value for name, value in options.items() if value}
    return replace(
        known,
        pairs=tuple(replace(pair, **set_options) for pair in known.pairs),
        baseline=request.baseline or known.baseline,
        select=apply.rule_ids(request.select, "--select") or known.select,
    )


def _wanted(known: Config, request: CheckRequest) -> Sequence[ConfiguredPair]:
    if not request.pairs:
        return known.pairs
    by_name = {pair.name: pair for pair in known.pairs}
    for name in request.pairs:
        if name not in by_name:
            way_out = did_you_mean(name, by_name, 0.4, "'{}'")
            raise UsageError(f"no pair is called '{name}'", source=known.source, way_out=way_out)
    return [by_name[name] for name in dict.fromkeys(request.pairs)]


class _Check:
    """One check: what holds for all pairs, and what they have met on the way."""

    def __init__(self, known: Config, accepted: Baseline, request: CheckRequest) -> None:
        self.config, self.accepted, self.request = known, accepted, request
        self.files = _Files(known, request.live)
        self.flagged = apply.of_option(request.ignore)
        self.comments: set[Ignore] = set()

    def pair(self, pair: ConfiguredPair) -> Evaluation:
        """What came of one pair; its error where that is what came."""
        try:
            if pair.problem:
                raise pair.problem
            reference = self.network(pair, "reference")
            candidate = self.network(pair, "candidate") if pair.candidate else reference
            candidate, reference = self.files.with_forwards(pair, (candidate, reference))
            candidate = self.with_config(pair, "candidate", candidate)
            reference = self.with_config(pair, "reference", reference)
            outcome = self.compared(pair, candidate, reference)
            comments = apply.written_ignores(outcome, is_pair=bool(pair.candidate))
            evaluation = apply.evaluate(outcome, self.policy(pair, comments))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Evaluation(Result(pair.name, error=_as_ours(error), fail_on=pair.fail_on, unknown=pair.unknown))
        self.comments.update(comments)
        return evaluation

    def policy(self, pair: ConfiguredPair, comments: Sequence[Ignore]) -> Policy:
        """What holds for one pair, with what the comments in its texts ignore."""
        return Policy(
            name=pair.name,
            fail_on=pair.fail_on,
            unknown=pair.unknown,
            strict=(*pair.strict, *((claims.RULE,) if pair.claims == "fail" else ())),
            select=self.config.select,
            ignores=(*self.flagged, *pair.ignores, *self.config.ignores, *comments),
            entries=self.accepted.entries,
            today=self.request.today,
        )

    def network(self, pair: ConfiguredPair, side: Literal["candidate", "reference"]) -> Network:
        """One side."""
        address = pair.candidate if side == "candidate" else pair.reference
        with _located(pair, side):
            return self.files.network(address)

    def with_config(self, pair: ConfiguredPair, side: Literal["candidate", "reference"], network: Network) -> Network:
        """One side with what its config.json says, where it has one."""
        address = pair.candidate_config if side == "candidate" else pair.reference_config
        with _located(pair, f"{side}-config"):
            return sources.with_config(network, address)

    def compared(self, pair: ConfiguredPair, candidate: Network, reference: Network) -> Outcome:
        """The outcome with the claims about the reference."""
        outcome = api.compare_networks(candidate, reference, pair.input_shape)
        claimed = () if pair.claims == "off" else self.files.claims(parse.split_address(pair.reference)[0])
        if not claimed:
            return outcome
        about = claims.about_paper(claimed, outcome, bool(pair.candidate))
        return replace(
            outcome,
            findings=gravest_first((*outcome.findings, *about.findings)),
            suppressed=about.explained,
            notes=(*outcome.notes, *about.notes),
        )

    def looks_at(self, rule: str) -> bool:
        """Whether findings of a rule are looked at; what is not stays accepted."""
        selected = not self.config.select or rule in self.config.select
        return selected and not any(rule in ignore.rules for ignore in self.flagged)


@contextmanager
def _located(pair: ConfiguredPair, key: str) -> Iterator[None]:
    """Gives an error without a line of its own that of the configuration, which asked for the file."""
    try:
        yield
    except ArchdiffError as error:
        line = pair.lines.get(key, pair.line)
        if error.line:
            error.way_out = "\n  ".join(filter(None, (error.way_out, f"the {key} of {pair.source}:{line}")))
            raise
        message = f"{error.source}: {error.message}" if error.source else error.message
        raise UsageError(message, source=pair.source, line=line, way_out=error.way_out) from None


def _as_ours(error: BaseException) -> ArchdiffError:
    """Whatever ended a pair, as its error: the others still run."""
    if isinstance(error, ArchdiffError):
        return error
    if isinstance(error, MemoryError | RecursionError):
        return UsageError(f"too large for this machine ({type(error).__name__})")
    frames = traceback.extract_tb(error.__traceback__)
    message = "".join(traceback.format_exception_only(error)).strip()
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return UsageError(
        f"{message}{place}", way_out="unless this is code of yours, please report it as a bug of archdiff"
    )


class _Files:
    """What several pairs share is read once."""

    def __init__(self, known: Config, live: bool) -> None:
        self.repository, self.live = known.repository, live
        self.documents = cache(self._document)
        self._folder = known.folder
        self._modules: dict[str, list[Any]] = {}  # by address
        self.claims = cache(self._claims)

    def _document(self, path: str) -> parse.Document:
        return sources.document(path, folder=self._folder, held=self._modules.setdefault(path, []))

    def with_forwards(self, pair: ConfiguredPair, networks: Sequence[Network]) -> tuple[Network, Network]:
        """Both networks of a pair, with what the forwards of live modules do."""
        addresses = [parse.split_address(each)[0] for each in (pair.candidate, pair.reference)]
        modules = [self._modules.get(each, []) for each in addresses]
        return sources.with_forwards(networks, modules, pair.input_shape)

    def network(self, address: str) -> Network:
        path = parse.split_address(address)[0]
        if parse.is_live(path):
            if not self.live:
                raise UsageError(f"{path}: a live module, which --no-live does not import", way_out="compare its print")
        elif not path.startswith(parse.SHIPPED) or os.path.lexists(path):  # a file that is called so wins
            for file in filter(None, (path, parse.spec_beside(path))):
                self.repository.check(file)
        return parse.pick(address, self.documents(path).networks)

    def _claims(self, path: str) -> tuple[claims.Claim, ...]:
        """What the spec beside a reference says that its paper claims."""
        spec = self.documents(path).spec
        return claims.read(spec) if spec else ()


# The baseline, and what is left over


def _update(run: _Check, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Writes what was found as accepted, and judges again by it. Pairs with an error keep their entries."""
    request, before = run.request, run.accepted
    answered = {each.result.name for each in evaluations if not each.result.error}
    unknown = {key.pair for key in before.entries} - {pair.name for pair in run.config.pairs}
    looked_at = answered | (set() if any(pair.problem for pair in run.config.pairs) else unknown)
    found = [key for each in evaluations for key in each.failing] + [
        key for key in before.entries if key.pair in answered and not run.looks_at(key.rule)
    ]
    entries = baseline.updated(before, looked_at, found, request.reason, request.expires, request.today)
    baseline.write(before, baseline.text(entries.values()))
    run.accepted = baseline.read(before.source)
    pairs = {pair.name: pair for pair in run.config.pairs}
    return [each if each.result.error else run.pair(pairs[each.result.name]) for each in evaluations]


def _remarks(run: _Check, evaluations: Sequence[Evaluation], whole: bool) -> Iterator[str]:
    """Ignores and entries that match nothing any more, entries without a reason, and those that stay over."""
    used = frozenset().union(*(each.used for each in evaluations))
    answered = {each.result.name for each in evaluations if not each.result.error}
    of_pairs = [ignore for pair in run.config.pairs if pair.name in answered for ignore in pair.ignores]
    for ignore in (
        *of_pairs,
        *(run.config.ignores if whole else ()),
        *sorted(run.comments, key=lambda each: each.line),
    ):
        if ignore not in used and not run.config.select:
            yield f"{ignore.source}:{ignore.line}: ignore of {ignore} no longer matches anything"
    matched = frozenset().union(*(each.matched for each in evaluations))
    for entries in baseline.tables(run.accepted.entries.values()):
        yield from _of_entry(run, entries, [each for each in entries if each.key not in matched], whole)


def _of_entry(run: _Check, entries: Sequence[Entry], idle: Sequence[Entry], whole: bool) -> Iterator[str]:
    """What is to be said of one accepted difference, of which some places match no more."""
    first = entries[0]
    what = f"{run.accepted.source}:{first.line}: {first.key.rule} of {first.key.pair}"
    if len(idle) < len(entries) and first.expired(run.request.today) and run.request.update:
        yield f"{what} was accepted until {first.expires}; --update with --reason or --expires accepts it again"
    elif len(idle) < len(entries) and not first.reason:
        yield f"{what} is accepted without a reason"
    if idle and whole and run.looks_at(first.key.rule):
        paths = [each.key.candidate_path or each.key.reference_path for each in idle]
        where = f" at {listed(paths, _MOST_PATHS)}" if len(idle) < len(entries) else ""
        yield f"{what} no longer matches anything{where}; --update removes it"


_MOST_PATHS: Final = 3  # that a remark names
