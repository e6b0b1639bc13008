"""A process that does jobs one after another: `python -P -m onward.jobs.worker`.

A line of JSON on standard input is a job, and a line on standard output what came of it. It ends
when standard input does, whatever it is doing: its parent is gone or needs it no longer.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any


def main() -> None:
    """Do what comes until nothing more can come."""
    # Ctrl-C reaches all processes of a terminal, and the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # What a job prints is not a reply.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(lines,), daemon=True).start()
    while True:
        print(perform(**json.loads(lines.get())), file=replies, flush=True)


def perform(call: str, arguments: Mapping[str, Any]) -> str:
    """Call a function.

    Args:
        call: as "module:function".
        arguments: its keyword arguments.

    Returns:
        JSON of one line: `{"value": ...}` or `{"error": "..."}`.
    """
    try:
        module, _, name = call.partition(":")
        value = getattr(import_module(module), name)(**arguments)
        return json.dumps({"value": value}, allow_nan=False)
    # A job that fails costs itself alone.
    except (Exception, SystemExit) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}, line {place.lineno}"
        return json.dumps({"error": f"{type(error).__name__}: {error} ({where})"})


def _read(lines: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
