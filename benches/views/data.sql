-- Data of the view benchmark, made in the engine: deterministic, every row a hash of its number. The table
-- events must be empty, and merges should be stopped, so that nothing else runs while queries are timed.
--
-- Parameters: environment String; identities UInt64, how many are active; for the first statement
-- features Array(String) and share UInt8, the percentage of the active identities that each feature is
-- shown to; for the second metric_events UInt64.
--
-- - Fourteen days from 2024-01-01, UTC. Identities are first exposed in the first ten, half of them to
--   treatment; every second one is exposed again later on, one in a hundred of those to the other variant
--   (quarantined). Features choose their identities, and identities their variants, independently.
-- - Metric events fall on all active identities alike and anywhere in the fourteen days, so many before
--   their identity's first exposure.
-- - Eight event names, a page view being the most frequent (two in five) and without a value. One purchase in
--   a thousand has no number: of a mean, such rows count in the parameterized views only. Purchases have a currency in
--   metadata, always the same.
INSERT INTO events (environment_key, event, feature_name, timestamp, collected_at, identifier, value)
SELECT
    {environment:String} AS environment_key,
    '$flag_exposure' AS event,
    feature AS feature_name,
    toDateTime64('2024-01-01 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(if(again,
        sipHash64(number, feature, 'again') % (4 * 86400000) + 10 * 86400000,
        sipHash64(number, feature, 'exposed') % (10 * 86400000)
    )) AS timestamp,
    timestamp AS collected_at,
    concat('user-', lower(hex(sipHash64(number))), '-', toString(number)) AS identifier,
    if(
        (sipHash64(number, feature, 'variant') + (again AND sipHash64(number, feature, 'moved') % 100 = 0)) % 2 = 0,
        'control',
        'treatment'
    ) AS value
FROM
(
    SELECT
        number,
        feature
    FROM numbers({identities:UInt64})
    ARRAY JOIN {features:Array(String)} AS feature
    WHERE sipHash64(number, feature, 'chosen') % 100 < {share:UInt8}
)
ARRAY JOIN if(number % 2 = 0, [false, true], [false]) AS again;

INSERT INTO events (environment_key, event, feature_name, timestamp, collected_at, identifier, value, metadata)
SELECT
    {environment:String} AS environment_key,
    transform(
        number % 50,
        range(50),
        arrayFlatten([
            arrayResize(['page_view'], 20, 'page_view'),
            arrayResize(['request_time'], 12, 'request_time'),
            arrayResize(['purchase'], 8, 'purchase'),
            arrayResize(['search'], 4, 'search'),
            arrayResize(['add_to_cart'], 2, 'add_to_cart'),
            arrayResize(['play'], 2, 'play'),
            ['sign_up', 'refund']
        ]),
        ''
    ) AS event,
    '' AS feature_name,
    toDateTime64('2024-01-01 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 'time') % (14 * 86400000)) AS timestamp,
    timestamp AS collected_at,
    concat('user-', lower(hex(sipHash64(sipHash64(number, 'who') % {identities:UInt64} AS who))), '-', toString(who)) AS identifier,
    multiIf(
        event = 'page_view', '',
        event = 'purchase' AND sipHash64(number, 'broken') % 1000 = 0, 'n/a',
        toString((sipHash64(number, 'value') % 20000) / 100)
    ) AS value,
    if(event = 'purchase', '{"currency": "EUR"}', '') AS metadata
FROM numbers({metric_events:UInt64})
