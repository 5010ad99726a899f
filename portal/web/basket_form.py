"""The basket to try a promotion on, as the preview's controls post it: fields `basket.…` of the builder's form."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.engine.definition import TEXT, TEXTS
from portal.engine.shapes import Field, Integer, ListOf, Money, Object
from portal.web.definition_form import first_text, read_object, tree, write_text

Values = dict[str, Any]

LINE = Object((Field("sku", TEXT), Field("quantity", Integer()), Field("unit_price", Money())))
CONTROLS = Object(
    (
        Field("store", TEXT),
        Field("channel", TEXT),
        Field("at", TEXT),
        Field("guest", TEXT),
        Field("customer", Object((Field("segments", TEXTS), Field("orders", Integer()), Field("birthday", TEXT)))),
        Field("payment", Object((Field("method", TEXT), Field("bin", TEXT)))),
        Field("codes", TEXTS),
        Field("lines", ListOf(LINE, ordered=True)),
    )
)


@dataclass(slots=True)
class BasketForm:
    """What people filled in; `values` has the shape of CONTROLS, money in minor units of `currency`."""

    values: Values = field(default_factory=dict)
    currency: str | None = None

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> "BasketForm":
        """The posted controls; other fields are left out."""
        root = tree(pairs)
        currency = first_text(root.get("currency", {}))
        return cls(read_object(CONTROLS, root.get("basket", {}), currency), currency)

    def text(self, name: str) -> str:
        """The text of a control, such as `basket.lines.0.sku`."""
        value: Any = self.values
        shape: Any = CONTROLS
        for step in name.split(".")[1:]:
            if isinstance(value, list):
                value, shape = value[int(step)], shape.item
            else:
                value, shape = (value or {}).get(step), shape.by_name[step].shape
        return write_text(shape, value, self.currency)

    def rows(self) -> list[str]:
        """The names of the lines: `basket.lines.0`, ..."""
        return [f"basket.lines.{position}" for position in range(len(self.values.get("lines", [])))]

    def filled(self) -> list[int]:
        """The positions of the lines that name a product or a price."""
        lines = self.values.get("lines", [])
        return [position for position, line in enumerate(lines) if "sku" in line or "unit_price" in line]

    def wanted(self) -> Values:
        """The parts of a basket (contract, section 2) that were filled in; an empty customer is an anonymous one."""
        lines = self.values.get("lines", [])
        parts: Values = {
            key: self.values[key] for key in ("store", "channel", "at", "payment", "codes") if key in self.values
        }
        guest, customer = self.values.get("guest"), self.values.get("customer")
        if guest == "anonymous":
            parts["customer"] = {}
        elif guest or customer:
            parts["customer"] = {"id": "guest", **(customer or {})}
        return parts | ({"lines": [lines[position] for position in found]} if (found := self.filled()) else {})

    def with_line(self) -> "BasketForm":
        """The same with an empty line more."""
        return self._with([*self.values.get("lines", []), {}])

    def without_line(self, position: int) -> "BasketForm":
        """The same without one line."""
        return self._with([line for at, line in enumerate(self.values.get("lines", [])) if at != position])

    def holding(self, lines: Iterable[Values]) -> "BasketForm":
        """The same with these lines of a basket."""
        keys = ("sku", "quantity", "unit_price")
        return self._with([{key: line[key] for key in keys if key in line} for line in lines])

    def _with(self, lines: list[Values]) -> "BasketForm":
        return BasketForm(self.values | {"lines": lines}, self.currency)
