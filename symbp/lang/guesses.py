"""What a name is taken for where nothing declares it: its rank, its role, and what else to try."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from symbp.lang.declare import DATA_LETTERS
from symbp.lang.equations import Equations
from symbp.lang.names import identifier, pieces
from symbp.lang.syntax import Reference, Syntax, walk

NUMBERS = {"λ", "η", "ε", "ϵ", "τ", "α", "lambda", "eta", "epsilon", "eps", "tau", "alpha", "lam", "lr"}
"""Written for numbers: rates, weights of a penalty, temperatures."""
COUNTS = {"n", "N"}
"""Written for the number of samples."""


def free_names(parsed: Sequence[Syntax], known: Collection[str]) -> dict[str, tuple[str, int]]:
    """Names that nothing sets: identifier -> (spelling, index of the first equation with it)."""
    free: dict[str, tuple[str, int]] = {}
    for index, expression in enumerate(parsed):
        for piece in walk(expression):
            if isinstance(piece, Reference) and piece.name not in ("π", "ℯ"):
                key = identifier(piece.name)
                if key not in known:
                    free.setdefault(key, (piece.name, index))
    return free


def guessed_rank(spelled: str) -> int:
    base = pieces(spelled)[0]
    if base in NUMBERS or spelled in COUNTS:
        return 0
    return 2 if base[:1].isupper() else 1


def guessed_role(key: str, params: Collection[str] | None, counted: Collection[str] = ()) -> str:
    """The role of a name; `counted` are names that stand for how many there are of something."""
    if params is not None:
        return "param" if key in params else "input"
    if key in counted:
        return "input"
    if key[:1] in DATA_LETTERS and len(key.rstrip("0123456789_")) <= 4:
        return "target" if key[0] in "yYtT" else "input"
    return "param"


def guessed_ranks(model: Equations, free: Mapping[str, tuple[str, int]]) -> list[dict[str, int]]:
    """Ranks to try: small letters are columns; or, without any matrix, all are numbers.

    Targets may be numbers where nothing else is.  x_i is a column for each i, or a number where its
    index also stands in w_{ij}; then the other way.
    """
    entries, told = model.entries, model.told
    plain = _plain_ranks(model, free)
    paired = {index for indices in entries.values() if len(indices) > 1 for index in indices}
    numbers_only = {key: len(entries.get(key, ())) for key in plain}
    guesses = [_with_entries(model, plain, lambda index: 0 if index in paired else 1)]
    if entries:
        columns = _with_entries(model, plain, lambda index: 1)
        numbers = _with_entries(model, plain, lambda index: 0)
        first = [numbers] if model.is_on_paper and not told.columns else []
        guesses = [*first, *guesses, columns, numbers]
    targets = {k: numbers_only[k] for k in plain if k[0] in "yt" and plain[k] < 2}
    guesses.insert(1, guesses[0] | targets)
    has_matrix = 2 in plain.values()
    if entries and model.is_on_paper and not (told.columns or told.arrays or has_matrix):
        guesses.insert(0, numbers_only)
    if not has_matrix or (entries and not any(plain[k] == 2 and k not in entries for k in plain)):
        guesses.append(numbers_only)
    return [guess | {k: max(1, guess[k]) for k in told.arrays if k in guess} for guess in guesses]


def _plain_ranks(model: Equations, free: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    """The ranks that names have by their letters, and by what the text says of them."""
    ranks = {key: guessed_rank(spelled) for key, (spelled, _) in free.items()}
    ranks |= {key: guessed_rank(spelled) for key, spelled in model.times.states.items()}
    return {key: 0 if key in model.told.numbers and key not in model.entries else ranks[key] for key in ranks}


def _with_entries(
    model: Equations, plain: Mapping[str, int], rank_of_one: Callable[[str], int]
) -> dict[str, int]:
    """Ranks in which names have the axes that their indices say, x_i also those of one of them."""
    columns = model.told.columns - model.told.arrays
    """Names of which the entries x_i are columns; bold ones are columns as a whole, too."""
    ranks = dict(plain)
    for key, indices in model.entries.items():
        if key in ranks:
            own = 1 if key in columns else rank_of_one(indices[0])
            ranks[key] = len(indices) + (own if len(indices) == 1 else 0)
    return ranks
