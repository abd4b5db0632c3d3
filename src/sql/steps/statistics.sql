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

    -- The rows of each identity, as arrays with an element per fact: when there was a row, with a value or
    -- without one, and which value.
    {{ p }}gathered AS
    (
        {{ gathered | indent(8) }}
    ),

    -- One row per identity, experiment and fact that the identity has rows of, and one with the fact 0: what
    -- counts from its first exposure on. Both sides of the join have one row per identity.
    {{ p }}measured AS
    (
        {{ measured | indent(8) }}
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
    n,
    CAST(multiIf(
        aggregation IN ('occurrence', ''), moments.1,
{% if values %}
        aggregation = 'sum', moments.4,
        aggregation = 'mean', moments.6,
{% endif %}
        moments.2
    ) AS Float64) AS sum,
    CAST(multiIf(
        aggregation IN ('occurrence', ''), moments.1,
{% if values %}
        aggregation = 'sum', moments.5,
        aggregation = 'mean', moments.7,
{% endif %}
        moments.3
    ) AS Float64) AS sum_squares,
    CAST({% if values %}if(aggregation IN ('sum', 'mean'), moments.8, 0){% else %}0{% endif %} AS UInt64) AS invalid_values
FROM
(
    -- The moments are those of the metric's fact; all are 0 where no identity of the arm has a row of it.
    SELECT
        metrics.* EXCEPT (experiment, fact),
{% if by_day %}
        per_arm.day_number AS day_number,
{% endif %}
        named.variant AS variant,
        per_arm.n AS n,
        per_arm.moments[indexOf(per_arm.facts, metrics.fact)] AS moments
    FROM {{ p }}per_arm AS per_arm
    INNER JOIN {{ p }}named AS named ON per_arm.experiment = named.experiment AND per_arm.arm = named.arm
    INNER JOIN {{ p }}metrics AS metrics ON per_arm.experiment = metrics.experiment
)
