"""What of an outcome counts: what was selected, what is ignored, what a baseline accepts.

Values in, values out. Must not read files or compare networks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from archdiff.model import catalogue
from archdiff.model.effects import ON_UNKNOWN, Effect
from archdiff.model.errors import UsageError
from archdiff.model.facts import Comment
from archdiff.model.finding import Finding, PlacePair
from archdiff.model.outcome import Outcome, Suppressed
from archdiff.model.result import Result
from archdiff.policy import baseline, ignores
from archdiff.policy.baseline import Entry, Key
from archdiff.policy.ignores import Ignore


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for one pair, and what makes it fail."""

    name: str = ""
    fail_on: Effect = Effect.INIT
    unknown: str = ON_UNKNOWN[0]  # "fail" or "pass"
    strict: tuple[str, ...] = ()  # as of a Result: ids that fail whatever their effect, settings, or ALL
    select: Collection[str] = ()  # ids; none: every rule
    ignores: Sequence[Ignore] = ()
    entries: Mapping[Key, Entry] = field(default_factory=dict)
    today: date = date.min


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one pair, and which parts of its policy applied to it."""

    result: Result
    used: frozenset[Ignore] = frozenset()
    matched: frozenset[Key] = frozenset()  # entries of the baseline
    failing: tuple[Key, ...] = ()  # which an update has to accept


def evaluate(outcome: Outcome, policy: Policy) -> Evaluation:
    """Applies a policy to an outcome.

    Args:
        outcome: of one comparison, with all that was found.
        policy: what counts.

    Returns:
        The result, whose outcome holds only the findings that count, with those that were set aside beside them; and
        which ignores and entries of the baseline were used, and the keys of what fails.
    """
    selected = [each for each in outcome.findings if not policy.select or _is_one_of(each, policy.select)]
    sifted = ignores.sift(selected, policy.ignores)
    others = (each for each in outcome.findings if policy.select and not _is_one_of(each, policy.select))
    suppressed = [*outcome.suppressed, *(Suppressed(each, "selection") for each in others)]
    suppressed += [Suppressed(finding, "ignore", reason) for finding, reason in sifted.covered]
    left: list[Finding] = []
    matched: set[Key] = set()
    for finding in sifted.kept:
        matched |= {entry.key for entry in _entries(policy, finding)}
        kept, gone = ignores.split(finding, partial(_holds, policy, finding))
        left += [_with_hint(kept, policy)] if kept else []
        suppressed += [Suppressed(gone, "baseline", _reasons(gone, policy))] if gone else []
    result = Result(
        policy.name,
        replace(outcome, findings=tuple(left), suppressed=tuple(suppressed)),
        fail_on=policy.fail_on,
        strict=policy.strict,
        unknown=policy.unknown,
        left_out=_left_out(policy),
    )
    serious = filter(result.fails, sifted.kept)
    failing = tuple(known for finding in serious for known in baseline.keys(policy.name, finding))
    return Evaluation(result, sifted.used, frozenset(matched), failing)


def _is_one_of(finding: Finding, rules: Collection[str]) -> bool:
    return not ignores.rules_of(finding).isdisjoint(rules)


def _left_out(policy: Policy) -> frozenset[str]:
    """Rules of which no finding can count."""
    whole = {id_ for ignore in policy.ignores if not (ignore.path or ignore.side) for id_ in ignore.rules}
    return frozenset(whole | {id_ for id_ in catalogue.BY_ID if policy.select and id_ not in policy.select})


def evaluate_comparison(whole: Result, select: Sequence[str], ignore: Sequence[str]) -> Result:
    """Applies options and comments to the result of `archdiff compare`; what they take away stands in its notes.

    Args:
        whole: a result with an outcome; its networks carry the comments of their texts.
        select: the words of `--select`.
        ignore: the words of `--ignore`.

    Raises:
        UsageError: a word is no rule.
    """
    outcome = whole.outcome
    assert outcome, "it was given"
    written = written_ignores(outcome)
    policy = Policy(
        fail_on=whole.fail_on,
        unknown=whole.unknown,
        strict=whole.strict,
        select=rule_ids(select, "--select"),
        ignores=(*of_option(ignore), *written),
    )
    evaluation = evaluate(outcome, policy)
    notes = [f"ignored ({each.reason or 'no reason given'}): {each.finding.rule} {each.finding.message}"
             for each in evaluation.result.accepted]  # fmt: skip
    if not select:
        notes += [f"{each.source}:{each.line}: ignore of {each} matches nothing" for each in written
                  if each not in evaluation.used]  # fmt: skip
    assert evaluation.result.outcome, "it was given"
    return evaluation.result._replace(outcome=replace(evaluation.result.outcome, notes=(*outcome.notes, *notes)))


def _holds(policy: Policy, finding: Finding, places: PlacePair) -> bool:
    entry = baseline.accepting(policy.entries, baseline.key(policy.name, finding, places))
    return entry is not None and not entry.expired(policy.today)


def _with_hint(finding: Finding, policy: Policy) -> Finding:
    """A finding that was accepted until a day says so."""
    over = _entries(policy, finding)
    if not over:
        return finding
    until = f"accepted until {over[0].expires}"
    remark = f"{until} ({over[0].reason})" if over[0].reason else until
    return replace(finding, hint="; ".join(filter(None, (finding.hint, remark))))


def _reasons(finding: Finding, policy: Policy) -> str:
    return "; ".join(dict.fromkeys(filter(None, (entry.reason for entry in _entries(policy, finding)))))


def _entries(policy: Policy, finding: Finding) -> list[Entry]:
    """The entries of the baseline that speak of a finding, in any of its places."""
    found = (baseline.accepting(policy.entries, known) for known in baseline.keys(policy.name, finding))
    return [entry for entry in found if entry is not None]


# Rules and ignores from words


def of_option(words: Iterable[str]) -> tuple[Ignore, ...]:
    """What `--ignore` takes out of the exit code."""
    ids = rule_ids(words, "--ignore")
    return (Ignore(ids, reason="--ignore"),) if ids else ()


def written_ignores(outcome: Outcome, is_pair: bool = True) -> tuple[Ignore, ...]:
    """What comments in both texts take out of the exit code: `# archdiff: ignore[AD401] reason`.

    Args:
        outcome: Its networks carry the comments of their texts.
        is_pair: False where the reference stands on both sides.

    Raises:
        UsageError: a comment names no rule.
    """
    both = ((outcome.candidate, "candidate"), (outcome.reference, "reference"))[not is_pair :]
    return tuple([each for network, side in both for each in _of_comments(network.comments, network.source, side)])


def _of_comments(comments: Iterable[Comment], source: str, side: str) -> Iterator[Ignore]:
    """`# archdiff: ignore[AD401] reason` covers its line; one that stands alone, the lines above and below."""
    for comment in comments:
        near = (comment.line - 1, comment.line, comment.line + 1) if comment.alone else (comment.line,)
        for word in comment.words or ("",):
            if not ignores.rules(word):
                message = f"ignore[{word}]: no such rule"
                raise UsageError(message, source=source, line=comment.line, way_out=catalogue.way_out(word))
        ids = rule_ids(comment.words, "ignore")
        yield Ignore(ids, "", comment.reason, source, comment.line, side, near)


def rule_ids(words: Iterable[str], option: str) -> tuple[str, ...]:
    """The ids of the rules that words mean: `AD4`, `AD101` or `layer-order`.

    Args:
        words: each an id, its beginning, or a name.
        option: what they were given to, for the error.

    Raises:
        UsageError: a word means no rule.
    """
    return _all_meant(words, ignores.rules, f"{option} {{}}: no such rule")


def strict_facts(words: Iterable[str], option: str) -> tuple[str, ...]:
    """The `strict` of a result that words mean: `all`, `num_heads` or `AD701`.

    Args:
        words: each a setting, a rule, or `all`.
        option: what they were given to, for the error.

    Raises:
        UsageError: a word means no rule and no setting that a print may lack.
    """
    return _all_meant(words, ignores.facts, f"{option} {{}}: no such rule or fact")


def _all_meant(words: Iterable[str], meant_by: Callable[[str], Sequence[str]], refusal: str) -> tuple[str, ...]:
    """What words mean, each once; a word that means nothing is refused."""
    found: dict[str, None] = {}
    for word in words:
        meant = meant_by(word)
        if not meant:
            raise UsageError(refusal.format(word), way_out=catalogue.way_out(word))
        found.update(dict.fromkeys(meant))
    return tuple(found)


def ignore_of(text: str) -> Ignore:
    """`AD401`, or `AD401:features.*` for one path."""
    word, _, path = text.partition(":")
    return Ignore(rule_ids([word], "ignore"), path, "ignore")
