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

    -- One row per identity, experiment and measure that the identity has rows of, and one with the measure 0:
    -- what counts from its first exposure on. Both sides of the join have one row per identity.
{% else %}
    -- One row per identity and measure of those that have rows, and one with the measure 0 for every identity.
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
    -- One row per arm and measure, with and without identities that have rows.
    {{ p }}per_measure AS
    (
        {{ per_measure | indent(8) }}
    ),

    {{ p }}named AS
    (
        {{ named | indent(8) }}
    ),

    {{ p }}metrics AS
    (
        {{ metrics | indent(8) }}
    )
SELECT
    {{ columns | indent(4) }},
{% if by_day %}
    per_measure.day_number AS day_number,
{% endif %}
{% if segments %}
    per_measure.dimension AS dimension,
    per_measure.segment AS segment,
{% endif %}
    named.variant AS variant,
{% if flags %}
    per_measure.identities_exposed AS identities,
{% endif %}
    per_measure.n AS n,
    {{ moments | indent(4) }}
FROM {{ p }}per_measure AS per_measure
INNER JOIN {{ p }}named AS named ON per_measure.experiment = named.experiment AND per_measure.arm = named.arm
INNER JOIN {{ p }}metrics AS metrics ON per_measure.experiment = metrics.experiment
    AND per_measure.measure_told = metrics.measure
