"""The main job on two streams: a real one that ships with river, and a simulated motor cortex
whose electrodes drift. Prints the tables and, last, the paths of the two reports."""

import shutil
import subprocess
import sys
from pathlib import Path

STREAMS = ("airline-passengers", "cortex")
OUT = Path("out/demo")


def main() -> None:
    """Run both, each as a user would."""
    shutil.rmtree(OUT, ignore_errors=True)
    for stream in STREAMS:
        command = ["run", stream, "--out", str(OUT / stream)]
        print(f"\n$ onward {' '.join(command)}\n", flush=True)
        subprocess.run([sys.executable, "-m", "onward.cli", *command], check=True)
    print("\nOpen in a browser:")
    for stream in STREAMS:
        print(f"  {(OUT / stream / 'report.html').resolve()}")


if __name__ == "__main__":
    main()
