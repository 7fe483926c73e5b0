"""Shoppers about whom a person has to decide: rules disagree, a phone is shared, two claim one customer."""

from bcsync.sandbox.cast.matched import UPDATED, metafield
from bcsync.sandbox.cast.member import Member, card, place, said, shopper

GB = [place()]

MEMBERS = (
    Member(
        "two-disagree",
        "phone says one, attribute another",
        shopper=shopper("dis@review.example", "Dis", "Agree", "+442079460122", attributes={"Customer number": "70320"}),
        customer=card("70310", "Disagreed by Phone Ltd.", "020 7946 0122"),
        expected={
            "try_mapping": said("review", "rules name different customers", "70310", "70320"),
            "add_customers": said("skipped", "Email"),
        },
    ),
    Member(
        "two-disagree-other",
        "the other one",
        customer=card("70320", "Disagreed by Attribute Ltd."),
        expected={"add_customers": said("skipped", "Email")},
    ),
    Member(
        "shared-phone",
        "two Business Central customers have the phone",
        shopper=shopper("sha@review.example", "Sha", "Red", "+442079460123"),
        customer=card("70330", "Shared Phone One Ltd.", "020 7946 0123"),
        expected={
            "try_mapping": said("review", "Phone names 2 customers", "70330", "70340"),
            "add_customers": said("skipped", "Email"),
        },
    ),
    Member(
        "shared-phone-other",
        "the other one",
        customer=card("70340", "Shared Phone Two Ltd.", "020 79460123"),
        expected={"add_customers": said("skipped", "Email")},
    ),
    Member(
        "claimed-twice",
        "two shoppers claim one customer",
        shopper=shopper("cla@review.example", "Cla", "Imed", "+442079460124"),
        customer=card("70350", "Claimed Ltd.", "020 7946 0124"),
        expected={
            "try_mapping": said("review", "claimed by", "imd@review.example"),
            "add_customers": said("skipped", "Email"),
        },
    ),
    Member(
        "claimed-twice-other",
        "the other one",
        shopper=shopper("imd@review.example", "Imd", "Too", form_fields={"Customer number": "70350"}),
        expected={"try_mapping": said("review", "claimed by", "cla@review.example")},
    ),
    Member(
        "tracked-and-claimed",
        "the tracking metafield links, the shopper with only the phone is asked about",
        shopper=shopper("tra@review.example", "Tra", "Cked", **metafield("bcsync", "customer_id", "{id of 70360}")),
        customer=card("70360", "Tracked and Claimed Ltd.", "020 7946 0125"),
        expected={"try_mapping": said("linked", "Tracking metafield"), "update_customers": UPDATED},
    ),
    Member(
        "tracked-and-claimed-other",
        "it only has the phone",
        shopper=shopper("riv@review.example", "Riv", "Al", "+442079460125"),
        expected={"try_mapping": said("review", "claimed by", "tra@review.example")},
    ),
    Member(
        "twins-one",
        "two unmatched shoppers share a phone: creating one would make the other match it",
        shopper=shopper("twi@review.example", "Twi", "None", "020 7946 0126", addresses=GB),
        expected={"try_mapping": said("review", "is also that of", "twj@review.example")},
    ),
    Member(
        "twins-two",
        "the other one",
        shopper=shopper("twj@review.example", "Twj", "Ntwo", "+442079460126", addresses=GB),
        expected={"try_mapping": said("review", "is also that of", "twi@review.example")},
    ),
)
