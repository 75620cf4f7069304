"""JUnit XML, as CI systems show it: a suite for each pair, a case for each rule that ran, so that a mended one passes.

A rule fails where one of its findings reaches the threshold, and is skipped where something is not known that does not
count. What XML cannot hold is replaced. Must not hold times: the same networks give the same file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from archdiff.model import catalogue, inert
from archdiff.model.effects import Effect
from archdiff.model.errors import ArchdiffError
from archdiff.model.finding import Finding
from archdiff.model.locations import Locations
from archdiff.model.outcome import Outcome, Suppressed
from archdiff.model.result import Result
from archdiff.model.wording import plural
from archdiff.report import Report, View, _summary
from archdiff.report._findings import in_full, layer_of, message, pair_name


def render(results: Sequence[Result], _view: View) -> str:
    """All pairs, whether they pass or not."""
    root = Element("testsuites", name="archdiff")
    root.extend([_suite(result) for result in results])
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(result: Result) -> Element:
    name = _xml(pair_name(result))
    suite = Element("testsuite", name=name)
    if result.outcome:
        headline = f"{_summary.verdicts(result.outcome)}: {_summary.verdict(result.outcome)}"
        properties = SubElement(suite, "properties")
        SubElement(properties, "property", name="headline", value=_xml(headline))
        for variant in result.outcome.variants:
            SubElement(properties, "property", name="variant", value=_xml(variant))
        suite.extend(_cases(result, result.outcome, name))
    else:
        suite.append(_without_answer(result.error, name))
    suite.set("tests", str(len(suite.findall("testcase"))))
    for count, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(outcome) is not None for case in suite)))
    return suite


def _without_answer(error: ArchdiffError | None, name: str) -> Element:
    case = Element("testcase", classname=name, name="comparison")
    if error:
        element = SubElement(case, "error", type=type(error).__name__, message=_xml(error.message))
        element.text = _xml(str(error))
    return case


def _cases(result: Result, outcome: Outcome, name: str) -> Iterator[Element]:
    """Every rule by which something was looked for, and any other that was found."""
    locations = Locations(outcome, outcome.findings)
    found = {*(finding.rule for finding in outcome.findings), *(each.finding.rule for each in result.accepted)}
    ran = [rule for rule in catalogue.BY_ID if rule in found or result.looked_for(rule)]
    for rule in [*ran, *sorted(found - set(catalogue.BY_ID))]:
        case = Element("testcase", classname=name, name=_xml(f"{rule} {catalogue.name(rule)}"))
        findings = [finding for finding in outcome.findings if finding.rule == rule]
        accepted = [accepted for accepted in result.accepted if accepted.finding.rule == rule]
        _fill(case, result, findings, accepted, locations)
        yield case


def _fill(
    case: Element, result: Result, findings: Sequence[Finding], accepted: Sequence[Suppressed], locations: Locations
) -> None:
    """What fails as a failure; else what is unknown or accepted as skipped; the rest beside it."""
    failing = [finding for finding in findings if result.fails(finding)]
    others = [finding for finding in findings if not result.fails(finding)]
    if failing:
        text = message(failing[0]) if len(failing) == 1 else f"{plural(len(failing), 'finding')}: {message(failing[0])}"
        failure = SubElement(case, "failure", type=max(finding.effect for finding in failing).word, message=_xml(text))
        failure.text = _xml("\n".join(line for finding in failing for line in _lines(finding, locations)))
    elif unknown := [finding for finding in others if finding.effect is Effect.UNKNOWN]:
        text = f"{'not printed' if unknown[0].not_printed else 'unknown'}: {message(unknown[0])}"
        SubElement(case, "skipped", message=_xml(text))
    elif accepted and not others:
        SubElement(case, "skipped", message=_xml(_acceptance(accepted[0])))
    beside = [line for finding in others for line in _lines(finding, locations)]
    beside += map(_acceptance, accepted)
    if beside:
        SubElement(case, "system-out").text = _xml("\n".join(beside))


def _acceptance(accepted: Suppressed) -> str:
    by = f"{accepted.by}: {accepted.reason}" if accepted.reason else accepted.by
    return f"accepted ({by}): {message(accepted.finding)}"


def _lines(finding: Finding, locations: Locations) -> Iterator[str]:
    first, *rest = in_full(finding, locations.outcome)
    location = locations.of(finding)
    yield f"{location}: {layer_of(location)}{first}"
    yield from (f"  {line}" for line in rest)


def _xml(text: str) -> str:
    return inert.lines(text)


REPORT = Report(render=render)
