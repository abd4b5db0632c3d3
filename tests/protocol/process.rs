//! Running the built program: bytes in, bytes, words and an exit code out.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::formats::{self, Format};
use super::values::Function;
use crate::support::program;

/// The address space of a child, in KiB: enough for every honest block, and for no lie about a size.
const ADDRESS_SPACE_KIB: u64 = 2 << 20;

/// Far longer than anything here takes: a child that is still there hangs.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Outcome {
    /// The words of a failure: one line, and a code that says so.
    #[track_caller]
    pub fn failure(&self) -> &str {
        let shown = String::from_utf8_lossy(&self.stdout);
        assert_eq!(self.code, Some(1), "stdout {shown:?}, stderr {:?}", self.stderr);
        let line = self.stderr.strip_suffix('\n').expect("the line on stderr has its end");
        assert!(!line.is_empty() && !line.contains('\n'), "not one line: {line:?}");
        line.strip_prefix("scorecard: ").expect("the line says who speaks")
    }

    #[track_caller]
    pub fn success(self) -> Vec<u8> {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }
}

/// The program, not started yet.
pub fn program(arguments: &[&str]) -> Command {
    // The shell sets the limit where it can and then is the program.
    let mut command = Command::new("/bin/sh");
    let limited = format!("ulimit -v {ADDRESS_SPACE_KIB} 2>/dev/null; exec \"$0\" \"$@\"");
    command.args(["-c", &limited, &program::program()]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program on `input`.
pub fn run(arguments: &[&str], input: &[u8]) -> Outcome {
    run_in_pieces(arguments, &[input])
}

/// Runs the program on input that arrives in pieces.
pub fn run_in_pieces(arguments: &[&str], pieces: &[&[u8]]) -> Outcome {
    let mut child = program(arguments).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    thread::scope(|scope| {
        scope.spawn(move || {
            for piece in pieces {
                // A program that refuses its input does not read on.
                if stdin.write_all(piece).is_err() {
                    break;
                }
            }
        });
        finish(child)
    })
}

/// What comes from the child until it ends.
pub fn finish(mut child: Child) -> Outcome {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let stdout = scope.spawn(|| read_all(stdout));
        let stderr = scope.spawn(|| read_all(stderr));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child can be waited for") {
                break status;
            }
            if start.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("the program hangs");
            }
            thread::sleep(Duration::from_millis(1));
        };
        Outcome {
            code: status.code(),
            stdout: stdout.join().expect("stdout is read"),
            stderr: String::from_utf8(stderr.join().expect("stderr is read")).expect("stderr is UTF-8"),
        }
    })
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    }
    bytes
}

/// Runs the service on `input`.
pub fn serve(function: Function, format: Format, input: &[u8]) -> Outcome {
    run(&["serve", function.name(), "--format", format.name()], input)
}

/// The words of a service that refuses its input and answers none of it.
#[track_caller]
pub fn refusal(function: Function, format: Format, input: &[u8]) -> String {
    let outcome = serve(function, format, input);
    let message = outcome.failure();
    // In ArrowStream the refusal itself is a stream, of no rows.
    let silent = outcome.stdout.is_empty()
        || format == Format::ArrowStream
            && formats::answers(function, format, &outcome.stdout, &[0]).is_empty();
    assert!(silent, "{format:?} wrote {:?}", String::from_utf8_lossy(&outcome.stdout));
    message.strip_prefix(&format!("{}: ", function.name())).expect("the function is named").to_string()
}

/// A directory of its own for one test, emptied.
pub fn scratch(test: &str) -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("protocol").join(test);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a scratch directory can be made");
    path
}
