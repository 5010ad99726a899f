"""/schemas/: the documents' JSON Schemas."""

import jsonschema
import pytest

from portal.engine.schema import schemas


def test_the_list_leads_to_every_schema(client):
    page = client.get("/schemas/").get_data(as_text=True)
    for name in schemas():
        assert f"/schemas/{name}.json" in page


@pytest.mark.parametrize("name", list(schemas()))
def test_a_schema_names_itself_and_is_valid(client, name):
    answer = client.get(f"/schemas/{name}.json")
    assert answer.mimetype == "application/schema+json"
    assert answer.json["$id"].endswith(f"/schemas/{name}.json")
    jsonschema.Draft202012Validator.check_schema(answer.json)


def test_an_unknown_schema_says_which_there_are(client):
    answer = client.get("/schemas/voucher.json", headers={"Accept": "application/json"})
    assert answer.status_code == 404
