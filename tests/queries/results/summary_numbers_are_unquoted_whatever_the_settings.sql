-- Integers and floats stay JSON numbers in a session that quotes them in its own JSON output.
-- Breaks when: numbers are written by a function that follows output_format_json settings.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '9007199254740992');

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(18446744073709551615, 'purchase', 'sum', false)],
    expected_shares = map(),
    options = ''
)
SETTINGS output_format_json_quote_64bit_integers = 1, output_format_json_quote_64bit_floats = 1;
