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
    {%+ if only %}bundle_counted AS {% endif %}bundle,
    is_first,
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
{% if only %}
        -- Which rows of the identity count is a matter of their bundle, even where it is not of interest.
        if({{ only }}, bundle, 0) AS bundle_counted,
{% else %}
        bundle,
{% endif %}
        -- The first row of an identity; 0 is what it has where there is nothing to unroll.
        entry <= 1{% if shared %} AND place <= 1{% endif %} AS is_first,
        {{ counted | indent(8) }}
    FROM {{ p }}gathered AS gathered
    RIGHT JOIN {{ p }}exposed AS exposed ON gathered.identity = exposed.identity
    LEFT ARRAY JOIN
        {{ entries | indent(8) }}
{% if shared %}
    LEFT ARRAY JOIN
        bundles_of_entry AS bundle,
        arrayEnumerate(bundles_of_entry) AS place
{% endif %}
    ARRAY JOIN
        exposed.experiments AS experiment,
        exposed.arms AS arm,
{% if segments %}
        exposed.segments_of_experiments AS segments,
{% endif %}
{% if by_day %}
        exposed.days_of_experiments AS days_counted,
{% endif %}
        exposed.first_exposures AS first_exposure
{% if by_day %}
    ARRAY JOIN days_counted AS day_number
{% endif %}
{% if only or shared %}
    WHERE {% if only %}bundle_counted{% else %}bundle{% endif %} != 0 OR is_first
{% endif %}
)
