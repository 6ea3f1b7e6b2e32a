"""What the command line does with a study, by one name each; the work is done in the modules beside this one."""

from .baselines import baselines
from .check import check
from .records import records
from .run import Study, cache_problem, resume, run, will_compile
from .starter import init
from .validate import validate

__all__ = [
    "Study",
    "baselines",
    "cache_problem",
    "check",
    "init",
    "records",
    "resume",
    "run",
    "validate",
    "will_compile",
]
