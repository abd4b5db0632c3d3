SELECT
    experiment,
    arm,
{% if by_day %}
    day_number,
{% endif %}
    fact,
    toFloat64(arrayCount(t -> {{ counts }}, blank_times)) AS blanks,
{% if values %}
    blanks + arrayCount(t -> {{ counts }}, value_times) AS events,
    arrayReduce('sumKahan', arrayMap((t, v) -> if({{ counts }}, v, 0), value_times, fact_values)) AS total,
    if(events = 0, 0, total / events) AS average
{% else %}
    blanks AS events
{% endif %}
FROM
(
    SELECT
        exposed.experiments AS experiments,
        exposed.arms AS arms,
        exposed.first_exposures AS first_exposures,
{% if by_day %}
        exposed.days AS days,
{% endif %}
        fact,
{% if values %}
        arrayFilter((t, f, v) -> f = fact AND isNaN(v), gathered.times, gathered.facts, gathered.values) AS blank_times,
        arrayFilter((t, f, v) -> f = fact AND NOT isNaN(v), gathered.times, gathered.facts, gathered.values) AS value_times,
        arrayFilter((v, f) -> f = fact AND NOT isNaN(v), gathered.values, gathered.facts) AS fact_values
{% else %}
        arrayFilter((t, f) -> f = fact, gathered.times, gathered.facts) AS blank_times
{% endif %}
    FROM {{ p }}gathered AS gathered
    RIGHT JOIN {{ p }}exposed AS exposed ON gathered.identity = exposed.identity
    ARRAY JOIN arrayPushFront(arrayDistinct(gathered.facts), 0) AS fact
)
ARRAY JOIN
    experiments AS experiment,
    arms AS arm,
    first_exposures AS first_exposure
{%- if by_day %},
    days AS days_counted
ARRAY JOIN days_counted AS day_number
{%- endif %}
{% if used %}

WHERE fact = 0 OR (experiment, fact) IN ({{ used }})
{% endif %}
