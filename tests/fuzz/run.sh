#!/usr/bin/env bash
# Builds the fuzz targets with coverage, on any stable toolchain, and runs each for a while:
#
#     tests/fuzz/run.sh [seconds per target, default 60] [target...]
#
# Prints one line per target. An input that breaks something is kept in target/fuzz/findings, and the
# exit code is then 1; `target/fuzz/<host>/release/<target> <input>` runs it again. What is learnt is
# kept in target/fuzz/corpus and used by the next run.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(row_binary tab_separated json_each_row arrow_stream options definitions)

build=$(cd ../.. && pwd)/target/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')

# What cargo-fuzz sets, without what needs a nightly. With --target, so that build scripts go without.
flags=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
)
RUSTFLAGS="${flags[*]}" cargo build --quiet --release --locked --target "$host" --target-dir "$build"

failed=0
for target in "${targets[@]}"; do
    corpus=$build/corpus/$target findings=$build/findings/$target log=$build/$target.log
    mkdir -p "$corpus" "$findings"
    status=0
    "$build/$host/release/$target" "$corpus" "seeds/$target" -artifact_prefix="$findings/" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1536 \
        -print_final_stats=1 > "$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
    coverage=$(sed -n 's/.* \(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$log" | tail -n 1)
    result=ok
    if [[ $status -ne 0 ]]; then
        failed=1
        finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
        result="FAILED (exit code $status), input: ${finding:-none}, log: $log"
    fi
    printf '%-14s %10s runs  %-20s  %s\n' "$target" "${runs:-0}" "${coverage:-no coverage}" "$result"
    [[ $status -eq 0 ]] || grep -E -m 3 'panicked|assertion|ERROR: ' "$log" || true
done
exit $failed
