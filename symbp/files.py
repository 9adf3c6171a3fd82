"""Texts in and out: where the text of a model comes from, and how a file is written whole.

Raises OutputError for what cannot be read or written.
"""

from __future__ import annotations

import difflib
import errno
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from symbp.errors import OutputError

MODELS = Path(__file__).parent / "models"
LANGUAGES = {".eq": "equations", ".tex": "latex", ".md": "latex", ".py": "numpy"}
LARGEST = 4_000_000
"""Bytes of the largest text that is read."""


@dataclass(frozen=True)
class ModelText:
    """The text of a model, what to call it in messages, and its language as far as it is known."""

    text: str
    source: str
    language: str = "auto"


def read_model(argument: str, language: str = "auto", literal: bool = False) -> ModelText:
    """The text that MODEL means on the command line.

    A file, `-`, the name of a model that comes along, or the equations themselves; in that order.
    With `literal` anything that is no file is the text itself.
    """
    if argument == "-":
        return ModelText(_decoded(sys.stdin.buffer.read(LARGEST + 1), "standard input"), "<stdin>", language)
    path = _existing(argument)
    if path is not None:
        known = LANGUAGES.get(path.suffix.lower(), "auto")
        return ModelText(read_text(path), path.name, language if language != "auto" else known)
    if literal:
        return ModelText(argument, "<claims>", language)
    bundled = MODELS / f"{argument}.eq"
    if argument in model_names():
        return ModelText(read_text(bundled), bundled.name, "equations")
    if any(sign in argument for sign in "=\n;"):
        return ModelText(argument, "<text>", language)
    raise _no_model(argument)


def model_names() -> list[str]:
    """The models that come along."""
    return sorted(path.stem for path in MODELS.glob("*.eq"))


def model_summary(name: str) -> str:
    """The first sentence of the comment that heads a model."""
    lines = read_text(MODELS / f"{name}.eq").splitlines()
    comment: list[str] = []
    for line in lines:
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# ").rstrip())
    return " ".join(comment).split(". ")[0].rstrip(".")


def read_text(path: Path) -> str:
    """A UTF-8 file as text.  OutputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return _decoded(file.read(LARGEST + 1), str(path))
    except OSError as error:
        raise OutputError(
            f"{path} cannot be read: {_reason(error)}",
            hint="name a file that can be read, or write the equations in quotes",
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.  OutputError where it cannot be written."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """The same for bytes."""
    try:
        _replace(path, data)
    except OSError as error:
        hint: str | None = f"there is no folder {path.parent}"
        if path.parent.exists():
            hint = f"name a file in it: {path / 'FILE'}" if path.is_dir() else None
        raise OutputError(f"{path} cannot be written: {_reason(error)}", hint=hint) from None


def _replace(path: Path, data: bytes) -> None:
    """Through a temporary file beside it, so that a reader never sees half of it."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _existing(argument: str) -> Path | None:
    """The file of that name; equations are often no possible file name at all."""
    try:
        path = Path(argument)
        return path if argument and path.exists() else None
    except (OSError, ValueError):
        return None


def _decoded(data: bytes, source: str) -> str:
    if len(data) > LARGEST:
        raise OutputError(
            f"{source} is larger than {LARGEST // 1_000_000} MB",
            hint="split the model, or leave out what is no equation",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OutputError(f"{source} is no UTF-8 text (line {line})", hint="save it as UTF-8") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _no_model(argument: str) -> OutputError:
    shown = argument if len(argument) <= 60 else argument[:57] + "..."
    if Path(argument).suffix.lower() in LANGUAGES or "/" in argument:
        return OutputError(f"there is no file {shown}", hint=_nearest_file(argument))
    near = difflib.get_close_matches(argument, model_names(), n=1)
    hint = f"did you mean {near[0]}?" if near else "symbp models lists those that come along"
    return OutputError(f"'{shown}' is no file, no model that comes along and no equation", hint=hint)


def _nearest_file(argument: str) -> str | None:
    folder = Path(argument).parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in LANGUAGES)
    near = difflib.get_close_matches(Path(argument).name, names, n=1)
    return f"did you mean {folder / near[0]}?" if near else "symbp models lists the models that come along"
