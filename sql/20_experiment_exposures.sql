-- experiment_exposures: who was exposed to the feature in the window, to which variant, since when.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC'); the window is half-open, [window_start, window_end).
--
-- One row per identity that has an exposure in the window:
--     identifier      String                  the identity
--     variant         String                  the variant it was exposed to; '' when quarantined
--     quarantined     Bool                    true when it was exposed to more than one variant
--     first_exposure  DateTime64(3, 'UTC')    its first exposure in the window
--
-- An exposure is an event named $flag_exposure of the feature, its value the variant. An exposure with
-- an empty value shows no variant and is ignored: it neither exposes nor quarantines an identity, and
-- does not move its first exposure. Identities are compared as they are, never by hash. Rows come in no
-- particular order.
CREATE OR REPLACE VIEW experiment_exposures AS
SELECT
    identifier,
    if(min(value) = max(value), min(value), '') AS variant,
    CAST(min(value) != max(value) AS Bool) AS quarantined,
    CAST(min(timestamp) AS DateTime64(3, 'UTC')) AS first_exposure
FROM events
WHERE environment_key = {environment_key:String}
    AND event = '$flag_exposure'
    AND feature_name = {feature_name:String}
    AND timestamp >= {window_start:DateTime64(3, 'UTC')}
    AND timestamp < {window_end:DateTime64(3, 'UTC')}
    AND value != ''
GROUP BY identifier
SETTINGS
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0
