SELECT
    identity,
    number,
{% if values %}
    arrayFilter((t, kept) -> kept, gathered.value_times, values_kept) AS value_times,
    arrayFilter((v, kept) -> kept, gathered.finite_values, values_kept) AS finite_values,
{% if texts %}
    arrayFilter((text, kept) -> kept, gathered.texts, values_kept) AS texts,
{% endif %}
{% endif %}
    arrayFilter((t, kept) -> kept, gathered.blank_times, blanks_kept) AS blank_times
FROM
(
    SELECT
        *,
        number NOT IN ({{ deduplicated }}) AS keeps_copies,
{% if values %}
        arrayMap(occurrence -> occurrence = 1 OR keeps_copies, arrayEnumerateUniq(value_times, value_copies)) AS values_kept,
{% endif %}
        arrayMap(occurrence -> occurrence = 1 OR keeps_copies, arrayEnumerateUniq(blank_times, blank_copies)) AS blanks_kept
    FROM
    (
        {{ facts | indent(8) }}
    )
) AS gathered
