"""The one form of the tills' pages."""

from flask_wtf import FlaskForm
from wtforms import StringField


class InviteForm(FlaskForm):
    """Whom to invite: the till's name, which the service judges."""

    name = StringField("Name of the till", render_kw={"maxlength": 200, "autocomplete": "off", "required": True})
