//! Where records stand: one remembered place for every few records, kept in memory.
//!
//! The records between two marks are a block. A block is small enough to be read at once and lies
//! in one segment, so any record is one short read away: a million records need 16,000 marks.

/// A block holds at most this many records.
pub const BLOCK_RECORDS: u64 = 64;

/// A block ends with the record that passes this length, in bytes.
const BLOCK_BYTES: u64 = 256 << 10;

/// The place of a record, or the end of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The record's number.
    pub seq: u64,
    /// The segment's number.
    pub segment: u32,
    /// Where the record begins in its segment, in bytes.
    pub offset: u64,
}

/// All marks and the end of the journal.
#[derive(Clone, Debug)]
pub struct Marks {
    starts: Vec<Mark>,
    end: Mark,
}

/// The records from one mark to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first record.
    pub start: Mark,
    /// The record after the last one.
    pub end_seq: u64,
    /// Where the block ends in its segment, in bytes; nothing if it ends with its segment.
    pub end_offset: Option<u64>,
}

impl Default for Marks {
    fn default() -> Self {
        Self { starts: Vec::new(), end: Mark { seq: 1, segment: 1, offset: 0 } }
    }
}

impl Marks {
    /// The place of the record that comes next.
    pub fn end(&self) -> Mark {
        self.end
    }

    /// Notes that a record of `length` bytes begins at `offset` of `segment`.
    pub fn push(&mut self, segment: u32, offset: u64, length: u64) {
        let here = Mark { seq: self.end.seq, segment, offset };
        let full = self.starts.last().is_none_or(|last| {
            here.seq - last.seq >= BLOCK_RECORDS
                || last.segment != segment
                || here.offset - last.offset >= BLOCK_BYTES
        });
        if full {
            self.starts.push(here);
        }
        self.end = Mark { seq: here.seq + 1, segment, offset: offset + length };
    }

    /// The block that holds a record.
    pub fn block_of(&self, seq: u64) -> Option<Block> {
        if seq == 0 || seq >= self.end.seq {
            return None;
        }
        let after = self.starts.partition_point(|mark| mark.seq <= seq);
        let start = *self.starts.get(after.checked_sub(1)?)?;
        let next = self.starts.get(after).copied().unwrap_or(self.end);
        let end_offset = (next.segment == start.segment).then_some(next.offset);
        Some(Block { start, end_seq: next.seq, end_offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_in_the_block_that_says_so() {
        let mut marks = Marks::default();
        let mut offset = 0;
        for seq in 1..=1000_u64 {
            let segment = if seq <= 500 { 1 } else { 2 };
            if seq == 501 {
                offset = 0;
            }
            marks.push(segment, offset, 100 + seq);
            offset += 100 + seq;
        }
        for seq in 1..=1000 {
            let block = marks.block_of(seq).unwrap();
            assert!(block.start.seq <= seq && seq < block.end_seq);
            assert!(block.end_seq - block.start.seq <= BLOCK_RECORDS);
            assert_eq!(block.start.segment, if seq <= 500 { 1 } else { 2 });
        }
        assert_eq!(marks.block_of(500).unwrap().end_offset, None);
        assert_eq!(marks.block_of(0), None);
        assert_eq!(marks.block_of(1001), None);
    }

    #[test]
    fn large_records_make_short_blocks() {
        let mut marks = Marks::default();
        for seq in 0..10 {
            marks.push(1, seq * (1 << 20), 1 << 20);
        }
        let block = marks.block_of(5).unwrap();
        assert_eq!((block.start.seq, block.end_seq), (5, 6));
    }
}
