"""Which larger tests a change asks for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "larger"


class Repository:
    """A repository of its own with the script in it."""

    def __init__(self, path: Path):
        self.path = path
        names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
        alien = ("GIT_", "CI_BASE")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(alien)}
        self.environment |= dict.fromkeys(names, "a") | {"GIT_CONFIG_GLOBAL": os.devnull}
        self.git("init", "--quiet", "--initial-branch", "main")
        (path / ".ci").mkdir()
        shutil.copy(SCRIPT, path / ".ci")
        self.commit("README.md")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.path, env=self.environment, check=True)

    def commit(self, *files: str) -> None:
        """Change these files."""
        for name in files:
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            with (self.path / name).open("a") as file:
                file.write("more\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "more")

    def asked(self, **environment: str) -> tuple[str, str]:
        """The targets, and what is said of them."""
        done = subprocess.run(
            [self.path / ".ci" / "larger"],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip(), done.stderr.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    ("files", "target"),
    [
        (("src/onward/learning/loop.py", "README.md"), ""),
        (("docs/facts.py", "docs/_static/own.css"), ""),
        (("docs/papers/page.md",), "test-docs"),
        (("papers/lab.py",), "test-papers"),
        (("tests/papers/test_lab.py",), "test-papers"),
        (("src/onward/cells/rnn.py",), "test-all"),
        (("papers/lab.py", "docs/claims.md"), "test-papers\ntest-docs"),
        (("papers/lab.py", "src/onward/rules/rtrl.py", "docs/claims.md"), "test-all"),
    ],
)
def test_a_change_asks_for_its_target(
    repository: Repository, files: tuple[str, ...], target: str
) -> None:
    repository.commit(*files)
    found, said = repository.asked()
    assert found == target
    assert said.startswith("larger tests: ") and "HEAD~1" in said


def test_a_merge_is_compared_with_its_first_parent(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "branch")
    repository.commit("papers/lab.py")
    repository.commit("README.md")
    repository.git("switch", "--quiet", "main")
    repository.commit("src/onward/rules/rtrl.py")
    repository.git("merge", "--quiet", "--no-edit", "branch")
    assert repository.asked()[0] == "test-papers"


def test_a_base_is_taken_from_the_environment(repository: Repository) -> None:
    repository.commit("papers/lab.py")
    repository.commit("README.md")
    assert repository.asked()[0] == ""
    assert repository.asked(CI_BASE="HEAD~2")[0] == "test-papers"


def test_without_a_commit_to_compare_with_nothing_has_changed(repository: Repository) -> None:
    assert repository.asked() == (
        "",
        "larger tests: none, as there is no commit HEAD~1 here to compare with",
    )
    repository.commit("papers/lab.py")
    assert repository.asked(CI_BASE="0" * 40)[0] == ""
