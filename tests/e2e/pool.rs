//! The functions in the real engine, through its pool: blocks, threads, failures, user settings, and what
//! the next query gets after something went wrong.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use crate::support::{Database, fresh_database, shared_database};

const ARMS: &str = "[('control', 1000, 100, 100), ('b', 1000, 120, 120)]\
                    ::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))";

/// What names the elements of a literal.
const NAMED: &str = "::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))";

/// The lift of `b` over `control` in [`ARMS`].
const LIFT: &str = "0.2";

fn value(database: &mut Database, sql: &str) -> String {
    let answer = database.query_as(sql, "TabSeparated").unwrap_or_else(|message| panic!("{sql}\n{message}"));
    answer.trim_end().to_owned()
}

fn failure(database: &mut Database, sql: &str) -> String {
    match database.query(sql) {
        Ok(answer) => panic!("{sql} should fail, but answers {answer}"),
        Err(message) => message,
    }
}

fn lift(database: &mut Database) -> String {
    value(database, &format!("SELECT experimentInference({ARMS}, 'occurrence', false, '')[2].lift"))
}

/// Every row gets its own answer: n of the control names the row.
fn wrong_answers(database: &mut Database, rows: u64, settings: &str) -> String {
    let sql = format!(
        "SELECT countIf(answer[1].n != 1000 + number OR answer[2].variant != 'b' OR answer[2].n != 2000 + number) \
         FROM (SELECT number, experimentInference([('control', 1000 + number, 100, 100), ('b', 2000 + number, 120, 120)]{NAMED}, \
         'sum', false, '') AS answer FROM numbers({rows})) SETTINGS {settings}"
    );
    value(database, &sql)
}

#[test]
fn every_row_gets_its_own_answer_in_every_block_size() {
    let mut database = shared_database();
    for (rows, settings) in [
        (1, "max_block_size = 1"),
        (1_000, "max_block_size = 1"),
        (65_536, "max_block_size = 65536"),
        (300_000, "max_block_size = 65536"),
        (300_000, "max_block_size = 1000000"),
        (300_000, "max_threads = 4, max_block_size = 777"),
    ] {
        assert_eq!(wrong_answers(&mut database, rows, settings), "0", "{rows} rows, {settings}");
    }
}

#[test]
fn no_rows_are_no_answer_and_no_harm() {
    let mut database = shared_database();
    let sql = format!(
        "SELECT count() FROM (SELECT experimentInference({ARMS}, toString(number), false, '') FROM numbers(0))"
    );
    assert_eq!(value(&mut database, &sql), "0");
    let sql = format!(
        "SELECT experimentInference({ARMS}, 'sum', false, '')[2].lift FROM numbers(10) WHERE number > materialize(20)"
    );
    assert_eq!(value(&mut database, &sql), "");
    assert_eq!(lift(&mut database), LIFT);
}

#[test]
fn a_pool_answers_a_thousand_queries() {
    let mut database = shared_database();
    for query in 0..1000u64 {
        let sql = format!(
            "SELECT experimentInference([('control', 1000, 100, 100), ('b', {n}, 120, 120)]{NAMED}, 'sum', false, '')[2].n, \
             sampleRatioMismatch(map('a', 500, 'b', {n}), map('a', 1, 'b', 1)).verdict",
            n = 500 + query
        );
        // χ² = query²/(1000 + query) passes 10.83, where p is 0.001, between 109 and 110.
        let verdict = if query < 110 { "ok" } else { "mismatch" };
        let answer = value(&mut database, &sql);
        assert!(answer.starts_with(&format!("{}\t", 500 + query)), "query {query}: {answer}");
        assert!(answer.ends_with(verdict), "query {query}: {answer}");
    }
}

#[test]
fn a_bad_block_names_row_column_and_value_and_the_next_query_is_right() {
    let mut database = shared_database();
    let twice = format!("[('b', 1000, 100, 100), ('b', 1000, 120, 120)]{NAMED}");
    for (arguments, parts) in [
        (format!("{ARMS}, 'median', false, ''"), vec!["row 1 of 1", "column aggregation", "\"median\""]),
        (format!("{twice}, 'sum', false, ''"), vec!["row 1 of 1", "column arms[2].variant", "\"b\""]),
        (
            format!("{ARMS}, 'sum', false, '{{\"contol\": \"a\"}}'"),
            vec!["row 1 of 1", "column options", "contol"],
        ),
        (format!("{ARMS}, 'sum', false, '{{\"confidence\": 95}}'"), vec!["column options.confidence", "95"]),
        (format!("{ARMS}, 'sum', false, 'nonsense'"), vec!["column options", "\"nonsense\""]),
    ] {
        let message = failure(&mut database, &format!("SELECT experimentInference({arguments})"));
        for part in parts {
            assert!(message.contains(part), "{arguments}: no {part} in {message}");
        }
        assert_eq!(lift(&mut database), LIFT, "after {arguments}");
    }
    let message = failure(
        &mut database,
        &format!(
            "SELECT experimentInference({ARMS}, if(number = 41, 'median', 'sum'), false, '')[2].lift FROM numbers(100)"
        ),
    );
    assert!(message.contains("row 42 of 100"), "{message}");
    let message = failure(&mut database, "SELECT sampleRatioMismatch(map('a', 1, 'a', 2), map('a', 1))");
    assert!(message.contains("sampleRatioMismatch: row 1 of 1: column observed[2]: \"a\""), "{message}");
    assert_eq!(wrong_answers(&mut database, 10_000, "max_block_size = 1000"), "0");
}

/// The worker of experimentInference that is computing now, among the engine's children.
fn busy_worker(program: &Path) -> Option<u32> {
    let cpu_ticks = |id: u32| -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        fields.get(11)?.parse().ok()
    };
    let serves = |id: u32| {
        let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let executable = fs::read_link(format!("/proc/{id}/exe")).unwrap_or_default();
        executable == program && command.windows(19).any(|part| part == b"experimentInference")
    };
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let workers: Vec<u32> = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&id| serves(id))
        .collect();
    let before: Vec<Option<u64>> = workers.iter().map(|&id| cpu_ticks(id)).collect();
    thread::sleep(Duration::from_millis(100));
    workers.iter().zip(before).find(|&(&id, ticks)| cpu_ticks(id) > ticks).map(|(&id, _)| id)
}

/// Kills the busy worker as soon as there is one.
fn kill_busy_worker(program: &Path) -> bool {
    let busy = (0..100).find_map(|_| busy_worker(program));
    busy.is_some_and(|id| Command::new("kill").args(["-KILL", &id.to_string()]).status().is_ok())
}

#[test]
fn a_worker_killed_in_the_midst_of_a_block_spoils_no_later_query() {
    let mut database = shared_database();
    assert_eq!(lift(&mut database), LIFT);
    let program = fs::canonicalize(database.prefix().join("user_scripts/scorecard")).expect("the program");
    for _ in 0..3 {
        let killer = thread::spawn({
            let program = program.clone();
            move || kill_busy_worker(&program)
        });
        // Long enough to be found at work; one worker, so the others stay unharmed and idle.
        let sql = format!(
            "SELECT sum(length(experimentInference({ARMS}, if(number % 2 = 0, 'sum', 'count'), false, ''))) \
             FROM numbers(20000000) SETTINGS max_threads = 1"
        );
        let message = failure(&mut database, &sql);
        assert!(killer.join().expect("the killer ends"), "no worker was there to kill");
        assert!(message.contains("scorecardInference"), "{message}");
        assert_eq!(wrong_answers(&mut database, 100_000, "max_threads = 2"), "0");
        assert_eq!(lift(&mut database), LIFT);
    }
}

#[test]
fn settings_of_the_user_do_not_change_an_answer() {
    let mut database = shared_database();
    let sql = format!(
        "SELECT experimentInference([('control', 1000, 100, 100), ('it''s\\ta\\n\"\\\\é', 9007199254740993, nan, -inf), \
         ('c', 1000, 130.5, 200.25)]{NAMED}, 'sum', true, '{{\"control\": \"control\"}}'), \
         sampleRatioMismatch(map('a', 510, 'b', 490), map('a', 0.5, 'b', 0.5)), \
         adjustPValues([0.01, NULL, 0.04], 'holm'), experimentSampleSize(0.1, 0.09, 0.05, '{{}}')"
    );
    let plain = value(&mut database, &sql);
    assert!(plain.contains("invalid_moments") && plain.contains("9007199254740993"), "{plain}");
    for settings in [
        "output_format_json_quote_64bit_integers = 1",
        "output_format_json_quote_64bit_floats = 1",
        "output_format_json_quote_denormals = 1",
        "output_format_json_named_tuples_as_objects = 0",
        "output_format_json_map_as_array_of_tuples = 1",
        "output_format_json_map_as_array_of_tuples = 1, output_format_json_named_tuples_as_objects = 0",
        "output_format_json_quote_64bit_floats = 1, output_format_json_quote_denormals = 0",
        "output_format_json_escape_forward_slashes = 0",
        "output_format_json_validate_utf8 = 1",
        "output_format_tsv_crlf_end_of_line = 1",
        "output_format_arrow_compression_method = 'none'",
        "output_format_arrow_compression_method = 'zstd'",
        "output_format_arrow_string_as_string = 0",
        "max_threads = 1",
        "join_use_nulls = 1",
        "input_format_null_as_default = 0",
    ] {
        // As text, so that the client's own output format has no say.
        let text = format!("SELECT toString(tuple(*)) FROM ({sql})");
        let expected = value(&mut database, &text);
        for setting in settings.split(", ") {
            value(&mut database, &format!("SET {setting}"));
        }
        assert_eq!(value(&mut database, &text), expected, "{settings}");
        for setting in settings.split(", ") {
            let name = setting.split(' ').next().expect("a name");
            value(&mut database, &format!("SET {name} = DEFAULT"));
        }
    }
}

#[test]
fn names_come_back_byte_for_byte() {
    let mut database = shared_database();
    let sql = format!(
        "SELECT groupArray(name) = groupArray(experimentInference([('control', 100, 10, 10), (name, 100, 10, 10)]{NAMED}, \
         'sum', false, '')[2].variant) FROM (SELECT arrayJoin(['', ' ', '\\t', '\\n', '\\r\\n', '\\'', '\"', '\\\\', '\\\\N', \
         'NULL', '\\0', '[1,2]', '(''a'',1)', '{{''a'':1}}', 'é', '实验', '😀', ',', ';', '/', repeat('x', 100000)]) AS name)"
    );
    assert_eq!(value(&mut database, &sql), "1");
}

#[test]
fn two_hundred_arms_are_two_hundred_answers() {
    let mut database = shared_database();
    let sql = format!(
        "SELECT length(answer), countIf(arm.verdict != 'control' AND arm.lift > 0), uniqExact(arm.variant) FROM \
         (SELECT experimentInference(arrayMap(i -> (if(i = 0, 'control', toString(i)), 1000, 100 + i, 400), range(200)){NAMED}, \
         'sum', false, '') AS answer) ARRAY JOIN answer AS arm GROUP BY answer"
    );
    assert_eq!(value(&mut database, &sql), "200\t199\t200");
    assert_eq!(value(&mut database, "SELECT experimentInference([], 'sum', false, '')"), "[]");
}

#[test]
fn callers_pass_what_they_have_and_types_follow() {
    let mut database = fresh_database("casts");
    let named = "[CAST((120, 'b', 1000, 120) AS Tuple(sum UInt8, variant String, n UInt16, sum_squares Int32)), \
                 CAST((100, 'control', 1000, 100) AS Tuple(sum UInt8, variant String, n UInt16, sum_squares Int32))]";
    let sql = format!("SELECT experimentInference({named}, 'occurrence', false, '{{}}')[1].lift");
    assert_eq!(value(&mut database, &sql), LIFT);
    let low = format!(
        "SELECT DISTINCT experimentInference({ARMS}, toLowCardinality(if(number % 2 = 0, 'sum', 'count')), number > 3, \
         toLowCardinality(materialize('')))[2].lift FROM numbers(10)"
    );
    assert_eq!(value(&mut database, &low), LIFT);
    let no_aggregation = format!("SELECT experimentInference({ARMS}, '', false, '')[2].reason");
    assert_eq!(value(&mut database, &no_aggregation), "no_aggregation");
    let further = "[CAST((100, 'control', 1000, 100, 50, 60, 40) AS Tuple(sum UInt8, variant String, n UInt16, \
                   sum_squares Int32, covariate_sum Int8, covariate_sum_squares Float32, covariate_product UInt8)), \
                   CAST((120, 'b', 1000, 120, 55, 60, 45) AS Tuple(sum UInt8, variant String, n UInt16, \
                   sum_squares Int32, covariate_sum Int8, covariate_sum_squares Float32, covariate_product UInt8))]";
    let adjusted =
        format!("SELECT experimentInference({further}, 'sum', false, '')[2].variance_reduction > 0");
    assert_eq!(value(&mut database, &adjusted), "1");
    value(&mut database, &format!("EXPLAIN SELECT experimentInference({ARMS}, 'sum', false, '')"));
    value(
        &mut database,
        &format!(
            "CREATE VIEW folded AS SELECT experimentInference({ARMS}, 'sum', false, '')[2].lift AS lift"
        ),
    );
    assert_eq!(value(&mut database, "SELECT lift FROM folded"), LIFT);
}
