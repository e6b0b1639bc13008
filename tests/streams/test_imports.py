"""Streams see no model, and cost nothing to import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import onward.streams

ROOM = Path(onward.streams.__file__).parent
LAZY = {"pandas", "pyarrow", "river"}


def imports(nodes: list[ast.stmt], lazily: bool) -> Iterator[str]:
    """Yield the modules that are imported by the statements, within functions if `lazily`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif lazily or not isinstance(node, ast.FunctionDef):
            yield from imports(_body(node), lazily)


def _body(node: ast.stmt) -> list[ast.stmt]:
    fields = ("body", "orelse", "finalbody")
    found = [child for field in fields for child in getattr(node, field, [])]
    return found + [child for handler in getattr(node, "handlers", []) for child in handler.body]


def all_imports(source: str, lazily: bool) -> set[str]:
    return set(imports(ast.parse(source).body, lazily))


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.stem)
def test_only_numpy_and_the_room_itself_are_imported(path: Path) -> None:
    for module in all_imports(path.read_text(), lazily=False):
        assert module.split(".")[0] not in LAZY | {"jax", "equinox", "optax"}
    for module in all_imports(path.read_text(), lazily=True):
        outside = module.split(".")[0] != "onward"
        assert outside or module.startswith("onward.streams")
        assert not module.startswith("jax")


def test_the_reader_of_imports_sees_them() -> None:
    source = "import a\nclass C:\n    import b\n    def f(self):\n        from c import d\n"
    assert all_imports(source, lazily=False) == {"a", "b"}
    assert all_imports(source, lazily=True) == {"a", "b", "c"}
