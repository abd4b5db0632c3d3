-- The standard error of a quantile of rows is that of the paper written out: half the outer interval of order statistics over
-- z, times the clustered over the independent standard error of the share below.
-- Breaks when: ranks, clusters or the number of identities are reckoned otherwise.
-- compile: quantile_standard_error_by_another_route.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', '2024-01-02 00:00:00', toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(600);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'e', 'load', '2024-01-02 01:00:00', toString(sipHash64(number, 'who') % 550 AS who), toString(who % 7 + sipHash64(number) % 1000 / 8)
FROM numbers(3000);
WITH
    rows AS
    (
        SELECT if(toUInt32(identifier) % 2 = 0, 'control', 'b') AS variant, identifier, toFloat64(value) AS y
        FROM events
        WHERE event = 'load'
    ),
    ordered AS
    (
        SELECT variant, y, identifier,
            row_number() OVER (PARTITION BY variant ORDER BY y) AS place,
            count() OVER (PARTITION BY variant) AS total
        FROM rows
    ),
    estimates AS
    (
        SELECT variant, arrayJoin([0.5, 0.9]) AS level, quantileExactInclusive(0.5)(y) AS p50, quantileExactInclusive(0.9)(y) AS p90,
            if(level = 0.5, p50, p90) AS estimate
        FROM rows
        GROUP BY variant
    ),
    widths AS
    (
        SELECT variant, level, any(estimate) AS center, total,
            1.959963984540054 * sqrt(level * (1 - level) * total) AS reach,
            maxIf(y, place = toUInt64(ceil(total * level + reach))) - maxIf(y, place = toUInt64(floor(total * level - reach))) AS width
        FROM ordered
        INNER JOIN estimates USING variant
        GROUP BY variant, level, total
    ),
    clusters AS
    (
        SELECT variant, level, identifier, count() AS owned, countIf(y <= estimate) AS below
        FROM rows
        INNER JOIN estimates USING variant
        GROUP BY variant, level, identifier
    ),
    errors AS
    (
        SELECT variant, level,
            -- Of 300 identities; the variance of a ratio by its moments, those without rows being (0, 0).
            sum(below) / sum(owned) AS share,
            (sum(below * below) - 2 * share * sum(below * owned) + share * share * sum(owned * owned)) / 299 AS variance,
            sqrt(variance / 300) / (sum(owned) / 300) AS clustered
        FROM clusters
        GROUP BY variant, level
    )
SELECT
    card.metric AS metric,
    card.variant AS variant,
    card.n AS n,
    abs(card.quantile / widths.center - 1) < 1e-12 AS same_estimate,
    abs(card.quantile_standard_error / (
        widths.width / 2 / 1.959963984540054 * errors.clustered / sqrt(widths.level * (1 - widths.level) / widths.total)
    ) - 1) < 1e-9 AS same_standard_error,
    card.verdict NOT IN ('', 'undefined') AS compared
FROM experiment_scorecard AS card
INNER JOIN widths ON card.variant = widths.variant AND card.metric = concat('p', toString(toUInt8(widths.level * 100)))
INNER JOIN errors ON widths.variant = errors.variant AND widths.level = errors.level
ORDER BY metric, variant;
