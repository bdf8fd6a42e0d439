"""The words of the command line."""

import argparse
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.cli.console import plain
from app.core.short_names import quoted

LARGEST_SEED = 2**31 - 1
MOST_EPOCHS = 1_000_000
MOST_TRIALS, MOST_FOLDS, MOST_WORKERS = 100_000, 100, 256
MOST_SECONDS = 7 * 24 * 3600

_FORMAT = argparse.RawDescriptionHelpFormatter


class _Parser(argparse.ArgumentParser):
    more: Callable[[], str] | None = None
    """What the help ends with, where it has to be looked up first."""

    def format_help(self) -> str:
        if self.more is not None:
            self.epilog = self.more()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        words = message.split()
        if words[:2] == ["unrecognized", "arguments:"] and any(
            word.partition("=")[0] == "--set" for word in words
        ):
            message += (
                ". Settings are given when a project is made: layerlab new OUT.layerlab --data ... "
                "--set PATH=VALUE; those of a project that is there are changed in the window. "
                "layerlab train takes --epochs and --seed"
            )
        super().error(plain(message))


def build_parser() -> argparse.ArgumentParser:
    """The parser; `command` in what it gives is the name of the subcommand."""
    parser = _Parser(
        prog="layerlab",
        description="Build, train and examine Keras networks. Without a command the window opens.",
        epilog="layerlab COMMAND --help says more of a command. "
        "Exit code: 0 all well; 1 an error, said on the error output; 2 wrong usage; "
        "130 interrupted before anything was done.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"LayerLab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary, add in _COMMANDS:
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=_FORMAT,
            allow_abbrev=False,
        )
        add(command)
    return parser


def _new(parser: _Parser) -> None:
    parser.more = _choices
    parser.add_argument("out", metavar="OUT.layerlab", type=_path, help="the file to make")
    parser.add_argument(
        "--data",
        required=True,
        metavar="NAME|PATH",
        help="a data set of the list below, a table (CSV, TSV, Parquet, Excel), arrays (.npz, "
        ".npy) or a folder of pictures with a sub-folder for each class",
    )
    parser.add_argument(
        "--template",
        metavar="NAME",
        help="the network to begin with (default: what suits the data)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=assignment,
        metavar="PATH=VALUE",
        help="change a setting, for example training.epochs=50; as often as you like",
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")


def _choices() -> str:
    from app.core.dataset_catalog import DATASETS
    from app.core.templates import TEMPLATES

    lines = ["data sets:"]
    lines += [f"  {kind.name:<20} {kind.description}" for kind in DATASETS]
    lines += ["", "templates:"]
    for template in TEMPLATES:
        first, *more = textwrap.wrap(template.help, 76)
        lines += [f"  {template.name:<20} {first}", *(f"{'':<23}{line}" for line in more)]
    lines += [
        "",
        "settings, for example:",
        "  --set network.dense_1.units=128     an option of a layer",
        "  --set training.optimizer.learning_rate=0.01",
        "  --set training.early_stopping.enabled=false",
        "  --set data.split.test_share=0.2     how the samples are shared out",
        "  --set data.samples=10000            a part of a public data set",
        "  --set data.target=price             the column to predict; also data.roles.COLUMN",
        "  --set data.missing.age=median       what becomes of the gaps of a column",
        "  --set data.class_weights.rare=5     how much the samples of a class count",
    ]
    return "\n".join(lines)


def _check(parser: _Parser) -> None:
    _project(parser)
    _json(parser)


def _train(parser: _Parser) -> None:
    _project(parser)
    parser.add_argument("--epochs", type=epochs, metavar="N", help="instead of the project's")
    parser.add_argument("--seed", type=seed, metavar="N", help="instead of the project's")
    parser.add_argument(
        "--model", type=_path, metavar="OUT.keras", help="where to write the trained model"
    )
    _json(parser)
    parser.add_argument(
        "--save",
        action="store_true",
        help="write the run into the project file: the window shows its curves and can train on",
    )
    parser.add_argument("--verbose", action="store_true", help="a line for every epoch")


def _search(parser: _Parser) -> None:
    _project(parser)
    parser.add_argument("--trials", type=trials, metavar="N", help="instead of the project's")
    parser.add_argument("--folds", type=folds, metavar="K", help="score by K-fold cross-validation")
    parser.add_argument(
        "--sampler", choices=("grid", "random", "tpe"), help="instead of the project's"
    )
    parser.add_argument(
        "--pruner",
        choices=("none", "median", "hyperband"),
        help="how poor trials are ended early, instead of the project's; those of a grid never are",
    )
    parser.add_argument(
        "--space",
        action="append",
        default=[],
        metavar="PATH=low..high[:log]|PATH=a,b,c",
        help="search this too, for example training.optimizer.learning_rate=1e-4..1e-1:log or "
        "network.dense_1.units=16,32,64; as often as you like",
    )
    parser.add_argument(
        "--workers",
        type=workers,
        metavar="N",
        help="so many processes of this computer (default: the project's; 0: one for each core)",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="do the trials there, tcp://HOST:PORT or tls://HOST:PORT of a Dask scheduler whose "
        "workers were started by `layerlab worker`",
    )
    _tls(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the study beside the project; with --trials until it has so many",
    )
    _json(parser)
    parser.add_argument("--verbose", action="store_true", help="a line for every trial")


def _worker(parser: _Parser) -> None:
    parser.description = (
        "Do fits for the searches of a cluster, one at a time, until the scheduler sends this "
        "worker away or Ctrl+C is pressed. Start as many as there are processors to spare."
    )
    parser.epilog = (
        "A cluster is a Dask scheduler (`dask scheduler`, from the extra layerlab[cluster]), "
        "workers like this one, and a search with --cluster. All need the same versions of "
        "LayerLab, TensorFlow and distributed.\n\n"
        "Whoever reaches the scheduler or a worker can have any program executed there: they "
        "belong into a network that you trust. Elsewhere use TLS, with certificates of your own, "
        "in all three."
    )
    parser.add_argument(
        "address", metavar="ADDRESS", help="of the scheduler, tcp://HOST:PORT or tls://HOST:PORT"
    )
    parser.add_argument(
        "--death-timeout",
        type=seconds,
        default=60,
        metavar="SECONDS",
        help="end when the scheduler is not there, or not any more, for so long "
        "(default: %(default)s)",
    )
    _tls(parser)


def _tls(parser: _Parser) -> None:
    for name, what in (
        ("--tls-ca-file", "the certificates of who vouches for the others"),
        ("--tls-cert", "the certificate of this side"),
        ("--tls-key", "the key of that certificate, where it is not in the same file"),
    ):
        parser.add_argument(
            name, type=_path, metavar="FILE.pem", help=f"for a cluster with TLS: {what}"
        )


def _evaluate(parser: _Parser) -> None:
    _project(parser)
    _model(parser)
    parser.add_argument(
        "--part",
        choices=("validation", "test", "training"),
        default="validation",
        help="of the data (default: %(default)s)",
    )
    _json(parser)


def _predict(parser: _Parser) -> None:
    _project(parser)
    _model(parser)
    parser.add_argument(
        "--input",
        required=True,
        type=_path,
        metavar="FILE",
        help="samples: a table with the columns of the training data, a .npy or .npz array, a "
        "picture or a folder of pictures",
    )
    parser.add_argument(
        "--output", required=True, type=_path, metavar="FILE.csv", help="where the predictions go"
    )


def _fetch(parser: _Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="mnist, fashion_mnist, cifar10, ...")
    parser.add_argument(
        "--again", action="store_true", help="fetch what is there already, and replace it"
    )


def _example(parser: _Parser) -> None:
    parser.add_argument(
        "--out-picture",
        type=_path,
        default=Path("curves.png"),
        metavar="FILE.png",
        help="where the learning curves are drawn (default: %(default)s)",
    )
    parser.add_argument("--epochs", type=epochs, metavar="N", help="at most so many")


def _runs(parser: _Parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary, add in (
        ("list", "the runs that fit, the newest first", _runs_list),
        ("show", "all that is known of a run", _runs_show),
        ("diff", "what differs between the settings of two runs", _runs_diff),
        ("delete", "delete runs for good", _runs_delete),
        ("settings", "write the settings of a run into a new project", _runs_settings),
        ("tensorboard", "write event files that TensorBoard draws", _runs_tensorboard),
    ):
        action = actions.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=_FORMAT,
            allow_abbrev=False,
        )
        add(action)


def _runs_list(parser: _Parser) -> None:
    parser.add_argument(
        "--text", default="", metavar="WORDS", help="words in name, data, notes or settings"
    )
    parser.add_argument("--kind", choices=("bench", "race", "trial", "command line"))
    parser.add_argument("--data", metavar="TITLE", help="the title of the data")
    parser.add_argument(
        "--limit",
        type=run_number,
        metavar="N",
        help="so many at most (default: 20; with --json all)",
    )
    _json(parser)


def _runs_show(parser: _Parser) -> None:
    _run(parser)
    _json(parser)


def _runs_diff(parser: _Parser) -> None:
    parser.add_argument("first", type=run_number, metavar="RUN", help="the number of a run")
    parser.add_argument("second", type=run_number, metavar="OTHER", help="the number of another")
    _json(parser)


def _runs_delete(parser: _Parser) -> None:
    parser.add_argument("runs", type=run_number, nargs="+", metavar="RUN", help="their numbers")
    parser.add_argument("--yes", action="store_true", help="without a question")


def _runs_settings(parser: _Parser) -> None:
    _run(parser)
    parser.add_argument("out", metavar="OUT.layerlab", type=_path, help="the file to make")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")


def _runs_tensorboard(parser: _Parser) -> None:
    parser.add_argument("runs", type=run_number, nargs="+", metavar="RUN", help="their numbers")
    parser.add_argument("--out", required=True, type=_path, metavar="FOLDER", help="where they go")


def _run(parser: _Parser) -> None:
    parser.add_argument("run", type=run_number, metavar="RUN", help="the number of the run")


_COMMANDS: Sequence[tuple[str, str, Callable[[_Parser], None]]] = (
    ("new", "make a project from data and a template", _new),
    ("check", "show layers, shapes, parameters and problems of a project", _check),
    ("train", "train a project", _train),
    ("search", "try many settings of a project, scored by folds", _search),
    ("worker", "do fits for the searches of a cluster", _worker),
    ("evaluate", "measure a saved model on a part of a project's data", _evaluate),
    ("predict", "apply a saved model to the samples in a file", _predict),
    ("runs", "list, show, compare and delete the runs of the journal", _runs),
    ("fetch", "fetch a public data set into the cache of Keras", _fetch),
    ("example", "train a small network on handwritten digits and draw its curves", _example),
)


def _project(parser: _Parser) -> None:
    parser.add_argument("project", metavar="PROJECT", type=_path, help="a .layerlab file")


def _model(parser: _Parser) -> None:
    parser.add_argument(
        "--model", required=True, type=_path, metavar="M.keras", help="the saved model"
    )


def _json(parser: _Parser) -> None:
    parser.add_argument(
        "--json", type=_path, metavar="OUT.json", help="where to write the results as JSON"
    )


# ---------------------------------------------------------------- what an argument means


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("the name of a file is needed")
    return Path(text)


def epochs(text: str) -> int:
    """Raises argparse.ArgumentTypeError, as the others here."""
    return _whole(text, 1, MOST_EPOCHS)


def trials(text: str) -> int:
    return _whole(text, 1, MOST_TRIALS)


def folds(text: str) -> int:
    return _whole(text, 2, MOST_FOLDS)


def workers(text: str) -> int:
    return _whole(text, 0, MOST_WORKERS)


def seed(text: str) -> int:
    return _whole(text, 0, LARGEST_SEED)


def seconds(text: str) -> int:
    return _whole(text, 1, MOST_SECONDS)


def run_number(text: str) -> int:
    return _whole(text, 1, 2**62)


def _whole(text: str, least: int, most: int) -> int:
    digits = text.strip().removeprefix("+")
    value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(
            f"a whole number from {least} to {most:,} is needed, received {quoted(text, 40)}"
        )
    return value


def assignment(text: str) -> tuple[str, str]:
    """PATH=VALUE; the value may hold more equals signs."""
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise argparse.ArgumentTypeError(
            f"PATH=VALUE is needed, such as training.epochs=50, received {quoted(text)}"
        )
    return path.strip(), value.strip()
