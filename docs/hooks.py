"""Pages that are made while the site is built, so that no copy can grow old; links that hold in the repository, too.

The README is the first page, and each rule of `archdiff rule` has one. Must not need more than mkdocs and the source.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

from archdiff.model import catalogue  # noqa: E402 - it needs no package that is not in Python

PAPERS = (*(ROOT / "reference_specs").glob("*/README.md"),)
#: pages that stand elsewhere in the repository -> their place in the site
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "reference_specs/README.md": "reference_specs/README.md",
    **{page: page for page in sorted(f"reference_specs/{each.parent.name}/README.md" for each in PAPERS)},
}
_IN_REPOSITORY = {site: path for path, site in ELSEWHERE.items()}

_CODE = re.compile(
    r"(^(```+|~~~+).*?^\2`*~*$|^ {4}.*?$|`[^`\n]+`|\[[^\]\n]*\]\([^)\n]*\)|^#.*?$)", re.DOTALL | re.MULTILINE
)
_LINK = re.compile(r"(\]\()([^)#\s:]+\.(?:md|webp))(#[^)]*)?\)")
_RULE = re.compile(r"\bAD\d{3}\b")
_REQUEST = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\s>]*", re.IGNORECASE
)


def on_config(config: Any) -> Any:
    """One page a rule in the navigation, behind the overview, and one a paper, by its heading."""
    papers = [{title(each): f"reference_specs/{each.parent.name}/README.md"} for each in sorted(PAPERS)]
    for section in config.nav:
        if "Papers" in section:
            section["Papers"] = [*section["Papers"], *papers]
        if "Rules" in section:
            pages: list[Any] = [{f"{each.id} {each.name}": f"rules/{each.id}.md"} for each in catalogue.ENTRIES]
            section["Rules"] = [section["Rules"], *pages]
    return config


def title(page: Path) -> str:
    """The heading of a page."""
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def on_files(files: Any, config: Any) -> Any:
    """The made pages beside those of docs/."""
    from mkdocs.structure.files import File

    made = {site: (ROOT / path).read_text(encoding="utf-8") for path, site in ELSEWHERE.items()}
    made["rules/index.md"] = rules_page()
    made |= {f"rules/{entry.id}.md": rule_page(entry) for entry in catalogue.ENTRIES}
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links of the repository become links of the site, and rule ids links to their pages."""
    return with_rules_linked(with_links_of_the_site(markdown, page.file.src_uri), page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """No page asks anybody else for a font, a script or an image.

    Raises:
        PluginError: with the page and the tag.
    """
    from mkdocs.exceptions import PluginError

    if found := third_party(output):
        raise PluginError(f"{page.file.src_uri} makes a request elsewhere: {found}")
    return output


def third_party(html: str) -> str:
    """The first tag that loads something from another server; "" where none does."""
    found = _REQUEST.search(html)
    return found[0] if found else ""


def with_links_of_the_site(markdown: str, site: str) -> str:
    """Links to Markdown files and pictures, as they work in the repository, rewritten for the page at `site`."""
    folder = posixpath.dirname(_IN_REPOSITORY.get(site, f"docs/{site}"))

    def link(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found[2]))
        target = ELSEWHERE.get(path, path.removeprefix("docs/"))
        return f"{found[1]}{posixpath.relpath(target, posixpath.dirname(site) or '.')}{found[3] or ''})"

    return markdown if site.startswith("rules/") else _LINK.sub(link, markdown)


def with_rules_linked(markdown: str, site: str) -> str:
    """`AD101` in a sentence becomes a link to the page of that rule; code, links and headings stay."""
    here, parts = posixpath.dirname(site) or ".", _CODE.split(markdown)
    for index in range(0, len(parts), _CODE.groups + 1):
        parts[index] = _RULE.sub(lambda found: _to_rule(found[0], here, site), parts[index])
    del parts[2 :: _CODE.groups + 1]  # the fence alone
    return "".join(part or "" for part in parts)


def _to_rule(rule: str, here: str, site: str) -> str:
    page = f"rules/{rule}.md"
    return f"[{rule}]({posixpath.relpath(page, here)})" if rule in catalogue.BY_ID and page != site else rule


def rules_page() -> str:
    """The overview of `archdiff rule`, as a table."""
    rows = "\n".join(
        f"| [{each.id}]({each.id}.md) | `{each.name}` | {each.one_finding_for} | {_words(each)} |"
        for each in catalogue.ENTRIES
    )
    return (
        "# Rules\n\nEvery finding has the id of a rule. AD1xx is order and structure, AD2xx shapes, AD3xx settings, "
        "AD4xx settings of training alone, AD5xx weight sparsity, AD6xx k-winners, AD7xx facts that are not printed, "
        "AD8xx the training recipe, AD9xx what was measured, AD0xx the paper. `archdiff rule` prints this table, and "
        "`archdiff rule AD101` the page of one rule. [Effects and verdicts](../effects.md) says what each effect "
        "promises.\n\n"
        f"| id | name | one finding for | effects |\n|---|---|---|---|\n{rows}\n"
    )


def rule_page(entry: catalogue.RuleInfo) -> str:
    """What `archdiff rule ID` prints, as a page."""
    head = f"# {entry.id} {entry.name}\n\nOne finding for {entry.one_finding_for}.\n\n{entry.means}\n"
    return head + "".join(f"\n## {title}\n\n{text}\n" for title, text in catalogue.sections(entry))


def _words(entry: catalogue.RuleInfo) -> str:
    return ", ".join(f"`{effect.word}`" for effect in entry.effects)
