WITH
{% if given %}
    {{ given | indent(4) }},

{% endif %}
    -- The exposed identities: since when each is in which arm of which experiment. One that was seen with
    -- several variants of an experiment is not in it.
    {{ p }}exposed AS
    (
        {{ exposed | indent(8) }}
    ),

{% if gathered %}
    -- The rows of each identity, as arrays with an element per fact: when there was a row, with a value or
    -- without one, and which value.
    {{ p }}gathered AS
    (
        {{ gathered | indent(8) }}
    ),

    -- One row per identity, experiment and bundle of measures that the identity has rows of: what its rows say around
    -- its first exposure. The first of them stands for the identity itself, with the bundle 0 where it has no rows or its
    -- bundle is not of interest. Both sides of the join have one row per identity.
{% else %}
    -- One row per identity and bundle of measures of those that have rows.
{% endif %}
    {{ p }}values AS
    (
        {{ values | indent(8) }}
    ),

    {{ p }}per_arm AS
    (
        {{ per_arm | indent(8) }}
    ),

    -- The arms by their names{% if not gathered %}, and how many identities are in them{% endif %}.
    {{ p }}named AS
    (
        {{ named | indent(8) }}
    ){% if segments %},

    {{ p }}found AS
    (
        {{ found | indent(8) }}
    ),

    {{ p }}named_segments AS
    (
        {{ named_segments | indent(8) }}
    )
-- The segments by their names; of a dimension with more than a hundred the largest, and the others as one.
{{ ranked }}
{% else %}

{{ found }}
{% endif %}
