-- experiment_traffic: how many identities each variant got, and whether the split is the intended one.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), expected_shares Map(String, Float64): the intended share of
-- each variant, in any unit (0.5 and 0.5, or 50 and 50), 0 where nobody is sent; map() when there is none
-- to check against.
--
-- One row per variant that was expected or seen, ordered by variant:
--     variant                 String             the variant
--     identities              UInt64             identities exposed to it and to no other
--     share                   Nullable(Float64)  identities / all unquarantined identities, 0 to 1; NULL
--                                                when there are none
--     expected_share          Nullable(Float64)  expected_shares scaled to sum to 1; NULL for a variant
--                                                that is not expected, and for all when a share is
--                                                negative or no finite number, or all are 0
--     quarantined_identities  UInt64             identities of the whole experiment that were exposed to
--                                                several variants; they belong to no variant, so the
--                                                same total stands on every row
--     srm_p_value             Nullable(Float64)  sample ratio mismatch test of the whole experiment, the
--     srm_verdict             String             same on every row: see sampleRatioMismatch
--     srm_reason              String
--     srm_sequential_p_value  Nullable(Float64)  the same test, valid however often one looks
--
-- The exposures of the feature are read once.
CREATE OR REPLACE VIEW experiment_traffic AS
{{ traffic }}
{{ settings }}
