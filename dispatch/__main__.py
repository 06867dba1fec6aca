"""`python -m dispatch` is `vigil`."""

from dispatch.cli import main

main()
