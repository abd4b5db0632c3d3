SELECT
    experiment,
    flag,
    explanation
FROM
(
    SELECT
        *,
        count() OVER (PARTITION BY experiment) AS flags
    FROM
    (
        {{ all | indent(8) }}
    )
)
WHERE flag != 'ok' OR flags = 1
ORDER BY
    experiment,
    flag,
    explanation
