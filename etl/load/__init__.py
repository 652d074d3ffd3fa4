"""From judged frames into the warehouse: staging, a set-based merge, and what follows from it.

Nothing of the warehouse is committed here: it happens in the caller's transaction, or not at all.
"""

from etl.load.area import Area, area
from etl.load.batch import Batch, Tally
from etl.load.derive import Derived, derive, number
from etl.load.indexes import leave_out_indexes
from etl.load.merge import Merged, merge
from etl.load.prepared import Prepared, prepared
from etl.load.staging import Staged, Stager, prepare, stage
from etl.load.taken import Taken

__all__ = [
    "Area",
    "Batch",
    "Derived",
    "Merged",
    "Prepared",
    "Staged",
    "Stager",
    "Taken",
    "Tally",
    "area",
    "derive",
    "leave_out_indexes",
    "merge",
    "number",
    "prepare",
    "prepared",
    "stage",
]
