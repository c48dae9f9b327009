//! Elementwise operations.
//!
//! A kernel is a loop over contiguous memory of one of three compute types, `f32`, `f64` and `i64` ([`unary`], [`binary`], [`select`]). If an
//! operand is contiguous and of the compute type, the kernel reads or writes the tensor itself; if it is strided, repeated or of another
//! dtype, its elements are converted through a tile that stays in the L1 cache ([`convert`]). Plain copies have their own code ([`copy`]).

mod binary;
mod blocks;
mod convert;
mod copy;
mod nest;
mod select;
mod transpose;
mod unary;

use crate::element::with_element;
use crate::operand::Operand;
use crate::parallel::{Shared, for_ranges, grain};
use crate::stream;
use blocks::{BLOCK, Source, Tile};
use nest::MAX_INPUTS;
use rushlight_backend::{Binary, Compare, DType, Error, Map, Result, Scalar, Unary};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use copy::copy;

/// What a kernel computes. Numbers next to tensors have become operands.
#[derive(Clone, Copy)]
enum Task {
    Unary(Unary),
    Binary(Binary),
    Compare(Compare),
    Where,
}

/// The reason why a kernel failed.
#[derive(Clone, Copy)]
enum Fault {
    /// An integer was divided by zero.
    ZeroDivision,
    /// The operation has no meaning for the compute type.
    Undefined,
}

/// A compile-time error unless the operations listed are exactly those that are computed in `$dtype`, so that no new operation is forgotten.
macro_rules! every {
    ($ops:ident, $dtype:expr, $($listed:ident)*) => {
        const _: () = {
            let mut i = 0;
            while i < $ops::ALL.len() {
                let op = $ops::ALL[i];
                assert!(
                    matches!(op, $($ops::$listed)|*) == op.computes_in($dtype),
                    "an elementwise operation is missing here, or has no meaning for this type"
                );
                i += 1;
            }
        };
    };
}
use every;

/// A kernel: `n` elements of the compute type from each input to the output.
#[derive(Clone, Copy)]
struct MapKernel {
    task: Task,
    compute: DType,
}

impl MapKernel {
    /// Dtype of the tiles that the kernel writes.
    fn result(self) -> DType {
        match self.task {
            Task::Compare(_) => DType::Bool,
            Task::Unary(f) if f.kind() == rushlight_backend::UnaryKind::Test => DType::Bool,
            Task::Binary(f) if f.kind() == rushlight_backend::BinaryKind::Test => DType::Bool,
            _ => self.compute,
        }
    }

    /// Dtype of the tiles that the kernel reads as input `i`.
    fn operand(self, i: usize) -> DType {
        match self.task {
            Task::Where if i == 0 => DType::Bool,
            _ => self.compute,
        }
    }

    /// Whether the kernel may work on these operands directly. If they share memory, LLVM's loops process one element at a time, and functions
    /// of one element read their input again.
    #[inline]
    fn may_share(self, x: &Operand<'_>, out: &Operand<'_>, n: usize) -> bool {
        x.first() != out.first() || (n <= 64 && matches!(self.task, Task::Binary(_)))
    }

    /// [`MapKernel::run`] for a result that is written around the cache; `steps` are the sizes of elements of the inputs. A fence follows.
    ///
    /// # Safety
    /// As for [`MapKernel::run`], but the output is disjoint from each input.
    unsafe fn run_far(
        self,
        dst: *mut u8,
        ins: [*const u8; MAX_INPUTS],
        steps: [usize; MAX_INPUTS],
        n: usize,
    ) -> Result<(), Fault> {
        let size = self.result().size();
        let mut tile = Tile::NEW;
        for at in (0..n).step_by(BLOCK) {
            let len = BLOCK.min(n - at);
            // SAFETY: a part of what the caller guarantees; a tile holds BLOCK elements of any dtype.
            unsafe {
                let ins = std::array::from_fn(|i| ins[i].wrapping_add(at * steps[i]));
                self.run(tile.pointer(), ins, len)?;
                stream::lines(dst.add(at * size), tile.pointer(), len * size);
            }
        }
        Ok(())
    }

    /// # Safety
    /// The pointers are valid for `n` elements of [`MapKernel::result`] and [`MapKernel::operand`]; the output is disjoint from each input, or
    /// for operations on two elements the same.
    #[inline]
    unsafe fn run(self, dst: *mut u8, ins: [*const u8; MAX_INPUTS], n: usize) -> Result<(), Fault> {
        let [a, b, c] = ins;
        macro_rules! typed {
            ($float:path, $int:path, $op:expr $(, $x:expr)*) => {
                with_element!(self.compute, [F32 F64],
                    T => $float($op, dst, $($x.cast::<T>(),)* n),
                    else $int($op, dst, $($x.cast::<i64>(),)* n))
            };
        }
        // SAFETY: guaranteed by the caller; the compute type is the type of the tiles.
        unsafe {
            match self.task {
                Task::Unary(f) => typed!(unary::float, unary::int, f, a),
                Task::Binary(f) => typed!(binary::float, binary::int, f, a, b),
                Task::Compare(f) => {
                    typed!(select::compare, select::compare, f, a, b);
                    Ok(())
                }
                Task::Where => {
                    match self.compute {
                        DType::F32 => select::choose::<f32>(dst.cast(), a, b.cast(), c.cast(), n),
                        _ => select::choose::<u64>(dst.cast(), a, b.cast(), c.cast(), n),
                    }
                    Ok(())
                }
            }
        }
    }
}

/// The bytes of a number operand in the compute type.
fn immediate(s: Scalar, compute: DType) -> [u8; 8] {
    let mut bytes = [0; 8];
    match (compute, s) {
        (DType::F32, Scalar::Int(i)) => bytes[..4].copy_from_slice(&(i as f32).to_ne_bytes()),
        (DType::F32, _) => bytes[..4].copy_from_slice(&(s.to_f64() as f32).to_ne_bytes()),
        (DType::F64, _) => bytes = s.to_f64().to_ne_bytes(),
        _ => bytes = s.to_i64().to_ne_bytes(),
    }
    bytes
}

/// See [`rushlight_backend::Backend::map`].
#[inline]
pub(crate) fn map(f: Map, compute: DType, inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<()> {
    let compute = compute.compute();
    let (task, number) = match f.simplified(inputs[0].dtype, compute, out.dtype) {
        Map::Copy => return copy::copy(&inputs[0], out),
        Map::Unary(f) => (Task::Unary(f), None),
        Map::Binary(f) => (Task::Binary(f), None),
        Map::Compare(f) => (Task::Compare(f), None),
        Map::Where => (Task::Where, None),
        Map::BinaryScalar(f, s) => (Task::Binary(f), Some((1, s))),
        Map::ScalarBinary(s, f) => (Task::Binary(f), Some((0, s))),
        Map::CompareScalar(f, s) => (Task::Compare(f), Some((1, s))),
    };
    let kernel = MapKernel { task, compute };
    let number = number.map(|(at, s)| (at, immediate(s, compute)));
    let done = match (&number, inputs) {
        (None, [a]) => dense(kernel, &[a], out),
        (None, [a, b]) => dense(kernel, &[a, b], out),
        (Some((at, bytes)), [a]) => with_scalar(kernel, *at, bytes, a, out),
        _ => None,
    };
    let done = done.unwrap_or_else(|| strided(kernel, &number, inputs, out));
    done.map_err(
        #[cold]
        |fault| explain(fault, f, compute),
    )
}

#[cold]
fn explain(fault: Fault, f: Map, compute: DType) -> Error {
    let name = f.name();
    match fault {
        Fault::ZeroDivision => Error::value(format!(
            "{name}: ZeroDivisionError: an integer divided by zero; only floating-point dtypes have infinity"
        )),
        Fault::Undefined => Error::dtype(format!("{name}: not defined for {compute}")),
    }
}

/// The most frequent case: every operand is contiguous and of the compute type, so the kernel runs over the tensors directly.
#[inline]
fn dense<const N: usize>(
    kernel: MapKernel,
    inputs: &[&Operand<'_>; N],
    out: &Operand<'_>,
) -> Option<Result<(), Fault>> {
    let n = out.numel();
    let direct = |(i, x): (usize, &&Operand<'_>)| {
        x.is_contiguous() && x.dtype == kernel.operand(i) && kernel.may_share(x, out, n)
    };
    if !out.is_contiguous()
        || out.dtype != kernel.result()
        || !inputs.iter().enumerate().all(direct)
    {
        return None;
    }
    let mut ins = [std::ptr::null::<u8>(); MAX_INPUTS];
    let mut steps = [0; MAX_INPUTS];
    let mut moved = out.dtype.size();
    for (i, x) in inputs.iter().enumerate() {
        ins[i] = x.first();
        steps[i] = x.dtype.size();
        moved += steps[i];
    }
    let grain = grain(moved);
    if n <= grain {
        // SAFETY: the operands are dense, of the kernel's dtypes and of one shape; locked storages overlap only as the same memory.
        return Some(unsafe { kernel.run(out.first(), ins, n) });
    }
    let failed = Failure::default();
    let shared = &Shared((out.first(), ins));
    let far = stream::is_far(n * out.dtype.size());
    for_ranges(n, whole_lines(grain, far), |range| {
        let (at, (dst, ins)) = (range.start, shared.0);
        // SAFETY: a range is within the `n` elements that each dense operand has, and no two threads have the same part of the output, which is
        // none of the inputs (`may_share`) where it is that large.
        failed.note(unsafe {
            let ins = std::array::from_fn(|i| ins[i].wrapping_add(at * steps[i]));
            let dst = dst.add(at * out.dtype.size());
            match far {
                true => kernel.run_far(dst, ins, steps, range.len()),
                false => kernel.run(dst, ins, range.len()),
            }
        });
        if far {
            stream::fence();
        }
    });
    Some(failed.result())
}

/// The number of elements of a range that ends with a cache line, so that no two threads write to one. It is larger for results that are
/// written around the cache, because a [`stream::fence`] waits until they are in memory.
#[inline]
fn whole_lines(grain: usize, far: bool) -> usize {
    (if far { 8 * grain } else { grain }).next_multiple_of(64)
}

/// The same case with a number operand, which is repeated in a tile.
#[inline]
fn with_scalar(
    kernel: MapKernel,
    at: usize,
    number: &[u8; 8],
    x: &Operand<'_>,
    out: &Operand<'_>,
) -> Option<Result<(), Fault>> {
    let n = out.numel();
    let direct = x.is_contiguous()
        && x.dtype == kernel.compute
        && kernel.may_share(x, out, n)
        && out.is_contiguous()
        && out.dtype == kernel.result();
    if !direct {
        return None;
    }
    let (step, result) = (x.dtype.size(), out.dtype.size());
    let shared = &Shared((out.first(), x.first().cast_const()));
    let failed = Failure::default();
    let far = stream::is_far(n * result);
    let mut steps = [0; MAX_INPUTS];
    steps[1 - at] = step;
    for_ranges(n, whole_lines(grain(step + result), far), |range| {
        let mut tile = Tile::NEW;
        let tile = tile.pointer();
        let (dst, x) = shared.0;
        // SAFETY: the tile holds BLOCK elements; the operands are dense and of the kernel's dtypes, and the parts are disjoint.
        unsafe {
            convert::repeat(tile, number, step, range.len().min(BLOCK));
            for i in range.clone().step_by(BLOCK) {
                let mut ins = [std::ptr::null(); MAX_INPUTS];
                ins[at] = tile.cast_const();
                ins[1 - at] = x.add(i * step);
                let (dst, n) = (dst.add(i * result), BLOCK.min(range.end - i));
                failed.note(match far {
                    true => kernel.run_far(dst, ins, steps, n),
                    false => kernel.run(dst, ins, n),
                });
            }
        }
        if far {
            stream::fence();
        }
    });
    Some(failed.result())
}

/// All other cases: block by block, through tiles for operands that the kernel cannot read directly.
fn strided(
    kernel: MapKernel,
    number: &Option<(usize, [u8; 8])>,
    inputs: &[Operand<'_>],
    out: &Operand<'_>,
) -> Result<(), Fault> {
    if kernel.result() == DType::Bool && out.dtype.size() != 1 {
        return Err(Fault::Undefined);
    }
    let mut sources = [Source::NONE; MAX_INPUTS];
    let mut given = inputs.iter();
    let count = inputs.len() + number.is_some() as usize;
    for (i, source) in sources[..count].iter_mut().enumerate() {
        let tile = kernel.operand(i);
        *source = match (number, i) {
            (Some((at, bytes)), i) if *at == i => Source::new(bytes.as_ptr(), &[], tile, tile),
            _ => match given.next() {
                Some(x) => Source::new(x.first(), x.strides(), x.dtype, tile),
                None => Source::NONE,
            },
        };
    }
    blocks::run(kernel, &sources[..count], out)
}

/// The fault of any thread. Which thread does not matter, because an operation has only one kind of fault.
#[derive(Default)]
struct Failure {
    division: AtomicBool,
    undefined: AtomicBool,
}

impl Failure {
    fn note(&self, result: Result<(), Fault>) {
        match result {
            Ok(()) => {}
            Err(Fault::ZeroDivision) => self.division.store(true, Ordering::Relaxed),
            Err(Fault::Undefined) => self.undefined.store(true, Ordering::Relaxed),
        }
    }

    fn result(&self) -> Result<(), Fault> {
        if self.division.load(Ordering::Relaxed) {
            Err(Fault::ZeroDivision)
        } else if self.undefined.load(Ordering::Relaxed) {
            Err(Fault::Undefined)
        } else {
            Ok(())
        }
    }
}
