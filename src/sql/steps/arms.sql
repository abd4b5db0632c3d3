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
    -- One row per identity and bundle of measures of those that have rows, and one with the bundle 0 for every
    -- identity, which stands for it.
{% endif %}
    {{ p }}values AS
    (
        {{ values | indent(8) }}
    ),

    {{ p }}per_arm AS
    (
        {{ per_arm | indent(8) }}
    ),

{% if segments %}
    -- The segments by their names; of a dimension with more than a hundred the largest, and the others as one.
    {{ p }}ranked AS
    (
        {{ ranked | indent(8) }}
    ),

{% endif %}
    {{ p }}named AS
    (
        {{ named | indent(8) }}
    )
SELECT * EXCEPT (arm)
FROM {{ p }}{% if segments %}ranked{% else %}per_arm{% endif %} AS found
INNER JOIN {{ p }}named AS named USING (experiment, arm)
