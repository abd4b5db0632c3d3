SELECT
    identity,
    -- When and in what in one number: the fewer arrays grow, the better. No script has 2^18 experiments.
    groupArray(first_exposure * 262144 + experiment) AS since,
    arrayMap(packed -> toUInt32(bitAnd(packed, 262143)), since) AS experiments,
    arrayMap(packed -> bitShiftRight(packed, 18), since) AS first_exposures,
{% if segments %}
    groupArray(segments) AS segments_of_experiments,
{% endif %}
{% if by_day %}
    groupArray(days) AS days_of_experiments,
{% endif %}
    groupArray(arm) AS arms
FROM
(
    {{ exposed | indent(4) }}
)
GROUP BY identity
