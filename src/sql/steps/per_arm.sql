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
            sumKahan(events),
            sumKahan(events * events),
{% if values %}
            sumKahan(total),
            sumKahan(total * total),
            sumKahan(average),
            sumKahan(average * average),
{% endif %}
            toUInt64(sum(blanks))
        ) AS moments
    FROM {{ p }}measured
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
