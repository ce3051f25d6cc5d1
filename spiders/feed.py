"""What the crawling process hands to the one that asked for it: the fields of an item, and counters by name."""

FIELDS = ("name", "phone", "email", "street", "city", "postcode", "country", "website", "category", "uri", "key")

REFUSED = "address_guard/refused"  # requests to addresses that may not be reached
UNREACHABLE = "robots/unreachable"  # robots.txt did not answer, so nothing was allowed
LOST = "directory/lost"  # pages that a fault of network or server kept from us
