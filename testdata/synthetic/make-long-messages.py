#!/usr/bin/env python3
"""Writes the captures of testdata/cases/long_*: messages longer than is read, and what stands behind them.

Everything is fixed, so the files come out the same byte for byte. Only the standard library is used. The bodies are
over 1 MiB, so most of each packet is left out of the file (`snap`) where the case allows it, or the capture is
compressed; see each case's README.md.
"""

import gzip
import os
import struct

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
ALICE, BOB, COLLECTOR = "192.0.2.11", "192.0.2.12", "192.0.2.20"
START = 1_790_000_000
