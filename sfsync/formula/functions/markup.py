"""Text with markup, as formula fields show it on a page."""

from decimal import Decimal
from html import escape

from sfsync.formula.functions.table import NUMBER, TEXT, Blank, Function, Parameter, own
from sfsync.formula.numbers import plain
from sfsync.formula.types import Type


def _hyperlink(url: str | None, label: str | None, target: str | None = "_blank") -> str:
    return f'<a href="{_attribute(url)}" target="{_attribute(target)}">{label or ""}</a>'


def _image(url: str | None, alternate: str | None, height: Decimal | None = None, width: Decimal | None = None) -> str:
    sizes = {"height": height, "width": width}
    style = " ".join(f"{name}:{plain(size)}px;" for name, size in sizes.items() if size is not None)
    shown = f' style="{style}"' if style else ""
    return f'<img src="{_attribute(url)}" alt="{_attribute(alternate)}" border="0"{shown}/>'


def _attribute(text: str | None) -> str:
    return escape(text or "", quote=True)


MARKUP: tuple[Function, ...] = (
    Function("BR", (), "Text", Blank.NEVER, "A line break.", own(Type.TEXT, lambda: "<br>")),
    Function(
        "HYPERLINK",
        (Parameter("url", TEXT), Parameter("friendly_name", TEXT), Parameter("target", TEXT, optional=True)),
        "Text",
        Blank.NEVER,
        "A link with its text; it opens in a new window where no target is named.",
        own(Type.TEXT, _hyperlink),
    ),
    Function(
        "IMAGE",
        (
            Parameter("image_url", TEXT),
            Parameter("alternate_text", TEXT),
            Parameter("height", NUMBER, optional=True),
            Parameter("width", NUMBER, optional=True),
        ),
        "Text",
        Blank.NEVER,
        "A picture with the text that stands for it, and its size in pixels.",
        own(Type.TEXT, _image),
    ),
)
