"""An activation with its parameters given to a layer."""

import pytest

from app.core.activation_forms import FORMS, RANDOMIZED
from app.core.activation_use import (
    activation_in_use,
    takes_activation,
    use_activation,
    use_obstacle,
)
from app.core.dataset_catalog import summary_of
from app.core.network import Network
from app.core.resolve import resolve
from app.core.templates import network_of, two_moons

NETWORK = two_moons().network


def kinds(network: Network) -> list[str]:
    return [layer.kind for layer in network.layers]


def test_a_name_alone_becomes_the_option() -> None:
    made = use_activation(NETWORK, "dense_1", FORMS["tanh"], {})
    assert made.layer("dense_1").options["activation"] == "tanh"
    assert kinds(made) == kinds(NETWORK)


def test_parameters_become_a_layer_behind_it_and_never_two() -> None:
    leaky = use_activation(NETWORK, "dense_1", FORMS["leaky_relu"], {"negative_slope": 0.01})
    assert kinds(leaky)[:3] == ["InputLayer", "Dense", "LeakyReLU"]
    assert leaky.layer("dense_1").options["activation"] == "linear"
    assert leaky.layer("leakyrelu_1").options["negative_slope"] == 0.01
    found = activation_in_use(leaky, "dense_1")
    assert found is not None
    assert (found[0].name, found[1]) == ("leaky_relu", {"negative_slope": 0.01})

    again = use_activation(leaky, "dense_1", FORMS[RANDOMIZED], {"lower": 0.4, "upper": 0.2})
    assert kinds(again)[:4] == ["InputLayer", "Dense", "RandomizedLeakyReLU", "Dense"]
    (layer,) = [x for x in again.layers if x.kind == "RandomizedLeakyReLU"]
    assert (layer.options["lower"], layer.options["upper"]) == (0.2, 0.4)
    back = use_activation(again, "dense_1", FORMS["relu"], {})
    assert back == NETWORK
    for network in (leaky, again):
        project = two_moons().model_copy(update={"network": network})
        assert resolve(project, summary_of(project.data)).problems == ()


@pytest.mark.parametrize("name", [n for n, f in FORMS.items() if f.layer or f.in_catalog])
def test_every_form_can_be_used_or_says_why_not(name: str) -> None:
    form = FORMS[name]
    assert use_obstacle(form, {}) is None
    made = use_activation(NETWORK, "dense_2", form, {})
    project = two_moons().model_copy(update={"network": made})
    assert resolve(project, summary_of(project.data)).can_train
    found = activation_in_use(made, "dense_2")
    assert found is not None
    assert found[0].name == name
    other = {"temperature": 2.0, "b": 2.0, "alpha": 2.0, "threshold": 1.0}
    given = {option.name: other.get(option.name, 0.5) for option in form.options}
    if form.options and form.layer is None:
        assert form.label in str(use_obstacle(form, given))
        with pytest.raises(ValueError, match="usual parameters"):
            use_activation(NETWORK, "dense_2", form, given)


def test_a_layer_that_is_nothing_but_an_activation_becomes_the_other_one() -> None:
    network = network_of([("Dense", {}), ("Activation", {"activation": "relu"}), ("Dense", {})])
    made = use_activation(network, "activation_1", FORMS["elu"], {"alpha": 0.5})
    assert kinds(made) == ["InputLayer", "Dense", "ELU", "Dense"]
    assert made.layer("activation_1").options["alpha"] == 0.5
    found = activation_in_use(made, "activation_1")
    assert found is not None
    assert (found[0].name, found[1]) == ("elu", {"alpha": 0.5})
    leaky = use_activation(made, "activation_1", FORMS["leaky_relu"], {"negative_slope": 0.3})
    assert kinds(leaky) == ["InputLayer", "Dense", "LeakyReLU", "Dense"]
    back = use_activation(leaky, "activation_1", FORMS["relu"], {})
    assert back == network


def test_a_layer_without_an_activation_is_refused() -> None:
    network = network_of([("Flatten", {}), ("Dense", {})])
    assert [takes_activation(layer) for layer in network.layers] == [False, False, True]
    with pytest.raises(ValueError, match="no activation to choose"):
        use_activation(network, "flatten_1", FORMS["relu"], {})
