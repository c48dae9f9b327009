//! Faults that kernels find in data, such as an index out of range: told in a buffer that travels along with every read-back.

use rushlight_backend::{Binary, Check, Error, IndexOp, Op, ScatterMode};

/// What a kernel would report, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ticket {
    /// Nothing can go wrong.
    None,
    /// A division of integers by zero.
    ZeroDivision(Binary),
    /// An index out of range; the kernel adds the index and the size.
    Read(IndexOp),
    /// A class number out of range, in a loss.
    Class,
    /// An element that does not meet a requirement; the kernel adds its position and the requirement's bound.
    Check(Check),
    /// The same as `Read` where it is written.
    Write(IndexOp, ScatterMode),
}

/// Bytes of the fault buffer: count, ticket, and two words that the kernel adds.
pub(crate) const BYTES: usize = 16;

/// The ticket of `checked_pair` in the shader library.
const WIDE: u32 = u32::MAX;

const MODES: [ScatterMode; 5] = [
    ScatterMode::Set,
    ScatterMode::Add,
    ScatterMode::Mul,
    ScatterMode::Max,
    ScatterMode::Min,
];

fn index_word(f: IndexOp) -> u32 {
    match f {
        IndexOp::Select { dim } => u32::from(dim),
        IndexOp::Gather { dim } => 0x10 | u32::from(dim),
    }
}

fn index_op(word: u32) -> IndexOp {
    let dim = (word & 0xf) as u8;
    if word & 0x10 == 0 {
        IndexOp::Select { dim }
    } else {
        IndexOp::Gather { dim }
    }
}

impl Ticket {
    /// The word that the kernel gets.
    pub fn word(self) -> u32 {
        match self {
            Ticket::None => 0,
            Ticket::ZeroDivision(f) => 0x100 | f as u32,
            Ticket::Class => 0x400,
            Ticket::Check(Check::Probabilities) => 0x500,
            Ticket::Check(Check::Offsets { .. }) => 0x501,
            Ticket::Read(f) => 0x200 | index_word(f),
            Ticket::Write(f, mode) => {
                let mode = MODES.iter().position(|m| *m == mode).unwrap_or(0);
                0x300 | index_word(f) | (mode as u32) << 5
            }
        }
    }
}

/// The error that the buffer's words tell of, if any.
#[track_caller]
pub(crate) fn read(words: [u32; 4]) -> Option<Error> {
    let [count, ticket, a, b] = words;
    if count == 0 {
        return None;
    }
    if ticket == WIDE {
        let value = i64::from(a) | i64::from(b) << 32;
        return Some(Error::unsupported(format!(
            "int64: the value {value} does not fit 32 bits, and this GPU has no int64 arithmetic; compute on the CPU, or in int32"
        )));
    }
    Some(match ticket & 0xf00 {
        0x100 => {
            let name = Binary::ALL
                .iter()
                .find(|f| **f as u32 == ticket & 0xff)
                .map_or("division", |f| f.name());
            Error::value(format!(
                "{name}: ZeroDivisionError: an integer divided by zero; only floating-point dtypes have infinity"
            ))
        }
        0x500 => match ticket & 0xff {
            0 => Check::Probabilities.error(a as usize),
            _ => Check::Offsets { most: b as usize }.error(a as usize),
        },
        0x400 => Error::index(format!(
            "cross_entropy: target {} is out of range for {b} classes",
            a as i32
        )),
        kind => {
            let f = index_op(ticket & 0x1f);
            let op = if kind == 0x200 {
                Op::Gather(f)
            } else {
                Op::Scatter(f, MODES[(ticket as usize >> 5 & 7).min(4)])
            };
            let (IndexOp::Select { dim } | IndexOp::Gather { dim }) = f;
            Error::index(format!(
                "{}: index {} is out of range for dimension {dim} of size {b}",
                op.name(),
                a as i32
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_come_back_as_the_message_of_their_operation() {
        let told = |ticket: Ticket, a: i32, b: u32| {
            read([1, ticket.word(), a as u32, b]).map(|e| e.message().to_owned())
        };
        for &f in Binary::ALL {
            let message = told(Ticket::ZeroDivision(f), 0, 0).unwrap();
            assert!(message.starts_with(&format!("{}: ZeroDivisionError", f.name())));
        }
        for mode in MODES {
            let f = IndexOp::Gather { dim: 2 };
            assert_eq!(
                told(Ticket::Write(f, mode), -1, 5).unwrap(),
                format!(
                    "{}: index -1 is out of range for dimension 2 of size 5",
                    mode.name()
                )
            );
        }
        assert_eq!(
            told(Ticket::Read(IndexOp::Select { dim: 0 }), 7, 5).unwrap(),
            "index_select: index 7 is out of range for dimension 0 of size 5"
        );
        assert_eq!(
            told(Ticket::Class, -1, 5).unwrap(),
            "cross_entropy: target -1 is out of range for 5 classes"
        );
        for check in [Check::Probabilities, Check::Offsets { most: 9 }] {
            let message = told(Ticket::Check(check), 4, 9).unwrap();
            assert_eq!(message, check.error(4).message());
        }
        assert!(read([0; 4]).is_none());
    }
}
