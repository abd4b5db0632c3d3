SELECT
    {{ p }}identity,
    {{ p }}time,
    {{ told | indent(4) }}
FROM
(
    {{ scan | indent(4) }}
)
ARRAY JOIN
    {{ lanes | indent(4) }}
WHERE {{ only }}
