"""``python -m report`` is the command ``everynumber``."""

from report.cli import main

main()
