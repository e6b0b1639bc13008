"""What autodoc is told of our docstrings and signatures."""

import inspect
import re
from typing import Any

from docstrings import homes, to_rest
from docutils import nodes
from sphinx import addnodes

KEY = re.compile(r"Key\[[^]]*\](?: \| UInt32\[[^]]*\])+")


def convert(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """autodoc's event `autodoc-process-docstring`."""
    del app, name, obj, options
    if what != "property":
        lines[:] = to_rest(lines)


def convert_property(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """The same for a property, after napoleon, which would take words before a colon for a type."""
    del app, name, options
    if what == "property":
        written = getattr(obj, "fget", getattr(obj, "func", obj)).__doc__ or ""
        lines[:] = to_rest([*inspect.cleandoc(written).split("\n"), ""])


def skip(app: Any, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """autodoc's event `autodoc-skip-member`: what another page documents, and fields of tuples."""
    del options
    if what == "module" and app.env.current_document.docname == "reference/onward":
        return True if homes().get(name) != f"onward.{name}" else None
    return True if type(obj).__name__ == "_tuplegetter" else skipped or None


def name_keys(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str, returned: str
) -> tuple[str, str]:
    """autodoc's event `autodoc-process-signature`: a key by its name."""
    del app, what, name, obj, options
    return KEY.sub("PRNGKeyArray", signature or "") or signature, returned


def name_arrays(app: Any, doctree: nodes.document) -> None:
    """Sphinx's event `doctree-read`: in signatures an array by its name."""
    del app
    for signature in doctree.findall(addnodes.desc_signature):
        for text in list(signature.findall(nodes.Text)):
            if "jaxlib._jax.Array" in text:
                named = text.astext().replace("jaxlib._jax.Array", "Array")
                text.parent.replace(text, nodes.Text(named))


def setup(app: Any) -> dict[str, bool]:
    """Register the events with Sphinx."""
    app.connect("autodoc-process-docstring", convert, priority=400)
    app.connect("autodoc-process-docstring", convert_property, priority=600)
    app.connect("autodoc-process-signature", name_keys)
    app.connect("autodoc-skip-member", skip)
    app.connect("doctree-read", name_arrays)
    return {"parallel_read_safe": True}
