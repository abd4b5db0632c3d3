SELECT
    experiment,
    arm,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segments,
{% endif %}
    first_exposure,
    bundle,
    {{ values | indent(4) }}
FROM
(
    SELECT
        experiment,
        arm,
{% if by_day %}
        day_number,
{% endif %}
{% if segments %}
        segments,
{% endif %}
        first_exposure,
        bundle,
        {{ counted | indent(8) }}
    FROM
    (
        SELECT
            exposed.experiments AS experiments,
            exposed.arms AS arms,
{% if segments %}
            exposed.segments_of_experiments AS segments_of_experiments,
{% endif %}
{% if by_day %}
            exposed.days_of_experiments AS days_of_experiments,
{% endif %}
            exposed.first_exposures AS first_exposures,
            {{ entries | indent(12) }}
        FROM {{ p }}gathered AS gathered
        RIGHT JOIN {{ p }}exposed AS exposed ON gathered.identity = exposed.identity
    )
    ARRAY JOIN
        {{ entry | indent(8) }}
{% if shared %}
    ARRAY JOIN bundles_of_entry AS bundle
{% endif %}
    ARRAY JOIN
        experiments AS experiment,
        arms AS arm,
{% if segments %}
        segments_of_experiments AS segments,
{% endif %}
{% if by_day %}
        days_of_experiments AS days_counted,
{% endif %}
        first_exposures AS first_exposure
{% if by_day %}
    ARRAY JOIN days_counted AS day_number
{% endif %}
{% if only %}
    WHERE {{ only }}
{% endif %}
)
