"""The test vault: what may be known of the test part while one is still choosing, and which samples
it holds.

A figure on the test part is honest once, for a network that was chosen without it. So nothing that
tells how good a network is may be computed from the test part before the vault is opened: no output
for its samples, no loss, no metric, no picture or row of it beside an answer, and nothing that a
training, a search, the page Inside or the advisor decides by. What is allowed, and why:

- the numbers of samples, of each class too (data page, status row, command line): the split is
  stratified by them, and they tell nothing of a network;
- how many test samples stand in the training or validation part too (a warning of the data page):
  a figure on such a test part would be wrong, so it must be known before;
- the rows, pictures, histograms and means of the whole file on the data page, and the part that a
  row belongs to: the file is the user's own, they are made before there is a network, and nothing
  is fitted on them. What is fitted (scaling, gaps, categories, class weights) is fitted on the
  training part;
- that the test samples are brought into the form that the network takes, and hashed into the
  fingerprint of the data: no number about them comes out.

`layerlab evaluate --part test` is an opening too; the project and the journal keep it, and the
journal counts looks at the same samples from all projects.

The engine answers questions about the test part from nobody (`diagnostics.probes.part_of`,
`diagnostics.chosen_sample`), and judges it for the vault alone, which records it. That all else
leaves it alone is proven with parts that raise when they are touched, by
`tests/end_to_end/test_window_evaluate.py`.
"""

import hashlib

from app.core.data_settings import DataSettings
from app.core.vault_openings import SOURCE_LETTERS
from app.data.prepared import PreparedData


def vault_key(settings: DataSettings, data: PreparedData) -> str:
    """Which samples the test part of `data` holds: half of a SHA-256 of their source, and half of
    one of their places in it (`app.core.vault_openings` compares them).

    Other preprocessing, other columns or weights, or another share for validation leave it as it
    is: who has seen the test samples scaled has seen them.
    """
    source = settings.source.model_dump_json(exclude=_HOW_IT_IS_READ)
    digests = (
        hashlib.sha256(content)
        for content in (source.encode(), data.test.rows.astype("<i8").tobytes())
    )
    return "".join(digest.hexdigest()[:SOURCE_LETTERS] for digest in digests)


def older_vault_key(settings: DataSettings, data: PreparedData) -> str:
    """The name under which the first versions kept openings of the test part of `data`."""
    digest = hashlib.sha256(settings.source.model_dump_json(exclude=_LATER).encode())
    digest.update(data.test.rows.astype("<i8").tobytes())
    return digest.hexdigest()


_LATER = {"skip_rows"}
"""Fields that those versions did not know."""
_HOW_IT_IS_READ = {
    *("separator", "decimal", "encoding", "skip_rows", "header", "roles", "types", "missing"),
    *("height", "width", "color", "fit", "inputs", "targets", "task"),
}
"""Fields of sources that leave the samples what they are."""
