"""The elements of HTML as Dash's renderer takes them: plain dictionaries.

A page has a thousand elements. Dash's own classes look at each property of each of them when it is
made and again when it is sent, which takes longer than most of what is counted for the page; these
do neither. The tests check every page by Dash's classes instead.
"""

from __future__ import annotations

from typing import Any


class Element(dict[str, Any]):
    """One element; properties by Dash's names (``className``, ``htmlFor``, ``tabIndex``)."""

    def __init__(self, children: Any = None, **props: Any) -> None:
        super().__init__(
            props={"children": children, **props},
            type=type(self).__name__,
            namespace="dash_html_components",
        )


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


class Kbd(Element):
    """``<kbd>``."""


class Label(Element):
    """``<label>``."""


class Legend(Element):
    """``<legend>``."""


class Li(Element):
    """``<li>``."""


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


class Section(Element):
    """``<section>``."""


class Span(Element):
    """``<span>``."""


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
