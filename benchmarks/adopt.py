"""Every way into a project, really taken: pre-commit from a clone, the action's steps, sdist with tests, wheel.

    python benchmarks/adopt.py [--live] [--tests PATH ...] [pre-commit] [action] [sdist] [wheel]

Works on a copy of the tracked files, in a temporary folder and in fresh environments; needs git, bash and a registry of
packages. `--live` runs pre-commit and the action with a live model, too, which installs torch twice. `--tests` takes
the place of the whole suite for the sdist. Says how large each installation is; ends with 1 where something is not as
docs/ci.md says.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): ReLU()\n)\n"
WIDER = NETWORK.replace("out_features=3", "out_features=5")
PAIR = '[[pairs]]\ncandidate = "mine.txt"\nreference = "original.txt"\n'
LIVE = '[[pairs]]\ncandidate = "models:net"\nreference = "original.txt"\n'
MODEL = "from torch import nn\n\nnet = nn.Sequential(nn.Linear(4, 3), nn.ReLU())\n"
TEST = "def test_mine(assert_same_architecture):\n    assert_same_architecture('mine.txt', 'original.txt')\n"
HOOK = "repos:\n- repo: {repo}\n  rev: {rev}\n  hooks:\n  - id: archdiff\n{more}"


class UnexpectedError(Exception):
    """Something is not as the documentation says."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"of {', '.join(WAYS)}; all by default")
    parser.add_argument("--live", action="store_true", help="with a live model, too")
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="of the sdist; all by default")
    given = parser.parse_args()
    if wrong := sorted(set(given.ways) - set(WAYS)):
        parser.error(f"no such way: {', '.join(wrong)}")
    with tempfile.TemporaryDirectory(prefix="adopt-") as work:
        place = Place(Path(work), given.live, given.tests)
        for name in given.ways or WAYS:
            print(f"== {name}", flush=True)
            try:
                WAYS[name](place)
            except UnexpectedError as error:
                sys.exit(f"{name}: {error}")
    print("== all as documented")


class Place:
    """A temporary folder with a clone of this checkout, and tools beside it."""

    def __init__(self, work: Path, live: bool, tests: Sequence[str]) -> None:
        self.work, self.live, self.tests = work, live, tests
        self.clone = work / "archdiff"
        self.clone.mkdir()
        for name in done("git", "ls-files", "-z", cwd=ROOT).split("\0"):
            if name and (ROOT / name).is_file():
                (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.clone / name)
        self.rev = committed(self.clone)
        self.tools = environment(work / "tools", "pre-commit", "build")

    def project(self, name: str, **files: str) -> Path:
        """A repository of somebody who uses archdiff."""
        folder = self.work / name
        folder.mkdir()
        for file, text in {"mine.txt": NETWORK, "original.txt": NETWORK, "archdiff.toml": PAIR, **files}.items():
            (folder / file).write_text(text)
        committed(folder)
        return folder


# Ways


def pre_commit(place: Place) -> None:
    ways = {"texts": (PAIR, "mine.txt", "")}
    if place.live:
        ways["live"] = (LIVE, "models.py", f"    additional_dependencies: [torch, -c, {place.clone}/constraints.txt]\n")
    for name, (pair, file, more) in ways.items():
        configuration = HOOK.format(repo=place.clone, rev=place.rev, more=more)
        files = {"models.py": MODEL, "archdiff.toml": pair, ".pre-commit-config.yaml": configuration}
        folder = place.project(f"pre-commit-{name}", **files)
        cache = place.work / f"cache-{name}"
        hook = [str(place.tools / "pre-commit"), "run", "--all-files", "--color", "never"]
        ran(hook, 0, "Passed", folder, PRE_COMMIT_HOME=str(cache))
        installed(next(cache.glob("repo*/py_env*")), torch=name == "live")
        text = (folder / file).read_text()
        (folder / file).write_text(text.replace("out_features=3", "out_features=5").replace("(4, 3)", "(4, 5)"))
        ran(hook, 1, "function out_features 5, not 3", folder, PRE_COMMIT_HOME=str(cache))


def action(place: Place) -> None:
    ways = {"texts": (PAIR, {"sarif": "archdiff.sarif"})}
    if place.live:
        ways["live"] = (
            LIVE,
            {"requirements": "-r requirements.txt", "constraints": str(place.clone / "constraints.txt")},
        )
    for name, (pair, inputs) in ways.items():
        files = {"models.py": MODEL, "archdiff.toml": pair, "requirements.txt": "torch\n"}
        folder = place.project(f"action-{name}", **files)
        temporary, page = folder / "temporary", folder / "summary.md"
        temporary.mkdir()
        around = {"RUNNER_TEMP": str(temporary), "GITHUB_STEP_SUMMARY": str(page), "GITHUB_ACTIONS": "true"}
        install, check = steps(place, inputs)
        ran(install[0], 0, "", folder, **around, **install[1])
        installed(temporary / "archdiff", torch=name == "live")
        ran(check[0], 0, "1 passed, 0 failed", folder, **around, **check[1])
        if "sarif" in inputs and not (folder / inputs["sarif"]).is_file():
            raise UnexpectedError(f"no {inputs['sarif']}")
        (folder / "original.txt").write_text(WIDER)
        ran(check[0], 1, "::error ", folder, **around, **check[1])
        if "out_features 3, not 5" not in page.read_text().replace("`", ""):
            raise UnexpectedError("the page of the job summary does not name the difference")


def steps(place: Place, inputs: Mapping[str, str]) -> list[tuple[list[str], dict[str, str]]]:
    """(command, its environment) of every step of action.yml that runs something, as GitHub would run it."""
    program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    python, file = str(place.tools / "python"), str(place.clone / "action.yml")
    read: Any = json.loads(done(python, "-c", program, file))
    if unknown := sorted(set(inputs) - set(read["inputs"])):
        raise UnexpectedError(f"action.yml has no input {', '.join(unknown)}")
    values = {f"inputs.{name}": inputs.get(name, each["default"]) for name, each in read["inputs"].items()}
    values["github.action_path"] = str(place.clone)

    def value(text: str) -> str:
        return re.sub(r"\$\{\{ *(\S+) *\}\}", lambda found: values[found[1]], text)

    return [
        (
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", value(step["run"])],
            {name: value(text) for name, text in step.get("env", {}).items()},
        )
        for step in read["runs"]["steps"]
        if "run" in step
    ]


def sdist(place: Place) -> None:
    built = distribution(place, "--sdist", "*.tar.gz")
    unpacked = place.work / "unpacked"
    shutil.unpack_archive(built, unpacked)
    (folder,) = unpacked.iterdir()
    bin_folder = environment(
        place.work / "sdist", "-c", str(folder / "constraints.txt"), f"archdiff[dev] @ {built.as_uri()}"
    )
    installed(bin_folder.parent, torch=True)
    ran([str(bin_folder / "pytest"), "-q", *place.tests], 0, " passed", folder)


def wheel(place: Place) -> None:
    built = distribution(place, "--wheel", "*.whl")
    locked = ["--no-deps", "-r", str(place.clone / "without-torch.txt")]
    bin_folder = environment(place.work / "wheel", *locked, str(built))
    installed(bin_folder.parent, torch=False)
    command = str(bin_folder / "archdiff")
    folder = place.project("wheel-project", **{"original.txt": WIDER, "test_mine.py": TEST})
    ran([command, "mine.txt", "original.txt"], 1, "out_features 3, not 5", folder)
    ran([command, "match", "mine.txt"], 1, "nothing is near", folder)
    ran([command, "match", "ref:how_so_dense/gsc_sparse_cnn2"], 0, "ref:how_so_dense/gsc_sparse_cnn2", folder)
    ran([command, "mine.txt", "original.txt", "--run"], 2, "needs torch, which is not installed", folder)
    ran([command], 0, "complete -o default -F", folder, _ARCHDIFF_COMPLETE="source_bash")
    # The plugin comes with the package; nobody's tests may notice it, with torch or without.
    ran([str(bin_folder / "pip"), "install", "-q", "pytest", "pytest-xdist"], 0, "", folder)
    pytest = [str(bin_folder / "pytest"), "-W", "error", "-p", "no:cacheprovider"]
    ran(pytest, 1, "AD301 function out_features 3, not 5", folder)
    ran([*pytest, "-n", "2"], 1, "AD301 function out_features 3, not 5", folder)
    ran([*pytest, "-p", "no:archdiff"], 1, "fixture 'assert_same_architecture' not found", folder)
    (folder / "original.txt").write_text(NETWORK)
    ran([*pytest, "-n", "2"], 0, "1 passed", folder)


WAYS = {"pre-commit": pre_commit, "action": action, "sdist": sdist, "wheel": wheel}


# Tools


def distribution(place: Place, kind: str, pattern: str) -> Path:
    out = place.work / f"dist{kind}"
    ran([str(place.tools / "python"), "-m", "build", kind, "--outdir", str(out), str(place.clone)], 0, "", place.work)
    (built,) = out.glob(pattern)
    print(f"{built.name}: {built.stat().st_size / 1000:.0f} kB")
    return built


def environment(folder: Path, *requirements: str) -> Path:
    """The `bin` of a fresh environment with these requirements."""
    venv.create(folder, with_pip=True)
    done(str(folder / "bin" / "pip"), "install", "-q", *requirements)
    return folder / "bin"


def installed(folder: Path, torch: bool) -> None:
    """Says how large an environment is, and refuses one that has torch where it should not."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = any(folder.glob("lib/python*/site-packages/torch"))
    print(f"installed: {size / 1e6:.0f} MB, {'with' if found else 'without'} torch", flush=True)
    if found is not torch:
        raise UnexpectedError(f"installed {'with' if found else 'without'} torch")


def committed(folder: Path) -> str:
    """All files of a folder as a repository of one commit; its revision."""
    identity = ["-c", "user.name=adopt", "-c", "user.email=adopt@localhost", "-c", "commit.gpgsign=false"]
    done("git", "init", "-q", cwd=folder)
    done("git", "add", "--all", "--force", cwd=folder)
    done("git", *identity, "commit", "-q", "--no-verify", "-m", "all", cwd=folder)
    return done("git", "rev-parse", "HEAD", cwd=folder).strip()


def ran(command: Sequence[str], code: int, shown: str, cwd: Path, **more: str) -> None:
    """Runs it and refuses another exit code, or an output without these words; they may be wrapped."""
    print(f"$ {' '.join(command) if command[0] != 'bash' else command[-1].strip()}", flush=True)
    given = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=surroundings(more))
    output = given.stdout + given.stderr
    if given.returncode != code or " ".join(shown.split()) not in " ".join(output.split()):
        raise UnexpectedError(f"exit code {given.returncode}, expected {code} and '{shown}' in:\n{output}")


def done(*command: str, cwd: Path | None = None) -> str:
    given = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=surroundings({}))
    if given.returncode:
        raise UnexpectedError(f"{' '.join(command)} ended with {given.returncode}:\n{given.stdout}{given.stderr}")
    return given.stdout


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would let this checkout, or a hook that runs this, help."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "GIT_", "ARCHDIFF_", "PYTEST_", "PRE_COMMIT")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **more}


if __name__ == "__main__":
    main()
