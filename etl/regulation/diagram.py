"""A channel's steps as a text diagram: the usual way downwards, other ways to the right of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from etl.regulation.model import Channel, Lang, Regulation, Step, Text
from etl.regulation.ways import edges, reach, reversed_edges

_LONG_CODE = 8  # a channel with a longer one gives every name the line below its code

_START, _CONDITION, _END, _DOWN, _BACK, _ELSEWHERE = "▶", "◇", "⇒", "↓", "↺", "→"
_LEGEND = (
    (_START, Text("басталуы", "начало", "start")),
    (_CONDITION, Text("шарт", "условие", "condition")),
    (_END, Text("аяқталуы", "завершение", "end")),
    (_BACK, Text("жоғарыдағы қадамға", "к шагу выше", "to a step above")),
    (_ELSEWHERE, Text("төмендегі қадамға", "к шагу ниже", "to a step below")),
)
_ITEM = Text("{item}-тармақ", "пункт {item}", "item {item}")


def render(regulation: Regulation, channel: str, lang: Lang) -> str:
    """The diagram of the channel with that code, for a terminal; KeyError for an unknown code.

    The line downwards is the usual way: of the steps that may follow, the first from which a
    decision on the merits can be reached. Every step is drawn once; elsewhere an arrow names it.
    """
    drawing = _Drawing(regulation, regulation.named("channels", channel), lang)
    lines = [*drawing.head(), "", *drawing.body(), "", *drawing.legend()]
    return "\n".join(line.rstrip() for line in lines)


@dataclass
class _Drawing:
    regulation: Regulation
    channel: Channel
    lang: Lang
    placed: set[str] = field(default_factory=set)  # drawn, or promised to a line already begun
    drawn: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # the signs that the legend must explain

    def __post_init__(self) -> None:
        self.following = edges(self.channel)
        longest = max(len(step.code) for step in self.channel.steps)
        self.width = longest if longest <= _LONG_CODE else 0
        decided = {o.code for o in self.regulation.outcomes if o.kind == "decided"}
        ends = [s.code for s in self.channel.steps if decided & set(s.outcomes)]
        self.deciding = reach(ends, reversed_edges(self.following))

    def head(self) -> Iterator[str]:
        item = _ITEM[self.lang].format(item=self.channel.item)
        title = f"{self.channel.name[self.lang]} ({self.channel.code}) · {item}"
        yield title
        yield "─" * len(title)

    def body(self) -> Iterator[str]:
        for step in self.channel.steps:
            if step.start and step.code not in self.placed:
                yield from self._line(step.code)

    def legend(self) -> Iterator[str]:
        yield "   ".join(f"{sign} {text[self.lang]}" for sign, text in _LEGEND if sign in self.used)

    def _line(self, first: str) -> Iterator[str]:
        """The way from ``first`` downwards, with the ways that leave it."""
        way = self._usual_way(first)
        for code, following in zip(way, [*way[1:], None], strict=True):
            yield from self._step(self.regulation.steps[code], following)

    def _usual_way(self, first: str) -> list[str]:
        way = [first]
        self.placed.add(first)
        while (code := self._usual_follower(way[-1])) is not None:
            way.append(code)
            self.placed.add(code)
        return way

    def _usual_follower(self, code: str) -> str | None:
        if self.regulation.steps[code].outcomes:
            return None
        free = [n for n in self.following[code] if n not in self.placed]
        return next((n for n in free if n in self.deciding), free[0] if free else None)

    def _step(self, step: Step, following: str | None) -> Iterator[str]:
        self.drawn.add(step.code)
        others = [n for n in self.following[step.code] if n != following]
        stem = "│" if others else _DOWN if following else " "
        actor = self.regulation.named("actors", step.actor).name[self.lang]
        name = step.name[self.lang]
        beside, below = (f"  {name}", "") if self.width else ("", f"{name} · ")
        yield f"{self._sign(step)} {step.code:{self.width}}{beside}"
        yield f"  {stem:{self.width}}  {below}{actor} · {step.item}"
        if step.outcomes:
            names = [self.regulation.named("outcomes", o).name[self.lang] for o in step.outcomes]
            yield f"  {self._use(_END)} {' | '.join(names)}"
        for code in others:
            yield from self._branch(code, last=code == others[-1] and following is None)
        if others and following:
            yield f"  {_DOWN}"

    def _branch(self, code: str, *, last: bool) -> Iterator[str]:
        arm, below = ("  └─", "    ") if last else ("  ├─", "  │ ")
        if code in self.placed:
            yield f"{arm}{self._use(_BACK if code in self.drawn else _ELSEWHERE)} {code}"
            return
        first, *rest = self._line(code)
        yield arm + (f"─{first[1:]}" if first.startswith(" ") else first)
        yield from (below + line for line in rest)

    def _sign(self, step: Step) -> str:
        if step.start:
            return self._use(_START)
        return self._use(_CONDITION) if step.kind == "condition" else " "

    def _use(self, sign: str) -> str:
        self.used.add(sign)
        return sign
