"""`layerlab check`: layers, shapes, parameters and problems, without TensorFlow."""

import argparse
from collections.abc import Iterator

from app.cli.console import aligned, problem_lines, say, shape_text
from app.cli.data_places import require_data_kept
from app.cli.loading_progress import loading
from app.cli.project_source import data_facts, data_line, known_summary
from app.cli.result_file import require_places, write_json
from app.core.kept_problems import Shapes
from app.core.number_words import bytes_text, counted
from app.core.problems import Problem
from app.core.project_file import SavedProject, open_project
from app.core.resolve import resolve
from app.core.resolved_project import ResolvedLayer, ResolvedProject


def _kept_shapes(saved: SavedProject) -> dict[str, Shapes]:
    """NumPy is loaded only for a project that has kept weights."""
    if saved.kept is None:
        return {}
    from app.data.kept_file import kept_of
    from app.data.kept_weights import shapes_of

    return shapes_of(kept_of(saved))


def run(arguments: argparse.Namespace) -> int:
    """1 when an error keeps the project from being trained, else 0."""
    require_places(json=arguments.json)
    saved = open_project(arguments.project)
    project = saved.project
    require_data_kept(project.data, json=arguments.json)
    with loading() as (stop, tell):
        summary = known_summary(project.data, stop, tell, reads_tables=True)
    resolved = resolve(project, summary, kept=_kept_shapes(saved))
    for line in report(resolved):
        say(line)
    if arguments.json is not None:
        write_json(arguments.json, facts(resolved))
        say(f"Results written to {arguments.json}")
    return 0 if resolved.can_train else 1


def report(resolved: ResolvedProject) -> Iterator[str]:
    """The lines on the terminal."""
    yield f"{resolved.project.name} on {data_line(resolved.summary)}"
    yield ""
    yield from _layer_table(resolved.layers)
    yield ""
    yield from _totals(resolved)
    for text in resolved.summary.notes:
        yield f"Note: {text}"
    yield ""
    if not resolved.problems:
        yield "No problems."
        return
    yield f"{_severities(resolved.problems)}:"
    for problem in resolved.problems:
        yield ""
        yield from problem_lines(problem)


def _layer_table(layers: tuple[ResolvedLayer, ...]) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("Layer", "Kind", "Output shape", "Parameters", "Options", "Arithmetic", "")
    ]
    for layer in layers:
        texts = [(line.text, line.label) for line in layer.arithmetic] or [("", "")]
        rows.append(
            (
                layer.id,
                layer.layer.kind,
                shape_text(layer.output_shape),
                _number(layer.parameters),
                layer.summary,
                *texts[0],
            )
        )
        rows += [("", "", "", "", "", *more) for more in texts[1:]]
    return aligned(rows, right=frozenset({3}))


def _totals(resolved: ResolvedProject) -> Iterator[str]:
    parts = [resolved.parameters_text]
    if resolved.weight_bytes is not None:
        parts.append(f"{bytes_text(resolved.weight_bytes)} of weights")
    multiply_adds = total_multiply_adds(resolved)
    if multiply_adds is not None:
        parts.append(f"{multiply_adds:,} multiply-adds a sample")
    yield f"Network: {', '.join(parts)}"
    training = resolved.project.training
    rate = training.optimizer.options.get("learning_rate")
    optimizer = training.optimizer.kind + (
        f" at learning rate {rate:g}" if isinstance(rate, (int, float)) else ""
    )
    yield (
        f"Training: {training.loss}, {optimizer}, "
        f"{counted(training.epochs, 'epoch')} of {counted(resolved.steps_per_epoch, 'step')} with "
        f"{counted(resolved.batch_size, 'sample')} each"
    )
    if resolved.training_bytes is not None:
        yield f"A step takes about {bytes_text(resolved.training_bytes)} of memory."


def _severities(problems: tuple[Problem, ...]) -> str:
    nouns = {"error": "error", "warning": "warning", "info": "piece of advice"}
    plurals = {"info": "pieces of advice"}
    counts = {
        severity: sum(problem.severity == severity for problem in problems) for severity in nouns
    }
    return ", ".join(
        counted(count, nouns[severity], plurals.get(severity))
        for severity, count in counts.items()
        if count
    )


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def total_multiply_adds(resolved: ResolvedProject) -> int | None:
    """Of one sample's forward pass; None when it is not known of every layer."""
    known = [layer.multiply_adds for layer in resolved.layers]
    return None if None in known or not known else sum(number or 0 for number in known)


def facts(resolved: ResolvedProject) -> dict[str, object]:
    """The results for JSON."""
    return {
        "project": resolved.project.name,
        "data": data_facts(resolved.summary),
        "layers": [_layer_facts(layer) for layer in resolved.layers],
        "parameters": resolved.parameters,
        "fixed_parameters": resolved.fixed_parameters,
        "weight_bytes": resolved.weight_bytes,
        "training_bytes": resolved.training_bytes,
        "multiply_adds": total_multiply_adds(resolved),
        "problems": [problem_facts(problem) for problem in resolved.problems],
        "can_train": resolved.can_train,
        "notes": list(resolved.summary.notes),
    }


def _layer_facts(layer: ResolvedLayer) -> dict[str, object]:
    return {
        "id": layer.id,
        "kind": layer.layer.kind,
        "output_shape": None if layer.output_shape is None else list(layer.output_shape),
        "parameters": layer.parameters,
        "fixed_parameters": layer.fixed_parameters,
        "multiply_adds": layer.multiply_adds,
        "arithmetic": [f"{line.text} ({line.label})" for line in layer.arithmetic],
    }


def problem_facts(problem: Problem) -> dict[str, object]:
    """A problem for JSON."""
    return {
        "where": problem.where,
        "option": problem.option,
        "severity": problem.severity,
        "title": problem.title,
        "happened": problem.happened,
        "expected": problem.expected,
        "how_to_fix": problem.how_to_fix,
        "fixes": [fix.label for fix in problem.fixes],
    }
