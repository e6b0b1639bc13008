"""`python -m onward.cli`."""

from onward.cli.main import main

main()
