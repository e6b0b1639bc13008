"""`python -m papers A1 --quick` is `onward reproduce A1 --quick`."""

import sys

from onward.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "reproduce")
    main()
