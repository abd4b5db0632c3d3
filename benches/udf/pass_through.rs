//! The least that an executable of experimentInference's types can do: take the bytes, send bytes.
//!
//! It knows how many bytes a row of the benchmark's tables takes and sends one canned answer per row,
//! so it neither decodes nor computes. What ClickHouse and the pipes cost is what is left.
//!
//! Its argument says which rows come: `plain`, or `covariates`.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};

/// `control` and `b` in RowBinary: a length, a name, three numbers.
const ARMS_BYTES: u64 = (8 + 24) + (2 + 24);
/// A NULL takes one byte, an optional moment nine.
const NULL_MOMENTS_BYTES: u64 = 2 * 8;
const COVARIATES_BYTES: u64 = 2 * 3 * 8;
/// `'sum'`, false, and `'{"non_inferiority_margin": 0.05}'`.
const OTHER_ARGUMENTS_BYTES: u64 = 4 + 1 + (1 + 32);

/// Of the answer's optional numbers: six before the verdict, sixteen after the reason.
const NUMBERS: [usize; 2] = [6, 16];

/// Which of them `control` has: the mean and its variance, chance_to_be_best.
const CONTROL: [usize; 3] = [0, 1, 16];
/// Which of them only covariates bring: mean_adjusted (also for control), variance_adjusted,
/// variance_reduction.
const ADJUSTED: [usize; 3] = [18, 19, 20];

/// An answer of the usual size: two arms, the second with every field that there can be.
fn answer(covariates: bool) -> Vec<u8> {
    let control = |number| CONTROL.contains(&number) || covariates && number == ADJUSTED[0];
    let treatment = |number| covariates || !ADJUSTED.contains(&number);
    let mut answer = vec![2];
    arm(&mut answer, "control", true, "control", control);
    arm(&mut answer, "b", false, "inconclusive", treatment);
    answer
}

fn arm(answer: &mut Vec<u8>, variant: &str, is_control: bool, verdict: &str, has: impl Fn(usize) -> bool) {
    let text = |answer: &mut Vec<u8>, text: &str| {
        answer.push(text.len() as u8);
        answer.extend(text.as_bytes());
    };
    let number = |answer: &mut Vec<u8>, number: usize| {
        answer.push(u8::from(!has(number)));
        if has(number) {
            answer.extend(0.5f64.to_le_bytes());
        }
    };
    text(answer, variant);
    answer.push(u8::from(is_control));
    answer.extend(1000u64.to_le_bytes());
    (0..NUMBERS[0]).for_each(|index| number(answer, index));
    text(answer, verdict);
    text(answer, "");
    (NUMBERS[0]..NUMBERS[0] + NUMBERS[1]).for_each(|index| number(answer, index));
    // caution and anytime_reason
    text(answer, "");
    text(answer, "");
}

fn main() -> io::Result<()> {
    let covariates = env::args().nth(1).as_deref() == Some("covariates");
    let moments_bytes = NULL_MOMENTS_BYTES + if covariates { COVARIATES_BYTES } else { 0 };
    let row_bytes = 1 + ARMS_BYTES + moments_bytes + OTHER_ARGUMENTS_BYTES;
    let answer = answer(covariates);
    let mut input = BufReader::with_capacity(1 << 20, io::stdin());
    let mut output = io::stdout();
    let mut header = String::new();
    while input.read_line(&mut header)? > 0 {
        let rows: u64 = header.trim().parse().map_err(io::Error::other)?;
        io::copy(&mut (&mut input).take(rows * row_bytes), &mut io::sink())?;
        output.write_all(&answer.repeat(usize::try_from(rows).map_err(io::Error::other)?))?;
        output.flush()?;
        header.clear();
    }
    Ok(())
}
