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
    variant,
    quarantined,
    first_exposure
FROM
(
    {{ exposures }}
)
{{ settings }}
