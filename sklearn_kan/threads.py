"""How many BLAS threads a fit may use.

Levenberg-Marquardt on splines is thousands of small products, each of them milliseconds or less. On
two idle cores a second thread gains little on them; where the second core is busy, BLAS threads wait
for each other actively and such a fit becomes 3 to 100 times slower. So one thread is the rule, up to
a size where products are long enough to share. (docs/benchmarks/threads.py measures both.)
"""

from contextlib import nullcontext

from threadpoolctl import threadpool_limits

# Parameters of a network up to which one thread is used.
_ONE_THREAD_PARAMS = 1500


def limited_threads(n_params):
    """Context in which BLAS has the number of threads that suits a network of so many parameters."""
    return threadpool_limits(1, user_api="blas") if n_params <= _ONE_THREAD_PARAMS else nullcontext()
