SELECT
    experiment,
    arm,
{% if by_day %}
    day_number,
{% endif %}
    fact,
    toFloat64(arraySum(blanks_count)) AS blanks,
{% if values %}
    arraySum(blanks_count) + arraySum(values_count) AS events,
    arrayReduce('sumKahanIf', finite_values, values_count) AS total
{% else %}
    arraySum(blanks_count) AS events
{% endif %}
FROM
(
    SELECT
        experiment,
        arm,
{% if by_day %}
        day_number,
{% endif %}
        fact,
{% if values %}
        finite_values,
        arrayMap(t -> {{ counts }}, value_times) AS values_count,
{% endif %}
        arrayMap(t -> {{ counts }}, blank_times) AS blanks_count
    FROM
    (
        SELECT
            exposed.experiments AS experiments,
            exposed.arms AS arms,
            exposed.first_exposures AS first_exposures,
{% if by_day %}
            exposed.days AS days,
{% endif %}
            arrayPushFront(gathered.facts, 0) AS facts,
{% if values %}
            arrayPushFront(gathered.value_times, []) AS times_of_values,
            arrayPushFront(gathered.finite_values, []) AS values_of_facts,
{% endif %}
            arrayPushFront(gathered.blank_times, []) AS times_of_blanks
        FROM {{ p }}gathered AS gathered
        RIGHT JOIN {{ p }}exposed AS exposed ON gathered.identity = exposed.identity
    )
    ARRAY JOIN
        facts AS fact,
{% if values %}
        times_of_values AS value_times,
        values_of_facts AS finite_values,
{% endif %}
        times_of_blanks AS blank_times
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

)
