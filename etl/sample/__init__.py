"""A synthetic city: one export per source system, seeded, at any size, with the truth beside it.

Nothing here uses the code that will read the exports: due dates, check digits and statistics are
reckoned by the generator itself, so that its truth can judge that code.
"""

from etl.sample.city import write_city

__all__ = ["write_city"]
