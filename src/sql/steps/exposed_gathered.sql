SELECT
    identity,
    groupArray(experiment) AS experiments,
    groupArray(arm) AS arms,
{% if segments %}
    groupArray(segments) AS segments_of_experiments,
{% endif %}
{% if by_day %}
    groupArray(days) AS days_of_experiments,
{% endif %}
    groupArray(first_exposure) AS first_exposures
FROM
(
    {{ exposed | indent(4) }}
)
GROUP BY identity
