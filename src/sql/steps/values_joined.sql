{% if several %}
SELECT
    experiment,
    arm,
{% if segments %}
    segments,
{% endif %}
    first_exposure,
    bundle,
    is_first,
    {{ values | indent(4) }}
FROM
(
    {{ per_identity | indent(4) }}
)
ARRAY JOIN {{ several }} AS bundle
WHERE {{ only }}
{% elif only %}
SELECT *
FROM
(
    {{ per_identity | indent(4) }}
)
WHERE {{ only }}
{% else %}
{{ per_identity }}
{% endif %}
UNION ALL
SELECT
    toUInt32(1) AS experiment,
    arm,
{% if segments %}
    segments,
{% endif %}
{% if only %}
    first_exposure,
{% endif %}
    toUInt32(0) AS bundle,
    true AS is_first,
    {{ nothing | indent(4) }}
FROM {{ p }}exposed
