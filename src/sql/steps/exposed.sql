SELECT
    {{ hash }} AS identity,
    number AS experiment,
    groupBitOr(hash) AS arm,
{% if segments %}
    {{ segments | indent(4) }} AS segments,
{% endif %}
    min(time) AS first_exposure
{%- if days %},
    {{ days | indent(4) }} AS days
{%- endif %}

FROM
(
    SELECT
        identity AS identity_read,
        number,
        time,
{% if segments %}
        segments,
{% endif %}
        cityHash64(value) AS hash
    FROM
    (
        {{ exposures | indent(8) }}
    )
)
GROUP BY
    identity_read,
    number
-- Where all bits that some hash has are those that all have, there is one hash.
HAVING groupBitOr(hash) = groupBitAnd(hash)
