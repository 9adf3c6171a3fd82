"""How the pieces of an equation are spelled: numbers, names, operators, brackets."""

from __future__ import annotations

import re
from fractions import Fraction

from symbp.lang.names import MARKS, SUBSCRIPTS
from symbp.lang.summed import SUM_SIGN

_LETTER = r"[^\W\d_²³¹⁰⁴-⁹ᵀᵗⁿ⁻⁺∂∇Σ∑" + "".join(SUBSCRIPTS) + "]"
_MARK = "[" + "".join(MARKS) + "]"
_SUB = "[" + "".join(SUBSCRIPTS) + "]"
_NAME = rf"{_LETTER}(?:{_LETTER}|{_MARK}|{_SUB}|[0-9]|_(?!\{{))*(?:_\{{[^{{}}]*\}})?"
PIECE = re.compile(rf"{_LETTER}{_MARK}*(?:{_SUB}+|_\{{[^{{}}]*\}}|_?[0-9]+)?")
INDEXED = re.compile(rf".+(?:{_SUB}|\d|\}})")
_MODULE = (
    r"(?:np|numpy|jnp)\.(?:linalg\.|lib\.stride_tricks\.)?|jax\.(?:nn|numpy|scipy)\.(?:linalg\.|special\.)?"
    r"|torch\.(?:nn\.functional\.|linalg\.|special\.)?|scipy\.(?:special|linalg)\.|linalg\.|math\.|F\.(?=\w+\s*\()"
)
"""Modules whose functions are called as they are there."""
TOKEN = re.compile(
    "|".join(
        [
            r"(?P<SPACE>\s+)",
            r"(?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\d.]))",
            r"(?P<VULGAR>[½⅓⅔¼¾])",
            r"(?P<ELLIPSIS>\.\.\.|…)",
            r"(?P<DOTNAME>\.\s*[A-Za-z_]\w*)",
            rf"(?P<NAME>(?:{_MODULE})?{_NAME})",
            r"(?P<TRANSPOSE>\^\s*\{?\s*(?:T|⊤|\\top)\s*\}?(?![\w])|ᵀ|⊤)",
            r"(?P<SUPERSCRIPT>[⁰¹²³⁴-⁹⁻⁺]+)",
            r"(?P<NORM>‖|\|\|)",
            rf"(?P<SUM>{SUM_SIGN})",
            r"(?P<OR>\||∨)",
            r"(?P<AND>&|∧)",
            r"(?P<NOT>~|¬)",
            r"(?P<COMPARE><=|>=|==|!=|≤|≥|≠|<|>)",
            r"(?P<CARET>\*\*|\^)",
            r"(?P<AT>@)",
            r"(?P<ODOT>⊙|∘)",
            r"(?P<JUXT>·|⋅)",
            r"(?P<STAR>\*)",
            r"(?P<FLOOR>//)",
            r"(?P<SLASH>/|÷)",
            r"(?P<PERCENT>%)",
            r"(?P<PLUS>\+)",
            r"(?P<MINUS>-|−|–)",
            r"(?P<LPAR>[({])",
            r"(?P<RPAR>[)}])",
            r"(?P<LBRACKET>\[)",
            r"(?P<RBRACKET>\])",
            r"(?P<COMMA>,)",
            r"(?P<COLON>:)",
            r"(?P<EQUALS>=)",
            r"(?P<QUOTE>[\"'′])",
        ]
    )
)
OPERAND_END = {
    "NUMBER", "STRING", "NAME", "LITERAL", "SUPERSCRIPT", "TRANSPOSE", "ATTRIBUTE", "RBRACKET", "RPAR",
    "NORM_CLOSE", "ENTRY",
}  # fmt: skip
OPERAND_START = {"NUMBER", "NAME", "LPAR", "NORM_OPEN", "SUM", "FUNCTION", "CALL"}
VULGAR = {
    "½": Fraction(1, 2),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
}
LITERALS: dict[str, object] = {"None": None, "True": True, "False": False, "newaxis": None}
