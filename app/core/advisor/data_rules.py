"""What the data tell beside the training: inputs of unsuitable size, an output that does not suit
the task, a largest class that is all that is learned.
"""

import math
from functools import partial

from app.core.activation_catalog import ACTIVATIONS
from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import RunEvidence, middle, short, streak
from app.core.advisor.figures import (
    ActivationFigure,
    Curve,
    CurvesFigure,
    Figure,
    Span,
    SpansFigure,
)
from app.core.data_edits import set_class_weighting
from app.core.data_summary import DataSummary
from app.core.input_scale import scale_problems, zeros_and_ones
from app.core.loss_catalog import LOSSES_BY_NAME
from app.core.output_advisor import REACH, output_problems, right_activations
from app.core.output_end import OutputEnd, output_end
from app.core.problems import Fix, Problem
from app.core.shape_inference import infer_network

MOST_SPANS = 12
"""So many features are drawn, the most remarkable first."""
TASK_WORDS = {
    "binary": "two classes",
    "multiclass": "several exclusive classes",
    "regression": "numbers",
}
LARGEST_SHARE = 0.6
"""From this share on a class is large enough to be all that is learned."""
AS_MUCH = 0.01
"""An accuracy this near to the share of the largest class is that of naming no other."""


def unscaled_input(run: RunEvidence) -> Diagnosis | None:
    """The inputs, as the network gets them, are of sizes that train badly: `input_scale`'s limits
    (sizes that differ tenfold, a mean of ten deviations, sizes above 10 or below 0.1; pixels up to
    255). A matter of the data: told from the first epoch on.

    Sources: Lecture 14, "Input standardization"; LeCun, Bottou, Orr and Müller 1998, "Efficient
    BackProp", section 4.3.
    """
    summary = run.summary
    if summary is None or not run.rows:
        return None
    problem = next(iter(scale_problems(summary)), None)
    if problem is None:
        return None
    spans = _spans(summary)
    rows = []
    for span in (spans[0], spans[-1]) if len(spans) > 1 else spans:
        deviation = (span.high - span.low) / 2
        rows.append((span.label, f"{short(span.middle)} ± {short(deviation)}"))
    return Diagnosis(
        kind="unscaled_input",
        severity="warning",
        title="Unscaled input",
        mark="input not scaled",
        since=0,
        until=run.last_epoch,
        explanation=f"{problem.happened} Inputs of the same size around 0 let one learning rate "
        "suit all weights: that is what input standardization is for.",
        rows=(*rows, *run.fit_rows),
        figures=(
            SpansFigure("Inputs as the network gets them", "mean ± deviation", spans),
            *_loss(run),
        ),
        remedies=problem.fixes,
        note="Fitted on the training part alone. One step to undo.",
        source="Lecture 14, Input standardization; LeCun et al. 1998, 4.3.",
        lesson="standardization",
        where=problem.where,
    )


def _spans(summary: DataSummary) -> tuple[Span, ...]:
    """The features with the largest and the smallest sizes, largest first."""
    varying = [s for s in summary.statistics if s.after[1] > 0 and not zeros_and_ones(s.after)]
    ordered = sorted(varying, key=lambda s: -max(abs(s.after[0]), s.after[1]))
    if len(ordered) > MOST_SPANS:
        ordered = [*ordered[: MOST_SPANS // 2], *ordered[-MOST_SPANS // 2 :]]
    return tuple(
        Span(
            s.name,
            s.after[0] - s.after[1],
            s.after[0],
            s.after[0] + s.after[1],
            bad=place == 0 or abs(s.after[0]) > 10 * s.after[1],
        )
        for place, s in enumerate(ordered)
    )


def wrong_output(run: RunEvidence) -> Diagnosis | None:
    """The last layer's units, its activation and the loss do not suit the task, by
    `output_advisor.output_problems`. A matter of the settings: told from the first epoch on.

    Source: Lecture 14, "Output layer & error/loss function: often determined by the task & data";
    Bishop 2006, "Pattern Recognition and Machine Learning", section 5.2.
    """
    summary = run.summary
    if summary is None or not run.rows or not summary.known:
        return None
    layers, _ = infer_network(run.project.network, summary.input_shape)
    found = [p for p in output_problems(run.project, summary, layers) if p.where != "data"]
    problem = next(iter(found), None)
    end = output_end(run.project.network)
    if problem is None or end is None:
        return None
    loss = LOSSES_BY_NAME.get(run.project.training.loss)
    units = end.units_layer.options.get("units") if end.units_layer is not None else None
    rows = [
        ("Task", TASK_WORDS[summary.task]),
        ("Last layer", f"{units} × {end.activation or 'unknown'}"),
        ("Loss", loss.label.lower() if loss else run.project.training.loss),
    ]
    return Diagnosis(
        kind="wrong_output",
        severity="warning",
        title="Wrong output",
        mark="output does not suit",
        since=0,
        until=run.last_epoch,
        explanation=f"{problem.title}: output layer and loss function are to be determined by the "
        f"task and the data. {problem.expected}",
        rows=(*rows, *run.fit_rows),
        figures=(*_output_figures(run, problem), *_loss(run)),
        remedies=problem.fixes,
        source="Lecture 14, Output layer and error function; Bishop 2006, 5.2.",
        lesson="output and loss",
        where=problem.where,
    )


def _output_figures(run: RunEvidence, problem: Problem) -> tuple[Figure, ...]:
    """What the last activation can say, beside that which suits; nothing where one of them works on
    a whole vector.
    """
    summary, end = run.summary, output_end(run.project.network)
    loss = LOSSES_BY_NAME.get(run.project.training.loss)
    said = _said(run, summary, end)
    if said is not None:
        return (said,)
    now = ACTIVATIONS.get(end.activation or "") if end is not None else None
    if summary is None or loss is None or now is None:
        return ()
    suits = right_activations(loss, summary.task, run.project.training.loss_options)[0]
    if now.over_vector or now.name == suits or ACTIVATIONS[suits].over_vector:
        return ()
    return (
        ActivationFigure(
            "What the output can say",
            f"{now.label} against {ACTIVATIONS[suits].label}",
            now.name,
            suits,
            problem.how_to_fix,
        ),
    )


def _said(
    run: RunEvidence, summary: DataSummary | None, end: OutputEnd | None
) -> SpansFigure | None:
    """What the output can say beside what is asked for, where that is a matter of ranges."""
    if summary is None or end is None or end.activation is None:
        return None
    low, high = REACH.get(end.activation, (-math.inf, math.inf))
    if summary.task == "regression" and summary.target_statistics and math.isfinite(low):
        asked = [
            Span(s.name, s.before[2], s.before[0], s.before[3])
            for s in summary.target_statistics[:MOST_SPANS]
        ]
        top = high if math.isfinite(high) else max(low + 1.0, *(span.high for span in asked))
        output = Span(f"output, {end.activation}", low, (low + top) / 2, top, bad=True)
        return SpansFigure("What the output can say", "from lowest to highest", (output, *asked))
    units = end.units_layer.options.get("units") if end.units_layer is not None else None
    exclusive = summary.task == "multiclass" and isinstance(units, int)
    if exclusive and end.activation == "sigmoid":
        total = float(str(units))
        return SpansFigure(
            "What the outputs may add up to",
            "probabilities of exclusive classes: 1",
            (
                Span(f"{units} × sigmoid", 0.0, total / 2, total, bad=True),
                Span("softmax", 1.0, 1.0, 1.0),
            ),
        )
    return None


def largest_class(run: RunEvidence) -> Diagnosis | None:
    """The training accuracy equals the share of the largest class (within 0.01, median of five
    epochs) for five epochs in a row, and that share is 0.6 or more.

    Source: He and Garcia 2009, "Learning from imbalanced data" (accuracy deceives where one class
    is large; classes can count differently in the loss).
    """
    chance, name = run.chance, run.accuracy
    if chance is None or chance < LARGEST_SHARE or not name or run.summary is None:
        return None
    if run.project.data.class_weighting != "none":
        return None
    points, values = run.curve(name), run.values(name)
    flags = [
        (int(epoch), abs(middle(values[max(0, place - 4) : place + 1]) - chance) <= AS_MUCH)
        for place, (epoch, _) in enumerate(points)
    ]
    since = streak(flags, 5)
    if since is None:
        return None
    place = run.class_shares.index(chance)
    names = run.summary.class_names
    label = names[place] if place < len(names) else f"class {place}"
    return Diagnosis(
        kind="largest_class",
        severity="warning",
        title="Only the largest class",
        mark="only the largest class",
        since=since,
        until=run.last_epoch,
        explanation=f"The accuracy is that of always answering {label}. One class is so large that "
        "naming no other already makes the error small.",
        rows=((f"Share of {label}", f"{chance:.2f}"), *run.fit_rows),
        figures=(
            CurvesFigure(
                "Accuracy",
                "by epoch",
                (
                    run.line(name, "training", "training"),
                    Curve(
                        f"share of {label}",
                        tuple((float(row.epoch), chance) for row in run.rows),
                        "bad",
                    ),
                ),
            ),
            *_loss(run),
        ),
        remedies=(Fix("Balance the classes", partial(set_class_weighting, weighting="balanced")),),
        note="Each class counts alike in the training loss. One step to undo.",
        source="He and Garcia 2009.",
        lesson="output and loss",
        where="data",
    )


def _loss(run: RunEvidence) -> tuple[Figure, ...]:
    curves = [run.line("loss", "training", "training")]
    if run.curve("val_loss"):
        curves.append(run.line("val_loss", "validation", "validation"))
    return (CurvesFigure("Loss", "by epoch", tuple(curves)),) if curves[0].points else ()
