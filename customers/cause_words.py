"""What each cause of a failure is called, who can mend it and how: one row per cause, the only place of these words.

Of a text: {vendor} is who refused, {origin} where the refused value comes from, {field} the field, {status} of HTTP.
"""

from dataclasses import dataclass

YOU = "You"
OWNER = "Whoever keeps the customer's data"
ADMINISTRATOR = "An administrator"
MAKERS = "The makers of bcsync"


@dataclass(frozen=True, slots=True)
class Advice:
    """title: what went wrong. who: the person who can mend it. what: what that person does. again: whether another run
    helps then."""

    title: str
    who: str
    what: str
    again: bool = True


# Codes that say little: the vendor's words tell their causes apart.
ROOM = frozenset({
    "refused", "unexpected", "Application_DialogException", "Application_FieldValidationException", "Unknown",
    "BadRequest", "BadRequest_InvalidOperation", "Application_EvaluateException",
})  # fmt: skip

LATER = "Nothing is wrong with the data: wait some minutes, then Retry."
REPORT = "Report it with this run's number and the words beside; Retry only once it is mended."

# Of either vendor, and what is said of a code that nobody knows yet.
EITHER = {
    "http_429": Advice(
        "{vendor} keeps refusing, because too much is asked of it at once", YOU,
        f"{LATER} Other apps share {{vendor}}'s limit; if it stays, see which of them asks so much.",
    ),
    "http_": Advice(
        "{vendor} answered {status} in every try", YOU,
        f"{LATER} If it stays for hours, look at {{vendor}}'s status page.",
    ),
    "unreachable": Advice(
        "{vendor} could not be reached", YOU,
        f"{LATER} If it stays, an administrator looks at the network and at Test Connection.",
    ),
    "lost": Advice(
        "The answer of {vendor} to a write was lost", YOU,
        "Retry: what was sent may have arrived, so it is looked up before anything is sent again.",
    ),
    "changed": Advice(
        "Changed by somebody else again and again", YOU,
        "Retry when nobody works on the customer: it is read again first, and nothing of theirs is overwritten unseen.",
    ),
    "unreadable": Advice(
        "{vendor} answered with what is no data", ADMINISTRATOR,
        "Retry once. If it stays, see whether a proxy or firewall answers in {vendor}'s place, or it has an outage.",
    ),
    "unexpected": Advice("{vendor} answered in a way that it does not document", MAKERS, REPORT),
    "configuration": Advice(
        "The connection has to be mended", ADMINISTRATOR,
        "Do what the sentence says, see with Test Connection that it holds, then Retry.",
    ),
    "gone": Advice(
        "It is no longer in {vendor}", YOU,
        "Choose Import, so that it is known who is gone, then Retry; who was deleted is left alone from then on.",
    ),
    "refused": Advice(
        "Refused by {vendor}", OWNER,
        "Mend {field} in {origin} so that {vendor} takes it, or let an administrator change its row in Field Mapping; "
        "then Retry.",
    ),
    "email_in_use": Advice(
        "Another customer of the store has this e-mail", OWNER,
        "Give one of the two another e-mail, in Business Central or in BigCommerce. If both are one person, Unmap this "
        "one and choose Map to… for the other; then Retry.",
    ),
    "exists": Advice(
        "Somebody made the same metafield at the same time", YOU,
        "Retry: it is read first, and changed instead of made.",
    ),
    "duplicate_address": Advice(
        "The customer has this very address already", OWNER,
        "Delete one of the two equal addresses in BigCommerce, or make them differ in Business Central; then Retry.",
    ),
    "foreign_metafield": Advice(
        "The metafield belongs to another API account", ADMINISTRATOR,
        "Give our metafield another name on Customer Metafields, or delete the other account's; then Retry.",
    ),
    "plan_limit": Advice(
        "The store has reached a limit of its BigCommerce plan", ADMINISTRATOR,
        "Raise the plan's limit or make room in BigCommerce; then Retry.",
    ),
}  # fmt: skip

# Of what has no key of these.
UNKNOWN = Advice("Failed", YOU, "Do what the sentence says, then Retry.")

# Fields that BigCommerce refuses, by how their names begin.
BY_FIELD: dict[str, Advice] = {
    "state_or_province": Advice(
        "No state that BigCommerce knows of this country", OWNER,
        "Write the state's full name, or its usual code, into County on the customer's card in Business Central; then "
        "Retry.",
    ),
    "country_code": Advice(
        "A country that this store does not have", OWNER,
        "Correct Country/Region Code on the customer's card, or its ISO code on page Countries/Regions of Business "
        "Central; if BigCommerce took the country off its list, nobody of that country can be sent. Then Retry.",
    ),
    "postal_code": Advice(
        "No post code that BigCommerce takes", OWNER,
        "Correct Post Code on the customer's card in Business Central; then Retry.",
    ),
    "email": Advice(
        "No e-mail that BigCommerce takes", OWNER,
        "Correct E-Mail on the customer's card in Business Central (the first of several counts); then Retry.",
    ),
    "form_fields": Advice(
        "The store's form does not take it", ADMINISTRATOR,
        "Compare Customer Form Fields and Customer Address Form Fields with the store's form: a field may be renamed, "
        "removed, or required; then Retry.",
    ),
    "customer_group_id": Advice(
        "A customer group that the store does not have", ADMINISTRATOR,
        "Choose a group of the store on Customer Groups, or make the missing one in BigCommerce; then Retry.",
    ),
    "attributes": Advice(
        "The attribute does not take this value", ADMINISTRATOR,
        "See on Customer Attributes whether it is in the store still and of which type (text, number, date), and mend "
        "the value in Business Central; then Retry.",
    ),
    "channel_ids": Advice(
        "A storefront that the store does not have", YOU, "Choose Add Customers again and another storefront.",
    ),
    "origin_channel_id": Advice(
        "A storefront that the store does not have", YOU, "Choose Add Customers again and another storefront.",
    ),
}  # fmt: skip

MEND = "Mend {field} in {origin}, then Retry."
# By Business Central's own codes.
BUSINESS_CENTRAL = {
    "Internal_InvalidTableRelation": Advice(
        "A code that Business Central does not have", ADMINISTRATOR,
        "Add the code in Business Central, or choose one that is there on Customer Templates, Customer Groups or Field "
        "Mapping, wherever {field} comes from; then Retry.",
    ),
    "Internal_EntityWithSameKeyExists": Advice(
        "The number is taken in Business Central", ADMINISTRATOR,
        "Look at the number series of customers (Sales & Receivables Setup): its next number is used. Then Retry.",
    ),
    "Internal_DataNotFoundFilter": Advice(
        "Business Central finds nothing of what it was asked for", ADMINISTRATOR,
        "Choose Test Connection, which reads anew what Business Central publishes; then Retry.",
    ),
    "gone": Advice(
        "The customer is no longer in Business Central", YOU,
        "Choose Unmap and then Map to… or Try Mapping on the shopper's card, or Skip it.",
    ),
    "Application_StringExceededLength": Advice(
        "Longer than Business Central takes", OWNER,
        "Shorten {field} in {origin}, or let an administrator choose Shorten in Field Mapping; then Retry.",
    ),
    "Application_DialogException": Advice("Refused by Business Central", OWNER, MEND),
    "Application_FieldValidationException": Advice("Not of the form that Business Central wants", OWNER, MEND),
    "Application_EvaluateException": Advice("Not of the type that Business Central wants", OWNER, MEND),
    "Application_FilterErrorException": Advice(
        "Business Central cannot look for this value", OWNER,
        "Take the signs * ? | & @ ( ) < > or .. out of {field} in {origin}, or shorten it; then Retry.",
    ),
    "Application_InvalidGUID": Advice("An id that is none", MAKERS, REPORT),
    "BadRequest_InvalidOperation": Advice(
        "Business Central does not let this field be changed", ADMINISTRATOR,
        "Take {field} out of what goes back: another owner in Field Mapping, or no value on Customer Templates; then "
        "Retry.",
    ),
    "Unknown": Advice(
        "Not one of the values that Business Central offers", ADMINISTRATOR,
        "Choose one of the values that the words beside name, on Customer Templates or in Field Mapping; then Retry.",
    ),
    "PutBack": Advice(
        "Taken by Business Central and put back", OWNER,
        "Change post code, city and country together, on either side; then Retry.",
    ),
}  # fmt: skip
for _code in (
    "BadRequest", "BadRequest_NotFound", "BadRequest_ResourceNotFound", "BadRequest_InvalidRequestUrl",
    "BadRequest_InvalidToken", "BadRequest_RequiredParamNotProvided", "BadRequest_MethodNotAllowed",
    "BadRequest_MethodNotImplemented",
):  # fmt: skip
    BUSINESS_CENTRAL[_code] = Advice("Business Central does not understand what it was sent", MAKERS, REPORT)

# What we find ourselves, before anything is sent or where nobody else can say it.
OURS = {
    "too_long": Advice(
        "Longer than the other side takes", OWNER,
        "Shorten {field} in {origin}, or let an administrator choose Shorten in Field Mapping; then Retry.",
    ),
    "unknown": Advice(
        "A value that the other side does not have", OWNER,
        "Correct {field} in {origin} to one of its list, or let an administrator add it to the list or table that the "
        "sentence names; then Retry.",
    ),
    "invalid": Advice(
        "A value of the wrong form", OWNER,
        "Correct {field} in {origin}, or let an administrator change its row in Field Mapping; then Retry.",
    ),
    "missing": Advice("Empty, and it must not be", OWNER, "Fill in {field} in {origin}, then Retry."),
    "unread": Advice(
        "Business Central did not say it, so nobody knows whether it changed", ADMINISTRATOR,
        "Publish the page that the sentence names (page Web Services), choose Test Connection, then Retry.",
    ),
    "not_offered": Advice(
        "This Business Central cannot be told a value of the template", ADMINISTRATOR,
        "Do what the sentence says, or take the value out of Customer Templates; then Retry.",
    ),
    "taken_unseen": Advice(
        "The store says that the e-mail is taken, and shows nobody who has it", OWNER,
        "Look for the e-mail in the store's control panel (another storefront's customers, too), and delete or rename "
        "what has it; then Retry.",
    ),
    "not_in_mirror": Advice(
        "Created, but its Business Central customer is gone from our copy", YOU,
        "Choose Import and Try Mapping: they link it if Business Central still has it.",
    ),
    "card": Advice(
        "Created and linked, but its Customer Card lacks values of the template", ADMINISTRATOR,
        "Set them on the Customer Card in Business Central: the customer exists, so no Retry sends them again.",
        again=False,
    ),
}  # fmt: skip

# What is said instead where a customer of Business Central is made: nothing is ever shortened or mapped there.
CREATING = {
    kind: Advice(
        OURS[kind].title, OWNER, "Correct {field} on the shopper's card in BigCommerce, choose Import, then Retry."
    )
    for kind in ("too_long", "unknown", "invalid", "missing")
}
