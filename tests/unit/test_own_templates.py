"""Templates of one's own: kept, found again, renamed, deleted; files read with suspicion."""

import os
from pathlib import Path
from typing import Any

import pytest

from app.core.data_settings import (
    ArraySource,
    DataSettings,
    PaintedSource,
    PictureSource,
    TableSource,
)
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.network import Network
from app.core.own_templates import OwnTemplateError, OwnTemplates, bare, name_trouble
from app.core.project_file import SavedProject, save_project
from app.core.resolve import resolve
from app.core.template_offers import applied, offers
from app.core.templates import (
    TEMPLATES,
    builtin_data,
    handwritten_digits,
    start_from,
    two_moons,
)


@pytest.fixture
def own(tmp_path: Path) -> OwnTemplates:
    return OwnTemplates(tmp_path / "made" / "templates")


def test_what_is_kept_comes_back_without_weights_and_frozen_layers(own: OwnTemplates) -> None:
    assert own.all() == ()
    project = handwritten_digits()
    frozen = project.network.layer("dense_1").model_copy(
        update={"trainable": False, "kept_weights": "0" * 32}
    )
    layers = tuple(frozen if x.id == "dense_1" else x for x in project.network.layers)
    network = project.network.model_copy(update={"layers": layers})
    path = own.keep("Seminar, Übung 3", project.model_copy(update={"network": network}))
    (found,) = own.all()
    assert (found.name, found.path, found.trouble) == ("Seminar, Übung 3", path, "")
    assert found.project is not None
    assert found.project.network == project.network
    assert found.project.training == project.training
    assert found.project.name == "Seminar, Übung 3"
    assert own.find("Seminar, Übung 3") == found
    assert own.find("other") is None

    own.keep("Seminar, Übung 3", two_moons())
    (found,) = own.all()
    assert found.project is not None
    assert found.project.network == two_moons().network
    assert [p.name for p in own.folder.iterdir()] == ["Seminar, Übung 3.layerlab"]


def test_renamed_and_deleted(own: OwnTemplates) -> None:
    own.keep("one", two_moons())
    own.keep("two", handwritten_digits())
    with pytest.raises(OwnTemplateError, match="a template 'two' already"):
        own.rename("one", "two")
    own.rename("one", "three")
    own.rename("three", "three")
    assert [t.name for t in own.all()] == ["three", "two"]
    with pytest.raises(OwnTemplateError, match="could not be renamed"):
        own.rename("one", "four")
    own.delete("two")
    own.delete("two")
    assert [t.name for t in own.all()] == ["three"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        " a",
        "a ",
        "../a",
        "a/b",
        "a\\b",
        ".hidden",
        "a.",
        "nul",
        "COM1.x",
        "a\nb",
        "x" * 61,
    ],
)
def test_names_that_are_none(own: OwnTemplates, name: str) -> None:
    assert name_trouble(name)
    for act in (own.path_of, own.delete, lambda n: own.keep(n, two_moons())):
        with pytest.raises(OwnTemplateError) as told:
            act(name)
        assert told.value.expected == name_trouble(name)
    assert not own.has(name)
    assert not own.folder.exists()


def test_a_file_that_cannot_be_read_is_told_and_hurts_nobody(own: OwnTemplates) -> None:
    own.keep("good", two_moons())
    (own.folder / "empty.layerlab").write_bytes(b"")
    (own.folder / "noise.layerlab").write_bytes(os.urandom(5000))
    (own.folder / "folder.layerlab").mkdir()
    (own.folder / ".part.layerlab").write_bytes(b"x")
    (own.folder / "notes.txt").write_text("not a template")
    outside = own.folder.parent / "secret.layerlab"
    save_project(outside, SavedProject(two_moons()))
    (own.folder / "link.layerlab").symlink_to(outside)
    found = {template.name: template for template in own.all()}
    assert set(found) == {"good", "empty", "noise", "folder", "link"}
    assert found["good"].project is not None
    for name in ("empty", "noise", "folder", "link"):
        assert found[name].project is None
        assert found[name].trouble.endswith(".")
    data = builtin_data("moons")
    shown = {offer.name: offer for offer in offers(data, summary_of(data), own.all())}
    assert shown["own:noise"].refusal == "cannot be read"
    assert shown["own:noise"].obstacle == found["noise"].trouble
    assert shown["own:good"].project is not None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    own = OwnTemplates(tmp_path / "file" / "templates")
    assert own.all() == ()
    with pytest.raises(OwnTemplateError, match="cannot be made"):
        own.keep("a", two_moons())


# ---------------------------------------------------------------- offers


@pytest.mark.parametrize("dataset", ["moons", "digits", "diabetes", "iris", "v_shapes"])
def test_offers_tell_size_or_obstacle_of_each_template(dataset: str) -> None:
    data = builtin_data(dataset)
    found = offers(data, summary_of(data))
    assert {offer.name for offer in found} == {template.name for template in TEMPLATES}
    fitting = [not offer.obstacle for offer in found]
    assert fitting == sorted(fitting, reverse=True)
    for offer in found:
        assert offer.network.layers
        if offer.project is None:
            assert offer.obstacle.endswith(".")
            with pytest.raises(ValueError, match=r"\.$"):
                applied(offer, two_moons())
            continue
        made = start_from(dataset, offer.name)
        assert offer.project == made
        resolved = resolve(made, summary_of(made.data))
        assert offer.parameters == resolved.parameters_text
        assert resolved.problems == ()


def test_ones_own_is_fitted_to_other_data(own: OwnTemplates) -> None:
    own.keep("dense", two_moons())
    own.keep("pictures", handwritten_digits())
    for dataset in ("iris", "diabetes", "blobs", "breast_cancer"):
        data = builtin_data(dataset)
        shown = {offer.name: offer for offer in offers(data, summary_of(data), own.all())}
        project = shown["own:dense"].project
        assert project is not None
        assert project.network.layers[1:3] == two_moons().network.layers[1:3]
        assert resolve(project, summary_of(data)).problems == ()
        refused = shown["own:pictures"]
        assert refused.project is None
        assert refused.obstacle


def test_the_output_counts_wherever_it_stands_in_the_list(own: OwnTemplates) -> None:
    project = start_from("wine")
    first, *hidden, output = project.network.layers
    network = project.network.model_copy(update={"layers": (first, output, *hidden)})
    own.keep("mine", project.model_copy(update={"network": network}))
    data = builtin_data("diabetes")
    (offer,) = [o for o in offers(data, summary_of(data), own.all()) if o.own and not o.obstacle]
    assert offer.project is not None
    options = offer.project.network.layer(output.id).options
    assert (options["units"], options["activation"]) == (1, "linear")


def test_a_network_without_layers_fits_nothing(own: OwnTemplates) -> None:
    project = start_from("moons")
    own.keep("empty", project.model_copy(update={"network": Network()}))
    (offer,) = [o for o in offers(project.data, summary_of(project.data), own.all()) if o.own]
    assert offer.project is None
    assert (offer.refusal, offer.obstacle) == ("does not fit", "The network has no layers yet.")


def test_applied_keeps_name_and_seed_of_the_project(own: OwnTemplates) -> None:
    project = handwritten_digits()
    training = project.training.model_copy(update={"seed": 99})
    project = project.model_copy(update={"training": training, "name": "mine"})
    data = project.data
    shown = {offer.name: offer for offer in offers(data, summary_of(data))}
    made = applied(shown["small_resnet"], project)
    assert (made.name, made.training.seed, made.data) == ("mine", 99, data)
    assert made.network == start_from("digits", "small_resnet").network
    assert made.training.epochs == start_from("digits", "small_resnet").training.epochs
    coded = applied(shown["autoencoder"], project)
    assert coded.data.learns == "input"
    assert resolve(coded, summary_of(coded.data)).problems == ()
    # and back: of a built-in set it is known what its target was
    again = {o.name: o for o in offers(coded.data, summary_of(coded.data))}
    back = applied(again["small_cnn"], coded)
    assert back.data == data
    assert resolve(back, summary_of(data)).problems == ()


def test_the_path_of_a_file_does_not_go_into_a_template(own: OwnTemplates) -> None:
    source = TableSource(path="/home/me/patients/2024.csv", roles=FrozenMap(name="ignored"))
    project = two_moons()
    data = project.data.model_copy(update={"source": source})
    own.keep("table", project.model_copy(update={"data": data}))
    (found,) = own.all()
    assert found.project is not None
    assert found.project.data.source == TableSource(path="2024.csv")
    moons = builtin_data("moons")
    shown = {offer.name: offer for offer in offers(moons, summary_of(moons), own.all())}
    made = shown["own:table"].project
    assert made is not None
    assert made.data == moons


def test_bare_lets_the_input_follow_the_data() -> None:
    project = two_moons()
    fixed = project.network.layer("input")
    fixed = fixed.model_copy(update={"options": fixed.options.set("shape", (9,))})
    layers = (fixed, *project.network.layers[1:])
    network = project.network.model_copy(update={"layers": layers})
    assert bare(project.model_copy(update={"network": network})).network == project.network


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        (
            TableSource(path="C:\\people\\me\\t.csv", roles=FrozenMap(name="target")),
            TableSource(path="t.csv"),
        ),
        (
            PictureSource(path="/home/me/cats/", height=9),
            PictureSource(path="cats", height=9),
        ),
        (
            ArraySource(path="/home/me/a.npz", target_path="/home/me/b.npy", inputs="secret"),
            ArraySource(path="a.npz"),
        ),
        (
            PaintedSource(x=(1.0, 2.0), y=(1.0, 2.0), classes=(0, 1), class_names=("me", "you")),
            PaintedSource(),
        ),
    ],
)
def test_a_template_tells_nothing_of_the_data(own: OwnTemplates, source: Any, kept: Any) -> None:
    data = DataSettings(
        source=source, class_weighting="chosen", class_weights=FrozenMap(me=2.0), memory_mib=99
    )
    own.keep("one", two_moons().model_copy(update={"data": data}))
    found = own.find("one")
    assert found is not None
    assert found.project is not None
    assert found.project.data == DataSettings(source=kept, memory_mib=99)
