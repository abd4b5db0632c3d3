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
    day_number,
{% endif %}
    variant,
{% if flags %}
    identities,
{% endif %}
    n,
    moments.1 AS sum,
    moments.2 AS sum_squares,
{% if other %}
    moments.3 AS other_sum,
    moments.4 AS other_sum_squares,
    moments.5 AS product,
    moments.6 AS invalid_values
{% else %}
    moments.3 AS invalid_values
{% endif %}
FROM
(
    -- The moments are those of the metric's measure; all are 0 where no identity of the arm has a row of it.
    SELECT
        metrics.* EXCEPT (experiment, measure),
{% if by_day %}
        arms.day_number AS day_number,
{% endif %}
        named.variant AS variant,
{% if flags %}
        arms.identities AS identities,
        arms.identities_by_maturity[{{ flag }}] AS n,
{% else %}
        arms.identities AS n,
{% endif %}
        arms.moments[indexOf(arms.measures, metrics.measure)] AS moments
    FROM
    (
        SELECT
            experiment,
{% if by_day %}
            day_number,
{% endif %}
            arm,
            sumIf(identities_of_measure, measure = 0) AS identities,
{% if flags %}
            sumForEach(identities_by_maturity) AS identities_by_maturity,
{% endif %}
            groupArray(measure) AS measures,
            groupArray(moments) AS moments
        FROM {{ p }}per_arm
        GROUP BY
            experiment,
{% if by_day %}
            day_number,
{% endif %}
            arm
    ) AS arms
    INNER JOIN {{ p }}named AS named ON arms.experiment = named.experiment AND arms.arm = named.arm
    INNER JOIN {{ p }}metrics AS metrics ON arms.experiment = metrics.experiment
)
