"""JSON by orjson, for every answer of the app."""

from typing import Any

import orjson
from flask.json.provider import JSONProvider


class OrjsonProvider(JSONProvider):
    """Flask's jsonify and request.get_json through orjson; moments come out as ISO 8601."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """`obj` as JSON text."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of JSON text; ValueError for anything else."""
        return orjson.loads(s)
