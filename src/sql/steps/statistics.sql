WITH
{% if given %}
    {{ given | indent(4) }},

{% endif %}
    -- One row per variant and bundle of measures that identities have rows of: how many were exposed, those whose row it
    -- is, and what these have of the measures in the slots of the bundle.
    {{ p }}arms AS
    (
        {{ arms | indent(8) }}
    )
{{ moments }}
