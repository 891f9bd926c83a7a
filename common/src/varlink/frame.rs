//! Frames: one JSON object and a NUL byte. Reading is incremental, survives being cancelled, and
//! never buffers more than the limit it was given.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes asked of the socket at once.
const READ_SIZE: usize = 16 * 1024;

/// Capacity above which an empty buffer is given back; a large frame is rare.
const KEPT_CAPACITY: usize = 64 * 1024;

/// Why a frame could not be read or written. The connection is of no use afterwards.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It is longer than allowed.
    #[error("the message is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes, without the NUL.
        limit: usize,
    },
    /// It is not the JSON expected.
    #[error("the message is not understood: {0}")]
    Malformed(#[source] serde_json::Error),
    /// The peer went away in the middle of one.
    #[error("the connection ended in the middle of a message")]
    CutShort,
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

/// One frame's bytes, NUL included.
pub fn encode<T: Serialize>(message: &T, limit: usize) -> Result<Vec<u8>, FrameError> {
    // JSON escapes NUL inside strings, so the only one is ours.
    let mut bytes = serde_json::to_vec(message).map_err(FrameError::Malformed)?;
    if bytes.len() > limit {
        return Err(FrameError::TooLarge { limit });
    }
    bytes.push(0);
    Ok(bytes)
}

/// What a frame's bytes, NUL excluded, say.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<T, FrameError> {
    serde_json::from_slice(frame).map_err(FrameError::Malformed)
}

/// Writes whole frames.
pub async fn write<W: AsyncWrite + Unpin>(writer: &mut W, frame: &[u8]) -> io::Result<()> {
    writer.write_all(frame).await?;
    writer.flush().await
}

/// Cuts a stream of bytes into frames, by itself without any IO.
#[derive(Debug)]
pub struct Frames {
    buffer: Vec<u8>,
    /// Where the first frame not yet taken begins.
    start: usize,
    /// Up to where no NUL was found.
    searched: usize,
    limit: usize,
}

impl Frames {
    /// Frames of at most `limit` bytes, NUL excluded.
    pub fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, searched: 0, limit }
    }

    /// Whether part of a frame waits for its end.
    pub fn is_partial(&self) -> bool {
        self.start < self.buffer.len()
    }

    /// Bytes held, taken frames excluded.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// How many bytes more may come in: a longest frame and its NUL fill the buffer.
    pub fn space(&self) -> usize {
        (self.limit + 1).saturating_sub(self.held())
    }

    /// Takes in at most [`space`](Self::space) bytes; gives how many.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        self.compact();
        let count = bytes.len().min(self.space());
        self.buffer.extend_from_slice(&bytes[..count]);
        count
    }

    /// The next whole frame without its NUL, if there is one.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some(offset) = self.buffer[self.searched..].iter().position(|byte| *byte == 0) else {
            self.searched = self.buffer.len();
            return if self.held() > self.limit {
                Err(FrameError::TooLarge { limit: self.limit })
            } else {
                Ok(None)
            };
        };
        let end = self.searched + offset;
        let frame = self.buffer[self.start..end].to_vec();
        self.start = end + 1;
        self.searched = self.start;
        Ok(Some(frame))
    }

    // Only before reading more: taking many small frames must not move the rest each time.
    fn compact(&mut self) {
        if self.start == 0 {
            return;
        }
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_CAPACITY {
            self.buffer = Vec::new();
        }
    }
}

/// Reads frames. Every method may be cancelled without losing bytes.
#[derive(Debug)]
pub struct FrameReader<R> {
    reader: R,
    frames: Frames,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `reader` frames of at most `limit` bytes.
    pub fn new(reader: R, limit: usize) -> Self {
        Self { reader, frames: Frames::new(limit) }
    }

    /// What is read from, to write to it.
    pub fn inner_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The next frame; none when the peer ended the connection between two.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        loop {
            if let Some(frame) = self.frames.take()? {
                return Ok(Some(frame));
            }
            if self.fill().await? > 0 {
                continue;
            }
            return if self.frames.is_partial() { Err(FrameError::CutShort) } else { Ok(None) };
        }
    }

    /// Waits until bytes are there, or the peer is gone. Says whether any are.
    pub async fn ready(&mut self) -> Result<bool, FrameError> {
        Ok(self.frames.is_partial() || self.fill().await? > 0)
    }

    /// Returns when the peer is gone. What it sends meanwhile is kept for later, up to the limit;
    /// a peer that sends more than that is not waited for either.
    pub async fn gone(&mut self) {
        while self.frames.space() > 0 {
            match self.fill().await {
                Ok(count) if count > 0 => {}
                _ => return,
            }
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.frames.compact();
        let wanted = self.frames.space().min(READ_SIZE);
        let frames = &mut self.frames;
        frames.buffer.reserve(wanted);
        (&mut self.reader).take(wanted as u64).read_buf(&mut frames.buffer).await
    }
}
