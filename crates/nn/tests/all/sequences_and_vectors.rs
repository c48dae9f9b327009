//! `nn.utils`: padding of sequences, parameters as a vector. The expected numbers are PyTorch 2.15's.

use rushlight_autograd::Autograd;
use rushlight_nn::*;
use rushlight_tensor::{DType, Error, ErrorKind, Tensor, tensor};

#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, text: &str) {
    match result {
        Ok(_) => panic!("accepted, instead of: {text}"),
        Err(e) => {
            assert_eq!(e.kind(), kind, "{e}");
            assert!(e.message().starts_with(text), "{e}");
        }
    }
}

#[test]
fn sequences_are_padded_on_either_side_in_either_order() -> Result<()> {
    let sequences = [
        Tensor::arange(1, 5, 1, DType::F32)?.reshape([2, 2])?,
        Tensor::arange(5, 11, 1, DType::F32)?.reshape([3, 2])?,
        Tensor::zeros([0, 2], ())?,
    ];
    let right = pad_sequence(&sequences, true, 9.0, PaddingSide::Right)?;
    assert_eq!(right.shape(), [3, 3, 2]);
    assert_eq!(
        right.reshape(-1)?.to_vec::<f32>()?,
        [
            1., 2., 3., 4., 9., 9., 5., 6., 7., 8., 9., 10., 9., 9., 9., 9., 9., 9.
        ]
    );
    let left = pad_sequence(&sequences, false, 9.0, PaddingSide::Left)?;
    assert!(left.is_contiguous());
    assert_eq!(
        left.reshape(-1)?.to_vec::<f32>()?,
        [
            9., 9., 5., 6., 9., 9., 1., 2., 7., 8., 9., 9., 3., 4., 9., 10., 9., 9.
        ]
    );
    // The first sequence sets the dtype, as in PyTorch.
    let mixed = [tensor!([1, 2]), tensor!([2.75])];
    let mixed = pad_sequence(&mixed, true, 0, PaddingSide::default())?;
    assert_eq!(mixed.to_vec2::<i64>()?, [[1, 2], [2, 0]]);
    Ok(())
}

#[test]
fn gradients_flow_through_padding_and_back() -> Result<()> {
    let a = tensor!([1.0, 2.0, 3.0]).requires_grad_(true)?;
    let b = tensor!([4.0]).requires_grad_(true)?;
    for batch_first in [true, false] {
        let padded = pad_sequence(&[&a, &b], batch_first, 0.0, PaddingSide::Right)?;
        let back = unpad_sequence(&padded, &[3, 1], batch_first)?;
        let loss = back[0].square()?.sum()?.add(&back[1].mul(5.0)?.sum()?)?;
        loss.backward()?;
    }
    assert_eq!(a.grad().unwrap().to_vec::<f32>()?, [4.0, 8.0, 12.0]);
    assert_eq!(b.grad().unwrap().to_vec::<f32>()?, [10.0]);
    Ok(())
}

#[test]
fn sequences_that_do_not_fit_are_refused() -> Result<()> {
    let pad = |s: &[Tensor]| pad_sequence(s, true, 0.0, PaddingSide::Right);
    refused(
        pad(&[]),
        ErrorKind::Value,
        "pad_sequence: expected at least one sequence",
    );
    refused(
        pad(&[tensor!(1.0)]),
        ErrorKind::Shape,
        "pad_sequence: sequence 0 has no dimensions",
    );
    refused(
        pad(&[Tensor::zeros([2, 3], ())?, Tensor::zeros([2, 4], ())?]),
        ErrorKind::Shape,
        "pad_sequence: sequences may differ only in the first dimension: sequence 0 has shape [2, 3], sequence 1 has shape [2, 4]",
    );
    let x = Tensor::zeros([2, 3], ())?;
    refused(
        unpad_sequence(&x, &[3], true),
        ErrorKind::Value,
        "unpad_sequence: got 1 lengths for the 2 sequences of [2, 3]",
    );
    refused(
        unpad_sequence(&x, &[3, 4], true),
        ErrorKind::Value,
        "unpad_sequence: length 4 of sequence 1 exceeds the 3 steps",
    );
    refused(
        unpad_sequence(&tensor!([1.0]), &[1], true),
        ErrorKind::Shape,
        "unpad_sequence: expected at least two dimensions",
    );
    Ok(())
}

#[test]
fn parameters_go_to_a_vector_and_back() -> Result<()> {
    let layer = Linear::new(2, 3)?;
    let parameters = layer.parameters();
    let vector = parameters_to_vector(&parameters)?;
    assert!(vector.equal(&parameters_to_vector(parameters)?)?);
    assert_eq!(vector.shape(), [9]);
    vector.square()?.sum()?.backward()?;
    let weight = layer.weight.reshape(-1)?.to_vec::<f32>()?;
    let doubled: Vec<f32> = weight.iter().map(|w| 2.0 * w).collect();
    assert_eq!(
        layer.weight.grad().unwrap().reshape(-1)?.to_vec::<f32>()?,
        doubled
    );

    vector_to_parameters(&Tensor::arange(0, 9, 1, DType::F32)?, layer.parameters())?;
    assert_eq!(
        layer.weight.to_vec2::<f32>()?,
        [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    );
    assert!(layer.weight.requires_grad() && layer.weight.is_leaf());
    for wrong in [Tensor::zeros([8], ())?, Tensor::zeros([3, 3], ())?] {
        refused(
            vector_to_parameters(&wrong, layer.parameters()),
            ErrorKind::Shape,
            "vector_to_parameters: the parameters have 9 elements, but the vector has shape",
        );
    }
    refused(
        parameters_to_vector(Vec::<Parameter>::new()),
        ErrorKind::Value,
        "parameters_to_vector: expected at least one parameter",
    );
    Ok::<(), Error>(())
}
