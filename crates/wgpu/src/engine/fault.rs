//! Faults that kernels find in data: an index out of range, an integer divided by zero.
//!
//! A launch that may find one has a number, the first word of its parameters, and a slot in the fault buffer: its number modulo [`SLOTS`].
//! The first thread that finds a fault writes the number and two words about it there (`library/shared/fault.wgsl`). What the number stands
//! for, the host keeps (`Ledger`). So every faulty launch is known by itself; one word for the whole device, which was here before, could
//! not say whose fault it was.

use super::thread::Caller;
use rushlight_backend::{Binary, Check, Error, Frame, IndexOp, IndexRole, Op, ScatterMode};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a launch may find wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FaultCode {
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

/// Launches that may be faulty and whose outcome is not known yet, at most: each has a slot of its own.
pub(crate) const SLOTS: usize = 1024;
/// Words before the slots: how many launches were faulty, and padding.
const HEAD: usize = 4;
/// Words of a slot: the launch's number, two that the kernel adds, and one for alignment.
const SLOT: usize = 4;
/// Bytes of the fault buffer's beginning, which travels along with every read-back.
pub(crate) const HEAD_BYTES: usize = HEAD * 4;
/// Bytes of the fault buffer.
pub(crate) const BYTES: usize = (HEAD + SLOTS * SLOT) * 4;

/// What a launch that may be faulty is, for the time when that is known.
#[derive(Debug)]
pub(crate) struct Suspect {
    pub code: FaultCode,
    /// Who asked for the operation.
    pub place: Option<&'static Location<'static>>,
    /// What the indices are to that caller, if not plain ones.
    pub role: Option<IndexRole>,
    pub caller: Caller,
    /// Whether the operation was refused after the launch: its error was returned at once.
    pub refused: bool,
}

/// A launch that was faulty.
#[derive(Debug)]
pub(crate) struct Fault {
    suspect: Suspect,
    /// What the kernel adds: usually an index and a size.
    words: [u32; 2],
    reported: AtomicBool,
}

impl Fault {
    /// The fault of a suspect, if its slot of the fault buffer's words says that there was one.
    pub fn of(suspect: Suspect, number: u32, buffer: &[u32]) -> Result<Fault, Suspect> {
        let at = HEAD + SLOT * (number as usize % SLOTS);
        match buffer.get(at..at + 3) {
            Some(&[found, a, b]) if found == number => Ok(Fault {
                reported: AtomicBool::new(suspect.refused),
                suspect,
                words: [a, b],
            }),
            _ => Err(suspect),
        }
    }

    /// Whether nobody heard of it yet who should.
    pub fn is_news(&self) -> bool {
        !self.reported.load(Ordering::Relaxed)
    }

    /// Whether it is for the calling thread to hear of by [`crate::Gpu`]'s `synchronize`.
    pub fn concerns_this_thread(&self) -> bool {
        self.suspect.caller.is_this_thread() || self.suspect.caller.has_ended()
    }

    /// The error, placed at the caller, with the place of the faulty operation as a frame; from now on it is reported.
    #[track_caller]
    pub fn error(&self) -> Error {
        self.reported.store(true, Ordering::Relaxed);
        let (name, error) = explain(&self.suspect, self.words);
        match self.suspect.place {
            None => error,
            Some(at) => error.in_module(Frame {
                name: String::new(),
                module: format!("a result of {name}"),
                at,
            }),
        }
    }
}

#[track_caller]
fn explain(suspect: &Suspect, [a, b]: [u32; 2]) -> (&'static str, Error) {
    match suspect.code {
        FaultCode::ZeroDivision(f) => {
            let told = format!(
                "{}: ZeroDivisionError: an integer divided by zero; only floating-point dtypes have infinity",
                f.name()
            );
            (f.name(), Error::value(told))
        }
        FaultCode::Class => {
            let told = format!(
                "cross_entropy: target {} is out of range for {b} classes",
                index_of(a)
            );
            ("cross_entropy", Error::index(told))
        }
        FaultCode::Check(check) => (check.name(), check.error(a as usize)),
        FaultCode::Read(f) => out_of_range(suspect.role, &Op::Gather(f), f, [a, b]),
        FaultCode::Write(f, mode) => out_of_range(suspect.role, &Op::Scatter(f, mode), f, [a, b]),
    }
}

#[track_caller]
fn out_of_range(
    role: Option<IndexRole>,
    op: &Op,
    f: IndexOp,
    [index, size]: [u32; 2],
) -> (&'static str, Error) {
    let (IndexOp::Select { dim } | IndexOp::Gather { dim }) = f;
    let index = index_of(index);
    let error = IndexRole::out_of_range(role, op.name(), &index, dim.into(), size as usize);
    (op.name(), error)
}

/// The index that a kernel reports. It holds 32 bits: one beyond them is reported as the last that they hold.
fn index_of(word: u32) -> String {
    match word as i32 {
        i32::MAX => format!("{} or more", i32::MAX),
        i32::MIN => format!("{} or less", i32::MIN),
        index => index.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(code: FaultCode) -> Suspect {
        Suspect {
            code,
            place: None,
            role: None,
            caller: Caller::this_thread(),
            refused: false,
        }
    }

    fn told(code: FaultCode, a: i32, b: u32) -> String {
        let mut words = vec![0; BYTES / 4];
        let number = 5 + SLOTS as u32;
        words[HEAD + 5 * SLOT..][..3].copy_from_slice(&[number, a as u32, b]);
        // The slot's launch before and after this one is another.
        assert!(Fault::of(suspect(code), 5, &words).is_err());
        let fault = Fault::of(suspect(code), number, &words).unwrap();
        assert!(fault.is_news() && fault.concerns_this_thread());
        let message = fault.error().message().to_owned();
        assert!(!fault.is_news());
        message
    }

    #[test]
    fn faults_have_the_message_of_their_operation() {
        for &f in Binary::ALL {
            let message = told(FaultCode::ZeroDivision(f), 0, 0);
            assert!(message.starts_with(&format!("{}: ZeroDivisionError", f.name())));
        }
        for mode in [ScatterMode::Set, ScatterMode::Add, ScatterMode::Max] {
            let f = IndexOp::Gather { dim: 2 };
            assert_eq!(
                told(FaultCode::Write(f, mode), -1, 5),
                format!(
                    "{}: index -1 is out of range for dimension 2 of size 5",
                    mode.name()
                )
            );
        }
        for (index, words) in [
            (i32::MAX, "2147483647 or more"),
            (i32::MIN, "-2147483648 or less"),
        ] {
            assert_eq!(
                told(FaultCode::Read(IndexOp::Select { dim: 0 }), index, 5),
                format!("index_select: index {words} is out of range for dimension 0 of size 5")
            );
        }
        assert_eq!(
            told(FaultCode::Read(IndexOp::Select { dim: 0 }), 7, 5),
            "index_select: index 7 is out of range for dimension 0 of size 5"
        );
        for check in [Check::Probabilities, Check::Offsets { most: 9 }] {
            assert_eq!(
                told(FaultCode::Check(check), 4, 9),
                check.error(4).message()
            );
        }
        assert_eq!(
            told(FaultCode::Class, -1, 5),
            "cross_entropy: target -1 is out of range for 5 classes"
        );
    }
}
