#!/usr/bin/env bash
# Builds the fuzz targets with coverage, on any stable toolchain, and runs them for a while, two at a time:
#
#     tests/fuzz/run.sh [seconds per target, default 25] [target...]
#
# Each starts from what is known: seeds/ (written by a test) and corpus/ (found by fuzzing, one archive a
# target). Prints one line per target. An input that breaks something is kept in target/fuzz/findings, and
# the exit code is then 1; `target/fuzz/<host>/release/<target> <input>` runs it again. What is learnt is
# kept in target/fuzz/corpus and used by the next run; KEEP=1 also puts the smallest set of inputs that
# covers as much into corpus/.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-25}
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(cd targets && printf '%s\n' *.rs | sed 's/\.rs$//')

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

fuzz() {
    local target=$1
    local program=$build/$host/release/$target corpus=$build/corpus/$target
    local findings=$build/findings/$target log=$build/$target.log status=0
    mkdir -p "$corpus" "$findings"
    [[ ! -f corpus/$target.tar.gz ]] || tar -xzf "corpus/$target.tar.gz" -C "$corpus"
    "$program" "$corpus" "seeds/$target" -artifact_prefix="$findings/" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1536 \
        -print_final_stats=1 > "$log" 2>&1 || status=$?
    local runs coverage result=ok
    runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
    coverage=$(sed -n 's/.* \(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$log" | tail -n 1)
    if [[ $status -ne 0 ]]; then
        local finding
        finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
        result="FAILED (exit code $status), input: ${finding:-none}, log: $log"
    fi
    printf '%-14s %10s runs  %-20s  %s\n' "$target" "${runs:-0}" "${coverage:-no coverage}" "$result"
    if [[ $status -ne 0 ]]; then
        grep -E -m 3 'panicked|assertion|ERROR: ' "$log" || true
        return 1
    fi
    [[ ${KEEP:-} != 1 ]] || keep "$target"
}

# Small inputs that cover what all of them do beyond the seeds.
keep() {
    local target=$1
    local kept=$build/kept/$target
    rm -rf "$kept"
    mkdir -p "$kept" corpus
    "$build/$host/release/$target" -set_cover_merge=1 -max_len=4096 "$kept" "seeds/$target" \
        "$build/corpus/$target" > "$build/$target.merge.log" 2>&1
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$kept" -c . | gzip -9n > "corpus/$target.tar.gz"
    printf '%-14s %10s inputs kept\n' "$target" "$(find "$kept" -type f | wc -l)"
}

export build host seconds
export -f fuzz keep
printf '%s\n' "${targets[@]}" | xargs -P 2 -I '{}' bash -euo pipefail -c 'fuzz "$1"' fuzz '{}'
