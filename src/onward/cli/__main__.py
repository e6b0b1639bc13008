"""`python -m onward.cli`."""

from onward.cli.entry import main

main()
