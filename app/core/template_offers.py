"""What the gallery of templates offers for some data: the built-in ones and one's own, alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.data_summary import DataSummary, Task, reconstructing
from app.core.dataset_catalog import DATASETS_BY_NAME, summary_of
from app.core.loss_catalog import LOSSES_BY_NAME, units_needed
from app.core.network import Network, output_layer
from app.core.output_advisor import ADVICE
from app.core.output_end import set_output
from app.core.own_templates import OwnTemplate
from app.core.project import Project
from app.core.resolve import resolve
from app.core.templates import TEMPLATES, Template, build_template, start_from


@dataclass(frozen=True)
class TemplateOffer:
    """One card of the gallery.

    Attributes:
        name: unique among the offers; those of one's own begin with "own:".
        label, help: what is shown.
        network: for the picture; of other data when it does not fit these.
        project: on these data, or None when it does not fit.
        obstacle: why it does not fit, a sentence; empty when it fits.
        parameters: of `project`, in words: "10,090 parameters, 160 fixed".
        own: whether it is one's own.
        readable: whether its file could be read.
    """

    name: str
    label: str
    help: str
    network: Network
    project: Project | None
    obstacle: str = ""
    parameters: str = ""
    own: bool = False
    readable: bool = True

    @property
    def refusal(self) -> str:
        """The obstacle in three words."""
        return "does not fit" if self.readable else "cannot be read"


def offers(
    data: DataSettings, summary: DataSummary, own: Iterable[OwnTemplate] = ()
) -> tuple[TemplateOffer, ...]:
    """All templates for these data; those that fit first, in the order of the table."""
    found = [_builtin(template, data, summary) for template in TEMPLATES]
    found += [_own(template, data, summary) for template in own]
    return tuple(sorted(found, key=lambda offer: bool(offer.obstacle)))


def _builtin(template: Template, data: DataSettings, summary: DataSummary) -> TemplateOffer:
    data, summary = _for_learning(template.learns, data, summary)
    obstacle = template.obstacle(summary.task, summary.input_shape)
    if obstacle:
        network = _example(template.name)
        return TemplateOffer(template.name, template.label, template.help, network, None, obstacle)
    project = build_template(template.name, data, summary)
    parameters = resolve(project, summary).parameters_text
    return TemplateOffer(
        template.name, template.label, template.help, project.network, project, "", parameters
    )


@lru_cache(maxsize=64)
def _example(name: str) -> Network:
    template = next(template for template in TEMPLATES if template.name == name)
    return start_from(template.example, name).network


def _for_learning(
    learns: str, data: DataSettings, summary: DataSummary
) -> tuple[DataSettings, DataSummary]:
    """The data as a template learns from them. What a file's target is nobody knows without
    reading it anew: of a file that is learned as its own target it stays so.
    """
    if learns == "input":
        changed = data.model_copy(update={"learns": "input"})
        return changed, summary if summary.reconstructs else reconstructing(summary)
    if summary.reconstructs and isinstance(data.source, BuiltinSource):
        changed = data.model_copy(update={"learns": "target"})
        return changed, summary_of(changed)
    return data, summary


def _own(template: OwnTemplate, data: DataSettings, summary: DataSummary) -> TemplateOffer:
    name, label = f"own:{template.name}", template.name
    if template.project is None:
        words = "The file of this template cannot be read."
        trouble = template.trouble
        return TemplateOffer(name, label, words, Network(), None, trouble, own=True, readable=False)
    data, summary = _for_learning(template.project.data.learns, data, summary)
    project = fitted(template.project, data, summary)
    layers = len(project.network.layers)
    help_text = f"Your own: {layers} layers, {project.training.optimizer.kind}, kept by you."
    resolved = resolve(project, summary)
    wrong = next((p for p in resolved.problems if p.severity == "error"), None)
    if wrong is not None:
        return TemplateOffer(
            name, label, help_text, template.project.network, None, wrong.happened, own=True
        )
    return TemplateOffer(
        name, label, help_text, project.network, project, "", resolved.parameters_text, own=True
    )


def fitted(template: Project, data: DataSettings, summary: DataSummary) -> Project:
    """`template` on other data: its last layer puts out what they ask for, and where the task is
    another one loss, metrics and output activation are the usual ones of the task.
    """
    project = template.model_copy(update={"data": data})
    loss = LOSSES_BY_NAME.get(project.training.loss)
    if loss is not None:
        project = set_output(project, units=units_needed(loss, summary))
    # A warning about the output may be just what was wanted, but not for another task.
    told = ("error",) if _task_of(template) == summary.task else ("error", "warning")
    output = output_layer(project.network)
    ends = ["training.loss", "training.metrics", *([output.id] if output else [])]
    if any(
        problem.where in ends and problem.severity in told
        for problem in resolve(project, summary).problems
    ):
        activation, usual, metrics = ADVICE[summary.task]
        project = set_output(project, units=summary.outputs, activation=activation, loss=usual)
        training = project.training.model_copy(update={"metrics": metrics})
        project = project.model_copy(update={"training": training})
    stopping = project.training.early_stopping
    if stopping.enabled and summary.counts[1] == 0:
        stopping = stopping.model_copy(update={"enabled": False})
        training = project.training.model_copy(update={"early_stopping": stopping})
        project = project.model_copy(update={"training": training})
    return project


def _task_of(template: Project) -> Task | None:
    """The task that a template was made for, where it is known."""
    source = template.data.source
    if isinstance(source, BuiltinSource) and source.name in DATASETS_BY_NAME:
        return summary_of(template.data).task
    return None


def applied(offer: TemplateOffer, project: Project) -> Project:
    """`project` with network and training settings of `offer`, as one edit; its name and the seed
    of its training stay.

    Raises:
        ValueError: the offer does not fit.
    """
    if offer.project is None:
        raise ValueError(offer.obstacle)
    training = offer.project.training.model_copy(update={"seed": project.training.seed})
    return project.model_copy(
        update={
            "data": offer.project.data,
            "network": offer.project.network,
            "training": training,
            "places": offer.project.places,
        }
    )
