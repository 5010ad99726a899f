"""The form of the sign-in page."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    """E-mail and password; `next` is the page that was wanted."""

    email = EmailField(
        "E-mail",
        [InputRequired("Enter your e-mail address."), Length(max=254, message="That is too long for an e-mail.")],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Enter your password.")],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
