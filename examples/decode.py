"""A decoder through three months of recordings from monkey motor cortex, where they lie beside the
checkout: trained on three days of July, carried through the 16 sessions after them."""

import os
import subprocess
import sys
from pathlib import Path

BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("ONWARD_DATA", BESIDE)) / "limb_wrist_spike"
OUT = Path("out/decode")
# In this one the cursor hardly moves: the file holds no behaviour to decode.
BROKEN = "20120720"


def main() -> None:
    """Run it as a user would; what an earlier call has done is not done again."""
    days = sorted(path for path in DATA.glob("*.npz") if path.stem != BROKEN)
    if not days:
        print(f"The recordings are not in {DATA}, so there is nothing to decode.")
        return
    command = ["decode", *map(str, days), "--seeds", "3", "--beyond", "14", "--out", str(OUT)]
    if (OUT / "progress.json").exists():
        command.append("--resume")
    subprocess.run([sys.executable, "-m", "onward.cli", *command], check=True)
    print(f"\nOpen in a browser:\n  {(OUT / 'report.html').resolve()}")


if __name__ == "__main__":
    main()
