"""`python -m symbp` is the command `symbp`."""

import sys

from symbp.cli import main

sys.exit(main())
