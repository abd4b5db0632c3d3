-- Data of the view benchmark, made in the engine: deterministic, every row a hash of its number.
--
-- Parameters: identities UInt64 (exposed identities), metric_events UInt64 (rows of metric events).
--
-- - Fourteen days from 2024-01-01, UTC. Every exposed identity has one exposure; every second one has
--   a further exposure later on; one in a hundred of those shows another variant (quarantined).
-- - Metric events belong to identities 0 … 1.25 × identities, so a fifth of them to nobody exposed, and
--   fall anywhere in the fourteen days, so many before their identity's first exposure.
-- - Half of the metric events are `page_view`, three tenths `request_time`, two tenths `purchase`.
-- - One value in a thousand is no number.
TRUNCATE TABLE events;

INSERT INTO events (environment_key, event, feature_name, timestamp, collected_at, identifier, value)
SELECT
    'production' AS environment_key,
    '$flag_exposure' AS event,
    'checkout' AS feature_name,
    toDateTime64('2024-01-01 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 'exposed') % (10 * 86400000)) AS timestamp,
    timestamp AS collected_at,
    concat('user-', lower(hex(sipHash64(number))), '-', toString(number)) AS identifier,
    if(sipHash64(number, 'variant') % 2 = 0, 'control', 'treatment') AS value
FROM numbers({identities:UInt64});

INSERT INTO events (environment_key, event, feature_name, timestamp, collected_at, identifier, value)
SELECT
    'production' AS environment_key,
    '$flag_exposure' AS event,
    'checkout' AS feature_name,
    toDateTime64('2024-01-11 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 'again') % (4 * 86400000)) AS timestamp,
    timestamp AS collected_at,
    concat('user-', lower(hex(sipHash64(number))), '-', toString(number)) AS identifier,
    if((sipHash64(number, 'variant') + (sipHash64(number, 'moved') % 100 = 0)) % 2 = 0, 'control', 'treatment') AS value
FROM numbers({identities:UInt64})
WHERE number % 2 = 0;

INSERT INTO events (environment_key, event, feature_name, timestamp, collected_at, identifier, value)
SELECT
    'production' AS environment_key,
    multiIf(number % 10 < 5, 'page_view', number % 10 < 8, 'request_time', 'purchase') AS event,
    '' AS feature_name,
    toDateTime64('2024-01-01 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 'time') % (14 * 86400000)) AS timestamp,
    timestamp AS collected_at,
    concat('user-', lower(hex(sipHash64(sipHash64(number, 'who') % intDiv({identities:UInt64} * 5, 4) AS who))), '-', toString(who)) AS identifier,
    multiIf(
        event = 'page_view', '',
        sipHash64(number, 'broken') % 1000 = 0, 'n/a',
        toString((sipHash64(number, 'value') % 20000) / 100)
    ) AS value
FROM numbers({metric_events:UInt64});

OPTIMIZE TABLE events FINAL;
