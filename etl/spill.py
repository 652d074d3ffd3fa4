"""What a run knows of millions of things meanwhile: much of it lies in the temporary folder."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from etl.errors import KezekError

_IN_MEMORY = 8 * 2**20  # bytes


class Spill:
    """Bytes that are written once, one behind the other, and had from any place; where they are
    many in a file without a name, which is gone with its process."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, _quietly, self._file.close)

    def add(self, some: bytes | memoryview) -> int:
        """Write some more; where they begin. Raises KezekError where there is no room for them."""
        first = self.size
        with roomy():
            self._file.seek(first)
            self.size += self._file.write(some)
        return first

    def read(self, first: int, size: int) -> bytes:
        """So many bytes from the place ``first``. Raises KezekError where what was added before
        finds no room only now."""
        with roomy():
            self._file.seek(first)
            return self._file.read(size)


@contextmanager
def roomy() -> Iterator[None]:
    """Within it the temporary folder is used. Raises KezekError where that fails."""
    try:
        yield
    except OSError as error:
        raise KezekError(
            f"The temporary folder{_name()} cannot be used ({error.strerror}); nothing was "
            "changed. Make room in it, or name another: TMPDIR."
        ) from None


def _name() -> str:
    """Of the folder; nothing where there is none that can be written to."""
    with suppress(OSError):
        return f" {tempfile.gettempdir()}"
    return ""


def _quietly(close: Callable[[], None]) -> None:
    """What was not written yet is not wanted any more."""
    with suppress(OSError):
        close()
