"""What a store of decoded pictures holds, in words: read with suspicion."""

import functools
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from app.core.data_settings import PictureSource
from app.data.picture_decoding import Trait
from app.data.picture_folder import PictureFolder
from app.data.picture_form import Color, Fit, PictureForm
from app.data.picture_reading import Finding
from app.data.picture_walk import PictureFile

VERSION = 1
_LARGEST = 2**30


@dataclass(frozen=True)
class Manifest:
    """Attributes:
    decoder: by what the files were decoded; another one may give other bits.
    root: the folder of the pictures.
    form: of the decoded ones.
    notes: how the form was chosen, in full sentences.
    files: (name, size, modified) of each, in order.
    findings: what came of each; one with a reason is not in the store.
    count: of the pictures in the store.
    digest: SHA-256 of their pixels, in hexadecimal digits.
    """

    decoder: str
    root: str
    form: PictureForm
    notes: tuple[str, ...]
    files: tuple[tuple[str, int, int], ...]
    findings: tuple[Finding, ...] = ()
    count: int = 0
    digest: str = ""

    def made_like(self, other: "Manifest") -> bool:
        """Whether equal files have equal pixels in both."""
        return (self.decoder, self.root, self.form) == (other.decoder, other.root, other.form)

    def completed(self, count: int, digest: str) -> "Manifest":
        return replace(self, count=count, digest=digest)

    def write(self, path: Path) -> None:
        """Raises OSError."""
        plain = {
            "version": VERSION,
            "decoder": self.decoder,
            "root": self.root,
            "form": asdict(self.form),
            "notes": self.notes,
            "files": self.files,
            "findings": [[int(f.traits), f.why] for f in self.findings],
            "count": self.count,
            "digest": self.digest,
        }
        with path.open("w", encoding="ascii") as file:  # odd names are escaped
            json.dump(plain, file, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, path: Path) -> "Manifest | None":
        """What `write` wrote; None when it is not there, or anything is wrong with it."""
        try:
            if path.stat().st_size > _LARGEST:
                return None
            return _checked(json.loads(path.read_text("ascii")))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _checked(plain: Any) -> Manifest:
    if plain["version"] != VERSION:
        raise ValueError("another version")
    form = PictureForm(**plain["form"])
    if any(type(n) is not int or not 1 <= n <= 4096 for n in (form.height, form.width)):
        raise ValueError("the size is none")
    if form.color not in get_args(Color) or form.fit not in get_args(Fit):
        raise ValueError("the form is none")
    files = tuple((_text(name), int(size), int(time)) for name, size, time in plain["files"])
    finding = functools.cache(lambda traits, why: Finding(Trait(traits), _text(why)))
    findings = tuple(finding(traits, why) for traits, why in plain["findings"])
    count = int(plain["count"])
    if len(files) != len(findings) or count != sum(not f.why for f in findings):
        raise ValueError("the counts do not agree")
    notes = tuple(_text(note) for note in plain["notes"])
    root, decoder, digest = (_text(plain[name]) for name in ("root", "decoder", "digest"))
    return Manifest(decoder, root, form, notes, files, findings, count, digest)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def decoder_name() -> str:
    """The versions of what decodes."""
    from PIL import __version__, features

    parts = (features.version(name) for name in ("libjpeg_turbo", "jpg", "zlib", "webp", "libtiff"))
    return f"{VERSION};{__version__};{';'.join(str(part) for part in parts)}"


def facts_of(files: Sequence[PictureFile]) -> tuple[tuple[str, int, int], ...]:
    """(name, size, modified) of each."""
    return tuple((file.name, file.size, file.modified) for file in files)


def key_of(source: PictureSource, folder: PictureFolder) -> str:
    """Under which the store of these settings and files is found. Any change of a name, a size or
    a time of change gives another one.
    """
    settings = (source.height, source.width, source.color, source.fit)
    plain = [VERSION, decoder_name(), folder.root, settings, facts_of(folder.files)]
    content = json.dumps(plain, separators=(",", ":")).encode("ascii")
    return f"{root_key(folder.root)}-{hashlib.sha256(content).hexdigest()[:32]}"


def root_key(root: str) -> str:
    """With what the keys of all stores of a folder begin."""
    return hashlib.sha256(json.dumps(root).encode("ascii")).hexdigest()[:12]
