SELECT
    identity,
    arrayMap(
        (fact, occurrence) -> occurrence = 1 OR fact NOT IN ({{ deduplicated }}),
        gathered.facts,
        arrayEnumerateUniq(gathered.facts, gathered.times, gathered.copies)
    ) AS kept,
    arrayFilter((fact, keep) -> keep, gathered.facts, kept) AS facts,
    arrayFilter((time, keep) -> keep, gathered.times, kept) AS times
{%- if values %},
    arrayFilter((value, keep) -> keep, gathered.values, kept) AS values
{%- endif %}

FROM
(
    {{ gathered | indent(4) }}
) AS gathered
