"""The elements of HTML as Dash's renderer takes them: plain dictionaries.

A page has a thousand elements. Dash's own classes look at each property of each of them when it is
made and again when it is sent, which takes longer than most of what is counted for the page; these
do neither. The tests check every page by Dash's classes instead. So are the links, charts and
controls of other libraries that the pages share: one object among them that is no plain JSON, and
Plotly looks at every value of the answer.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Element(dict[str, Any]):
    """One element; properties by Dash's names (``className``, ``htmlFor``, ``tabIndex``)."""

    NAMESPACE: ClassVar[str] = "dash_html_components"

    def __init__(self, children: Any = None, **props: Any) -> None:
        super().__init__(
            props={"children": children, **props},
            type=type(self).__name__,
            namespace=self.NAMESPACE,
        )


class _Hollow(Element):
    """One with nothing within it."""

    def __init__(self, **props: Any) -> None:
        dict.__init__(self, props=props, type=type(self).__name__, namespace=self.NAMESPACE)


class _Core(_Hollow):
    """One of Dash's own library."""

    NAMESPACE = "dash_core_components"


class _Bootstrap(_Hollow):
    """One of ``dash_bootstrap_components``."""

    NAMESPACE = "dash_bootstrap_components"


class A(Element):
    """``<a>``."""


class Article(Element):
    """``<article>``."""


class Aside(Element):
    """``<aside>``."""


class B(Element):
    """``<b>``."""


class Button(Element):
    """``<button>``."""


class Caption(Element):
    """``<caption>``."""


class Checklist(_Bootstrap):
    """Boxes, of which any may be ticked."""


class Code(Element):
    """``<code>``."""


class Dd(Element):
    """``<dd>``."""


class Del(Element):
    """``<del>``."""


class Details(Element):
    """``<details>``."""


class Div(Element):
    """``<div>``."""


class Dl(Element):
    """``<dl>``."""


class Dt(Element):
    """``<dt>``."""


class Fieldset(Element):
    """``<fieldset>``."""


class Form(Element):
    """``<form>``."""


class Graph(_Core):
    """Plotly's chart: see ``components.graph``, which alone makes one."""


class H1(Element):
    """``<h1>``."""


class H2(Element):
    """``<h2>``."""


class H3(Element):
    """``<h3>``."""


class Header(Element):
    """``<header>``."""


class Img(Element):
    """``<img>``."""


class Input(_Bootstrap):
    """``<input>``."""


class Kbd(Element):
    """``<kbd>``."""


class Label(Element):
    """``<label>``."""


class Legend(Element):
    """``<legend>``."""


class Li(Element):
    """``<li>``."""


class Link(Element):
    """``<a>`` to another page of the house, or this one with another address, without a reload."""

    NAMESPACE = _Core.NAMESPACE


class Location(_Core):
    """The address of the browser."""


class Main(Element):
    """``<main>``."""


class Nav(Element):
    """``<nav>``."""


class Ol(Element):
    """``<ol>``."""


class P(Element):
    """``<p>``."""


class Pre(Element):
    """``<pre>``."""


class RadioItems(_Bootstrap):
    """Choices, of which one is made."""


class Section(Element):
    """``<section>``."""


class Span(Element):
    """``<span>``."""


class Store(_Core):
    """A value that callbacks pass on; nothing is shown."""


class Strong(Element):
    """``<strong>``."""


class Summary(Element):
    """``<summary>``."""


class Table(Element):
    """``<table>``."""


class Tbody(Element):
    """``<tbody>``."""


class Td(Element):
    """``<td>``."""


class Th(Element):
    """``<th>``."""


class Thead(Element):
    """``<thead>``."""


class Time(Element):
    """``<time>``."""


class Tr(Element):
    """``<tr>``."""


class Ul(Element):
    """``<ul>``."""
