"""Renders the page from `templates/`, where its texts and its HTML are."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contracts import report_state
from training.common.log import say
from training.report import figures, headline, mistakes, results, text
from training.report.facts import Facts

TEMPLATES = Path(__file__).parent / "templates"


def render_page(facts: Facts) -> str:
    """The whole HTML document, style sheet and figures included."""
    environment = _environment()
    evaluation = facts.evaluation
    environment.globals |= {
        "facts": facts,
        "evaluation": evaluation,
        "changed_cards": mistakes.changed_cards,
        "comparison_chart": results.comparison_chart,
        "confused_pairs": mistakes.confused_pairs,
        "data_charts": results.data_charts,
        "error_charts": mistakes.error_charts,
        "mistake_cards": mistakes.mistake_cards,
        "sample_cards": mistakes.sample_cards,
        "scored_models": results.scored_models,
        "threshold_advice": mistakes.threshold_advice,
        "training_charts": results.training_charts,
        "worst_labels": mistakes.worst_labels,
    }
    template = environment.get_template("page.html.j2")
    return template.render(
        fragment=_fragment_renderer(environment),
        style_sheet=style_sheet(),
        state_mark=Markup(report_state.MARK),
        headline=headline.headline(evaluation),
        warnings=list(headline.warnings(facts)),
        best=results.best_compared(evaluation),
        figures_available=figures.available(),
    )


def style_sheet() -> Markup:
    """`templates/report.css`."""
    return Markup((TEMPLATES / "report.css").read_text("utf-8"))


@cache
def _environment() -> Environment:
    """One for all pages of a process: compiling the templates takes most of a page's time."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "duration": text.duration,
        "metric_name": text.metric_name,
        "number": text.number,
        "path_segment": _path_segment,
        "sentence_case": text.sentence_case,
        "shell_quote": _shell_quote,
        "shorten": text.shorten,
    }
    return environment


def _finalize(value: object) -> object:
    """What a template prints, without the characters that HTML forbids; Jinja escapes it afterwards."""
    if isinstance(value, Markup | StrictUndefined):
        return value
    return text.plain(value)


def _fragment_renderer(environment: Environment) -> Callable[[str], Markup]:
    def fragment(name: str) -> Markup:
        """One fragment, or nothing: a fragment that fails does not take the others with it."""
        try:
            return Markup(
                environment.get_template(f"fragments/{name}.html.j2").render().strip()
            )
        except Exception as error:  # whatever a drawing library or odd data may do
            say(
                f"The report's part {name!r} is left out: {type(error).__name__}: {error}"
            )
            return Markup()

    return fragment


def _path_segment(name: str) -> str:
    return quote(name, safe="")


def _shell_quote(argument: str) -> str:
    return shlex.quote(text.plain(argument))
