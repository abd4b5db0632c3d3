SELECT
    experiment,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant,
    measure_told,
    sumIf(identities, measure = 0) AS identities_exposed,
    {%+ if flags %}sumIf(identities_by_maturity[{{ flag }}], measure = 0){% else %}identities_exposed{% endif %} AS n,
    sumIf(identities, measure != 0) AS seen,
    sumKahanIf(value_sum, measure != 0) AS sum_of_values,
    sumKahanIf(value_squares, measure != 0) AS sum_of_squares,
{% if other %}
    sumKahanIf(other_sum, measure != 0) AS sum_of_others,
    sumKahanIf(other_squares, measure != 0) AS sum_of_other_squares,
    sumKahanIf(product, measure != 0) AS sum_of_products,
{% endif %}
{% if kept %}
    groupArrayArray(kept_values) AS all_values,
{% if other %}
    groupArrayArray(kept_others) AS all_others,
{% endif %}
{% endif %}
{% if lists %}
    groupArrayArray(lists) AS all_lists,
{% endif %}
    sum(invalid_values) AS invalid
FROM {{ p }}arms
ARRAY JOIN arrayFilter(own -> measure = 0 OR measure = own, {{ measures }}) AS measure_told
GROUP BY
    experiment,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant,
    measure_told
