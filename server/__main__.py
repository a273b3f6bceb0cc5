"""`python -m server …` is `inkling …`."""

import sys

from server.cli import main

sys.exit(main())
