//! Fourier transforms along the last dimension, in the dtype of the input.

mod columns;
mod roots;
mod transform;

use crate::converted::Converted;
use crate::element::{Number, with_element};
use crate::math::Real;
use crate::operand::Operand;
use crate::parallel::Shared;
use rushlight_backend::Result;
use transform::{Rows, Transform};

/// [`rushlight_backend::Fused::Fourier`].
pub(crate) fn transform(inverse: bool, inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<()> {
    with_element!(out.dtype, [F32 F64],
        T => run::<T>(inverse, inputs, out),
        // Others are refused by the plan.
        else Ok(()))
}

fn run<T: Number + Real>(inverse: bool, inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<()> {
    let n = out.shape().last().copied().unwrap_or(1);
    let count = inputs[0].numel();
    let room = Converted::room(*out.layout.shape(), out.dtype)?;
    let target = if out.is_contiguous() {
        *out
    } else {
        room.operand()
    };
    let dense = inputs
        .iter()
        .map(|x| Converted::dense(x, x.dtype))
        .collect::<Result<Vec<_>>>()?;
    let (re, im) = (
        target.pointer::<T>(),
        target.pointer::<T>().wrapping_add(count),
    );
    // SAFETY: the target is contiguous, with `count` real parts before as many imaginary parts; the inputs are dense.
    unsafe {
        re.copy_from_nonoverlapping(dense[0].operand().pointer::<T>(), count);
        match dense.get(1) {
            Some(own) => im.copy_from_nonoverlapping(own.operand().pointer::<T>(), count),
            None => std::slice::from_raw_parts_mut(im, count).fill(T::ZERO),
        }
        let rows = Rows {
            re: Shared(re),
            im: Shared(im),
        };
        Transform::<T>::new(n, inverse).run(rows, count / n);
    }
    if out.is_contiguous() {
        Ok(())
    } else {
        room.store(out)
    }
}
