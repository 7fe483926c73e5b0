"""The vendors' words that pages use, each in two plain sentences at most: for the tips and for the glossary page."""

from dataclasses import dataclass

BIGCOMMERCE, BUSINESS_CENTRAL, OURS = "BigCommerce", "Business Central", "bcsync"


@dataclass(frozen=True)
class Term:
    """A word, whose it is, and what it means here."""

    word: str
    whose: str
    text: str


TERMS = {
    term.word: term
    for term in (
        Term("attribute", BIGCOMMERCE, "A field of the store's own on its customers, of type text, number or date; a "
             "store has at most 50. Shoppers do not see attributes."),
        Term("channel", BIGCOMMERCE, "A place where the store sells, for instance one of its storefronts. Where a "
             "customer was created cannot be changed later."),
        Term("company", BUSINESS_CENTRAL, "One set of books in an environment, with its own customers. A store is kept "
             "in step with one company; a company may serve several stores."),
        Term("customer group", BIGCOMMERCE, "What decides a shopper's prices and what the shopper may see. It is "
             "paired with a customer price or discount group of Business Central."),
        Term("customer template", BUSINESS_CENTRAL, "The values that a new customer starts with: posting groups, "
             "payment terms, currency, salesperson."),
        Term("environment", BUSINESS_CENTRAL, "One installation of Business Central of a tenant, for instance "
             "Production or Sandbox. Each has its own companies."),
        Term("form field", BIGCOMMERCE, "A question on the store's sign-up or address form, with the shopper's "
             "answer. Shoppers can see and change it."),
        Term("ISO code", BUSINESS_CENTRAL, "The two letters that every system agrees on for a country. Business "
             "Central keeps them beside its own country/region codes, on page Countries/Regions."),
        Term("metafield", BIGCOMMERCE, "A hidden name and value that an app keeps on a customer. Who may read or write "
             "it is its permission set."),
        Term("posting group", BUSINESS_CENTRAL, "Says to which accounts a customer's sales are posted. No order can be "
             "posted without one."),
        Term("primary contact", BUSINESS_CENTRAL, "The person of a company that is a customer. First name and surname "
             "of the shopper's account come from there."),
        Term("published page", BUSINESS_CENTRAL, "A page that an administrator offers to other systems on page Web "
             "Services. Some fields can be read in no other way."),
        Term("ship-to address", BUSINESS_CENTRAL, "Another place that a customer's goods go to, with a code. Each "
             "becomes an address of the shopper."),
        Term("store hash", BIGCOMMERCE, "The short name of a store in every address of BigCommerce's interfaces, for "
             "instance in store-abc123.mybigcommerce.com."),
        Term("tenant", BUSINESS_CENTRAL, "An organization's account with Microsoft. Its environments and companies "
             "belong to it."),
        Term("tracking metafields", OURS, "Two metafields of our own that hold the linked customer's id and number, so "
             "that the pair is known even if our database were lost."),
        Term("base", OURS, "The value that both sides agreed on last. What differs from it was changed since, so it "
             "tells who changed a field."),
        Term("owner", OURS, "Whose value wins when both sides differ; set per field in Field Mapping."),
        Term("parked", OURS, "Rejected three times in a row for a reason that trying again cannot mend. Left alone "
             "until the data or the set-up changes, or somebody unparks it."),
        Term("default customer", OURS, "One Business Central customer that many shoppers are assigned to who have none "
             "of their own. An assignment is not a link: nothing is sent for it."),
    )
}  # fmt: skip
