"""A check for schemathesis: loaded into its command line by SCHEMATHESIS_HOOKS."""

import schemathesis

# What a schema cannot promise of a request that fits it: that an id it names exists, that a filter parses, that a
# token came from this server, that a decimal has at most four fraction digits.
BEYOND_SCHEMA = {
    "not_found",
    "cycle",
    "too_deep",
    "invalid_filter",
    "invalid_order_by",
    "invalid_group_by",
    "invalid_aggregate",
    "wrong_object",
    "unknown_field",
    "invalid_page_token",
    "wrong_format",
    "too_long",
    "required",
    "read_only",
    # The bounds of decimals, which are strings; roles, which are data; what standard fields keep.
    "out_of_range",
    "invalid_option",
    "unsupported",
    # An identity provider is asked who it is.
    "unreachable",
    # What the sales process knows: stages of a pipeline, what is computed or in use, what belongs together.
    "not_an_option",
    "no_stages",
    "inactive",
    "in_use",
    "computed",
    "duplicate",
    "too_many",
    "other_account",
    "unknown_object",
    "wrong_currency",
    "needs_content",
    "needs_conversion",
    "needs_default",
}


@schemathesis.check
def rejections_are_explained(ctx, response, case):
    """A request that fits the schema may still be refused, but only with a reason that a schema cannot express."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code != 400 or case.path == "/assistant/questions":
        return
    problem = response.json()
    codes = {error["code"] for error in problem.get("errors", [])}
    if case.path == "/imports":
        return  # a mapping is a language of its own
    assert codes and codes <= BEYOND_SCHEMA, f"refused without a reason beyond the schema: {problem['detail']}"
