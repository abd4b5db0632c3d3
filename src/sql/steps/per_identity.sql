SELECT
    any(exposed.arm) AS arm,
{% if segments %}
    [toUInt64(0), {{ segments }}] AS segments,
{% endif %}
{% if only %}
    any(exposed.first_exposure) AS first_exposure,
{% endif %}
{% if not several %}
    toUInt32(1) AS bundle,
{% endif %}
    {{ aggregates | indent(4) }}
FROM
(
    {{ rows | indent(4) }}
) AS rows
{% if segments %}
-- Each segment by itself: an array would be copied to every row.
INNER JOIN
(
    SELECT
        identity,
        arm,
        first_exposure,
        {{ read_segments | indent(8) }}
    FROM {{ p }}exposed
) AS exposed ON rows.{{ p }}identity = exposed.identity
{% else %}
INNER JOIN {{ p }}exposed AS exposed ON rows.{{ p }}identity = exposed.identity
{% endif %}
WHERE {{ counts }}
{% if small %}
-- 26.9 sets rows of rare keys aside before it sums them, but not of keys that may be NULL. That is a tenth faster, and
-- takes a third more memory where all that is kept of a key are a few numbers.
{% endif %}
GROUP BY {% if small %}toNullable(rows.{{ p }}identity){% else %}rows.{{ p }}identity{% endif %}
