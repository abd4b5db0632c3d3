WITH
{% if given %}
    {{ given | indent(4) }},

{% endif %}
    -- One row per variant and measure of whose bundle identities have rows, and for each bundle one with the measure 0:
    -- how many identities its rows stand for.
    {{ p }}arms AS
    (
        {{ arms | indent(8) }}
    ),

    -- One row per variant and measure: n counts all identities, `seen` those that have rows of the bundle.
    {{ p }}per_measure AS
    (
        {{ per_measure | indent(8) }}
    )
SELECT
    {{ columns | indent(4) }},
{% if by_day %}
    per_measure.day_number AS day_number,
{% endif %}
{% if segments %}
    per_measure.dimension AS dimension,
    per_measure.segment AS segment,
{% endif %}
    per_measure.variant AS variant,
{% if flags %}
    per_measure.identities_exposed AS identities,
{% endif %}
    per_measure.n AS n,
    {{ moments | indent(4) }}
FROM {{ p }}per_measure AS per_measure
ARRAY JOIN {{ metrics }} AS metric_number
{%- if only %}

WHERE {{ only }}
{%- endif %}
