//! Methods that are compositions of others, and `signbit`, against PyTorch's numbers.

use rushlight_tensor::{DType, Result, Tensor, tensor};

#[track_caller]
fn near(x: Result<Tensor>, expected: &[f32]) {
    let values = x.and_then(|x| x.to_vec::<f32>()).unwrap();
    assert_eq!(values.len(), expected.len());
    for (a, b) in values.iter().zip(expected) {
        let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-6 + 1e-5 * b.abs();
        assert!(close, "{values:?}, expected {expected:?}");
    }
}

#[test]
fn functions_of_one_element() -> Result<()> {
    let x = tensor!([-1.5, -0.0, 0.0, 0.3, 2.345]);
    assert_eq!(
        x.signbit()?.to_vec::<bool>()?,
        [true, true, false, false, false]
    );
    assert_eq!(
        tensor!([-1, 0, 1]).signbit()?.to_vec::<bool>()?,
        [true, false, false]
    );
    near(
        x.sinc(),
        &[-0.212_206_58, 1.0, 1.0, 0.858_393_7, 0.119_962_2],
    );
    near(x.round_decimals(2), &[-1.5, -0.0, 0.0, 0.3, 2.34]);
    near(
        tensor!([1234.5, -55.0]).round_decimals(-2),
        &[1200.0, -100.0],
    );
    near(
        tensor!([0.1, 0.5, 0.9]).logit(),
        &[-2.197_224_6, 0.0, 2.197_224_6],
    );
    let odd = tensor!([f32::NAN, f32::NEG_INFINITY, f32::INFINITY, 1.0]);
    near(
        odd.nan_to_num(0.0, None, None),
        &[0.0, f32::MIN, f32::MAX, 1.0],
    );
    near(
        odd.nan_to_num(7.0, Some(1.0), Some(-1.0)),
        &[7.0, -1.0, 1.0, 1.0],
    );
    Ok(())
}

#[test]
fn statistics() {
    near(tensor!([1.0, 2.0, 4.0]).var(), &[2.333_333_3]);
    near(
        tensor!([[1.0, 2.0], [4.0, 8.0]]).std_dim(1, 1.0, false),
        &[std::f32::consts::FRAC_1_SQRT_2, 2.828_427],
    );
    let low = f32::NEG_INFINITY;
    near(
        tensor!([[1.0, 2.0], [low, low]]).logsumexp(1, false),
        &[2.313_261_7, low],
    );
    near(tensor!([3.0, -4.0]).norm(), &[5.0]);
    near(tensor!([3.0, -4.0]).norm_dim(3.0, 0, false), &[4.497_941_5]);
    near(tensor!([3.0, 1.0, 2.0, 4.0]).median(), &[2.0]);
}

#[test]
fn repeating_and_turning() -> Result<()> {
    let x = tensor!([[1, 2], [3, 4]]);
    assert_eq!(x.repeat([2, 1, 2])?.shape(), [2, 2, 4]);
    assert_eq!(
        x.repeat([1, 2])?.to_vec2::<i64>()?,
        [[1, 2, 1, 2], [3, 4, 3, 4]]
    );
    assert_eq!(x.flip([0, 1])?.to_vec2::<i64>()?, [[4, 3], [2, 1]]);
    assert_eq!(x.roll(1, 0)?.to_vec2::<i64>()?, [[3, 4], [1, 2]]);
    assert_eq!(
        x.roll([1, isize::MIN + 1], [0, 1])?.to_vec2::<i64>()?,
        [[4, 3], [2, 1]]
    );
    assert_eq!(
        x.repeat_interleave(2, 1)?.to_vec2::<i64>()?,
        [[1, 1, 2, 2], [3, 3, 4, 4]]
    );
    assert_eq!(x.tril(0)?.to_vec2::<i64>()?, [[1, 0], [3, 4]]);
    assert_eq!(x.triu(1)?.to_vec2::<i64>()?, [[0, 2], [0, 0]]);
    assert_eq!(
        tensor!([2, 0]).one_hot(3)?.to_vec2::<i64>()?,
        [[0, 0, 1], [1, 0, 0]]
    );
    assert_eq!(
        tensor!([2, 0]).one_hot(None)?.to_vec2::<i64>()?,
        [[0, 0, 1], [1, 0, 0]]
    );
    assert_eq!(
        tensor!([1, 2]).diag(1)?.to_vec2::<i64>()?,
        [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
    );
    let (values, indices) = tensor!([5, 1, 4]).topk(2, 0, true)?;
    assert_eq!(
        (values.to_vec::<i64>()?, indices.to_vec::<i64>()?),
        (vec![5, 4], vec![0, 2])
    );
    Ok(())
}

#[test]
fn layer_norm_of_nothing_and_of_halves() -> Result<()> {
    let empty = Tensor::ones([2, 0], ())?;
    assert_eq!(empty.layer_norm(0, None, None, 1e-5)?.shape(), [2, 0]);
    let wrong = empty.layer_norm(0, Some(&Tensor::ones(1, ())?), None, 1e-5);
    assert!(wrong.unwrap_err().to_string().contains("weight"));
    let (x, w) = (tensor!([1.0, 3.0]).to(DType::F16)?, tensor!([2.0, 1.0]));
    let y = x.layer_norm(2, Some(&w), None, 0.0)?;
    assert_eq!(y.dtype(), DType::F16);
    near(y.float(), &[-2.0, 1.0]);
    Ok(())
}

#[test]
fn frexp_takes_every_number_apart() -> Result<()> {
    let (m, e) = tensor!([1e-45f32, 1.0, 0.99999994, -0.0, f32::MAX, f32::NEG_INFINITY]).frexp()?;
    let expected = [0.5, 0.5, 0.99999994, -0.0, 0.99999994, f32::NEG_INFINITY];
    assert_eq!(m.to_vec::<f32>()?, expected);
    assert_eq!(e.to_vec::<i32>()?, [-148, 1, 0, 0, 128, 0]);
    let (m, e) = Tensor::from_slice(&[5e-324, f64::MAX], 2)?.frexp()?;
    assert_eq!(m.to_vec::<f64>()?, [0.5, 1.0 - f64::EPSILON / 2.0]);
    assert_eq!(e.to_vec::<i32>()?, [-1073, 1024]);
    let powers: Vec<f64> = (-1022..1024).map(|e| 2f64.powi(e)).collect();
    let (m, _) = Tensor::from_slice(&powers, powers.len())?.frexp()?;
    assert!(m.eq(0.5)?.all()?.item::<bool>()?);
    Ok(())
}
