-- Events for four_experiments.yaml. Values are eighths, so that their sums are exact in any order.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 5 = 0, 'test', 'prod'),
    if(number % 3 = 0, 'seen', '$flag_exposure'),
    if(number % 3 = 0, 'g', 'f'),
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'time') % 400000),
    toString(sipHash64(number, 'who') % 400 AS who),
    multiIf(number % 101 = 0, '', (sipHash64(who, number % 3 = 0) + (number % 67 = 0)) % 2 = 0, 'control', 'b')
FROM numbers(2400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 6 = 0, 'test', 'prod'),
    if(number % 2 = 0, 'buy', 'view'),
    '',
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'when') % 420000),
    toString(sipHash64(number, 'buyer') % 500),
    if(number % 83 = 0, 'n/a', toString((sipHash64(number, 'value') % 10000) / 8))
FROM numbers(6000);
