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

    -- The rows of each identity, as arrays: which fact, when, and which value (NaN where there is none).
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
    ),

    -- Of what the metric's fact adds up to; all 0 where no identity of the arm has a row of it.
    per_arm.moments[indexOf(per_arm.facts, metrics.fact)] AS {{ p }}moments
SELECT
    {{ columns | indent(4) }},
{% if by_day %}
    per_arm.day_number AS day_number,
{% endif %}
    named.variant AS variant,
    per_arm.n AS n,
    CAST(multiIf(
        metrics.aggregation IN ('occurrence', ''), {{ p }}moments.1,
{% if values %}
        metrics.aggregation = 'sum', {{ p }}moments.4,
        metrics.aggregation = 'mean', {{ p }}moments.6,
{% endif %}
        {{ p }}moments.2
    ) AS Float64) AS sum,
    CAST(multiIf(
        metrics.aggregation IN ('occurrence', ''), {{ p }}moments.1,
{% if values %}
        metrics.aggregation = 'sum', {{ p }}moments.5,
        metrics.aggregation = 'mean', {{ p }}moments.7,
{% endif %}
        {{ p }}moments.3
    ) AS Float64) AS sum_squares,
    CAST({% if values %}if(metrics.aggregation IN ('sum', 'mean'), {{ p }}moments.8, 0){% else %}0{% endif %} AS UInt64) AS invalid_values
FROM {{ p }}per_arm AS per_arm
INNER JOIN {{ p }}named AS named ON per_arm.experiment = named.experiment AND per_arm.arm = named.arm
INNER JOIN {{ p }}metrics AS metrics ON per_arm.experiment = metrics.experiment
