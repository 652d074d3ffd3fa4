"""From judged frames into the warehouse: staging, a set-based merge, and what follows from it.

Nothing here commits: all of it happens in the caller's transaction, or not at all.
"""

from etl.load.batch import Batch, Tally, newest_event
from etl.load.derive import derive
from etl.load.merge import Merged, merge
from etl.load.staging import Staged, prepare, stage

__all__ = [
    "Batch",
    "Merged",
    "Staged",
    "Tally",
    "derive",
    "merge",
    "newest_event",
    "prepare",
    "stage",
]
