SELECT
    {{ p }}number AS experiment,
    CAST(any({{ p }}value) AS String) AS variant,
    cityHash64({{ p }}value) AS arm
FROM
(
    {{ exposures | indent(4) }}
)
GROUP BY
    {{ p }}number,
    arm
