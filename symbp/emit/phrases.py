"""The words of a derivation, one table per language."""

from __future__ import annotations

from symbp.errors import SymbpError

ENGLISH = {
    "derivation": "Derivation",
    "model": "Model",
    "model of an article": "Model {number}: line {line}",
    "steps taken": "{letter} counts to {steps} here: the text does not say how far.",
    "unread": "Line {line} is not read: {reason}",
    "forward": "Forward pass",
    "backward": "Backward pass",
    "gradients": "Gradients",
    "notes": "Notes",
    "checked": "checked: {status}",
    "proved": "proved",
    "holds": "holds",
    "refuted": "refuted",
    "undecided": "undecided",
    "values": "Values",
    "graph": "Computational graph",
    "update": "Update",
    "param": "parameter",
    "input": "input",
    "target": "target",
    "const": "constant",
    "upstream": "upstream gradient",
    "given": "given",
    "sum over the batch": "sum over the batch",
    "paths": "{count} paths add up",
    "no dependence": "its gradient is zero: the loss does not depend on it",
    "layout": "Every gradient has the shape of what it is taken by.",
    "entrywise": "{dot} multiplies entry by entry; functions, powers and quotients act entry by entry, too.",
    "entrywise functions": "Functions, powers and quotients act entry by entry.",
    "ones": "{one} is a vector of ones: {rows} sums over the rows of {A}, {columns} over its columns.",
    "from zero": "Indices count from 0.",
    "direct": "{partial} is the derivative of one equation by itself, other paths left out.",
    "reused": "{name} is worked out once and used in {users}.",
    "chain rule": "chain rule",
    "local derivative": "local derivative",
    "survive": "only {pairs} survives",
    "substituted": "substituted",
    "laws": "by {laws}",
    "definition": "definition",
    "derivative of": "Derivative of {name}",
    "sum rule": "sum rule",
    "product rule": "product rule",
    "quotient rule": "quotient rule",
    "constant factor": "constant factor",
    "power rule and chain rule": "power rule and chain rule",
    "each branch": "each branch",
    "simplified": "simplified",
    "rewritten": "rewritten",
    "result": "result",
    "time": "{letter} = {first} … {last}",
    "at time": "{letter} = {first}",
    "backward recurrence": "Backward recurrence",
}

KOREAN = {
    "derivation": "유도",
    "model": "모델",
    "model of an article": "모델 {number}: {line}행",
    "steps taken": "여기서 {letter}는 {steps}까지 센다: 글에 끝이 없다.",
    "unread": "{line}행은 읽지 않았다: {reason}",
    "forward": "순전파",
    "backward": "역전파",
    "gradients": "기울기",
    "notes": "참고",
    "checked": "검증: {status}",
    "proved": "증명됨",
    "holds": "성립함",
    "refuted": "반증됨",
    "undecided": "판정 못 함",
    "values": "값",
    "graph": "계산 그래프",
    "update": "갱신",
    "param": "매개변수",
    "input": "입력",
    "target": "정답",
    "const": "상수",
    "upstream": "위에서 내려온 기울기",
    "given": "주어짐",
    "sum over the batch": "배치에 대한 합",
    "paths": "{count}개 경로의 합",
    "no dependence": "손실이 이 값에 의존하지 않으므로 기울기는 0이다",
    "layout": "모든 기울기는 미분하는 변수와 같은 모양을 가진다.",
    "entrywise": "{dot}는 원소별 곱이며, 함수와 거듭제곱과 나눗셈도 원소별로 적용된다.",
    "entrywise functions": "함수와 거듭제곱과 나눗셈은 원소별로 적용된다.",
    "ones": "{one}은 모든 원소가 1인 벡터이다: {rows}는 {A}의 행에 대한 합, {columns}은 열에 대한 합이다.",
    "from zero": "첨자는 0부터 센다.",
    "direct": "{partial}는 다른 경로를 뺀, 한 식만의 직접 미분이다.",
    "reused": "{name}: 한 번 계산하여 {users}에 다시 쓴다.",
    "chain rule": "연쇄 법칙",
    "local derivative": "국소 미분",
    "survive": "{pairs} 인 항만 살아남는다",
    "substituted": "대입",
    "laws": "적용한 법칙: {laws}",
    "definition": "정의",
    "derivative of": "{name}의 미분",
    "sum rule": "합의 미분",
    "product rule": "곱의 미분",
    "quotient rule": "몫의 미분",
    "constant factor": "상수배",
    "power rule and chain rule": "거듭제곱의 미분과 연쇄 법칙",
    "each branch": "각 경우",
    "simplified": "정리",
    "rewritten": "변형",
    "result": "결과",
    "time": "{letter} = {first} … {last}",
    "at time": "{letter} = {first}",
    "backward recurrence": "역방향 점화식",
}

ENGLISH_FACTS = {
    "onehot": "one-hot rows",
    "prob": "rows sum to 1",
    "positive": "positive",
    "unit": "in [0, 1]",
    "mask": "mask",
    "binary": "0 or 1",
    "symmetric": "symmetric",
    "index": "integers below {}",
}
KOREAN_FACTS = {
    "onehot": "원-핫 행",
    "prob": "행의 합이 1",
    "positive": "양수",
    "unit": "[0, 1] 안",
    "mask": "마스크",
    "binary": "0 또는 1",
    "symmetric": "대칭",
    "index": "{}보다 작은 정수",
}

KOREAN_LAWS = {
    "A A⁻¹ = I (invertible)": "A A⁻¹ = I (가역)",
    "Aᵀ = A (symmetric)": "Aᵀ = A (대칭)",
    "a scalar out of a contraction": "스칼라를 합 밖으로",
    "a scalar times I": "스칼라와 I의 곱",
    "a(D - B) = aD - aB for diagonal D": "대각행렬 D에 대해 a(D - B) = aD - aB",
    "a/n·b with numbers in front": "수를 앞으로: a/n·b",
    "axes of size 1 left out": "크기 1인 축 생략",
    "broadcasting": "브로드캐스팅",
    "choice of 0": "0의 선택",
    "common number factor": "공통 인수",
    "det A > 0 (spd)": "det A > 0 (양의 정부호)",
    "equal factors in the order of the result": "같은 인수를 결과의 순서로",
    "numbers first": "수를 앞으로",
    "numbers multiplied": "수끼리 곱함",
    "numbers out of a contraction": "수를 합 밖으로",
    "one factor 1": "인수 1 생략",
    "rows of the target sum to 1": "정답의 각 행의 합은 1",
    "signs and numbers out of a quotient": "부호와 수를 몫 밖으로",
    "signs and numbers to the front": "부호와 수를 앞으로",
    "zero": "0",
}
"""Laws whose names are words; the others are formulas."""

LANGUAGES = {"en": (ENGLISH, ENGLISH_FACTS), "ko": (KOREAN, KOREAN_FACTS)}
LAWS = {"ko": KOREAN_LAWS}


class Phrases:
    """The phrases of one language.  SymbpError for a language that has no table."""

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            raise SymbpError(
                f"there are no phrases in '{language}', only in {', '.join(LANGUAGES)}",
                hint="take one of these languages",
            )
        self.language = language
        self._words, self._facts = LANGUAGES[language]

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def law(self, name: str) -> str:
        return LAWS.get(self.language, {}).get(name, name)

    def fact(self, fact: str) -> str:
        word, _, rest = fact.partition(" ")
        return self._facts.get(word, fact).format(rest)
