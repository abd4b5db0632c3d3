SELECT
    identity,
    groupArray(number) AS facts,
    groupArray(time) AS times
{%- if values %},
    groupArray(value) AS values
{%- endif %}
{%- if copies %},
    groupArray(copy) AS copies
{%- endif %}

FROM
(
    {{ rows | indent(4) }}
)
GROUP BY identity
