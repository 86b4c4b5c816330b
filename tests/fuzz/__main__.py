"""Judge cases by hand: numbers, or FIRST:COUNT."""

import json
import sys
from pathlib import Path

from .campaign import campaign

if __name__ == "__main__":
    first, _, count = sys.argv[1].partition(":")
    log = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    found = campaign(range(int(first), int(first) + int(count or 1)), log=log)
    for kind, outcomes in sorted(found.outcomes.items()):
        sys.stdout.write(f"{kind:36} {dict(outcomes)}\n")
    for defect in found.defects:
        sys.stdout.write(json.dumps(defect) + "\n")
    sys.stdout.write(f"{found.cases} cases in {found.seconds:.0f} s\n")
