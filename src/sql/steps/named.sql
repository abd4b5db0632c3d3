SELECT
    number AS experiment,
    CAST(value AS String) AS variant,
    cityHash64(value) AS arm
FROM
(
    {{ exposures | indent(4) }}
)
GROUP BY
    number,
    value
