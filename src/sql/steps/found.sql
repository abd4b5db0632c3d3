SELECT
{% if not gathered %}
    toUInt32(1) AS experiment,
{% endif %}
    * EXCEPT (arm)
{%- if several %} REPLACE (
    -- Those who are in an arm are told once, with the bundle that all have.
    if(bundle = 0, identities_exposed, 0) AS identities_exposed
{%- if flags %},
    if(bundle = 0, identities_by_maturity, []) AS identities_by_maturity
{%- endif %}

)
{%- endif %}

{% if gathered %}
FROM {{ p }}per_arm AS per_arm
INNER JOIN {{ p }}named AS named USING (experiment, arm)
{% else %}
FROM {{ p }}named AS named
LEFT JOIN {{ p }}per_arm AS per_arm USING ({% if segments %}segment, {% endif %}arm)
{% endif %}
