"""The pages of benchmarks/pages.py: what each case is made of, and what is left out. tests/browser opens them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import page_cases
import pages

#: of libraries, large, or opened by tests/browser, which are the others
ELSEWHERE = {*page_cases.OF_LIBRARIES, "large", "large_of_equal", "many", "million", "note_bench", "note_run", "skip"}


@pytest.mark.parametrize("case", sorted(set(page_cases.CASES) - ELSEWHERE))
def test_a_case_is_a_page(case: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    pages.write(case, file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert 20_000 < len(text.encode()) < 2_000_000


def test_prints_of_libraries_are_taken_from_a_folder(tmp_path: Path) -> None:
    own, prints = tmp_path / "own", tmp_path / "prints"
    for folder in (own, prints):
        folder.mkdir()
    names = ["resnet18.txt", "resnet34.txt"]
    for name in names:
        (prints / name).write_text(name)
    assert page_cases.CASES["resnet"](page_cases.Places(own, prints)) == ["compare", *names]
    assert [(own / name).read_text() for name in names] == names


def test_what_cannot_be_made_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("timm", "torchvision"):
        monkeypatch.setitem(sys.modules, library, None)  # as where it is not installed
    with pytest.raises(page_cases.LeftOutError, match="--prints DIR takes prints"):
        pages.write("mobilenet", tmp_path / "page.html")
    with pytest.raises(page_cases.LeftOutError, match=r"no .*nowhere/mobilenetv2_100\.txt and no "):
        pages.write("mobilenet", tmp_path / "page.html", tmp_path / "nowhere")


def test_a_page_that_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["pages.py", str(tmp_path), "nosuch"])
    with pytest.raises(SystemExit):
        pages.main()
    assert "no such page: nosuch; there are note, note_spec" in capsys.readouterr().err
