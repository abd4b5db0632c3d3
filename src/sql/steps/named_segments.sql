SELECT
    {{ p }}number AS experiment,
    {{ dimension | indent(4) }} AS dimension,
    CAST(any(segment_text) AS String) AS segment_read,
    cityHash64(dimension_number, segment_text) AS segment
FROM
(
    {{ exposures | indent(4) }}
)
ARRAY JOIN
    {{ p }}segments AS segment_text,
    arrayEnumerate({{ p }}segments) AS dimension_number
GROUP BY
    {{ p }}number,
    dimension_number,
    segment
