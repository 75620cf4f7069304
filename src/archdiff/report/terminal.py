"""For people, in a terminal of 80 columns or a file: the verdict first, then only what differs.

Colour never carries meaning alone. Messages come ready-made; what is cosmetic or equal is counted, not listed, unless
the view wants all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archdiff.model import catalogue, inert, places
from archdiff.model.effects import GRAVEST_FIRST, Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding
from archdiff.model.outcome import NetworkInfo, Outcome
from archdiff.model.result import Result, Versions, tally
from archdiff.model.wording import plural
from archdiff.report import MOST, Report, View, _layers, _listing, _pairs, _summary
from archdiff.report._gathered import gathered
from archdiff.report._lines import BLANK, Line, hanging, plain

if TYPE_CHECKING:
    from archdiff.execute.bench.record import Benched
    from archdiff.execute.keys.transfer import KeyTransfer
    from archdiff.model.ranking import Ranking

STYLES = {
    "function": "bold red",
    "inference": "bold yellow",
    "training": "bold yellow",
    "init": "yellow",
    "state": "cyan",
    "equivalent": "green",
    "cosmetic": "green",
    "identical": "bold green",
    "unknown": "bold magenta",
    "not printed": "magenta",
    "measured": "magenta",
    "ours": "red",
    "theirs": "green",
    "follows": "dim",
    "faint": "dim",
    "strong": "bold",
}


def render(results: Sequence[Result], view: View) -> str:
    """One comparison as it is; named pairs one under the other, and how many of them fail."""
    match results:
        case [Result(name="", outcome=Outcome() as outcome)]:
            return _painted(_compared(outcome, view), view)
        case [Result(name="", error=ArchdiffError() as error)]:
            return _painted(_error(error), view)
        case _:
            lines = [line for result in results for line in _result(result, view)]
            return _painted([*lines, *_tally(results)], view)


def _result(result: Result, view: View) -> Iterator[Line]:
    """In full where it needs somebody; a line where it passed, unless the view wants all."""
    if result.outcome and not result.failed and not view.all:
        line = f"{result.name}: {_passed(result.outcome)}"
        yield from hanging(plain("passed ", "identical"), line, view.width, 7)
        for finding in _about_paper(result.outcome):
            yield from hanging(plain(f"       {finding.rule} ", "faint"), finding.message, view.width, 7)
        for note in result.outcome.about_paper:
            yield from hanging(plain("       ", "faint"), note, view.width, 7)
        return
    yield (
        ("error  " if result.error else "failed " if result.failed else "passed ", "strong"),
        (result.name, "strong"),
    )
    if result.error:
        yield from _error(result.error)
    if result.outcome:
        yield from _compared(result.outcome, view)
    yield from _accepted(result, view)
    yield BLANK


def _passed(outcome: Outcome) -> str:
    """The verdict, and what stands behind it: `function, all accepted (2 accepted, 1 not printed)`."""
    facts = f"{outcome.not_printed} not printed" if outcome.not_printed else ""
    aside = ", ".join(filter(None, (_summary.set_aside(outcome), facts)))
    return f"{_summary.verdicts(outcome)} ({aside})" if aside else _summary.verdicts(outcome)


def _error(error: ArchdiffError) -> list[Line]:
    first, *rest = str(error).split("\n")
    return [(("error", "function"), (f": {first}", "")), *map(plain, rest)]


def _accepted(result: Result, view: View) -> Iterator[Line]:
    if result.accepted:
        yield BLANK
    for accepted in result.accepted:
        head = (("accepted ", "faint"), (accepted.finding.rule, ""), (" ", ""))
        lines = _listing.of_lines(accepted.finding.candidate, accepted.finding.reference)
        text = f"{lines} {accepted.finding.message} ({accepted.by}: {accepted.reason or 'no reason given'})"
        yield from hanging(head, text, view.width, 9)


def _tally(results: Sequence[Result]) -> list[Line]:
    failed, errors = tally(results)
    text = f"{plural(len(results), 'pair')}: {len(results) - failed - errors:,} passed, {failed:,} failed"
    return [plain(text + (f", {plural(errors, 'error')}" if errors else ""), "strong")]


def _compared(outcome: Outcome, view: View) -> list[Line]:
    """Verdict, counts, differences by effect, the rows that differ, what is no difference, notes."""
    lines = list(_head(outcome, view))
    if view.facts:
        from archdiff.report import _facts

        lines += _facts.beside(outcome.facts, view)
    lines += [*_findings(outcome, view), *_pairs.table(outcome, view)]
    lines += _beside(outcome, view)
    if outcome.run:
        from archdiff.report import _run

        lines += [BLANK, *_run.lines(outcome, outcome.run, view)]
    return lines + _notes(_summary.notes(outcome), view)


def show(networks: Sequence[NetworkInfo], view: View) -> str:
    """One network as a table; several as a list to pick from."""
    if len(networks) != 1:
        return _painted(_layers.listing(networks, view), view)
    (network,) = networks
    lines = list(_layers.head(network, _summary.input_size(network, network.other_input_shapes), view))
    if view.facts:
        from archdiff.report import _facts

        lines += _facts.alone(network.facts, view)
    lines += _layers.table(network, view)
    lines += _notes([*_summary.cut_off("", network), *network.notes], view)
    return _painted(lines, view)


def match(ranking: Ranking, first: Outcome, view: View) -> str:
    """The references by their distance, then the comparison with the nearest, where one is near."""
    from archdiff.report import _match

    table = "".join(f"{inert.line(line)}\n" for line in _match.lines(ranking, view))
    return f"{table}\n{REPORT.compare(first, view._replace(most=MOST))}" if ranking.nearest else table


def bench(benched: Benched, view: View) -> str:
    """Verdicts, and what they rest on."""
    from archdiff.report import _bench

    return _bench.text(benched, view)


def compare_bench(result: Result, benched: Benched, view: View) -> str:
    """The comparison, then the times."""
    return f"{render((result,), view)}\n{bench(benched, view)}"


def keys(answer: KeyTransfer) -> str:
    """A headline, every key of the reference, and what is left over."""
    from archdiff.report import _keys

    return _keys.text(answer)


def versions(title: str, found: Versions, view: View) -> str:
    """The comparisons of what differs, then what was added or removed, and how many are unchanged."""
    pages = [REPORT.compare(outcome, view) for outcome in found.differing]
    pages += ["".join(f"{line}\n" for line in alone)] if (alone := list(_alone(found))) else []
    return _painted([plain(title, "strong")], view) + "\n".join(pages)


def _alone(found: Versions) -> Iterator[str]:
    for networks, what in ((found.removed, "removed"), (found.added, "added")):
        for each in networks:
            place = places.whole(inert.line(each.source), each.first_line, each.last_line)
            yield f"{inert.line(each.label)} was {what} ({place})"
    if found.unchanged:
        yield f"{plural(found.unchanged, 'other network')} in the file: nothing differs"


# The first lines


def _head(outcome: Outcome, view: View) -> Iterator[Line]:
    head = plain(_summary.verdicts(outcome), outcome.verdict)
    yield from hanging(head, f": {_summary.verdict(outcome, view.width)}", view.width, 2, "strong")
    if counts := _summary.counts(outcome):
        yield from hanging(BLANK, counts, view.width, 2)
    yield from hanging(BLANK, _summary.who(outcome), view.width, 2)
    yield from hanging(BLANK, _summary.inputs(outcome), view.width, 2)


def _notes(notes: Sequence[str], view: View) -> list[Line]:
    lines = [line for note in notes for line in hanging(plain("note: ", "faint"), note, view.width, 6)]
    return [BLANK, *lines] if lines else []


# Findings


def _findings(outcome: Outcome, view: View) -> Iterator[Line]:
    was_quiet = False
    for effect in GRAVEST_FIRST:
        quiet = _QUIET.get(effect) if not view.all else None
        section = list((quiet or _section)(outcome, effect, view))
        if section and not (quiet and was_quiet):
            yield BLANK
        yield from section
        was_quiet = bool(quiet) if section else was_quiet


_KEYS_CHANGE = "renamed, so checkpoint keys change"


def _counted(outcome: Outcome, effect: Effect, view: View) -> Iterator[Line]:
    findings = [finding for finding in outcome.decisions if finding.effect is effect]
    if findings:
        rules = dict.fromkeys(finding.rule for finding in findings)
        names = ", ".join(_KEYS_CHANGE if rule == "AD107" else catalogue.name(rule) for rule in rules)
        text = f": {plural(len(findings), 'difference')} in spelling ({names}; --all shows more)"
        yield from hanging(plain(effect.word, effect.word), text, view.width, 2)


def _messages(outcome: Outcome, effect: Effect, view: View) -> Iterator[Line]:
    for finding in outcome.decisions:
        if finding.effect is effect:
            places_before = f"{plural(finding.count, 'place')}, first " if finding.count > 1 else ""
            text = f": {finding.message} ({places_before}{_listing.of_lines(finding.candidate, finding.reference)})"
            yield from hanging(plain(effect.word, effect.word), text, view.width, 2)


#: what never is a reason to act: told in a line, unless the view wants all
_QUIET = {Effect.COSMETIC: _counted, Effect.STATE: _messages}


def _beside(outcome: Outcome, view: View) -> Iterator[Line]:
    """What is no difference between the two: facts that are not printed, what a run showed, what is about the paper."""
    for category, meaning in (("not printed", _summary.NOT_PRINTED), ("measured", _summary.MEASURED)):
        found = [finding for finding in outcome.decisions if finding.category == category]
        section = list(_listed(category, meaning, gathered(found), outcome, view))
        yield from [BLANK, *section] if section else []
    about_paper = _about_paper(outcome)
    if about_paper:
        yield BLANK
        yield plain("the paper", "unknown") + plain(": its own network has other numbers", "faint")
        yield from _listing.lines(about_paper, outcome, view)


def _about_paper(outcome: Outcome) -> list[Finding]:
    return [finding for finding in outcome.decisions if finding.category == "about the paper"]


def _section(outcome: Outcome, effect: Effect, view: View) -> Iterator[Line]:
    findings = [finding for finding in outcome.decisions if finding.effect is effect and finding.is_difference]
    meaning = "" if (effect.word,) == outcome.verdicts and _is_explained(outcome, view) else effect.meaning
    return _listed(effect.word, meaning, findings, outcome, view)


def _is_explained(outcome: Outcome, view: View) -> bool:
    """Whether the headline has the meaning of the verdict, which "function" has not to be given."""
    meaning = _summary.VERDICTS[", ".join(outcome.verdicts)]
    return outcome.verdict == "function" or meaning in _summary.verdict(outcome, view.width)


def _listed(head: str, meaning: str, findings: Sequence[Finding], outcome: Outcome, view: View) -> Iterator[Line]:
    """A section: what it holds, then its findings, as many as the view wants."""
    if findings:
        yield from hanging(plain(head, head), f": {meaning}" if meaning else "", view.width, 2, "faint")
        shown = view.first(findings)
        yield from _listing.lines(shown, outcome, view)
        if len(shown) < len(findings):
            yield plain(f"  ... {len(findings) - len(shown):,} more {head} (--max-findings, --all)", "faint")


# Lines to text


def _painted(lines: Iterable[Line], view: View) -> str:
    return "".join(_line_text(line, view.color).rstrip() + "\n" for line in lines)


def _line_text(line: Line, color: bool) -> str:
    parts = [(inert.printable(text), style) for text, style in _without_trailing_blanks(line)]
    whole = "".join(text for text, _ in parts)
    if not color or inert.line(whole) != whole:
        return inert.line(whole)
    from rich.color import ColorSystem  # plain text, as in pipes and CI, need not pay for it
    from rich.style import Style

    return "".join(
        Style.parse(STYLES[style]).render(text, color_system=ColorSystem.STANDARD) if style else text
        for text, style in parts
    )


def _without_trailing_blanks(line: Line) -> Line:
    while line and not line[-1][0].rstrip():
        line = line[:-1]
    return (*line[:-1], (line[-1][0].rstrip(), line[-1][1])) if line else line


REPORT = Report(
    render=render,
    show=show,
    match=match,
    bench=bench,
    keys=keys,
    versions=versions,
    compare_bench=compare_bench,
    document=False,
    shows_errors=False,
)
