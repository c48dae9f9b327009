//! Faults that kernels find in data: an index out of range, an integer divided by zero.
//!
//! Each launch that may find a fault has a number, which is the first word of its parameters, and a slot in the fault buffer: its number
//! modulo [`SLOTS`]. The first thread that finds a fault writes the number and two words about the fault into the slot
//! (`library/shared/fault.wgsl`). The host remembers which operation each number stands for (`Ledger`), so it can tell every faulty launch
//! from the others. A single fault flag for the whole device was rejected because it cannot say which launch set it.

use super::thread::Caller;
use rushlight_backend::{Binary, Check, Error, Frame, IndexOp, IndexRole, Op, ScatterMode};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};

/// The kind of fault that a launch may find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FaultCode {
    /// A division of integers by zero.
    ZeroDivision(Binary),
    /// An index out of range; the kernel adds the index and the size.
    Read(IndexOp),
    /// A class number out of range, in a loss.
    Class,
    /// An element that violates a requirement; the kernel adds the element's position and the bound of the requirement.
    Check(Check),
    /// An index out of range where the kernel writes; the kernel adds the index and the size.
    Write(IndexOp, ScatterMode),
}

/// The largest number of launches that may be faulty and whose outcome is not known yet. Each has its own slot.
pub(crate) const SLOTS: usize = 1024;
/// Words before the slots: the number of faulty launches, and padding.
const HEAD: usize = 4;
/// Words of a slot: the launch's number, two that the kernel adds, and one for alignment.
const SLOT: usize = 4;
/// Bytes before the slots, which are copied along with every read-back.
pub(crate) const HEAD_BYTES: usize = HEAD * 4;
/// Bytes of the fault buffer.
pub(crate) const BYTES: usize = (HEAD + SLOTS * SLOT) * 4;

/// What the host remembers about a launch that may be faulty, until its outcome is known.
#[derive(Debug)]
pub(crate) struct LaunchOrigin {
    pub code: FaultCode,
    /// The source location of the call.
    pub location: Option<&'static Location<'static>>,
    /// What the indices mean to the caller (a target class, a row of a table), if not plain indices.
    pub role: Option<IndexRole>,
    pub caller: Caller,
    /// Whether the operation was refused after the launch: its error was returned at once.
    pub refused: bool,
}

/// A launch that was faulty.
#[derive(Debug)]
pub(crate) struct Fault {
    origin: LaunchOrigin,
    /// What the kernel adds: usually an index and a size.
    words: [u32; 2],
    reported: AtomicBool,
}

impl Fault {
    /// Returns the fault of launch `number` if its slot in `buffer`, the words of the fault buffer, records one.
    pub fn of(origin: LaunchOrigin, number: u32, buffer: &[u32]) -> Result<Fault, LaunchOrigin> {
        let at = HEAD + SLOT * (number as usize % SLOTS);
        match buffer.get(at..at + 3) {
            Some(&[found, a, b]) if found == number => Ok(Fault {
                reported: AtomicBool::new(origin.refused),
                origin,
                words: [a, b],
            }),
            _ => Err(origin),
        }
    }

    /// Whether the fault has not been reported yet.
    pub fn is_unreported(&self) -> bool {
        !self.reported.load(Ordering::Relaxed)
    }

    /// Whether `synchronize` reports the fault on the calling thread: its own faults, and those of threads that have ended.
    pub fn concerns_this_thread(&self) -> bool {
        self.origin.caller.is_this_thread() || self.origin.caller.has_ended()
    }

    /// The error, located at the caller, with the location of the faulty operation as a frame. Marks the fault as reported.
    #[track_caller]
    pub fn error(&self) -> Error {
        self.reported.store(true, Ordering::Relaxed);
        let (name, error) = explain(&self.origin, self.words);
        match self.origin.location {
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
fn explain(origin: &LaunchOrigin, [a, b]: [u32; 2]) -> (&'static str, Error) {
    match origin.code {
        FaultCode::ZeroDivision(f) => {
            let message = format!(
                "{}: ZeroDivisionError: an integer divided by zero; only floating-point dtypes have infinity",
                f.name()
            );
            (f.name(), Error::value(message))
        }
        FaultCode::Class => {
            let message = format!(
                "cross_entropy: target {} is out of range for {b} classes",
                index_of(a)
            );
            ("cross_entropy", Error::index(message))
        }
        FaultCode::Check(check) => (check.name(), check.error(a as usize)),
        FaultCode::Read(f) => out_of_range(origin.role, &Op::Gather(f), f, [a, b]),
        FaultCode::Write(f, mode) => out_of_range(origin.role, &Op::Scatter(f, mode), f, [a, b]),
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

/// The index that a kernel reports. The kernel clamps it to 32 bits.
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

    fn origin(code: FaultCode) -> LaunchOrigin {
        LaunchOrigin {
            code,
            location: None,
            role: None,
            caller: Caller::this_thread(),
            refused: false,
        }
    }

    fn message(code: FaultCode, a: i32, b: u32) -> String {
        let mut words = vec![0; BYTES / 4];
        let number = 5 + SLOTS as u32;
        words[HEAD + 5 * SLOT..][..3].copy_from_slice(&[number, a as u32, b]);
        // The slot is shared with an earlier launch, which must not be taken for this one.
        assert!(Fault::of(origin(code), 5, &words).is_err());
        let fault = Fault::of(origin(code), number, &words).unwrap();
        assert!(fault.is_unreported() && fault.concerns_this_thread());
        let message = fault.error().message().to_owned();
        assert!(!fault.is_unreported());
        message
    }

    #[test]
    fn faults_have_the_message_of_their_operation() {
        for &f in Binary::ALL {
            let message = message(FaultCode::ZeroDivision(f), 0, 0);
            assert!(message.starts_with(&format!("{}: ZeroDivisionError", f.name())));
        }
        for mode in [ScatterMode::Set, ScatterMode::Add, ScatterMode::Max] {
            let f = IndexOp::Gather { dim: 2 };
            assert_eq!(
                message(FaultCode::Write(f, mode), -1, 5),
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
                message(FaultCode::Read(IndexOp::Select { dim: 0 }), index, 5),
                format!("index_select: index {words} is out of range for dimension 0 of size 5")
            );
        }
        assert_eq!(
            message(FaultCode::Read(IndexOp::Select { dim: 0 }), 7, 5),
            "index_select: index 7 is out of range for dimension 0 of size 5"
        );
        for check in [Check::Probabilities, Check::Offsets { most: 9 }] {
            assert_eq!(
                message(FaultCode::Check(check), 4, 9),
                check.error(4).message()
            );
        }
        assert_eq!(
            message(FaultCode::Class, -1, 5),
            "cross_entropy: target -1 is out of range for 5 classes"
        );
    }
}
