SELECT
    {{ p }}identity AS identity,
    {{ p }}time AS time,
    {{ told | indent(4) }}
FROM
(
    SELECT
        {{ columns | indent(8) }}
    FROM {{ relation | indent(4) }}
    WHERE {{ conditions | indent(8) }}
)
{% if lanes %}
ARRAY JOIN
    {{ lanes | indent(4) }}
{% endif %}
WHERE {{ only }}
