"""The page: a head with the verdict, then one section a subject, each left out where nothing is known of it."""

from __future__ import annotations

from collections.abc import Callable

from training.log import say
from training.report import errors, figures, sections
from training.report.facts import Facts
from training.report.html import Html, duration, element, join, metric_name, number, paragraphs, shortened
from training.report.style import STYLE
from training.report.verdict import rivals, sentence, sentence_case, warnings

Part = Callable[[Facts], Html]

SECTIONS: tuple[tuple[str, str, tuple[Part, ...]], ...] = (
    ("results", "How good it is", (sections.comparison,)),
    ("errors", "Where it errs", (errors.drawn, errors.confusions, errors.label_scores)),
    ("mistakes", "Its worst answers", (errors.mistakes,)),
    ("samples", "What it writes", (errors.samples,)),
    ("training", "How it learned", (sections.curves,)),
    ("data", "What it learned from", (sections.data,)),
    ("serving", "What is served", (sections.serving,)),
    ("call", "How to call it", (sections.call,)),
    ("time", "Time, machine, versions", (sections.cost,)),
    ("settings", "Settings", (sections.settings,)),
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is fetched and nothing runs, whatever the texts say."""


def page(facts: Facts) -> str:
    """A whole HTML document."""
    title = shortened(facts.title, 120)
    head = (
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        element("title", f"{title}: report"),
        element("style", Html(STYLE)),
    )
    known = [(name, heading, found) for name, heading, parts in SECTIONS if (found := _found(facts, parts))]
    links = (element("a", heading, href=f"#{name}") for name, heading, _ in known)
    body = (
        _header(facts, title),
        element("nav", *links, aria_label="Sections"),
        element("main", *(_section(*each) for each in known)),
        element("footer", paragraphs("Made by Traindrop from evaluation.json, which has the same numbers.")),
    )
    document = join([element("head", *head), "\n", element("body", *body)])
    return f'<!doctype html>\n<html lang="en">\n{document}\n</html>\n'


def _found(facts: Facts, parts: tuple[Part, ...]) -> Html:
    return join(_guarded(part, facts) for part in parts)


def _guarded(part: Part, facts: Facts) -> Html:
    """One part that fails does not take the others with it."""
    try:
        return part(facts)
    except Exception as error:  # whatever a drawing library or odd data may do
        say(f"The report's part {part.__name__!r} is left out: {type(error).__name__}: {error}")
        return Html()


def _section(name: str, heading: str, content: Html) -> Html:
    return element(
        "section", element("h2", heading, id=f"{name}-heading"), content, id=name, aria_labelledby=f"{name}-heading"
    )


def _header(facts: Facts, title: str) -> Html:
    tone, said = sentence(facts.evaluation)
    careful = [element("li", each) for each in warnings(facts)]
    parts = [
        element("p", f"Traindrop report · {facts.task_title}", klass="kicker"),
        element("h1", title),
        element("p", said, klass=f"verdict {tone}"),
        element("ul", *_tiles(facts), klass="tiles"),
    ]
    if careful:
        parts.append(element("div", element("h2", "Be careful"), element("ul", *careful), klass="careful"))
    if not figures.available():
        parts.append(
            element("p", "Figures are left out: matplotlib is not installed where this was made.", klass="note")
        )
    return element("header", *parts)


def _tiles(facts: Facts) -> list[Html]:
    """The numbers one looks for first."""
    found, metric = facts.evaluation, facts.evaluation["metric"]
    training = found.get("training") or {}
    others = [(rival.name, rival.metrics[metric]) for rival in rivals(found) if metric in rival.metrics]
    best = max(others, key=lambda each: each[1], default=None)
    values = [
        (sentence_case(metric_name(metric)), number(found["model"].get(metric))),
        (f"Best rival: {shortened(best[0], 30)}", number(best[1])) if best else None,
        ("Rows: training, held out", f"{training['rows']:,} · {found['rows']:,}") if "rows" in training else None,
        ("Training time", duration(training["seconds"])) if "seconds" in training else None,
    ]
    return [element("li", element("strong", value), element("span", name)) for name, value in filter(None, values)]
