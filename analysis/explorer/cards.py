"""What the page says in words: the expected verdict, what the run costs, refusals."""

from collections.abc import Mapping
from html import escape

from analysis.explorer.shown import Shown
from analysis.observations import ALL_THREE, OBSERVATIONS, Judgement
from analysis.report.formatting import grouped, sigmas, typeset, with_interval
from cqed_battery.units import show_hours

_UNITS = {each.key: (each.symbol, each.unit) for each in OBSERVATIONS}
_PATIENCE = (
    "<p>What the shots are expected to show takes some seconds after the last move, for some"
    " devices minutes.</p>"
)
_ENTRIES = (ALL_THREE, *OBSERVATIONS)


def board(html: str) -> str:
    """Return cards under their heading, as HTML.

    Args:
        html: the cards.
    """
    heading = '<p class="group">What a run is expected to cost and to show</p>'
    return f'{heading}<div class="cards">{html}</div>'


def cost_card(shown: Shown) -> str:
    """Return what a run of the experiment costs, as HTML.

    Args:
        shown: of the experiment.
    """
    settings = f"{len(shown.experiment.axis_values)} {shown.experiment.axis.plural}"
    return (
        f'<div class="card half"><h3>A run of this file</h3><p class="number">'
        f"{escape(show_hours(shown.hours))}</p>"
        f"<p>{grouped(shown.shots)} shots over all settings, {escape(settings)}</p></div>"
    )


def verdict_cards(judged: Mapping[str, Judgement]) -> str:
    """Return the expected verdict as HTML, a card for each observation and one for all.

    Args:
        judged: judgements by key, as `expected_verdict` returns them.
    """
    return "".join(_card(entry.key, entry.title, judged[entry.key]) for entry in _ENTRIES)


def _card(key: str, title: str, found: Judgement) -> str:
    number = ""
    if found.value is not None:
        symbol, unit = _UNITS[key]
        value, interval = with_interval(found.value, found.ci_low, found.ci_high)
        number = (
            f'<p class="number"><span class="unit">{escape(symbol)} =</span> {value}'
            f' <span class="unit">{escape(unit)}</span></p>'
            f'<p class="soft">95 %: {interval}; {sigmas(found.significance)}</p>'
        )
    said = typeset(escape(found.statement[:1].upper() + found.statement[1:]))
    half = " half" if key == ALL_THREE.key else ""
    return (
        f'<div class="card{half} {found.outcome}"><h3>{escape(title)}</h3>'
        f'<p><span class="chip {found.outcome}">{found.outcome}</span></p>'
        f"{number}<p>{said}</p></div>"
    )


def pending_cards() -> str:
    """Return the cards of a verdict that is not there yet, as HTML."""
    return "".join(
        f'<div class="card pending{" half" * (entry is ALL_THREE)}"><h3>{escape(entry.title)}</h3>'
        f'<p><span class="chip">being computed</span></p>{_PATIENCE * (entry is ALL_THREE)}</div>'
        for entry in _ENTRIES
    )


def sentence_card(sentence: str) -> str:
    """Return a sentence in place of the cards of a verdict, as HTML.

    Args:
        sentence: plain text.
    """
    said = typeset(escape(_begun(sentence)))
    return f'<div class="card half"><h3>No expected verdict</h3><p>{said}.</p></div>'


def refusal(sentence: str) -> str:
    """Return a refusal as HTML, empty where there is none.

    Args:
        sentence: plain text, without its full stop.
    """
    if not sentence:
        return ""
    said = escape(_begun(sentence))
    return f'<p class="refused" role="alert">{said}. What is drawn is what was there before.</p>'


def _begun(sentence: str) -> str:
    """Return a sentence with its first letter large, unless a key or an argument begins it."""
    first = sentence.partition(" ")[0]
    return sentence if {".", "_"} & set(first) else sentence[:1].upper() + sentence[1:]
