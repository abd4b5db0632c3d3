SELECT
    {{ columns | indent(4) }}
FROM
(
    SELECT
        *,
        lagInFrame(toNullable(reached)) OVER (
            PARTITION BY
                funnel,
{% if segments %}
                dimension,
                segment,
{% endif %}
                variant
            ORDER BY step
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS reached_before
    FROM
    (
        SELECT
            metric_number,
            {{ funnel | indent(12) }} AS funnel,
            {{ step | indent(12) }} AS step,
{% if segments %}
            dimension,
            segment,
{% endif %}
            variant,
            n,
            toUInt64(sum) AS reached
        FROM
        (
            {{ moments | indent(12) }}
        )
    )
)
ORDER BY
    funnel,
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant,
    step
