//! Elementwise operations.

use super::planned::{Planned, types, writable};
use crate::{DType, Error, Map, Output, Result, View};

/// The plan of [`crate::Backend::map`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MapPlan {
    /// What is computed for each element, in order; the result of the last instruction is the output. A fused chain of operations will be a
    /// longer list.
    pub body: [Instruction; 1],
    /// The compute dtype, to which inputs are converted, except the condition of a [`Map::Where`].
    pub compute: DType,
}

/// An elementwise function of values at one position.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instruction {
    /// The function.
    pub f: Map,
    /// Its operands, of which it reads the first [`Map::arity`]. Values are numbered: the inputs of the call, then the results of the
    /// instructions.
    pub operands: [u8; 3],
}

/// An elementwise operation: `inputs` have the shape of `out`, expanded to it by strides of 0, and are converted to `compute` (except the
/// condition of a [`Map::Where`]), the result to the dtype of `out`.
#[inline(always)]
#[track_caller]
pub fn map<'a>(
    f: Map,
    compute: DType,
    inputs: &'a [View<'a>],
    out: Output<'a>,
) -> Result<Planned<'a, MapPlan>> {
    let to = out.view();
    let shape = to.layout().shape();
    let mut fits = inputs.len() == f.arity() && compute == compute.compute();
    for x in inputs {
        fits &= x.layout().shape() == shape;
    }
    if !fits || (f == Map::Where && inputs[0].dtype() != DType::Bool) {
        return Err(unfit(f, compute, inputs, &to));
    }
    writable("map", &to)?;
    let operands = [0, 1, 2];
    let body = [Instruction { f, operands }];
    Ok(Planned::one(MapPlan { body, compute }, inputs, out))
}

#[cold]
#[track_caller]
fn unfit(f: Map, compute: DType, inputs: &[View<'_>], out: &View<'_>) -> Error {
    let given = types(inputs);
    Error::value(format!(
        "map: {f:?} computing in {compute} takes {} inputs of the output's shape {:?} (and a condition of bool) and computes in float32, float64 or int64, got {given:?}",
        f.arity(),
        out.layout().shape()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binary, Buffer, Dims, Layout, Storage};

    struct Words(#[allow(dead_code)] [u64; 2]);
    impl Buffer for Words {}

    #[test]
    fn a_body_of_one_instruction_reads_the_inputs_in_order() {
        let [x, y, out] = [1, 2, 3].map(|n| Storage::new(16, Words([n; 2])));
        let layout = Layout::contiguous(Dims::from([4]));
        let view = |storage| View::new(storage, &layout, DType::F32).unwrap();
        let inputs = [view(&x), view(&y)];
        let f = Map::Binary(Binary::Add);
        let call = map(f, DType::F32, &inputs, view(&out).into()).unwrap();
        let operands = [0, 1, 2];
        assert_eq!(call.plan().body, [Instruction { f, operands }]);
    }
}
