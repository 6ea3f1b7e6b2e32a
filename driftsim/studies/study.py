"""What the command line does with a study, by one name each; the work is done in the modules beside this one."""

from .baselines import baselines
from .check import check
from .merge import merge
from .parts import how_many, run_in_parts, run_part
from .records import records
from .run import Study, cache_problem, resume, run, will_compile
from .starter import init
from .validate import validate
from .warm_up import warm_up

__all__ = [
    "Study",
    "baselines",
    "cache_problem",
    "check",
    "how_many",
    "init",
    "merge",
    "records",
    "resume",
    "run",
    "run_in_parts",
    "run_part",
    "validate",
    "warm_up",
    "will_compile",
]
