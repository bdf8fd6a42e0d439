"""`layerlab example`: the program's first example, trained in the terminal.

What one sees of the program where there is no screen for its window.
"""

import argparse

from app.cli.console import say
from app.cli.curves_picture import save_curves
from app.cli.interruption import interrupts_stop
from app.cli.progress import duration, figures, standard_progress
from app.cli.project_source import data_line, load_data
from app.cli.result_file import require_places
from app.cli.train import nothing_trained
from app.cli.training_run import telling_epoch, train
from app.core.number_words import counted
from app.core.project_edits import set_training
from app.core.templates import handwritten_digits
from app.data.errors import LoadingStopped
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom


def run(arguments: argparse.Namespace) -> int:
    require_places(picture=arguments.out_picture)
    project = handwritten_digits()
    if arguments.epochs is not None:
        project = set_training(project, epochs=arguments.epochs)
    control, room = JobControl(), EngineRoom()
    with interrupts_stop(control):
        try:
            data = load_data(project, lambda: control.stopping)
        except LoadingStopped:
            return nothing_trained()
        say(f"A small convolutional network learns {data_line(data.summary)}")
        done = train(room, project, data, control, standard_progress())
        if not done.began and done.ended.reason == "stopped":
            return nothing_trained()
        record = done.record
        say(record.sentence)
        told = telling_epoch(record)
        if told is None:
            say("No epoch was complete: there is no curve to draw.")
            return 0
        say(f"{told[0]}: {figures(told[1])}")
        epochs = len(record.rows)
        subtitle = (
            f"Convolutional network of {done.parameters:,} parameters on "
            f"{data.summary.counts[0]:,} pictures · {counted(epochs, 'epoch')} in "
            f"{duration(record.seconds)}"
        )
        if isinstance(accuracy := told[1].get("val_accuracy"), float):
            subtitle += f" · validation accuracy {accuracy:.3f}"
        save_curves(arguments.out_picture, record, "Handwritten digits", subtitle)
    say(f"Learning curves drawn in {arguments.out_picture.absolute()}")
    return 1 if record.reason == "diverged" else 0
