"""Fields that offer a closed set: a list, radios, boxes to tick, a kelurahan. Choices are pairs of value and words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wtforms import RadioField as WtRadioField
from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput

from portal.web import texts


class _Offers:
    """Takes plain pairs as choices, where WTForms wants objects of its own."""

    def __init__(self, *args: object, choices: Sequence[object] | None = None, **options: object) -> None:
        offered = None if choices is None else [_choice(one) for one in choices]
        super().__init__(*args, choices=offered, **options)  # type: ignore[call-arg]  # for the field behind it


def _choice(one: Any) -> SelectChoice:
    return one if isinstance(one, SelectChoice) else SelectChoice(*one)


def _value_or_none(to: Callable[[str], object]) -> Callable[[Any], object]:
    return lambda value: None if value in (None, "") else to(value)


class ChoiceField(_Offers, SelectField):
    """One of many; give `choices` when the form is made. `to` makes the value (`int`, an enum); nothing chosen is None."""

    def __init__(self, *args: object, to: Callable[[str], object] = str, **options: Any) -> None:
        super().__init__(*args, **{"coerce": _value_or_none(to), **options})


class RadioField(_Offers, WtRadioField):
    """One of a few, all in sight; `to` as for ChoiceField."""

    is_choice = True

    def __init__(self, *args: object, to: Callable[[str], object] = str, **options: Any) -> None:
        super().__init__(*args, **{"coerce": _value_or_none(to), **options})


class TicksField(_Offers, SelectMultipleField):
    """Boxes to tick, any number of them: a tuple of values."""

    option_widget = CheckboxInput()
    is_choice = True

    def process_data(self, value: Sequence[Any] | None) -> None:
        self.data = tuple(self.coerce(one) for one in value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = tuple(self.data or ())


class AreaField(ChoiceField):
    """A kelurahan by its code; call `offer()` when the form is made."""

    def __init__(self, *args: object, **options: Any) -> None:
        super().__init__(*args, **{"choices": [], **options})

    def offer(self, districts: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Kelurahan by kecamatan: `{"Blimbing": [("35.73.01.1001", "Balearjosari"), …]}`."""
        named = [SelectChoice(code, name, optgroup=district) for district, some in districts.items() for code, name in some]
        self.choices = [SelectChoice("", texts.UNKNOWN), *named]
