SELECT
    {{ hash }} AS identity,
    number AS experiment,
    min(hash) AS arm,
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
HAVING min(hash) = max(hash)
