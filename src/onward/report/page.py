"""Pages from templates that stand beside this file."""

from importlib.resources import files
from typing import Any


def filled(template: str, **values: Any) -> str:
    """A page as text. Values are escaped unless the template calls them safe.

    Args:
        template: its path within this folder. It may include and import others of the folder.
        values: what it names; a name without a value is an error.
    """
    import jinja2

    def read(name: str) -> str:
        return files("onward.report").joinpath(name).read_text("utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
