"""The doorstep form, one section of the instrument at a time: fields made from its questions.

Every question may be left out: "belum diketahui" is an answer of the form, and unknown for the rules.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.assessment.records import assessments
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.models import Assessment
from portal.assessment.rules.answers import InvalidAnswer, Typed, Value, is_asked, parse_answer
from portal.assessment.rules.instrument import CURRENT, Asks, Instrument, Question, Section, Unit, instrument
from portal.assessment.words.questions import MISTAKES, OPTIONS, QUESTIONS
from portal.kernel import gate
from portal.kernel.terms import EvidenceKind
from portal.web import texts
from portal.web.choices import ChoiceField, RadioField, TicksField
from portal.web.facts_form import RADIO_UP_TO
from portal.web.fields import EvidenceField, TypedField
from portal.web.forms import Form

PHOTOS = 3
_PICTURED = frozenset({Section.WORK, Section.INCOME, Section.HOUSING})
"""Sections in which there is something to photograph; never the talk, never an illness."""

SLUGS = {
    Section.WORK: "pekerjaan",
    Section.INCOME: "penghasilan",
    Section.SPENDING: "pengeluaran",
    Section.SAVINGS: "simpanan",
    Section.HOUSING: "rumah",
    Section.CHILDREN: "sekolah",
    Section.SUPPORT: "bantuan",
    Section.CAUTIONS: "perhatian",
    Section.CONVERSATION: "percakapan",
}
FIRST = SLUGS[Section.WORK]

_NOT_ASKED = ("", _l("Belum diketahui"))


class AmountField(TypedField):
    """Money or a number as the question wants it; shows again what was typed."""

    def __init__(self, label: LazyString | None = None, *, question: Question, **options: object) -> None:
        super().__init__(label, **options)
        self.question = question
        self.input_mode = "decimal" if question.asks is Asks.MONEY else "numeric"

    def read(self, text: str) -> Value | None:
        try:
            return parse_answer(self.question, text)
        except InvalidAnswer as mistake:
            raise ValueError(str(MISTAKES[mistake.code])) from mistake

    def write(self, value: int) -> str:
        return texts.number(value)


class OptionsField(TicksField):
    """Several options; "tidak ada" stands alone."""

    def __init__(self, label: LazyString | None = None, *, question: Question, **options: Any) -> None:
        super().__init__(label, **options)
        self.question = question

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        try:
            parse_answer(self.question, self.data)
        except InvalidAnswer as mistake:
            raise StopValidation(str(MISTAKES[mistake.code])) from mistake


@dataclass(frozen=True)
class SectionProgress:
    """A section on the way: how much of what it asks is answered."""

    section: Section
    slug: str
    number: int
    answered: int
    asked: int

    @property
    def is_complete(self) -> bool:
        return self.answered >= self.asked


class SectionForm(Form):
    """One section; `seen` is the version of the draft, 0 before there is one."""

    section: Section
    made_with: Instrument

    def filled(self) -> FilledSection:
        """What to store and what is unknown; call it after validate()."""
        typed = Typed.of({question.key: self[question.key].data for question in self.made_with.section(self.section)})
        return FilledSection(self.section, typed, self.seen.data or 0, tuple(self["photos"].data) if "photos" in self else ())

    def take(self, error: Exception) -> None:
        """Both values of a stale answer as people read them."""
        if isinstance(error, gate.Stale):
            for key, (theirs, yours) in error.fields.items():
                error.fields[key] = (told(key, theirs, self.made_with), told(key, yours, self.made_with))
        super().take(error)


def sent_form(version: int, section: Section) -> SectionForm:
    """The form as somebody has filled it in."""
    return _form_class(version, section)()


def stored_form(draft: Assessment | None, section: Section) -> SectionForm:
    """The form as the draft has it, with a key of its own, whatever the request has sent."""
    kept = {name: answer.value for name, answer in assessments.answers_of(draft).items()}
    seen = draft.version if draft else 0
    return _form_class(version_of(draft), section)(formdata=None, data=kept, seen=seen)


@cache
def _form_class(version: int, section: Section) -> type[SectionForm]:
    made_with = instrument(version)
    made: dict[str, Field] = {question.key: _field(question) for question in made_with.section(section)}
    if section in _PICTURED:
        made["photos"] = EvidenceField(_l("Foto"), kind=EvidenceKind.VISIT_PHOTO, most=PHOTOS)
    return type(f"{section.title()}Form", (SectionForm,), {"section": section, "made_with": made_with, **made})


def _field(question: Question) -> Field:
    label = QUESTIONS[question.key]
    if question.asks in (Asks.MONEY, Asks.NUMBER):
        return AmountField(label, question=question)
    options = [(name, OPTIONS[question.key][name]) for name in question.options]
    if question.asks is Asks.MULTI:
        return OptionsField(label, question=question, choices=options)
    if len(options) <= RADIO_UP_TO:
        return RadioField(label, choices=[*options, _NOT_ASKED])
    return ChoiceField(label, choices=[_NOT_ASKED, *options])


def told(key: str, value: Value | None, made_with: Instrument) -> str:
    """An answer in words, as it was given."""
    question = made_with.questions[key]
    if value is None:
        return str(_NOT_ASKED[1])
    if question.asks in (Asks.CHOICE, Asks.MULTI):
        chosen = value if isinstance(value, tuple) else (str(value),)
        return ", ".join(str(OPTIONS[key][name]) for name in chosen)
    is_money = question.unit in (Unit.RUPIAH, Unit.RUPIAH_A_MONTH)
    return texts.rupiah(int(str(value))) if is_money else texts.number(int(str(value)))


def version_of(draft: Assessment | None) -> int:
    """Of the instrument that this draft is made with; a new one takes the current."""
    return draft.instrument_version if draft else CURRENT.version


def parts(draft: Assessment | None) -> list[SectionProgress]:
    made_with, stored = instrument(version_of(draft)), assessments.answers_of(draft)
    values = {key: answer.value for key, answer in stored.items()}
    found = []
    for number, (section, slug) in enumerate(SLUGS.items(), 1):
        asked = [question for question in made_with.section(section) if is_asked(question, values)]
        found.append(SectionProgress(section, slug, number, sum(question.key in stored for question in asked), len(asked)))
    return found
