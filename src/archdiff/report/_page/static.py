"""What the page shows without a script: the headline, the fact sheets, the findings. The scripts take it over.

Whatever comes from the input goes through `text`. Must not decide what is said: the sentences are those of all reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from archdiff.model import places
from archdiff.model.errors import ArchdiffError
from archdiff.model.fact_sheet import FactPair
from archdiff.model.finding import Finding
from archdiff.model.outcome import Outcome
from archdiff.model.result import Result, tally
from archdiff.model.wording import plural
from archdiff.report import View, _facts, _findings, _listing, _summary
from archdiff.report._gathered import gathered
from archdiff.report._page.packed import shown, shown_path

_MOST_FOLLOWING: Final = 6  # consequences of one finding
_WIDTH: Final = 112  # characters of a line of the headline, which has two


def text(words: str) -> str:
    """Words from anywhere as text of HTML: markup is none, what cannot be seen is U+FFFD, and none is endless."""
    return escape(shown(words))


def isolated(words: str) -> str:
    """The same for a name, whose direction of writing is its own."""
    return f"<bdi>{text(words)}</bdi>"


def effect_class(word: str) -> str:
    """The class of CSS that gives an effect or a category its colour and its pattern."""
    return f"effect-{word.replace(' ', '-')}"


def title(results: Sequence[Result]) -> str:
    """What the window is called: the verdict and who."""
    match results:
        case [Result(outcome=Outcome() as outcome) as result]:
            return f"{_summary.verdicts(outcome)}: {_findings.pair_name(result)}"
        case [Result(error=ArchdiffError())]:
            return "error"
        case _:
            return _tally(results)


def _tally(results: Sequence[Result]) -> str:
    failed, errors = tally(results)
    parts = [f"{len(results) - failed - errors:,} passed", f"{failed:,} failed"]
    return f"{plural(len(results), 'pair')}: {', '.join([*parts, *([plural(errors, 'error')] if errors else [])])}"


# Many


def overview(results: Sequence[Result]) -> Iterator[str]:
    """All pairs in a table, those that failed first; each leads to its comparison."""
    yield f'<nav aria-label="comparisons"><h1>{text(_tally(results))}</h1>'
    yield '<a class="skip" href="#comparison">to the comparison</a>'
    yield '<div class="scroll" tabindex="0" role="region" aria-label="all comparisons"><table><tbody>'
    numbered = sorted(enumerate(results, 1), key=lambda each: (not each[1].error, not each[1].failed))
    for number, result in numbered:
        verdict = _summary.verdicts(result.outcome) if result.outcome else "error"
        word = result.outcome.verdict if result.outcome else "function"
        sentence = _summary.verdict(result.outcome, _WIDTH) if result.outcome else str(result.error).split("\n")[0]
        yield (
            f'<tr class="{effect_class(word)}"><td>{number}</td><td class="state">{state(result)}</td>'
            f'<td><a href="#{number}">{isolated(_findings.pair_name(result))}</a></td>'
            f'<td><span class="badge">{text(verdict)}</span></td><td>{text(sentence)}</td></tr>'
        )
    yield '</tbody></table></div></nav><div id="comparison" tabindex="-1"></div>'


def state(result: Result) -> str:
    """What became of a pair, in a word."""
    return "error" if result.error else "failed" if result.failed else "passed"


# One


def article(result: Result, number: int, packed: str, view: View) -> Iterator[str]:
    """One comparison.

    Args:
        result: Of it.
        number: Counted from 1; 0 where it is the only one.
        packed: The id of the element that holds its data; "" for an error, which has none.
        view: How many findings are shown.
    """
    pair = f' data-pair="{packed}"' if packed else ""
    yield f'<article class="pair {state(result)}"{pair}{f" id={chr(34)}pair{number}{chr(34)}" if number else ""}>'
    head = "h2" if number else "h1"
    if result.error is not None:
        yield f'<header class="verdict effect-function"><{head}><span class="badge">error</span> '
        yield f"{'<br>'.join(map(text, str(result.error).split(chr(10))))}</{head}></header>"
    elif result.outcome is not None:
        yield from _head(result.outcome, f"{result.name}: " if number and result.name else "", head)
        yield from _facts_of(result.outcome.facts)
        yield from _findings_of(result, view)
        yield from _notes(result)
    yield "</article>"


def _head(outcome: Outcome, before: str, head: str) -> Iterator[str]:
    yield f'<header class="verdict {effect_class(outcome.verdict)}"><{head}>{isolated(before) if before else ""}'
    yield f'<span class="badge">{text(_summary.verdicts(outcome))}</span>'
    yield f": {text(_summary.verdict(outcome, _WIDTH))}</{head}>"
    who = f"{_summary.who(outcome)}; {_summary.inputs(outcome)}"
    counts = _summary.counts(outcome)
    yield f'<p class="who">{isolated(who)}</p>' + (f'<p class="counts">{text(counts)}</p>' if counts else "")
    yield "</header>"


def _facts_of(pairs: Sequence[FactPair]) -> Iterator[str]:
    """A card for each fact that differs; the others, and those in which a depth changes counts alone, folded away."""
    yield '<section class="facts" aria-label="fact sheet"><dl>'
    yield from (_card(pair) for pair in pairs if pair.differs and not pair.only_counts)
    yield "</dl>"
    equal = [pair for pair in pairs if not pair.differs]
    counts = [pair for pair in pairs if pair.differs and pair.only_counts]
    if equal or counts:
        words = f"{plural(len(equal), 'fact')} equal" + (f", {len(counts)} differ in counts alone" if counts else "")
        told = "; ".join(f"{text(pair.name)} {isolated(pair.candidate or _facts.NOTHING)}" for pair in equal)
        yield f'<details class="equal"><summary>{words}</summary><p>{told}</p>'
        yield f"<dl>{''.join(map(_card, counts))}</dl></details>"
    yield "</section>"


def _card(pair: FactPair) -> str:
    sides = (("ours", "mine", pair.candidate), ("theirs", "ref.", pair.reference))
    both = (
        f'<dd class="{side}" data-side="{word}">{isolated(value or _facts.NOTHING)}</dd>' for side, word, value in sides
    )
    return f"<div><dt>{text(pair.name)}</dt>{''.join(both)}</div>"


def _findings_of(result: Result, view: View) -> Iterator[str]:
    assert result.outcome is not None
    found = result.outcome.decisions
    live = places.is_live(result.outcome.candidate.source), places.is_live(result.outcome.reference.source)
    differences = [each for each in found if each.is_difference]
    rest = [each for each in found if not each.is_difference]
    yield f'<section class="findings" aria-label="findings"><h2>{plural(len(found), "finding")}</h2><div class="list">'
    for kind, group in groupby([*differences, *gathered(rest)], key=_kind):
        each = list(group)
        yield f'<h3 class="{effect_class(kind)}">{text(kind)}</h3>'
        yield from (_finding(finding, live) for finding in view.first(each))
        if len(view.first(each)) < len(each):
            yield f"<p>{len(each) - len(view.first(each)):,} more</p>"
    yield "</div></section>"


def _kind(finding: Finding) -> str:
    return finding.effect.word if finding.is_difference else finding.category


def _finding(finding: Finding, live: tuple[bool, bool]) -> str:
    lines = _listing.of_lines(finding.candidate, finding.reference, live)
    path = shown_path(_findings.where(finding))
    where = f"<b>{isolated(path)}</b> " if path else ""
    follows = [each for member in (finding, *finding.members) for each in _findings.consequences(member)]
    told = [f"<li>{text(_findings.message(each))}</li>" for each in follows[:_MOST_FOLLOWING]]
    if len(follows) > _MOST_FOLLOWING:
        told.append(f"<li>{len(follows) - _MOST_FOLLOWING:,} more</li>")
    hint = f"<p>{'to check' if finding.hint_is_code else 'hint'}: <code>{text(finding.hint)}</code></p>"
    return (
        f'<div class="finding {effect_class(finding.effect.word)}">{where}{text(_findings.message(finding))} '
        f'<span class="rule">{finding.rule} {text(lines)}</span>'
        f"{'<ul class=then>' + ''.join(told) + '</ul>' if told else ''}{hint if finding.hint else ''}</div>"
    )


def _notes(result: Result) -> Iterator[str]:
    assert result.outcome is not None
    notes = [f"<p>note: {text(note)}</p>" for note in _summary.notes(result.outcome)]
    for accepted in result.accepted:
        why = f"{accepted.by}: {accepted.reason or 'no reason given'}"
        notes.append(f"<p>{accepted.finding.rule} {text(accepted.finding.message)} ({text(why)})</p>")
    if notes:
        yield f'<section class="notes faint" aria-label="notes">{"".join(notes)}</section>'
