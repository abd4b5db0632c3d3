SELECT
    experiment,
    arm,
{% if by_day %}
    day_number,
{% endif %}
    sumIf(identities, fact = 0) AS n,
    groupArray(fact) AS facts,
    groupArray(moments) AS moments
FROM
(
    SELECT
        experiment,
        arm,
{% if by_day %}
        day_number,
{% endif %}
        fact,
        count() AS identities,
        (
            toFloat64(countIf(events > 0)),
            sumKahan(toFloat64(events)),
            sumKahan(toFloat64(events) * events),
{% if values %}
            sumKahan(total),
            sumKahan(total * total),
            sumKahan(average),
            sumKahan(average * average),
{% endif %}
            toUInt64(sum(blanks))
        ) AS moments
    FROM
    (
        SELECT
            *
{%- if values %},
            if(events = 0, 0, total / events) AS average
{%- endif %}

        FROM {{ p }}measured
    )
    GROUP BY
        experiment,
        arm,
{% if by_day %}
        day_number,
{% endif %}
        fact
)
GROUP BY
    experiment,
{% if by_day %}
    day_number,
{% endif %}
    arm
