{% if several %}
SELECT
    arm,
{% if segments %}
    segments,
{% endif %}
    bundle,
    {{ values | indent(4) }}
FROM
(
    {{ per_identity | indent(4) }}
)
-- The bundle 0 is that of all who have rows.
ARRAY JOIN {{ several }} AS bundle
WHERE bundle = 0 OR {{ only }}
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
