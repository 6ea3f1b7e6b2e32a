"""Where people run it: containers, clusters, notebooks, consoles of other letters, streams that nobody reads.

`make test` has everything at once in one process, `-m long` each by itself.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from processes import forked

from driftsim import cli, config
from driftsim.figures import canvas, tornado
from driftsim.kernels import jit
from driftsim.results import output, placing, table
from driftsim.studies import study
from driftsim.system import disk, interruption, streams
from driftsim.system.errors import InputError

COMMAND = [sys.executable, "-m", "driftsim"]
ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="of POSIX systems")


@pytest.fixture(scope="module")
def short(tiny_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config of two days, whose title looks like a formula that has no end."""
    path = tmp_path_factory.mktemp("anywhere") / "short.toml"
    text = tiny_config.read_text(encoding="utf-8").replace("end = 2017-12-06", "end = 2017-11-24")
    text = text.replace('title = "Tiny', r'title = "5 $ a day, $\\frac{ a boat; Tiny')
    path.write_text(text, encoding="utf-8")
    return path


def of_table(text: str) -> list[str]:
    """The words of a table that no encoding lacks."""
    return re.findall(r"[A-Za-z0-9,.%]+", text)


# --- a run in a bad place ------------------------------------------------------------------------------------------

NO_JIT = {"NUMBA_DISABLE_JIT": "1"}
NOTEBOOK = {"MPLBACKEND": "module://a_notebook_that_is_not_here"}
LEAD = ("akita", "aomori", "fukui", "noto")
JAPAN, EUROPE = {"PYTHONIOENCODING": "cp932"}, {"PYTHONIOENCODING": "latin-1"}


def run_in(short: Path, folder: Path, environment: dict[str, str], err: str) -> subprocess.CompletedProcess[bytes]:
    """A run with its error stream closed, full, or a pipe whose reader has died."""
    command = [*COMMAND, "run", str(short), "-o", str(folder)]
    keyword: dict[str, Any] = {"stdout": subprocess.PIPE, "env": {**os.environ, **environment}, "timeout": 600}
    if err == "closed":
        return subprocess.run(["sh", "-c", '"$@" 2>&-', "sh", *command], **keyword)
    if err == "full":
        with open("/dev/full", "wb") as full:
            return subprocess.run(command, stderr=full, **keyword)
    if err == "unread":
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return subprocess.run(command, stderr=writer, **keyword)
        finally:
            os.close(writer)
    return subprocess.run(command, stderr=subprocess.PIPE, **keyword)


def assert_done(done: subprocess.CompletedProcess[bytes], folder: Path) -> None:
    assert done.returncode == 0, done.stderr
    assert b"Akita" in done.stdout and b"Traceback" not in (done.stderr or b"")
    for name in ("summary.json", "landing_map.png", "arrivals.nc"):
        assert (folder / name).stat().st_size > 1000
    assert "finished in" in (folder / "run.log").read_text(encoding="utf-8")


@POSIX
def test_all_at_once(short: Path, tmp_path: Path) -> None:
    """A console of Japan, a notebook's backend, compiling switched off, a title that is no formula, no reader.

    Here in a fork, for which what is read at the start has been; with a start of its own in `test_cli`."""

    def go() -> None:
        os.environ |= {**JAPAN, **NOTEBOOK, **NO_JIT}
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 2)
        os.dup2(os.open(tmp_path / "said", os.O_WRONLY | os.O_CREAT), 1)
        sys.stdout = sys.__stdout__ = open(1, "w", encoding="cp932")  # noqa: SIM115
        sys.stderr = sys.__stderr__ = open(2, "w", encoding="cp932")  # noqa: SIM115
        cli.main(["run", str(short), "-o", str(tmp_path / "out")], prog_name="driftsim")

    process = forked(go)
    process.join(300)
    said = (tmp_path / "said").read_bytes()
    assert_done(subprocess.CompletedProcess([], process.exitcode, said), tmp_path / "out")
    with output.read_run(tmp_path / "out") as there:
        assert of_table(said.decode("cp932"))[:200] == of_table(table.text(there.summary))[:200]


@POSIX
@pytest.mark.long
@pytest.mark.parametrize("err", ["closed", "full", "unread"])
@pytest.mark.parametrize("environment", [JAPAN, EUROPE, NOTEBOOK, NO_JIT], ids=lambda of: next(iter(of.values())))
def test_each_by_itself(environment: dict[str, str], err: str, short: Path, tmp_path: Path) -> None:
    assert_done(run_in(short, tmp_path / "out", environment, err), tmp_path / "out")


@pytest.mark.parametrize("before", [True, pytest.param(False, marks=pytest.mark.long)])
def test_compiling_that_is_switched_off_is_switched_off_for_others(before: bool, tmp_path: Path) -> None:
    """From an empty cache, and with numba imported before driftsim or after: it reads the variable then."""
    code = (
        "import numba; from driftsim.kernels import drive, rows; import numpy as np, os; "
        "rows.active(np.zeros(4, drive.state_type(np.float32)), 3, np.empty(4, np.int32)); "
        "print(rows.active.signatures != [], numba.config.DISABLE_JIT, os.environ['NUMBA_DISABLE_JIT'])"
    )
    code = code if before else code.removeprefix("import numba; ").replace("; import numpy", "; import numba, numpy")
    environment = {**os.environ, **NO_JIT, "DRIFTSIM_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout == "True 1 1\n", done.stderr


@POSIX
def test_standard_output_that_is_full_is_told_and_one_that_is_closed_is_not() -> None:
    def ended(redirection: str, what: str = "--help") -> tuple[int, bytes]:
        line = f'"$@" {what} {redirection}'
        done = subprocess.run(["sh", "-c", line, "sh", *COMMAND], stderr=subprocess.PIPE, timeout=60)
        return done.returncode, done.stderr

    code, told = ended(">/dev/full")
    assert code == 3 and b"lost (No space left on device)" in told and told.count(b"\n") == 1
    assert ended(">&-") == (0, b"")
    assert ended(">&- 2>&- <&-") == (0, b"")
    assert ended("no-such-command 2>&-", "") == (2, b"")


@POSIX
def test_what_a_library_says_goes_into_no_file_of_ours() -> None:
    """With a closed stream the next file that is opened would get its number."""
    code = "from driftsim.system import streams; streams.guard(); print(open('/dev/null').fileno(), flush=True)"
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&- <&-', "sh", sys.executable, "-c", code], capture_output=True, timeout=60
    )
    assert int(done.stdout) > 2


@pytest.mark.parametrize(
    ("encoding", "shown"), [("latin-1", "8-33 % 'é' ?"), ("cp932", "8-33 % 'e' 海"), ("ascii", "8-33 % 'e' ?")]
)
def test_letters_that_a_console_lacks(encoding: str, shown: str) -> None:
    if encoding == "cp932":  # which has the inverted commas
        shown = shown.replace("'e'", "‘e’")
    import codecs

    codecs.register_error("driftsim", streams.plain)
    assert "8–33 % ‘é’ 海".encode(encoding, errors="driftsim").decode(encoding) == shown
    assert "\udcff".encode("utf-8", errors="driftsim") == b"?"


# --- no home, no locks ---------------------------------------------------------------------------------------------


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the system does not know, without HOME: what a container gives that runs under any number."""
    for name in ("HOME", "XDG_CACHE_HOME", "DRIFTSIM_CACHE_DIR", "NETRC", "CDSAPI_RC", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if os.name == "posix":
        import pwd

        def unknown(number: int) -> None:
            raise KeyError(f"getpwuid(): uid not found: {number}")

        monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(RuntimeError):
        Path.home()


@POSIX
def test_without_a_home(nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from driftsim.forcing.download import clients
    from driftsim.forcing.transport import credentials, transfer

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path, problem = jit.cache_directory()
    assert path is not None and path.parent == tmp_path and path.stat().st_mode & 0o077 == 0
    assert "no home" in problem and str(path) in problem
    with pytest.raises(InputError, match=r"\.netrc: not there"):
        transfer.earthdata("https://urs.earthdata.nasa.gov")
    assert credentials.copernicus_secrets() == clients._cds_secrets() == set()


def another_s(path: Path) -> None:
    """Give a folder to somebody else, or let others write to it where only root could give it away."""
    if os.getuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        path.chmod(0o777)


@POSIX
def test_a_cache_that_is_another_s_is_told_once(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code is kept elsewhere, so it is not compiled at every run: what is said then is not said again."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("DRIFTSIM_CACHE_DIR", str(tmp_path / "cache"))
    usual, problem = jit.cache_directory()
    assert usual is not None and problem == ""
    another_s(usual)
    found, problem = jit.cache_directory()
    assert found is not None and found.parent == tmp_path / "tmp" and str(usual) in problem
    monkeypatch.setattr(jit, "_CACHE", found)
    monkeypatch.setattr(jit, "CACHE_PROBLEM", problem)

    with CliRunner().isolation() as (_, err, _):
        with cli._driving(tmp_path / "run"):
            first = err.getvalue().decode()
        (found / "drive.drive-1.py311.abc.nbc").write_bytes(b"compiled")
        with cli._driving(tmp_path / "run"):
            assert err.getvalue().decode() == first
    assert first.count(str(usual)) == 1 and "Compiling" in first
    another_s(found)
    nowhere, problem = jit.cache_directory()
    assert nowhere is None and "every run compiles" in problem


def test_a_link_in_the_cache_s_place_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("DRIFTSIM_CACHE_DIR", str(tmp_path / "file"))
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    path, _ = jit.cache_directory()
    assert path is not None
    path.rename(tmp_path / "planted")
    path.symlink_to(tmp_path / "planted", target_is_directory=True)
    assert jit.cache_directory()[0] is None


@POSIX
@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become anybody")
def test_a_run_of_a_user_whom_nobody_knows(short: Path, tmp_path: Path) -> None:
    """Twice: the second compiles nothing."""
    box = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        box.chmod(0o777)
        shutil.copy(short, box / "short.toml")
        (box / "short.toml").chmod(0o644)
        environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "DRIFTSIM_CACHE_DIR")}

        def as_nobody(*command: str) -> str:
            done = subprocess.run(
                # By `setpriv`, which has been started before it becomes somebody who may not look into root's folders.
                ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", *command], cwd=box,
                env={**environment, "TMPDIR": str(box)}, capture_output=True, text=True, timeout=600,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            return done.stderr

        def run(name: str) -> str:
            return as_nobody(*COMMAND, "run", str(box / "short.toml"), "-o", str(box / name))

        try:
            as_nobody(sys.executable, "-c", "import driftsim.kernels.jit")
        except (OSError, AssertionError) as problem:
            pytest.skip(f"nobody else may use this Python: {problem}")

        first = run("out")
        assert "no home folder" in first and "Compiling" in first
        again = run("again")
        assert "no home folder" not in again and "Compiling" not in again
    finally:
        shutil.rmtree(box)


@POSIX
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def none(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="nothing keeps a second run out"):
        patch.setattr(fcntl, "flock", none)
        placing.prepare_folder(tmp_path / "out").release()
    with warnings.catch_warnings(), placing.prepare_folder(tmp_path / "out"):
        warnings.simplefilter("error")
        with pytest.raises(InputError, match="another run is writing"):
            disk.hold(tmp_path / "out" / placing.LOCK, "another run is writing")


# --- the log, signals ----------------------------------------------------------------------------------------------


def broken_logs() -> dict[str, Callable[[Path], None]]:
    def read_only(path: Path) -> None:
        path.write_text("", encoding="utf-8")
        path.chmod(0)

    return {
        "a folder": Path.mkdir, "no permission": read_only, "a device": lambda path: path.symlink_to("/dev/full"),
        "a pipe": os.mkfifo,
    }  # fmt: skip


@POSIX
@pytest.mark.parametrize("what", broken_logs())
def test_a_broken_log_decides_nothing(what: str, tmp_path: Path) -> None:
    broken_logs()[what](tmp_path / "run.log")
    placing.log(tmp_path, "begins")
    placing.log(tmp_path, "goes on with \udcff, a name that is no text")


def test_a_log_takes_any_name(tmp_path: Path) -> None:
    placing.log(tmp_path, "fails at \udcff.nc")
    assert (tmp_path / "run.log").read_text(encoding="utf-8").endswith(" fails at ?.nc\n")


@POSIX
def test_a_terminal_that_goes_away_is_a_signal_to_stop() -> None:
    told: list[int] = []
    before = signal.getsignal(signal.SIGHUP)
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with interruption.heard(told.append) as stop:
            assert stop() is None
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop() == signal.SIGHUP and told == [signal.SIGHUP]
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
        with interruption.heard(told.append) as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop() is None
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


# --- names ---------------------------------------------------------------------------------------------------------

LONG = "n" * 300
DEEP = "/".join(["d"] * 1500)
COMMANDS: dict[str, Callable[[str, str, str], list[str]]] = {
    "check": lambda bad, cfg, run: ["check", bad],
    "run": lambda bad, cfg, run: ["run", bad],
    "resume": lambda bad, cfg, run: ["resume", bad],
    "resume with": lambda bad, cfg, run: ["resume", run, bad],
    "inspect": lambda bad, cfg, run: ["inspect", bad],
    "init from": lambda bad, cfg, run: ["init", "i.toml", "--from", bad],
    "baselines": lambda bad, cfg, run: ["baselines", bad],
    "sweep": lambda bad, cfg, run: ["sweep", bad],
    "map": lambda bad, cfg, run: ["map", bad],
    "animate": lambda bad, cfg, run: ["animate", bad],
    "records": lambda bad, cfg, run: ["records", bad],
    "validate": lambda bad, cfg, run: ["validate", bad],
    "validate table": lambda bad, cfg, run: ["validate", "--table", bad],
    "validate records": lambda bad, cfg, run: ["validate", run, "--records", bad],
    "validate baseline": lambda bad, cfg, run: ["validate", run, "--baseline", bad],
    "validate tracks": lambda bad, cfg, run: ["validate", run, "--tracks", bad],
    "report": lambda bad, cfg, run: ["report", bad],
    "verify": lambda bad, cfg, run: ["verify", bad],
    "export": lambda bad, cfg, run: ["export", bad, "--to", "csv"],
    "run into": lambda bad, cfg, run: ["run", cfg, "-o", f"{bad}/{LONG}"],
    "init": lambda bad, cfg, run: ["init", f"{bad}.toml"],
    "map into": lambda bad, cfg, run: ["map", run, "-o", f"{bad}.png"],
    "report into": lambda bad, cfg, run: ["report", run, "-o", f"{bad}/r.html"],
    "export into": lambda bad, cfg, run: ["export", run, "--to", "csv", "-o", f"{bad}/{LONG}"],
    "baselines into": lambda bad, cfg, run: ["baselines", cfg, "-o", f"{bad}/{LONG}"],
    "records into": lambda bad, cfg, run: ["records", "-o", f"{bad}/{LONG}"],
}


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder for paths so deep that Python's own ways of removing them, and pytest's, fail."""
    (tmp_path / "deep").mkdir()
    yield tmp_path / "deep"
    subprocess.run(["rm", "-rf", str(tmp_path / "deep")], check=True)


@POSIX
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "names", [(LONG, f"{DEEP}/{DEEP}"), pytest.param((LONG, DEEP), marks=pytest.mark.long)], ids=len
)
def test_names_that_no_file_system_takes_are_refused_with_a_message(
    names: tuple[str, ...],
    command: str,
    short: Path,
    tiny_run: study.Study,
    deep: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over 255 bytes, 1,500 folders deep, 3,000 deep; what can be made is made in the end, and nothing else."""
    monkeypatch.chdir(deep)
    for bad in names:
        done = CliRunner().invoke(cli.main, COMMANDS[command](bad, str(short), str(tiny_run.folder)))
        assert isinstance(done.exception, SystemExit) and done.exit_code == 2, (bad[:9], done.exception, done.output)
        assert any(word in done.output for word in ("driftsim: ", "Error: ", "cannot be used")), done.output
    assert {path.name for path in deep.iterdir()} <= {"d"}


@POSIX
def test_a_folder_may_be_deep(deep: Path) -> None:
    assert disk.make_folder(deep / DEEP).is_dir()


@POSIX
def test_a_config_from_a_pipe(short: Path, tmp_path: Path) -> None:
    """Standard input is a file that is there, or a pipe, which is none."""
    with open(short, "rb") as file:
        done = subprocess.run(
            [*COMMAND, "baselines", "/dev/stdin", "-o", str(tmp_path / "refs")], stdin=file, capture_output=True,
            timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert config.load(tmp_path / "refs" / "straight_downwind.toml").boats.number == 700
    piped = subprocess.run([*COMMAND, "check", "/dev/stdin"], input=short.read_bytes(), capture_output=True, timeout=60)
    assert piped.returncode == 2 and b"/dev/stdin" in piped.stderr and b"regular file" in piped.stderr


# --- letters in figures --------------------------------------------------------------------------------------------


def test_no_figure_reads_a_formula(tmp_path: Path) -> None:
    """A dollar sign in the names of a sweep; every figure is drawn in the same way."""
    region = {"name": "Noto", "share": 0.2, "change": 0.013, "change_error": 0.002}
    names = ("base", r"5 $ and $\frac{", "$")
    rows = [
        {"name": name, "group": name, "boats": 10, "members": 3, "regions": dict.fromkeys(LEAD, region)}
        for name in names
    ]
    body = {
        "title": r"$\nothing{",
        "version": "0",
        "regions": dict.fromkeys(LEAD, "Noto"),
        "home": "Japan",
        "lead": list(LEAD),
        "shown": dict.fromkeys(LEAD, 7),
        "variations": rows,
    }
    tornado.draw(body, tmp_path / "tornado.png")
    assert (tmp_path / "tornado.png").stat().st_size > 10_000
    drawing = [path for path in (ROOT / "driftsim").rglob("*.py") if "style.context(" in path.read_text("utf-8")]
    assert [path.name for path in drawing] == ["canvas.py"]


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        ("module://none.such", None),
        pytest.param("svg", "svg", marks=pytest.mark.long),
        pytest.param("nonsense", None, marks=pytest.mark.long),
    ],
)
def test_a_notebook_keeps_its_backend(wanted: str, used: str | None, tmp_path: Path) -> None:
    """Ours needs none, for figures of records and validation neither; theirs, where there is one, is as they wanted."""
    code = (
        "import os; from pathlib import Path; from driftsim.figures.charts import plots; "
        f"plots.save(Path({str(tmp_path / 'figure.png')!r}), lambda figure: None); import matplotlib; "
        "print(dict.__getitem__(matplotlib.rcParams, 'backend'), os.environ['MPLBACKEND'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "MPLBACKEND": wanted}, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    backend, environment = done.stdout.rsplit(maxsplit=1)
    assert environment == wanted and (used is None or backend == used)
    with canvas.style({"font.size": 7.0}):
        import matplotlib

        assert (matplotlib.rcParams["font.size"], matplotlib.rcParams["text.parse_math"]) == (7.0, False)


@pytest.mark.long
def test_dollars_in_every_figure(short: Path, tmp_path: Path) -> None:
    study.run(config.load(short, {"run.end": config.load(short).run.end}), tmp_path / "run")
    for arguments in (
        ["map", str(tmp_path / "run"), "--figure", "all", "--format", "png,svg,pdf", "-o", str(tmp_path / "maps")],
        ["animate", str(tmp_path / "run"), "-o", str(tmp_path / "film.gif")],
        ["validate", str(tmp_path / "run"), "-o", str(tmp_path / "validation")],
        ["report", str(tmp_path / "run")],
    ):
        (tmp_path / "maps").mkdir(exist_ok=True)
        done = CliRunner().invoke(cli.main, arguments)
        assert done.exit_code == 0, (arguments, done.output, done.exception)


# --- days that cannot be counted -----------------------------------------------------------------------------------

TRACKS = {
    "ours": "id,time,lon,lat\na,{},136.0,38.0\na,2017-11-20T00:00:00Z,136.1,38.1\n",
    "GDP": "ID,time,latitude,longitude\na,{},38.0,136.0\na,2017-11-20T00:00:00Z,38.1,136.1\n",
}
DAYS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T00:00:00Z", "0001-01-01")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("kind", TRACKS)
def test_tracks_with_days_that_overflow(kind: str, day: str, tmp_path: Path) -> None:
    from driftsim.validation import track_files

    (tmp_path / "t.csv").write_text(TRACKS[kind].format(day), encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv: line 2.*(1700 to 2200)"):
        track_files.load(tmp_path / "t.csv")


@pytest.mark.parametrize("day", ["1e300 2017", "1.0 9999", "nan 2017", "1.0 99999999999999999999"])
def test_drifters_with_days_that_overflow(day: str, tmp_path: Path) -> None:
    from driftsim.validation import track_files

    (tmp_path / "t.dat").write_text(f"1 11 {day} 38.0 136.0 99.9\n" * 2, encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.dat: line 1"):
        track_files.load(tmp_path / "t.dat")


@pytest.mark.parametrize("day", DAYS)
def test_tables_with_days_that_overflow(day: str, tmp_path: Path) -> None:
    from driftsim.area import shoreline
    from driftsim.validation import landings

    (tmp_path / "t.csv").write_text(f"lon,lat,time\n136.7,37.4,{day}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv: line 2, column time: .*1700 to 2200"):
        landings.from_table(tmp_path / "t.csv", shoreline.load())


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_records_with_days_that_overflow(day: str, tmp_path: Path) -> None:
    from driftsim.system import resources
    from driftsim.validation import records

    lines = resources.data("areas/sea_of_japan/records/events.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "r.csv").write_text("\n".join([lines[0], re.sub(r"2017-\d\d-\d\d", day, lines[1])]), encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.csv: line 2, column date: .*1700 to 2200"):
        records.load(tmp_path / "r.csv")


# --- with other versions of the libraries --------------------------------------------------------------------------

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BROUGHT = ("pydantic-core", "llvmlite")
"""Those of pydantic and numba, which ask for one version each."""


@pytest.mark.long
def test_the_oldest_versions_work(short: Path, tmp_path: Path) -> None:
    """Every dependency in the least version that is declared, in an environment of their own."""
    import venv

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    asked = [line for line in PROJECT["dependencies"] if not line.startswith(BROUGHT)]
    oldest = [re.sub(r">=([\d.]+).*", r"==\1", line) for line in asked]
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-compile"]
    got = subprocess.run([*install, *oldest], capture_output=True, text=True, timeout=900)
    if got.returncode and "No matching distribution" not in got.stderr + got.stdout:
        pytest.skip(f"nothing can be installed here: {got.stderr[-300:]}")
    assert got.returncode == 0, got.stderr
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DRIFTSIM_CACHE_DIR": str(tmp_path / "cache")}
    netcdf = tmp_path / "current.nc"
    write_current(netcdf)
    for arguments in (
        ["run", str(short), "-o", "run"], ["map", "run", "--figure", "all"], ["animate", "run", "-o", "film.gif"],
        ["validate", "run", "-o", "validation"], ["report", "run"], ["inspect", str(netcdf), "--png", "map.png"],
        ["fetch", "--list"], ["records", "-o", "records"],
    ):  # fmt: skip
        done = subprocess.run(
            [str(python), "-m", "driftsim", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, (arguments, done.stderr)
        assert "Warning" not in done.stderr


def write_current(path: Path) -> None:
    """A current whose days are counted from before the calendar of today, which only cftime can do."""
    import xarray as xr

    lon, lat, time = np.arange(127.0, 144.0), np.arange(33.0, 49.0), 189_102.0 + np.arange(3.0)
    speed = np.full((3, lat.size, lon.size), 0.1, np.float32)
    names = {"uo": "eastward_sea_water_velocity", "vo": "northward_sea_water_velocity"}
    xr.Dataset(
        {
            name: (("time", "latitude", "longitude"), speed, {"standard_name": long, "units": "m s-1"})
            for name, long in names.items()
        },
        {
            "time": ("time", time, {"units": "days since 1500-01-01", "calendar": "standard"}),
            "latitude": ("latitude", lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "longitude": ("longitude", lon, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    ).to_netcdf(path)
