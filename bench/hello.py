"""The portal with one more route, `/hello`, that does nothing: what the same server can do at most."""

from flask.typing import ResponseReturnValue

from portal.app import create_app
from portal.web.access import public

app = create_app()


@app.get("/hello")
@public
def hello() -> ResponseReturnValue:
    """Five letters."""
    return "hello"
