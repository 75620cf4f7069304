"""For a comment on a pull request and a page of CI: the verdict, what differs or is not printed, layers folded away.

Must stay below the length that GitHub takes, and say what it left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdiff.model import catalogue, places
from archdiff.model.effects import ON_UNKNOWN, Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding, Place
from archdiff.model.outcome import LayerInfo, NetworkInfo, Outcome
from archdiff.model.result import Result, tally
from archdiff.model.rows import Row
from archdiff.model.wording import plural
from archdiff.report import Report, View, _pairs, _summary
from archdiff.report._findings import consequences, lines_of, message, pair_name, worth_a_line
from archdiff.report._gathered import gathered
from archdiff.report._markdown import PageBlock, code, fenced, header, page, row, text

LIMIT = 65_000  # bytes; GitHub takes 65,536 characters, and who posts it may add a line of its own
_MOST_SHOWN = 6  # consequences, and further places, of one finding
_CONTEXT = 3  # equal rows about each row that differs: the table is folded away, so there is room

_FINDINGS = ("effect", "rule", "candidate", "reference", "what differs")
_NOT_PRINTED = ("rule", "candidate", "reference", "what is not printed", "to check")
_MEASURED = ("rule", "candidate", "reference", "what a run showed", "to check")
_CLAIMS = ("rule", "candidate", "reference", "what the paper says", "hint")
_ACCEPTED = ("rule", "candidate", "reference", "accepted", "by", "reason")
_LAYERS = ("", "line", "candidate", "class", "line", "reference", "class")
_PAIRS = ("pair", "result", "verdict", "findings")


def render(results: Sequence[Result], view: View) -> str:
    """One comparison in full; of several pairs a table, and in full those that did not pass."""
    match results:
        case [Result(name="") as result]:
            blocks = list(_section(result, 0, view))
        case _:
            blocks = [_overview(results)]
            for number, result in enumerate(results, 1):
                if result.error or result.failed or view.all:
                    blocks += _section(result, number, view)
    return page(blocks, LIMIT)


def _overview(results: Sequence[Result]) -> PageBlock:
    failed, errors = tally(results)
    pairs = plural(len(results), "pair")
    counts = f"{failed:,} of {pairs} failed" if failed or errors else f"{pairs} passed"
    title = f"### archdiff: {counts}" + (f", {plural(errors, 'error')}" if errors else "")
    grave_first = sorted(results, key=lambda result: (result.error is None, not result.failed))
    rows = tuple(row(_of_pair(result)) for result in grave_first)
    return PageBlock(f"{title}\n\n{header(_PAIRS)}" if rows else title, rows, noun="pair", rank=-1)


def _of_pair(result: Result) -> tuple[str, ...]:
    name = text(pair_name(result))
    if result.outcome is None:
        return name, "**error**", "", text(result.error.message) if result.error else ""
    passed = "**failed**" if result.failed else "passed"
    return name, passed, _summary.verdicts(result.outcome), _summary.counts(result.outcome)


# One pair


def _section(result: Result, number: int, view: View) -> Iterator[PageBlock]:
    title = f"#### {text(result.name)}: " if result.name else "### "
    if result.error:
        yield _unanswered(result.error, title, number)
    if result.outcome:
        yield _findings(result, result.outcome, title, number, view)
        if view.facts:
            from archdiff.report import _facts

            before, rows = _facts.markdown(result.outcome.facts)
            yield PageBlock(before, rows, noun="fact", section=number, rank=1)
        yield from _beside(result.outcome, number, view)
        yield from _accepted(result, result.outcome, number)
        yield from _layers(result.outcome, number, view)
        notes = tuple(f"- {text(note)}" for note in _summary.notes(result.outcome))
        if notes:
            yield PageBlock("Notes:\n", notes, noun="note", section=number, rank=3)


def _unanswered(error: ArchdiffError, title: str, number: int) -> PageBlock:
    return PageBlock(f"{title}error\n\n{fenced(str(error))}", section=number, noun="pair")


def _findings(result: Result, outcome: Outcome, title: str, number: int, view: View) -> PageBlock:
    """What opens the section: the verdict, who, and a row a finding, gravest first."""
    ours, theirs = outcome.candidate, outcome.reference
    passed = "Failed" if result.failed else "Passed"
    counts = _summary.counts(outcome) or "no findings"
    lines = [
        f"{title}{_summary.verdicts(outcome)}: {text(_summary.verdict(outcome))}",
        "",
        f"**{passed}** ({code(_terms(result))}): {counts}<br>",
        f"{_who(ours)} against {_who(theirs)}<br>",
        text(_summary.inputs(outcome)),
    ]
    differences = [finding for finding in worth_a_line(result, view) if finding.is_difference]
    rows = [row(_of_finding(result, finding, view)) for finding in differences]
    shown = view.first(rows)
    if shown:
        lines += ["", header(_FINDINGS)]
    more = f"\n{len(rows) - len(shown):,} more (--max-findings, --all)" if len(shown) < len(rows) else ""
    return PageBlock("\n".join(lines), tuple(shown), more, "finding", number)


def _terms(result: Result) -> str:
    """The options that decide it."""
    unknown = "" if result.unknown == ON_UNKNOWN[0] else f" --unknown {result.unknown}"
    strict = f" --strict={','.join(result.strict)}" if result.strict else ""
    return f"--fail-on {result.fail_on.word}{unknown}{strict}"


def _who(network: NetworkInfo) -> str:
    name = network.label or network.class_name
    return f"{code(name)} ({code(places.whole(network.source, network.first_line, network.last_line))})"


def _of_finding(result: Result, finding: Finding, view: View) -> tuple[str, ...]:
    effect = f"**{finding.effect.word}**" if result.fails(finding) else finding.effect.word
    return effect, *_rule_and_places(finding, result.outcome), "<br>".join(_cell(finding, view))


def _rule_and_places(finding: Finding, outcome: Outcome | None) -> tuple[str, str, str]:
    assert outcome is not None
    ours, theirs = _summary.short_sources(outcome)
    rule = f"{finding.rule} {catalogue.name(finding.rule)}"
    return rule, _place(ours, finding.candidate), _place(theirs, finding.reference)


def _place(source: str, place: Place | None) -> str:
    return code(places.at(source, place.line, place.path)) if place and place.line else ""


def _cell(finding: Finding, view: View) -> Iterator[str]:
    """The message, what follows from it, where else it stands, and what it may be."""
    yield text(message(finding))
    follows = [each for each in consequences(finding) if each.effect is not Effect.COSMETIC or view.all]
    yield from (f"→ {text(message(each))}" for each in follows[:_MOST_SHOWN])
    if len(follows) > _MOST_SHOWN:
        yield f"→ and {len(follows) - _MOST_SHOWN:,} more"
    if others := finding.other_places:
        lines = ", ".join(lines_of(finding, pair, "/") for pair in others[:_MOST_SHOWN])
        more = f" and {len(others) - _MOST_SHOWN:,} more" if len(others) > _MOST_SHOWN else ""
        yield f"also in lines {lines}{more}"
    if finding.hint:
        yield f"to check: {code(finding.hint)}" if finding.hint_is_code else f"hint: {text(finding.hint)}"


def _beside(outcome: Outcome, number: int, view: View) -> Iterator[PageBlock]:
    """What is no difference between the two: facts that are not printed, what a run showed, what is about the paper."""
    for title, columns, category in (
        (f"Not printed: {_summary.NOT_PRINTED}", _NOT_PRINTED, "not printed"),
        (f"Measured: {_summary.MEASURED}", _MEASURED, "measured"),
    ):
        found = gathered([finding for finding in outcome.decisions if finding.category == category])
        rows = tuple(_of_fact(finding, outcome) for finding in view.first(found))
        if rows:
            more = f"\n{len(found) - len(rows):,} more (--max-findings, --all)" if len(rows) < len(found) else ""
            yield PageBlock(f"**{title}**\n\n{header(columns)}", rows, more, "fact", number, 2)
    claims = tuple(
        row((*_rule_and_places(finding, outcome), text(message(finding)), text(finding.hint)))
        for finding in outcome.decisions
        if finding.category == "about the paper"
    )
    if claims:
        before = f"**The paper: its own network has other numbers**\n\n{header(_CLAIMS)}"
        yield PageBlock(before, claims, "", "claim", number, 2)


def _of_fact(finding: Finding, outcome: Outcome) -> str:
    return row((*_rule_and_places(finding, outcome), text(message(finding)), code(finding.hint)))


def _accepted(result: Result, outcome: Outcome, number: int) -> Iterator[PageBlock]:
    rows = tuple(
        row(
            (
                *_rule_and_places(accepted.finding, outcome),
                text(accepted.finding.message),
                accepted.by,
                text(accepted.reason),
            )
        )
        for accepted in result.accepted
    )
    if rows:
        before = f"<details>\n<summary>{len(rows):,} accepted</summary>\n\n{header(_ACCEPTED)}"
        yield PageBlock(before, rows, "\n</details>", "accepted finding", number, 4)


# Layers


def _layers(outcome: Outcome, number: int, view: View) -> Iterator[PageBlock]:
    """Side by side, folded away; rows that differ say how and stand in bold."""
    rows = tuple(
        row(("", "", f"... {row_}", "", "", "", "")) if isinstance(row_, str) else row(_of_row(row_))
        for row_ in _pairs.folded(outcome, view._replace(context=max(view.context, _CONTEXT)))
    )
    if rows:
        before = f"<details>\n<summary>Layers, side by side</summary>\n\n{header(_LAYERS)}"
        yield PageBlock(before, rows, "\n</details>", "row of layers", number, 5)


def _of_row(pair: Row) -> tuple[str, ...]:
    bold = "**{}**".format if pair.mark.stands_out else str
    cells = (_pairs.MARKS[pair.mark][1], *_of_layer(pair.candidate), *_of_layer(pair.reference))
    return tuple(bold(cell) if cell else "" for cell in cells)


def _of_layer(layer: LayerInfo | None) -> tuple[str, str, str]:
    return (places.short(layer.line), code(layer.path), text(layer.class_name)) if layer else ("", "", "")


REPORT = Report(render=render)
