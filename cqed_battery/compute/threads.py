"""One thread for linear algebra, so that results are the same bytes on machines of any size.

A product of matrices that is split among threads is added up in another order. The matrices here
are small besides: threads would mostly wait for each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy and scipy use one thread within; `@one_thread()` does so within a function."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> "ThreadpoolController":
    import scipy.linalg  # noqa: F401  # whose library must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
