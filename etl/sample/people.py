"""Invented people: names for the columns that nobody may load, and IINs of nobody alive."""

from __future__ import annotations

from typing import Final

import numpy as np

from etl.sample.days import Ints
from etl.sample.parameters import Lang

_FIRST_PASS: Final = np.arange(1, 12)
_SECOND_PASS: Final = np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2])

_SURNAMES: Final = {
    "kk": (
        "Ахметов", "Сәрсенов", "Жұмабаев", "Нұрланов", "Қасымов", "Оспанов", "Тілеубаев",
        "Әбдірахманов", "Есімов", "Сейітқали", "Мұқанов", "Байжанов", "Қойшыбаев", "Ержанов",
        "Төлегенов", "Смағұлов", "Ибраев", "Дүйсенов", "Әлімбаев", "Рахымов",
    ),
    "ru": (
        "Ахметов", "Иванов", "Ким", "Оспанов", "Петренко", "Сарсенов", "Нурланов", "Кузнецов",
        "Цой", "Байжанов", "Мухамеджанов", "Шевченко", "Тлеубаев", "Смагулов", "Пак", "Попов",
        "Исаев", "Алимбаев", "Орлов", "Рахимов",
    ),
}  # fmt: skip
_GIVEN: Final = {
    "kk": (
        "Айгүл", "Ерлан", "Гүлнар", "Нұржан", "Сәуле", "Бауыржан", "Жанар", "Қайрат", "Әсел",
        "Дәурен", "Мәдина", "Серік", "Динара", "Асқар", "Ләззат", "Мұрат",
    ),
    "ru": (
        "Айгуль", "Ерлан", "Елена", "Нуржан", "Сауле", "Сергей", "Жанара", "Кайрат", "Асель",
        "Дмитрий", "Мадина", "Серик", "Ольга", "Аскар", "Лариса", "Марат",
    ),
}  # fmt: skip
_DECLINED: Final = ("ов", "ев")


def iins(rng: np.random.Generator, n: int) -> list[str]:
    """``n`` well-formed IINs whose 7th digit says the nineteenth century: nobody alive has one."""
    digits = np.empty((n, 11), dtype=np.int64)
    for at, values in (
        (0, rng.integers(40, 96, n)),
        (2, rng.integers(1, 13, n)),
        (4, rng.integers(1, 29, n)),
    ):
        digits[:, at], digits[:, at + 1] = values // 10, values % 10
    digits[:, 6] = rng.integers(1, 3, n)
    digits[:, 7:] = rng.integers(0, 10, (n, 4))
    check = _check_digits(digits)
    while (never_issued := check > 9).any():
        digits[never_issued, 10] = (digits[never_issued, 10] + 1) % 10
        check = _check_digits(digits)
    numbers = digits @ 10 ** np.arange(11, 0, -1) + check
    return [f"{number:012d}" for number in numbers.tolist()]


def spoilt(iin: str, how: int) -> str:
    """The same IIN as a tired clerk types it: another last digit, or a digit too few."""
    return iin[:-1] + str((int(iin[-1]) + 1) % 10) if how % 3 else iin[:5] + iin[6:]


def names(rng: np.random.Generator, n: int, lang: Lang) -> list[str]:
    """``n`` invented names, surname first."""
    surnames, given = _SURNAMES[lang], _GIVEN[lang]
    first = rng.integers(0, len(given), n).tolist()
    last = rng.integers(0, len(surnames), n).tolist()
    return [
        f"{_of(surnames[s], female=g % 2 == 0)} {given[g]}"
        for s, g in zip(last, first, strict=True)
    ]


def officers(lang: Lang, office: int) -> list[str]:
    """The dozen officers of an office: surname and initial."""
    surnames, given = _SURNAMES[lang], _GIVEN[lang]
    return [
        f"{_of(surnames[(i + 3 * office) % 20], female=g % 2 == 0)} {given[g][0]}."
        for i, g in ((i, (5 * i + office) % 16) for i in range(12))
    ]


def _check_digits(digits: Ints) -> Ints:
    """The check digit of each row of eleven; 10 where none exists."""
    first = digits @ _FIRST_PASS % 11
    return np.where(first < 10, first, digits @ _SECOND_PASS % 11)


def _of(surname: str, *, female: bool) -> str:
    return surname + "а" if female and surname.endswith(_DECLINED) else surname
