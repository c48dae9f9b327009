//! `x wᵀ + b` against its definition.

use crate::support::{LAYS, Lay, Tensor, indices, noise, whole};
use proptest::prelude::*;
use rushlight_backend::{Backend, DType, Done, Fused, Output, plan};
use rushlight_cpu::Cpu;

fn linear(inputs: &[&Tensor], shape: &[usize]) -> Option<Vec<f64>> {
    let out = Tensor::room(shape, inputs[0].dtype, Lay::Dense);
    let views: Vec<_> = inputs.iter().map(|t| t.view()).collect();
    match Cpu
        .fused(plan::fused(&Fused::Linear, &views, Output::shared(&[out.view()])).unwrap())
        .unwrap()
    {
        Done::Yes => Some(out.f64s()),
        Done::Compose => None,
    }
}

#[test]
fn a_vector_is_one_row() {
    let x = Tensor::laid(&[3], DType::F32, Lay::Dense, &[1.0, 2.0, 3.0]);
    let w = Tensor::laid(
        &[2, 3],
        DType::F32,
        Lay::Dense,
        &[1.0, 0.0, -1.0, 2.0, 2.0, 2.0],
    );
    let b = Tensor::laid(&[2], DType::F32, Lay::Dense, &[10.0, 20.0]);
    assert_eq!(linear(&[&x, &w, &b], &[2]).unwrap(), [8.0, 32.0]);
    assert_eq!(linear(&[&x, &w], &[2]).unwrap(), [-2.0, 12.0]);
}

#[test]
fn no_inputs_leave_the_bias() {
    let x = Tensor::laid(&[2, 0], DType::F64, Lay::Dense, &[]);
    let w = Tensor::laid(&[3, 0], DType::F64, Lay::Dense, &[]);
    let b = Tensor::laid(&[1], DType::F64, Lay::Dense, &[5.0]).expand(&[3]);
    assert_eq!(linear(&[&x, &w, &b], &[2, 3]).unwrap(), [5.0; 6]);
}

#[test]
fn other_dtypes_are_composed() {
    let x = Tensor::laid(&[2, 2], DType::F16, Lay::Dense, &noise(4, 1));
    assert!(linear(&[&x, &x], &[2, 2]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_definition_holds(
        lead in prop::collection::vec(1usize..8, 0..3),
        (inputs, outputs) in (0usize..300, 1usize..80),
        lays in (prop::sample::select(LAYS.to_vec()), prop::sample::select(LAYS.to_vec()), prop::sample::select(LAYS.to_vec())),
        dtype in prop::sample::select(vec![DType::F32, DType::F64]),
        with_bias: bool,
    ) {
        let rows: usize = lead.iter().product();
        let shape = |last| lead.iter().copied().chain([last]).collect::<Vec<_>>();
        let (x, w, b) = (whole(rows * inputs, 1, dtype), whole(outputs * inputs, 2, dtype), whole(outputs, 3, dtype));
        let tx = Tensor::laid(&shape(inputs), dtype, lays.0, &x);
        let tw = Tensor::laid(&[outputs, inputs], dtype, lays.1, &w);
        let tb = Tensor::laid(&[outputs], dtype, lays.2, &b);
        let list = [&tx, &tw, &tb];
        let got = linear(&list[..2 + with_bias as usize], &shape(outputs)).unwrap();
        for (g, i) in got.iter().zip(indices(&[rows, outputs])) {
            let sum: f64 = (0..inputs).map(|p| x[i[0] * inputs + p] * w[i[1] * inputs + p]).sum();
            prop_assert_eq!(*g, sum + if with_bias { b[i[1]] } else { 0.0 });
        }
    }
}
