SELECT
    {{ columns | indent(4) }}
FROM
(
    {{ tested | indent(4) }}
)
ARRAY JOIN arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected)))) AS variant
ORDER BY
    experiment_number,
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant
