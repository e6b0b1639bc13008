"""`onward info`: cells and rules, what they cost and how exact they are."""

from typing import Annotated

import typer

from onward._names import CELLS, RULES, canonical


def info(
    name: Annotated[str | None, typer.Argument(help="A cell or a rule, for more about it.")] = None,
) -> None:
    """List cells and rules with cost and exactness class, or tell more of one."""
    found = None if name is None else canonical("cell or rule", name, (*CELLS, *RULES))
    # JAX is read here, with the classes whose documentation is shown.
    from onward.cli.info_text import show, tell

    show() if found is None else tell(found)
