"""How clerks write: headings, spellings of categories and results, in Kazakh and in Russian.

Each spelling stands in ``sources.toml`` too, as an integrator would have found it in the exports;
the words of ``STRANGERS`` do not. Some spellings have a Latin "i", as the resolution itself has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from etl.sample.parameters import CENTRES, Centre, Lang
from etl.sample.wide import Strangers

Spellings = Mapping[str, tuple[str, ...]]

SPELLINGS: Final[dict[Lang, Spellings]] = {
    "kk": {
        "veterans": ("ҰОС мүгедектері мен қатысушылары", "ҰОС ардагері", "ҰОС қатысушысы"),
        "vulnerable": (
            "Халықтың әлеуметтік әлсіз топтары",
            "әлеуметтік әлсіз топ",
            "Әлеуметтiк әлсiз топтар",
            "ӘӘТ",
        ),
        "public_sector": (
            "Мемлекеттік қызметші",
            "мемлекеттiк қызметшi",
            "Бюджеттік ұйым қызметкері",
            "бюджет. ұйым қызметкері",
            "Әскери қызметші",
        ),
        "emergency": ("Апатты тұрғын үй", "апатты үй", "Апаттық үй тұрғыны"),
    },
    "ru": {
        "veterans": ("Участник ВОВ", "Инвалид ВОВ", "ветеран ВОВ"),
        "vulnerable": (
            "Социально уязвимые слои",
            "соц. уязвимые",
            "социально-уязвимые слои населения",
            "СУСН",
        ),
        "public_sector": (
            "Госслужащий",
            "Работник бюджетной организации",
            "бюджетник",
            "Военнослужащий",
        ),
        "emergency": ("Аварийное жильё", "аварийное жилье", "Аварийный дом"),
    },
}

RESULTS: Final[dict[Lang, Spellings]] = {
    "kk": {
        "registered": ("Есепке қойылды", "есепке алынды"),
        "refused": ("Бас тартылды", "есепке қоюдан бас тарту"),
        "returned": ("Қайтарылды", "құжаттар қайтарылды"),
    },
    "ru": {
        "registered": ("Поставлен на учёт", "поставлен на учет", "на учете"),
        "refused": ("Отказано", "отказ"),
        "returned": ("Возвращено", "возврат документов"),
    },
}

STRANGERS: Final[dict[Lang, Strangers]] = {
    "kk": Strangers("Көп балалы ана", "Мұрағатқа жіберілді", "Наурызбай ауданының ХҚО"),
    "ru": Strangers("Многодетная мать", "В архив", "ЦОН Наурызбайского района"),
}

_DISTRICTS: Final = {
    "alatau": ("Алатау", "Алатауского"),
    "almaly": ("Алмалы", "Алмалинского"),
    "auezov": ("Әуезов", "Ауэзовского"),
    "bostandyk": ("Бостандық", "Бостандыкского"),
    "zhetysu": ("Жетісу", "Жетысуского"),
    "medeu": ("Медеу", "Медеуского"),
    "turksib": ("Түрксіб", "Турксибского"),
}

AUTHORITY_SHEET: Final = "Кіріс"
AUTHORITY_TITLE: Final = "Алматы қаласы Тұрғын үй және тұрғын үй инспекциясының басқармасы"
AUTHORITY_SUBTITLE: Final = "Кіріс хат-хабарламаларды есепке алу базасы, {year} жыл"
AUTHORITY_HEADER: Final = (
    "Кіріс нөмірі", "Өтініш беруші", "ЖСН", "Санаты", "Орындаушы",
    "Тіркелген күні", "Орындаушы белгіленді", "Орындаушыға берілді", "Құжаттар қаралды",
    "Анықтама дайындалды", "Комиссия қарады", "Хабарлама әзірленді", "Хабарламаға қол қойылды",
    "Хабарлама берілді", "Қайтару хаты әзірленді", "Хатқа қол қойылды", "Хат берілді",
    "Нәтижесі", "Кезек нөмірі",
)  # fmt: skip

CENTRE_HEADER: Final = (
    "№ в журнале", "Заявитель", "ИИН", "Категория", "ЦОН", "Инспектор",
    "Принято", "Зарегистрировано в управлении", "Назначен исполнитель", "Передано исполнителю",
    "Документы рассмотрены", "Справка подготовлена", "Рассмотрено комиссией",
    "Уведомление подготовлено", "Уведомление подписано", "Уведомление передано курьеру",
    "Уведомление выдано", "Письмо о возврате подготовлено", "Письмо подписано",
    "Письмо передано курьеру", "Письмо выдано", "Результат", "№ очереди", "Примечание",
)  # fmt: skip
CENTRE_NOTES: Final = {
    "kk": ('"келмеді; телефон соғылды"', '"құжат ""Нысан-2"" қосылды"', "қайта келді"),
    "ru": ('"не явился; позвонить"', '"приложена справка ""Форма-2"""', "пришёл повторно"),
}

SURVEY_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "csv": ("№ бланка", "ЦОН", "Дата", "Вопрос 1", "Вопрос 2"),
    "xlsx": ("Сауалнама №", "ХҚО", "Толтырылған күні", "1-сұрақ", "2-сұрақ"),
}
SURVEY_SHEET: Final = "Сауалнама"
SURVEY_TITLE: Final = (
    "Электрондық мемлекеттік қызметтің «сапа» және «қолжетімділік» көрсеткіштерін "
    "анықтау үшін сауалнама"
)


def place_names(centre: Centre) -> tuple[str, ...]:
    """How a centre's clerks, and the forms, write its name."""
    kazakh, russian = _DISTRICTS[centre.code]
    return (
        (f"{kazakh} ауданының ХҚО", f"{kazakh} ХҚО")
        if centre.lang == "kk"
        else (f"ЦОН {russian} района", f"ЦОН {russian} р-на")
    )


def all_place_names() -> dict[str, str]:
    """Every spelling of every centre, with its code."""
    return {name: centre.code for centre in CENTRES for name in place_names(centre)}
