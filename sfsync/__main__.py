"""Run the command line: `python -m sfsync`."""

from sfsync.cli.main import main

main()
