"""What happened, in words: the kinds of events, for the timeline of a family and for the audit trail."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.web import texts

texts.EVENTS.update(
    {
        "household.reveal": _l("Surat dengan nomor dicetak"),
    }
)
"""By the kind of an event; steps of workflows have their words in texts.STEPS."""

texts.FLOWS.update({})
"""What a step of a workflow belongs to."""

texts.SUBJECTS.update({})


def kind_words(kind: str) -> str:
    """An unknown kind is shown as it is: history hides nothing."""
    if kind in texts.EVENTS:
        return str(texts.EVENTS[kind])
    flow, _dot, step = kind.partition(".")
    if step in texts.STEPS.get(flow, ()):
        return f"{texts.FLOWS[flow]}: {texts.taken(flow, step)}"
    corrected = _("diperbaiki")
    return f"{texts.FLOWS.get(flow, flow)}: {corrected}" if step.startswith("edit_") else kind


def subject_words(subject_type: str, subject_id: int) -> str:
    """`keluarga no. 12`."""
    return _("%(what)s no. %(number)s", what=texts.SUBJECTS.get(subject_type, subject_type), number=subject_id)
