//! The lines that `classify` reads.
//!
//! A thread of its own takes them in. So what has come in is answered while more is waited for: a program that talks
//! to `classify` line by line gets its answers line by line. What comes in while answers are computed is answered
//! together, so a file, or a fast pipe, is read in large pieces.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use serde::Deserialize;
use serde_json::Value;
use termsift::dataset::JsonFault;
use termsift::source::ClauseLine;

use crate::cli::error::CliError;

/// Lines that are answered together, once there are so many.
const TOGETHER: usize = 1024;
/// Bytes of lines that are answered together, once there are so many.
const BYTES_TOGETHER: usize = 8 << 20;
/// A longer line is not read: nothing that a person would call a clause is near it.
const MOST_BYTES: u64 = 8 << 20;
/// Bytes that are read at once, if there are so many. A batch has the lines that end in them.
const BUFFER: usize = 128 << 10;
/// Batches that are read ahead.
const AHEAD: usize = 8;
/// The byte order mark that some programs write at the start of a file. It is no part of the first line.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// A number from here on is rounded as it is read: it takes more than 64 bits.
const ROUNDED: f64 = 9_223_372_036_854_775_808.0;

/// A line of the input, or why it cannot be read.
pub(super) type Line = Result<Taken, Refused>;

/// A clause change, and what to call it in the answer.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: Value,
    pub(super) change: ClauseLine,
    /// Whether bytes of the line were no UTF-8 and were replaced.
    pub(super) mended: bool,
}

/// Why a line is not read, and what to call it as far as that is known.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) id: Value,
    pub(super) error: String,
}

/// Lines as they come in.
pub(super) struct Input {
    batches: Receiver<io::Result<Batch>>,
    thread: Option<JoinHandle<()>>,
    /// What ended the reading after lines that are still to be answered.
    failed: Option<io::Error>,
}

impl Input {
    /// Begins to read `path`; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::Input { path: path.into(), source };
        let input: Box<dyn Read + Send> =
            if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(failed)?) };
        let lines = Lines { input: BufReader::with_capacity(BUFFER, input), number: 0 };
        let (sender, batches) = sync_channel(AHEAD);
        let thread = std::thread::Builder::new().name("input".into()).spawn(move || lines.send(&sender));
        Ok(Self { batches, thread: Some(thread.map_err(failed)?), failed: None })
    }

    /// The lines that have come in, in order. Where there are none it waits; at the end there are none.
    pub(super) fn take(&mut self) -> io::Result<Vec<Line>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Ok(first) = self.batches.recv() else {
            if let Some(Err(cause)) = self.thread.take().map(JoinHandle::join) {
                std::panic::resume_unwind(cause);
            }
            return Ok(Vec::new());
        };
        let Batch { mut lines, mut bytes } = first?;
        while lines.len() < TOGETHER && bytes < BYTES_TOGETHER {
            match self.batches.try_recv() {
                Ok(Ok(batch)) => {
                    bytes += batch.bytes;
                    lines.extend(batch.lines);
                }
                Ok(Err(error)) => {
                    self.failed = Some(error);
                    break;
                }
                Err(_) => break,
            }
        }
        Ok(lines)
    }
}

/// Lines that came in together.
#[derive(Debug, Default)]
struct Batch {
    lines: Vec<Line>,
    bytes: usize,
}

/// The side that reads.
struct Lines<R> {
    input: BufReader<R>,
    /// Of lines read so far.
    number: usize,
}

impl<R: Read> Lines<R> {
    /// Sends batches until the input ends or fails, or nobody takes them any more.
    fn send(mut self, to: &SyncSender<io::Result<Batch>>) {
        loop {
            let batch = match self.batch() {
                Ok(batch) if batch.lines.is_empty() => return,
                batch => batch,
            };
            let failed = batch.is_err();
            if to.send(batch).is_err() || failed {
                return;
            }
        }
    }

    /// The next line, and those that can be had after it without waiting; none at the end. Blank ones are passed over.
    fn batch(&mut self) -> io::Result<Batch> {
        let mut batch = Batch::default();
        while batch.lines.is_empty() || (batch.lines.len() < TOGETHER && self.holds_a_line()) {
            let mut bytes = Vec::new();
            if self.input.by_ref().take(MOST_BYTES).read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            self.number += 1;
            batch.bytes += bytes.len();
            let whole = bytes.last() == Some(&b'\n') || (bytes.len() as u64) < MOST_BYTES;
            let line: &[u8] = if self.number == 1 { bytes.strip_prefix(MARK).unwrap_or(&bytes) } else { &bytes };
            if !whole {
                skip_line(&mut self.input)?;
                let error = format!("line {} is longer than {MOST_BYTES} bytes", self.number);
                batch.lines.push(Err(Refused { id: Value::Null, error }));
            } else if !line.trim_ascii().is_empty() {
                batch.lines.push(parsed(line, self.number));
            }
        }
        Ok(batch)
    }

    fn holds_a_line(&self) -> bool {
        memchr::memchr(b'\n', self.input.buffer()).is_some()
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

/// A line as it is typed. The id is given back as it is.
#[derive(Debug, Deserialize)]
struct Given {
    #[serde(default = "unnamed")]
    id: Value,
    #[serde(flatten)]
    change: ClauseLine,
}

/// What a line without an id is called.
fn unnamed() -> Value {
    Value::String(String::new())
}

fn parsed(bytes: &[u8], number: usize) -> Line {
    let text = String::from_utf8_lossy(bytes);
    let refused = |id: Value, why: &str| Refused { id, error: format!("line {number}: {why}") };
    // A list would be read as the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(refused(Value::Null, "not a JSON object such as {\"id\":\"1\",\"before\":null,\"after\":\"…\"}"));
    }
    let given: Given =
        serde_json::from_str(&text).map_err(|error| refused(id_in(&text), &JsonFault::from(error).to_string()))?;
    if let Some(why) = not_an_id(&given.id) {
        return Err(refused(Value::Null, why));
    }
    if given.change.before.is_none() && given.change.after.is_none() {
        return Err(refused(given.id, "neither before nor after is given"));
    }
    Ok(Taken { id: given.id, change: given.change, mended: matches!(text, Cow::Owned(_)) })
}

/// Why `id` cannot stand in an answer as it was given, if it cannot.
fn not_an_id(id: &Value) -> Option<&'static str> {
    match id {
        Value::Array(_) | Value::Object(_) => Some("the id is a list or an object; give text or a number"),
        Value::Number(number) if number.is_f64() && number.as_f64().is_some_and(|it| it.abs() >= ROUNDED) => {
            Some("the id is a number of more than 64 bits; write it as text")
        }
        _ => None,
    }
}

/// The id in a line that cannot be read as a clause change.
fn id_in(text: &str) -> Value {
    let line: Value = serde_json::from_str(text).unwrap_or_default();
    line.get("id").filter(|id| not_an_id(id).is_none()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Gives each of its pieces at one reading, as a pipe does.
    struct Pieces(std::vec::IntoIter<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.next().unwrap_or_default();
            to[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn lines(pieces: &[&str]) -> Lines<Pieces> {
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        Lines { input: BufReader::with_capacity(BUFFER, Pieces(pieces.into_iter())), number: 0 }
    }

    fn line(id: usize) -> String {
        format!("{{\"id\":{id},\"after\":\"x\"}}\n")
    }

    #[test]
    fn a_batch_has_the_lines_that_are_there_and_waits_for_none() {
        let (one, two, three) = (line(1), line(2), line(3));
        let (start, rest) = three.split_at(5);
        let mut read = lines(&[&format!("{one}\n{two}{start}"), rest, "\n \n", &one, two.trim_end()]);
        let mut sizes = Vec::new();
        loop {
            let batch = read.batch().unwrap();
            if batch.lines.is_empty() {
                break;
            }
            sizes.push(batch.lines.iter().map(|line| line.as_ref().unwrap().id.clone()).collect::<Vec<_>>());
        }
        assert_eq!(sizes, [vec![json!(1), json!(2)], vec![json!(3)], vec![json!(1)], vec![json!(2)]]);
    }

    #[test]
    fn a_batch_ends() {
        let all: String = (0..TOGETHER + 7).map(line).collect();
        let mut read = lines(&[&all]);
        let sizes: Vec<usize> = (0..3).map(|_| read.batch().unwrap().lines.len()).collect();
        assert_eq!(sizes, [TOGETHER, 7, 0]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = "x".repeat(BUFFER);
        let mut pieces = vec![long.as_str(); 70];
        let next = format!("\n{}", line(2));
        pieces.push(&next);
        let mut read = lines(&pieces);
        let batch = read.batch().unwrap();
        assert_eq!(batch.lines.len(), 2);
        assert!(batch.lines[0].as_ref().unwrap_err().error.contains("line 1 is longer than"));
        assert_eq!(batch.lines[1].as_ref().unwrap().id, json!(2));
    }

    #[test]
    fn an_id_is_given_back_as_it_was_given() {
        let cases = [
            ("7", json!(7)),
            ("-1.5", json!(-1.5)),
            ("\"7\"", json!("7")),
            ("null", json!(null)),
            ("true", json!(true)),
        ];
        for (typed, expected) in cases {
            let good = parsed(format!("{{\"id\":{typed},\"before\":null,\"after\":\"x\"}}").as_bytes(), 1);
            assert_eq!(good.unwrap().id, expected);
            for bad in ["\"before\":7", "\"before\":null,\"after\":null", "\"after\":\"x\",\"headings\":\"y\""] {
                let bad = parsed(format!("{{\"id\":{typed},{bad}}}").as_bytes(), 1);
                assert_eq!(bad.unwrap_err().id, expected);
            }
        }
        assert_eq!(parsed(b"{\"after\":\"x\"}", 1).unwrap().id, json!(""));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_told() {
        let mended = parsed(b"{\"id\":1,\"after\":\"x\xff\"}", 1).unwrap();
        assert_eq!((mended.change.after.as_deref(), mended.mended), (Some("x\u{fffd}"), true));
        assert!(!parsed("{\"id\":1,\"after\":\"x\u{fffd}\"}".as_bytes(), 1).unwrap().mended);
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let typed = r#"{"id":1,"after":"x","headings":null,"lead_in":null,"service":null,"terms_type":null}"#;
        assert_eq!(
            parsed(typed.as_bytes(), 1).unwrap().change,
            ClauseLine { after: Some("x".into()), ..ClauseLine::default() }
        );
    }

    #[test]
    fn what_is_no_clause_change_is_refused() {
        let cases = [
            (r#"["1",null,"x"]"#, "line 4: not a JSON object"),
            ("7", "line 4: not a JSON object"),
            ("not json", "line 4: not a JSON object"),
            (r#"{"id":[1],"after":"x"}"#, "line 4: the id is a list or an object; give text or a number"),
            (r#"{"id":{},"after":"x"}"#, "line 4: the id is a list or an object; give text or a number"),
            (r#"{"id":36893488147419103232,"after":"x"}"#, "line 4: the id is a number of more than 64 bits"),
            (r#"{"id":null}"#, "line 4: neither before nor after is given"),
            (r#"{"id":null,"after":"x""#, "line 4: EOF while parsing"),
        ];
        for (typed, why) in cases {
            let refused = parsed(typed.as_bytes(), 4).unwrap_err();
            assert_eq!(refused.id, Value::Null, "{typed}");
            assert!(refused.error.starts_with(why), "{}", refused.error);
        }
    }
}
