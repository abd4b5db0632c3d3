//! The input stream: chunk headers, and the bytes of one row (or one block) at a time.
//!
//! ClickHouse sends a chunk as `"<rows>\n"` and then the rows, without their length. So a format
//! says how far a row reaches ([`Extent`]) from the bytes that are here, and the stream reads on
//! until they are all here. A clean end of input is only where a header would begin.

use std::io::{self, Read};

use super::ValueError;
use super::value::quoted;

/// How much is read at once, at least.
const READ_BYTES: usize = 1 << 16;

/// The largest row (or ArrowStream block) that is taken: more is a broken stream, not data.
pub const MAX_FRAME_BYTES: usize = 1 << 30;

/// The longest chunk header: 20 digits of a 64-bit number and the line end.
const MAX_HEADER_BYTES: usize = 21;

/// How far a row reaches.
#[derive(Debug, PartialEq)]
pub enum Extent {
    /// It takes this many bytes, all of them here.
    Complete(usize),
    /// It takes this many bytes or more, and they are not all here.
    AtLeast(usize),
}

/// Input that is not what the protocol promises.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("cannot read standard input")]
    Io(#[from] io::Error),
    #[error("expected a chunk header with a number of rows, found {0}")]
    Header(String),
    #[error("the input ended after {got} of at least {needed} bytes of the row")]
    Truncated { got: usize, needed: usize },
    #[error("the row claims {0} bytes or more, above the limit of {MAX_FRAME_BYTES}")]
    Oversized(usize),
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// A buffered input that hands out whole frames.
pub struct Input<R> {
    source: R,
    buffer: Vec<u8>,
    /// What is buffered and not yet taken is `buffer[start..end]`.
    start: usize,
    end: usize,
}

impl<R: Read> Input<R> {
    pub fn new(source: R) -> Self {
        Self { source, buffer: vec![0; READ_BYTES], start: 0, end: 0 }
    }

    /// The number of rows that the next chunk announces; none at a clean end of the input.
    ///
    /// # Errors
    /// A line that is no number, a blank line among them, and an end in the midst of a header.
    pub fn header(&mut self) -> Result<Option<u64>, FrameError> {
        let line_end = loop {
            let seen = &self.buffer[self.start..self.end];
            if let Some(position) = seen.iter().take(MAX_HEADER_BYTES).position(|&b| b == b'\n') {
                break position;
            }
            if seen.len() >= MAX_HEADER_BYTES {
                return Err(FrameError::Header(quoted(seen)));
            }
            let seen_bytes = seen.len();
            if self.read_more(seen_bytes + 1)? == 0 {
                return match seen_bytes {
                    0 => Ok(None),
                    _ => Err(FrameError::Header(quoted(&self.buffer[self.start..self.end]))),
                };
            }
        };
        let line = &self.buffer[self.start..self.start + line_end];
        let rows = parse_header(line).ok_or_else(|| FrameError::Header(quoted(line)))?;
        self.start += line_end + 1;
        Ok(Some(rows))
    }

    /// Takes one frame, reading until `extent` finds it complete.
    pub fn frame(
        &mut self,
        mut extent: impl FnMut(&[u8]) -> Result<Extent, ValueError>,
    ) -> Result<&[u8], FrameError> {
        loop {
            match extent(&self.buffer[self.start..self.end])? {
                Extent::Complete(length) => {
                    let frame = &self.buffer[self.start..self.start + length];
                    self.start += length;
                    return Ok(frame);
                }
                Extent::AtLeast(needed) if needed > MAX_FRAME_BYTES => {
                    return Err(FrameError::Oversized(needed));
                }
                Extent::AtLeast(needed) => self.read_until(needed)?,
            }
        }
    }

    /// Takes one line, without its line feed.
    pub fn line(&mut self) -> Result<&[u8], FrameError> {
        let mut searched = 0;
        let line = self.frame(|bytes| {
            let found = bytes[searched..].iter().position(|&byte| byte == b'\n');
            Ok(match found {
                Some(position) => Extent::Complete(searched + position + 1),
                None => {
                    searched = bytes.len();
                    Extent::AtLeast(searched + 1)
                }
            })
        })?;
        Ok(&line[..line.len() - 1])
    }

    fn read_until(&mut self, needed: usize) -> Result<(), FrameError> {
        while self.end - self.start < needed {
            if self.read_more(needed)? == 0 {
                return Err(FrameError::Truncated { got: self.end - self.start, needed });
            }
        }
        Ok(())
    }

    /// Reads once, with room for a frame of `frame_bytes` as far as it has begun to arrive.
    fn read_more(&mut self, frame_bytes: usize) -> Result<usize, FrameError> {
        let held = self.end - self.start;
        if self.start > 0 && self.start + frame_bytes.max(READ_BYTES) > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, held);
        }
        if self.end == self.buffer.len() {
            // Doubled rather than sized by what the row claims: a lie costs nothing.
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(got) => {
                    self.end += got;
                    return Ok(got);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn parse_header(line: &[u8]) -> Option<u64> {
    if !line.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(line).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the bytes one by one, as the slowest of pipes would.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn four_bytes(bytes: &[u8]) -> Result<Extent, ValueError> {
        Ok(if bytes.len() < 4 { Extent::AtLeast(4) } else { Extent::Complete(4) })
    }

    #[test]
    fn headers_and_frames_come_back_however_the_bytes_arrive() {
        let mut input = Input::new(Drip(b"2\nabcdefgh1\nijkl"));
        assert_eq!(input.header().unwrap(), Some(2));
        assert_eq!(input.frame(four_bytes).unwrap(), b"abcd");
        assert_eq!(input.frame(four_bytes).unwrap(), b"efgh");
        assert_eq!(input.header().unwrap(), Some(1));
        assert_eq!(input.frame(four_bytes).unwrap(), b"ijkl");
        assert_eq!(input.header().unwrap(), None);
    }

    #[test]
    fn a_blank_line_is_an_error_and_no_end() {
        let mut input = Input::new(&b"\n"[..]);
        assert!(matches!(input.header(), Err(FrameError::Header(line)) if line == "\"\""));
    }

    #[test]
    fn a_header_that_is_no_number_or_has_no_end_is_an_error() {
        for bytes in [
            &b"-1\n"[..],
            b"+1\n",
            b"1 \n",
            b"1\r\n",
            b"12",
            b"x\n",
            b"99999999999999999999\n",
            &[b'1'; 4000],
        ] {
            assert!(matches!(Input::new(bytes).header(), Err(FrameError::Header(_))), "{bytes:?}");
        }
    }

    #[test]
    fn a_truncated_frame_says_how_much_there_was() {
        let mut input = Input::new(&b"1\nab"[..]);
        input.header().unwrap();
        let error = input.frame(four_bytes).unwrap_err();
        assert!(matches!(error, FrameError::Truncated { got: 2, needed: 4 }), "{error}");
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_memory_is_taken() {
        let mut input = Input::new(&b"1\nab"[..]);
        input.header().unwrap();
        let error = input.frame(|_| Ok(Extent::AtLeast(usize::MAX))).unwrap_err();
        assert!(matches!(error, FrameError::Oversized(_)));
    }

    #[test]
    fn a_frame_larger_than_the_buffer_is_read_whole() {
        let big = vec![7u8; 3 * READ_BYTES + 5];
        let mut bytes = b"1\n".to_vec();
        bytes.extend(&big);
        let mut input = Input::new(bytes.as_slice());
        input.header().unwrap();
        let all = |bytes: &[u8]| {
            Ok(if bytes.len() < big.len() { Extent::AtLeast(big.len()) } else { Extent::Complete(big.len()) })
        };
        assert_eq!(input.frame(all).unwrap(), big.as_slice());
    }
}
