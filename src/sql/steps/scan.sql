SELECT
    {{ p }}identity AS identity,
    {{ p }}time AS time,
    {{ number }} AS number,
    {{ value }} AS value
{%- if copies %},
    {{ copy }} AS copy
{%- endif %}

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
