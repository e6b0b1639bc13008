"""Where the benchmarks' files lie."""

from pathlib import Path

HERE = Path(__file__).parent
LAST = HERE / "last.json"
ACCELERATOR = HERE / "accelerator.json"
PAGE = HERE.parent / "docs" / "benchmarks.md"
# The Python of the environment that braintrace has for itself.
PEER = HERE.parent / ".venv-braintrace" / "bin" / "python"
