SELECT
    {{ identity }} AS identity,
{% if gathered %}
    {{ p }}number AS experiment,
{% endif %}
    groupBitOr(cityHash64({{ p }}value)) AS arm,
{% if named %}
    any({{ p }}value) AS variant,
{% endif %}
{% if segments %}
    {{ segments | indent(4) }} AS segments,
{% endif %}
    min({{ p }}time) AS first_exposure
{%- if days %},
    {{ days | indent(4) }} AS days
{%- endif %}

FROM
(
    {{ exposures | indent(4) }}
)
GROUP BY
    {{ p }}identity{% if gathered %},
    {{ p }}number{% endif %}

-- Where all bits that some hash has are those that all have, there is one hash.
HAVING arm = groupBitAnd(cityHash64({{ p }}value))
