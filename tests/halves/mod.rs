//! float16 and bfloat16: what is made of several operations is computed in float32 and rounded once, values and gradients alike.

mod compositions;
mod optimizers;
mod patterns;

use rushlight::nn::functional::{ScaledDotProductAttentionOptions, scaled_dot_product_attention};
use rushlight::optim::Adam;
use rushlight::{DType, Device, Result, Tensor, linalg, prelude::*};
use rushlight_tests::conformance::halves::{Run, Skipped, compare};
use rushlight_tests::devices;
use std::collections::BTreeSet;
use std::path::Path;

const HALVES: [DType; 2] = [DType::F16, DType::BF16];

/// Layers that call other layers, each of which rounds what it gives.
const OF_OTHER_LAYERS: [&str; 6] = [
    "MultiheadAttention",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
];

/// Their derivatives, sums of powers with exponents from 3 on, leave the range of float32 near the ends of bfloat16's.
const BEYOND_FLOAT32: [&str; 2] = ["polygamma", "special.polygamma"];

/// What is defined for float32 and float64 alone, as in PyTorch: functions of matrices, Fourier transforms, windows.
const REFUSES_HALVES: [&str; 54] = [
    "cholesky_inverse",
    "cholesky_solve",
    "det",
    "fft.hfft",
    "fft.hfft2",
    "fft.hfftn",
    "fft.irfft",
    "fft.irfft2",
    "fft.irfftn",
    "inverse",
    "linalg.cholesky",
    "linalg.cholesky_ex",
    "linalg.cond",
    "linalg.det",
    "linalg.eigvalsh",
    "linalg.inv",
    "linalg.inv_ex",
    "linalg.lstsq",
    "linalg.lu",
    "linalg.lu_factor",
    "linalg.lu_factor_ex",
    "linalg.lu_solve",
    "linalg.matrix_power",
    "linalg.matrix_rank",
    "linalg.norm",
    "linalg.pinv",
    "linalg.qr",
    "linalg.slogdet",
    "linalg.solve",
    "linalg.solve_ex",
    "linalg.solve_triangular",
    "linalg.svdvals",
    "linalg.tensorinv",
    "linalg.tensorsolve",
    "logdet",
    "matrix_power",
    "nanquantile",
    "nn.CTCLoss",
    "nn.functional.ctc_loss",
    "norm",
    "pinverse",
    "quantile",
    "signal.windows.bartlett",
    "signal.windows.blackman",
    "signal.windows.cosine",
    "signal.windows.exponential",
    "signal.windows.gaussian",
    "signal.windows.general_cosine",
    "signal.windows.general_hamming",
    "signal.windows.hamming",
    "signal.windows.hann",
    "signal.windows.kaiser",
    "signal.windows.nuttall",
    "slogdet",
];

fn halves(values: &[f32], dtype: DType, device: &Device) -> Result<Tensor> {
    Tensor::from_slice(values, values.len())?.to((dtype, device))
}

fn numbers(t: &Tensor) -> Result<Vec<f64>> {
    t.detach().to(&Device::CPU)?.to(DType::F64)?.to_vec()
}

#[test]
fn squares_beyond_the_range_have_a_root() -> Result<()> {
    for device in devices() {
        let x = halves(&[300.0], DType::F16, &device)?.requires_grad_(true)?;
        let norm = linalg::vector_norm(&x, 2.0, (), false)?;
        norm.backward()?;
        assert_eq!((numbers(&norm)?, norm.dtype()), (vec![300.0], DType::F16));
        assert_eq!(numbers(&x.grad().unwrap())?, [1.0]);
    }
    Ok(())
}

#[test]
fn products_beyond_the_range_may_be_scaled_back() -> Result<()> {
    for device in devices() {
        let [zero, a] = [0.0, 300.0].map(|x| halves(&[x], DType::F16, &device));
        let (zero, a) = (zero?, a?.requires_grad_(true)?);
        let y = zero.addcmul(&a, &a, 0.001)?;
        y.sum()?.backward()?;
        assert_eq!((numbers(&y)?, y.dtype()), (vec![90.0], DType::F16));
        // 0.6 rounded once.
        assert_eq!(numbers(&a.grad().unwrap())?, [0.60009765625]);
        zero.addcmul_(&a.detach(), &a.detach(), 0.001)?;
        assert_eq!(numbers(&zero)?, [90.0]);
    }
    Ok(())
}

/// A number next to a half is not rounded to it, nor is a product before the sum that it is part of.
#[test]
fn numbers_keep_their_digits() -> Result<()> {
    for device in devices() {
        let x = halves(&[1.0], DType::BF16, &device)?;
        let y = halves(&[3.0], DType::BF16, &device)?;
        // The factor lies between 1 and the next bfloat16, 1 + 1/128.
        let factor = 1.0 + 1.0 / 256.0 + 1.0 / 512.0;
        let expected = halves(&[1.0 + 3.0 * factor as f32], DType::BF16, &device)?;
        let sum = x.add_alpha(&y, factor)?;
        assert_eq!(numbers(&sum)?, numbers(&expected)?);
        x.add_alpha_(&y, factor)?;
        assert_eq!(numbers(&x)?, numbers(&expected)?);
    }
    Ok(())
}

/// Computed in float32, as PyTorch does; other functions of matrices refuse halves, as PyTorch's do.
#[test]
fn the_exponential_of_a_matrix() -> Result<()> {
    for device in devices() {
        for half in HALVES {
            let a = halves(&[0.0, 1.5, 0.0, 0.0], half, &device)?
                .reshape([2, 2])?
                .requires_grad_(true)?;
            let y = a.matrix_exp()?;
            y.sum()?.backward()?;
            let y = y.reshape(-1)?;
            assert_eq!((numbers(&y)?, y.dtype()), (vec![1.0, 1.5, 0.0, 1.0], half));
            let gradient = numbers(&a.grad().unwrap().reshape(-1)?)?;
            assert_eq!(gradient, [1.75, 1.0, 2.875, 1.75], "{half} on {device}");
        }
    }
    Ok(())
}

/// A slope that follows from the result needs more digits of it than a half has.
#[test]
fn slopes_of_saturated_functions() -> Result<()> {
    for device in devices() {
        for (x, f, slope) in [
            (
                4.0,
                Tensor::tanh as fn(&Tensor) -> Result<Tensor>,
                1.3409506830258968e-3,
            ),
            (8.0, Tensor::sigmoid, 3.3523767075636815e-4),
            (-9.0, Tensor::expm1, 1.2340980408667956e-4),
        ] {
            let x = halves(&[x], DType::F16, &device)?.requires_grad_(true)?;
            f(&x)?.sum()?.backward()?;
            let got = numbers(&x.grad().unwrap())?[0];
            assert!((got / slope - 1.0).abs() < 1e-3, "{got}, expected {slope}");
        }
    }
    Ok(())
}

/// Values that differ little from each other: what the gradients of queries and keys are made of is lost once the result is rounded.
#[test]
fn gradients_of_attention_do_not_read_a_rounded_result() -> Result<()> {
    for device in devices() {
        for half in HALVES {
            let wave = |n: usize, offset: f32, step: f32| -> Vec<f32> {
                (0..n)
                    .map(|i| offset + step * ((i * 7 % 11) as f32 - 5.0))
                    .collect()
            };
            let base = if half == DType::F16 { 256.0 } else { 128.0 };
            let inputs = [
                wave(12, 0.0, 0.25),
                wave(20, 0.25, 0.5),
                wave(10, base, 1.0),
            ];
            let shapes = [[1, 3, 4], [1, 5, 4], [1, 5, 2]];
            let run =
                |target: (DType, &Device), plain: bool, causal: bool| -> Result<Vec<Vec<f64>>> {
                    let mut inputs = inputs
                        .iter()
                        .zip(shapes)
                        .map(|(x, shape)| {
                            halves(x, half, &Device::CPU)?
                                .reshape(shape)?
                                .to(target)?
                                .requires_grad_(true)
                        })
                        .collect::<Result<Vec<_>>>()?;
                    let [q, k, v] = &inputs[..] else {
                        unreachable!()
                    };
                    let y = if plain {
                        q.attention(k, v, 0.5, causal)?
                    } else {
                        let options = ScaledDotProductAttentionOptions::new().is_causal(causal);
                        scaled_dot_product_attention(q, k, v, options)?
                    };
                    let slopes = Tensor::arange(1, 7, 1, &Device::CPU)?.to(target)?;
                    y.mul(&slopes.reshape(y.shape())?)?.sum()?.backward()?;
                    let mut grads = vec![y];
                    grads.extend(inputs.drain(..).filter_map(|x| x.grad()));
                    grads.iter().map(|t| numbers(&t.reshape(-1)?)).collect()
                };
            for (plain, causal) in [(true, false), (true, true), (false, false), (false, true)] {
                let got = run((half, &device), plain, causal)?;
                let want = run((DType::F64, &Device::CPU), plain, causal)?;
                for (got, want) in got.iter().flatten().zip(want.iter().flatten()) {
                    // Values around 256 in float32 leave the differences four digits after the point.
                    let unit = half.epsilon() * want.abs().max(1.0);
                    let close = (got - want).abs() <= unit;
                    assert!(close, "{half} on {device}: {got}, expected {want}");
                }
            }
        }
    }
    Ok(())
}

/// What flows back to a half that is used many times is summed in float32.
#[test]
fn many_small_gradients_are_summed() -> Result<()> {
    for device in devices() {
        let x = halves(&[1.0], DType::BF16, &device)?.requires_grad_(true)?;
        let mut sum = x.mul(1.0)?.float()?;
        for _ in 1..1000 {
            sum = sum.add(&x.mul(1.0)?.float()?)?;
        }
        sum.sum()?.backward()?;
        assert_eq!(numbers(&x.grad().unwrap())?, [1000.0]);
    }
    Ok(())
}

#[test]
fn adam_without_a_gradient_stays() -> Result<()> {
    for device in devices() {
        for half in HALVES {
            let p = Parameter::new(halves(&[1.0], half, &device)?)?;
            let mut adam = Adam::new([p.clone()], 0.1)?;
            // The moments of the second step are 1e-5 and 1e-11: 0.1 (1e-5 / 0.19) / √(1e-11 / 0.001999) = 0.0744.
            for (gradient, expected) in [(0.0, 1.0), (1e-4, 0.9256)] {
                p.set_grad(Some(halves(&[gradient], half, &device)?))?;
                adam.step()?;
                let got = numbers(&p)?[0];
                assert!((got - expected).abs() < 0.004, "{half} on {device}: {got}");
            }
        }
    }
    Ok(())
}

/// What the conformance selection calls, of operators and modules, in a half and in float64. A new row of its tables is compared here too.
#[test]
fn every_call_rounds_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/selection");
    let mut wrong = Vec::new();
    let mut refused = BTreeSet::new();
    for device in devices() {
        for half in HALVES {
            for factor in [1.0, 8.0] {
                let run = Run {
                    device: device.clone(),
                    half,
                    factor,
                };
                for line in compare(&folder, &run).unwrap() {
                    let beyond = half == DType::BF16
                        && factor > 1.0
                        && BEYOND_FLOAT32.iter().any(|name| line.id.starts_with(name));
                    if beyond || OF_OTHER_LAYERS.contains(&line.subject.trim_start_matches("nn.")) {
                        continue;
                    }
                    let what = match line.errors {
                        Ok([value, gradient]) if value <= 1.0 && gradient <= 1.0 => continue,
                        Ok([value, gradient]) => {
                            format!("off by {value:.1} units, its gradient by {gradient:.1}")
                        }
                        Err(Skipped::Different(why)) => why,
                        Err(Skipped::NoAnswer) => continue,
                        Err(Skipped::Refused(_)) if device == Device::CPU => {
                            refused.insert(line.subject);
                            continue;
                        }
                        Err(Skipped::Refused(_))
                            if REFUSES_HALVES.contains(&line.subject.as_str()) =>
                        {
                            continue;
                        }
                        // Where a GPU lacks what the call computes in besides.
                        Err(Skipped::Refused(why)) if why.contains("float64") => continue,
                        Err(Skipped::Refused(why)) => format!("refused: {why}"),
                    };
                    wrong.push(format!(
                        "{half}, times {factor}, on {device}: {}: {what}",
                        line.id
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are off:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Whatever else refuses halves is a defect, and not a case less.
    let refused: Vec<&str> = refused.iter().map(String::as_str).collect();
    assert_eq!(refused, REFUSES_HALVES);
}
