"""Precision and device chosen in the window: what trains is what was chosen, and a device that is
not there is told.
"""

from app.core.templates import two_moons
from tests.end_to_end.window_user import User, wait


def test_a_network_trains_in_mixed_precision_on_a_chosen_device(user: User) -> None:
    project = two_moons()
    few = project.training.model_copy(update={"epochs": 3})
    user.program.files.show(project.model_copy(update={"training": few}))
    wait(lambda: user.program.feed.prepared is not None)
    user.click("bench.settings")
    user.choose("inspector.precision", "Mixed, bfloat16")
    user.choose("inspector.device", "Processor")
    user.picture("computing")
    training = user.program.document.project.training
    assert (training.precision, training.device) == ("mixed_bfloat16", "CPU:0")
    run = user.program.run
    user.click("run.train")
    wait(lambda: run.record is not None and len(run.record.rows) == 3 and not run.state.active)
    assert run.state.failure is None
    model = run._room._session.model
    assert model.layers[1].compute_dtype == "bfloat16"
    assert model.layers[1].kernel.value.device.endswith("CPU:0")

    # A device that this computer lacks is told in words; the run before stays on show.
    user.choose("inspector.device", "Graphics 4")
    user.click("run.train")
    wait(lambda: run.state.failure is not None and not run.state.active)
    assert run.state.failure.happened == "There is no device 'GPU:3' here."
    titles = [problem.title for problem in user.program.bench.problems.problems]
    assert "Training failed" in titles

    # All devices at once: here that is one.
    user.choose("inspector.device", "All at once")
    user.click("run.train")
    wait(lambda: len(run.record.rows) == 3 and not run.state.active)
    assert run.state.failure is None
