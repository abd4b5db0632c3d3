-- A shop's checkout experiment, made up: 14 days, 240,000 shoppers, three checkouts (50 : 25 : 25).
--
-- Everything follows from hashes of numbers, so it is the same on every run and every machine. What it
-- has in it on purpose: shoppers who saw two checkouts (quarantined), exposures and events sent twice,
-- page loads without a time, events before the first exposure, events exactly on both edges of the window,
-- visitors who were never exposed, and another feature in the same environment. Who bought in the days before tends
-- to buy again, for about as much; and the one page checkout helps in the Netherlands most.
--
-- The first comment line before each statement is what the demo shows while it runs.

-- a number in [0, 1) for every shopper and purpose
CREATE OR REPLACE FUNCTION shopChance AS (shopper, purpose) ->
    bitShiftRight(sipHash64(toUInt64(shopper), purpose), 11) / 9007199254740992;

-- 270,000 shoppers, of whom 240,000 meet the experiment
CREATE TABLE shopper
(
    number UInt64,
    identifier String,
    variant LowCardinality(String),
    country LowCardinality(String),
    exposed_at DateTime64(3, 'UTC'),
)
ENGINE = MergeTree
ORDER BY number
AS
SELECT
    number,
    'shopper_' || leftPad(toString(number), 6, '0') AS identifier,
    multiIf(
        number >= 240000, '',
        shopChance(number, 'variant') < 0.5, 'control',
        shopChance(number, 'variant') < 0.75, 'one_page',
        'express'
    ) AS variant,
    multiIf(shopChance(number, 'country') < 0.5, 'NL', shopChance(number, 'country') < 0.8, 'DE', 'FR') AS country,
    -- Within the first 11 days; one in 5,000 in the very first millisecond of the window.
    toDateTime64('2026-03-02 00:00:00', 3, 'UTC')
        + toIntervalMillisecond(if(number % 5000 = 0, 0, toUInt64(shopChance(number, 'exposed') * 11 * 86400000))) AS exposed_at
FROM numbers(270000);

-- exposures: one each, a later one for every fourth, every hundredth sent twice
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits)
SELECT
    'shop',
    '$flag_exposure',
    'checkout',
    exposed_at + toIntervalMillisecond(repeat * (3600000 + number % 86400000)),
    identifier,
    variant,
    concat('{"country": "', country, '"}')
FROM shopper
ARRAY JOIN arrayConcat([0], if(number % 4 = 1, [1], []), if(number % 100 = 7, [0], [])) AS repeat
WHERE variant != '';

-- exposures: one shopper in 125 sees another checkout too, and leaves the experiment for it
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits)
SELECT
    'shop',
    '$flag_exposure',
    'checkout',
    exposed_at + toIntervalHour(5),
    identifier,
    if(variant = 'control', 'express', 'control'),
    concat('{"country": "', country, '"}')
FROM shopper
WHERE variant != '' AND number % 125 = 11;

-- exposures of another feature, which are no business of this experiment
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'shop', '$flag_exposure', 'search', exposed_at, identifier, if(number % 2 = 0, 'control', 'fuzzy')
FROM shopper
WHERE number % 10 = 3;

-- page views with the time to load, in milliseconds: one at the exposure itself, 3 to 12 more around it
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT
    'shop',
    'page_view',
    -- Every tenth shopper was here before the exposure; one in 5,000 has a view at the window's very end.
    multiIf(
        view = 0, exposed_at,
        view = 1 AND number % 10 = 4, exposed_at - toIntervalHour(2),
        view = 2 AND number % 5000 = 17, toDateTime64('2026-03-16 00:00:00', 3, 'UTC'),
        exposed_at + toIntervalMillisecond(toUInt64(shopChance(number * 16 + view, 'when') * 3 * 86400000))
    ),
    identifier,
    multiIf(
        shopChance(number * 16 + view, 'broken') < 0.001, 'timeout',
        shopChance(number * 16 + view, 'broken') < 0.0012, 'nan',
        toString(round(
            multiIf(variant = 'one_page', 390, variant = 'express', 432, 420)
                * (0.5 + shopChance(number, 'connection') + shopChance(number * 16 + view, 'load')),
            1
        ))
    )
FROM shopper
ARRAY JOIN range(4 + sipHash64(number, 'views') % 10 - if(variant = 'express' AND number % 5 = 0, 1, 0)) AS view;

-- purchases with what was paid, in euros
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT
    'shop',
    'purchase',
    exposed_at + toIntervalMillisecond(toUInt64(shopChance(number * 4 + item, 'bought') * 4 * 86400000)),
    identifier,
    if(
        shopChance(number * 4 + item, 'voucher') < 0.005,
        'voucher',
        toString(round((0.8 + 0.4 * shopChance(number * 4 + item, 'paid')) * (15 + 60 * pow(shopChance(number, 'taste'), 4)), 2))
    )
FROM shopper
ARRAY JOIN range(1 + toUInt8(shopChance(number, 'again') < 0.2) + toUInt8(shopChance(number, 'often') < 0.05)) AS item
WHERE shopChance(number, 'buys') < multiIf(
    variant = 'one_page', if(country = 'NL', 0.133, 0.123),
    variant = 'express', 0.121,
    0.12
);

-- purchases of the ten days before the exposure, mostly by those who will buy again
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT
    'shop',
    'purchase',
    exposed_at - toIntervalMillisecond(toUInt64((1 + 9 * shopChance(number * 4 + item, 'before')) * 86400000)),
    identifier,
    toString(round((0.8 + 0.4 * shopChance(number * 4 + item, 'paid before')) * (15 + 60 * pow(shopChance(number, 'taste'), 4)), 2))
FROM shopper
ARRAY JOIN range(1 + toUInt8(shopChance(number, 'again') < 0.2)) AS item
WHERE shopChance(number, 'buys') < if(shopChance(number, 'faithful') < 0.8, 0.11, 0.02)
    OR shopChance(number, 'bought once') < 0.02;

-- purchases that must not count: just before the exposure, and one huge on the window's end
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'shop', 'purchase', exposed_at - toIntervalMillisecond(1), identifier, '40'
FROM shopper
WHERE number % 50 = 9
UNION ALL
SELECT 'shop', 'purchase', toDateTime64('2026-03-16 00:00:00', 3, 'UTC'), identifier, '1000000'
FROM shopper
WHERE number % 20000 = 21;

-- purchases in the first millisecond of the window, which count, some of them sent twice
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'shop', 'purchase', exposed_at, identifier, '25'
FROM shopper
ARRAY JOIN range(1 + toUInt8(number % 10000 = 0)) AS copy
WHERE number % 5000 = 0;

-- support tickets: fewer are better
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT
    'shop',
    'support_ticket',
    exposed_at + toIntervalMillisecond(toUInt64(shopChance(number * 4 + ticket, 'asked') * 2 * 86400000)),
    identifier
FROM shopper
ARRAY JOIN range(1 + toUInt8(shopChance(number, 'asks again') < 0.3)) AS ticket
WHERE shopChance(number, 'asks') < if(variant = 'express', 0.024, 0.02);
