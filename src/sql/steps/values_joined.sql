SELECT
    toUInt32(1) AS experiment,
    arm,
{% if segments %}
    [toUInt64(0), {{ segments }}] AS segments,
{% endif %}
    first_exposure_of_identity AS first_exposure,
    {%+ if bundles %}bundle{% else %}toUInt32(1) AS bundle{% endif %},
    {{ values | indent(4) }}
FROM
(
    SELECT
        any(exposed.arm) AS arm,
{% if segments %}
        {{ kept_segments | indent(8) }},
{% endif %}
        any(exposed.first_exposure) AS first_exposure_of_identity,
        {{ aggregates | indent(8) }}
    FROM
    (
        {{ rows | indent(8) }}
    ) AS rows
{% if segments %}
    -- Each segment by itself: an array would be copied to every row.
    INNER JOIN
    (
        SELECT
            identity,
            arm,
            first_exposure,
            {{ read_segments | indent(12) }}
        FROM {{ p }}exposed
    ) AS exposed ON rows.identity = exposed.identity
{% else %}
    INNER JOIN {{ p }}exposed AS exposed ON rows.identity = exposed.identity
{% endif %}
    WHERE {{ counts }}
    GROUP BY rows.identity
)
{% if bundles %}
ARRAY JOIN {{ bundles }} AS bundle
{% endif %}
{% if only %}
WHERE {{ only }}
{% endif %}
UNION ALL
SELECT
    toUInt32(1) AS experiment,
    arm,
{% if segments %}
    segments,
{% endif %}
    first_exposure,
    toUInt32(0) AS bundle,
    {{ nothing | indent(4) }}
FROM {{ p }}exposed
