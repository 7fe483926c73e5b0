"""What a person reads when the store refuses: one sentence that says what is wrong and what to do."""

import json

import pytest

from bcsync.clients.bigcommerce import connect
from bcsync.clients.bigcommerce_errors import error_paths, explain, mentions
from bcsync.clients.errors import ConfigurationError, LostAnswer, Rejected, RetryLater, UnexpectedAnswer
from bcsync.clients.gate import NoGate
from bcsync.clients.transport import Failure
from tests.clients.bigcommerce.conftest import TOKEN, gathered, shopper
from tests.clients.scripted import Reply, serving


def sentence_of(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_a_wrong_token(client_for):
    client = client_for(access_token="wrong-token-value")
    said = sentence_of(ConfigurationError, client.store_information)
    assert said == (
        "BigCommerce refuses the access token of store abc123: check that the token was copied whole, belongs to the "
        "store with this hash, and that its API account still exists."
    )


def test_a_wrong_hash(client_for):
    said = sentence_of(ConfigurationError, client_for(store_hash="nosuch").store_information)
    assert said == "BigCommerce knows no store with hash nosuch: check the store hash of this store."


@pytest.mark.parametrize(
    ("scopes", "call", "said"),
    [
        (
            [],
            lambda client: list(client.customers()),
            "may not read customers: give its API account the scope "
            "store_v2_customers_read_only or store_v2_customers.",
        ),
        (
            ["store_v2_customers_read_only"],
            lambda client: gathered(client.delete_addresses([1])),
            "may not change customers: give its API account the scope store_v2_customers.",
        ),
        (
            ["store_v2_customers"],
            lambda client: client.countries(),
            "may not read countries and states: give its API account the scope "
            "store_v2_information_read_only or store_v2_information.",
        ),
        (
            ["store_v2_customers"],
            lambda client: client.channels(),
            "may not read channels: give its API account the scope "
            "store_channel_settings_read_only or store_channel_settings.",
        ),
        (
            [],
            lambda client: client.customer_groups(),
            "may not read customer groups: give its API account the scope "
            "store_v2_customers_read_only or store_v2_customers.",
        ),
    ],
)
def test_a_missing_scope_is_named(client, world, store, scopes, call, said):
    store.accounts[TOKEN]["scopes"] = scopes
    assert sentence_of(ConfigurationError, lambda: call(client)) == f"The access token of store abc123 {said}"


@pytest.mark.parametrize("status", [200, 404, 403])
def test_html_is_never_taken_for_an_answer(client, world, status):
    world.faults.add(kind="html", vendor="bigcommerce", match="*", times=9, status=status)
    kind = ConfigurationError if status != 200 else UnexpectedAnswer
    said = sentence_of(kind, lambda: list(client.customers()))
    if status == 200:
        assert said.startswith("BigCommerce answered GET /v3/customers with a web page instead of JSON, ")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ([], "a list in `data`"),
        ({"customers": []}, "a list in `data`"),
        ({"data": "no"}, "a list in `data`"),
        ({"data": [1, 2]}, "a list in `data`"),
        (None, "a list in `data`"),
    ],
)
def test_a_schema_never_seen(body, wanted):
    with serving(Reply(200, body)) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        said = sentence_of(UnexpectedAnswer, lambda: list(client.customers()))
    assert said.startswith(f"BigCommerce answered GET /v3/customers without {wanted}: ")


def test_a_schema_never_seen_is_told_by_its_shape_and_shows_nobody():
    body = {"meta": {"results": [{"id": 7, "email": "ann@able.example", "tags": [], "vip": True, "notes": None}, {}]}}
    with serving(Reply(200, body)) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        said = sentence_of(UnexpectedAnswer, lambda: list(client.customers()))
    shape = "{meta: {results: 2 × {id: number, email: text, tags: empty list, vip: yes or no, notes: null}}}"
    assert said == f"BigCommerce answered GET /v3/customers without a list in `data`: {shape}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": None}, "null in data[1].id, where a number above 0 belongs."),
        ({"id": "7"}, "text in data[1].id, where a number above 0 belongs."),
        ({"id": True}, "yes or no in data[1].id, where a number above 0 belongs."),
        ({"id": 10**30}, f"the number {10**30} in data[1].id, where a number above 0 belongs."),
        ({"email": {"value": "ann@able.example"}}, "{value: text} in data[1].email, where text belongs."),
        ({"customer_group_id": "gold"}, "text in data[1].customer_group_id, where a number belongs."),
        ({"addresses": "none"}, "text in data[1].addresses, where a list of objects belongs."),
        (
            {"addresses": [{"id": 3}, {"id": -1}]},
            "the number -1 in data[1].addresses[1].id, where a number above 0 belongs.",
        ),
        ({"form_fields": [{"name": []}]}, "empty list in data[1].form_fields[0].name, where text belongs."),
    ],
)
def test_a_row_of_a_shape_never_seen_is_told_by_its_place(change, said):
    with serving(Reply(200, {"data": [{"id": 1, "email": "bob@able.example"}, {"id": 2, **change}]})) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        assert sentence_of(UnexpectedAnswer, lambda: list(client.customers())) == (
            f"BigCommerce answered GET /v3/customers with {said}"
        )


def test_what_is_missing_or_null_is_no_fault():
    rows = [{"id": 1, "email": None, "customer_group_id": None, "addresses": None}, {"id": 2}]
    with serving(Reply(200, {"data": rows})) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        assert [row["id"] for page in client.customers() for row in page.items] == [1, 2]


def test_wrong_shapes_of_version_2():
    with serving(Reply(200, {"data": []}), Reply(200, [])) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        assert "without a bare list" in sentence_of(UnexpectedAnswer, client.customer_groups)
        assert "without an object" in sentence_of(UnexpectedAnswer, client.store_information)


@pytest.mark.parametrize(
    ("status", "family", "data", "kind"),
    [
        (422, "GET /v3/customers", {"title": "The filter(s): foo are not valid"}, UnexpectedAnswer),
        (422, "PUT /v3/customers", {"title": "no", "errors": {"0.id": "invalid"}}, Rejected),
        (400, "POST /v3/customers", {"title": "Input is invalid", "detail": "Syntax error"}, UnexpectedAnswer),
        (400, "POST /v3/customers/metafields", {"title": "Input is invalid"}, Rejected),
        (409, "POST /v3/customers/metafields", {"title": "duplicate"}, Rejected),
        (404, "GET /v3/customers/{id}/metafields", {"title": "not found"}, Rejected),
        (405, "GET /v3/customers", {"title": "no"}, UnexpectedAnswer),
        (507, "POST /v3/customers", {"title": "limit reached"}, Rejected),
        (422, "POST /v3/customers", None, UnexpectedAnswer),
        (302, "GET /v3/customers", None, UnexpectedAnswer),
    ],
)
def test_every_other_failure_is_one_of_the_five(status, family, data, kind):
    failure = Failure("BigCommerce", family.split()[0], family, status, {}, data, "what came")
    error = explain(failure, "abc123")
    assert isinstance(error, kind)
    assert (error.vendor, error.status, error.call) == ("BigCommerce", status, family)
    assert family in str(error)


def test_errors_come_in_several_shapes():
    assert error_paths({"errors": {"0.id": "invalid"}}) == {"0.id": "invalid"}
    assert error_paths({"errors": [{"status": 404, "title": "gone"}]}) == {"errors.0": "gone"}
    assert error_paths({"errors": [{"title": "Bulk", "errors": {"1": "no"}}]}) == {"1": "no"}
    assert error_paths({"errors": {"0.x": ["a", "b"]}}) == {"0.x": '["a", "b"]'}
    assert error_paths({"title": "x"}) == error_paths(None) == {}


@pytest.mark.parametrize(
    ("words", "email", "named"),
    [
        ("email bobby.bob@bobberton.co already in use", "Bobby.Bob@bobberton.co", True),
        ("email bobby.bob@bobberton.co already in use", "bob@bobberton.co", False),
        ("email bob@bobberton.co already in use", "bob@bobberton.c", False),
        ("email bob@bobberton.com already in use", "bob@bobberton.co", False),
        ("email bob@bobberton.co.uk already in use", "bob@bobberton.co", False),
        ("email bob@bobberton.co.", "bob@bobberton.co", True),
        ("email in use", "", False),
        ("a+b@c.example in use", "b@c.example", False),
        ("(.*)@x.example", ".*", False),
    ],
)
def test_an_email_is_named_whole_or_not_at_all(words, email, named):
    assert mentions(words, email) is named


def test_a_busy_store_is_retried_later(client, world):
    world.faults.add(kind="503", vendor="bigcommerce", match="*", rate=1.0)
    said = sentence_of(RetryLater, lambda: list(client.customers()))
    assert said == "BigCommerce answered 503 to GET /v3/customers in 4 tries; try again later."


@pytest.mark.parametrize("method", ["create_customers", "update_customers"])
def test_a_store_that_stops_answering_in_the_middle_of_a_split_leaves_nobody_out(method):
    nameless = Reply(422, {"status": 422, "title": "No.", "errors": {}})
    with serving(nameless, Reply(429, headers={"Retry-After": "500"})) as script:
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        results = gathered(getattr(client, method)(shopper(number, id=number) for number in range(10)))
    assert sorted(result.item["id"] for result in results) == list(range(10))
    # What a refused create may have left behind is not known; an update is simply done again.
    wanted = LostAnswer if method == "create_customers" else RetryLater
    assert {type(result.error) for result in results} == {wanted}
    assert len(script.got) == 2


def test_a_title_alone_is_bisected_to_the_bad_one():
    """Some refusals name neither index nor e-mail."""
    bad = "s7@example.com"
    with serving(Reply(200)) as script:

        def take(got):
            script.got.append(got)
            sent = json.loads(got.body)
            if any(item["email"] == bad for item in sent):
                return Reply(422, {"status": 422, "title": "Create customers failed.", "errors": {}})
            return Reply(200, {"data": [{"id": number, **item} for number, item in enumerate(sent)], "meta": {}})

        script.take = take
        client = connect(script.url, "abc123", TOKEN, gate=NoGate())
        results = gathered(client.create_customers(shopper(number) for number in range(10)))
    assert [result.item["email"] for result in results if result.error] == [bad]
    assert len(results) == 10
    assert len(script.got) <= 9
