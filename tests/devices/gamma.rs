//! The gamma function's logarithm, its derivatives and Hurwitz's zeta function in `float32`: within a few units in the last place of `float64`,
//! left of 0, next to poles, and around zeros, where a formula in `float32` would lose every digit.

use super::read;
use rushlight::{DType, Result, Tensor};
use rushlight_tests::devices;

type Function = fn(&Tensor) -> Result<Tensor>;

/// In float64, on the CPU.
fn exact(f: Function, x: &[f32]) -> Result<Vec<f64>> {
    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    f(&Tensor::from_slice(&x, x.len())?)?.to_vec()
}

/// Numbers from -12.5 to 12.5, on both sides of every pole, and on both sides of every sign change between two of them.
fn arguments(f: Function) -> Result<Vec<f32>> {
    let mut all: Vec<f32> = (0..1600).map(|i| (i as f32 - 800.37) / 64.0).collect();
    for n in 0..13 {
        for eps in [1.0, 2.0, 1000.0] {
            let (pole, step) = (-n as f32, eps * 2f32.powi(-20));
            all.extend([pole - step, pole + step]);
        }
    }
    all.extend([
        -1e-30, 1e-30, -1e-10, -1e-5, 1e-5, -55.5, -1234.3, -70001.27,
    ]);
    all.extend([1.0, 2.0].map(f32::next_up));
    all.extend([1.0, 2.0].map(f32::next_down));
    let grid: Vec<f32> = (0..4000).map(|i| (i as f32 - 3200.5) / 256.0).collect();
    let values = exact(f, &grid)?;
    for (x, y) in grid.windows(2).zip(values.windows(2)) {
        let poles = x[1] < 0.5 && x[0].ceil() == x[1].floor();
        if y[0] * y[1] >= 0.0 || poles {
            continue;
        }
        let (mut low, mut high) = (x[0], x[1]);
        for _ in 0..30 {
            let middle = 0.5 * (low + high);
            match exact(f, &[middle])?[0] * y[0] > 0.0 {
                true => low = middle,
                false => high = middle,
            }
        }
        all.extend([low, high, low.next_down(), high.next_up()]);
    }
    Ok(all)
}

#[test]
fn gamma_and_zeta_keep_their_digits() -> Result<()> {
    let functions: [(&str, Function, f64); 11] = [
        ("lgamma", Tensor::lgamma, 8.0),
        ("digamma", Tensor::digamma, 3.0),
        ("trigamma", Tensor::trigamma, 4.0),
        ("polygamma(2)", |x| x.polygamma(2), 6.0),
        ("polygamma(3)", |x| x.polygamma(3), 6.0),
        ("polygamma(4)", |x| x.polygamma(4), 6.0),
        ("zeta(2)", |x| x.rzeta(2.0), 6.0),
        ("zeta(3)", |x| x.rzeta(3.0), 6.0),
        ("zeta(4)", |x| x.rzeta(4.0), 6.0),
        ("zeta(5)", |x| x.rzeta(5.0), 6.0),
        ("zeta(11)", |x| x.rzeta(11.0), 6.0),
    ];
    for device in devices() {
        let mut wrong = Vec::new();
        for (name, f, most) in functions {
            let x = arguments(f)?;
            let want = exact(f, &x)?;
            let got = f(&Tensor::from_slice(&x, x.len())?.to(&device)?)?;
            let mut worst = (0.0, String::new());
            for ((x, got), want) in x.iter().zip(read::<f32>(&got)?).zip(want) {
                let rounded = want as f32;
                let unit = f64::from(rounded.abs().next_up() - rounded.abs());
                let off = (f64::from(got) - want).abs() / unit;
                let right = got == rounded || got.is_nan() && rounded.is_nan() || off <= most;
                if !right && (off.is_nan() || off > worst.0) {
                    worst = (
                        off,
                        format!("{name}({x:e}) is {got:e}, expected {want:e}: {off:.1} units"),
                    );
                }
            }
            if !worst.1.is_empty() {
                wrong.push(worst.1);
            }
        }
        assert!(wrong.is_empty(), "on {device}:\n{}", wrong.join("\n"));
    }
    Ok(())
}

/// What `float64` itself is held to, by a computation with 60 digits.
#[test]
fn reference_values() -> Result<()> {
    let cases: [(&str, Function, f64, f64); 10] = [
        (
            "lgamma",
            Tensor::lgamma,
            -2.4570248126983643,
            -1.1287842529645816e-7,
        ),
        ("lgamma", Tensor::lgamma, -7.5, -8.404537371451598),
        (
            "lgamma",
            Tensor::lgamma,
            -4.0392165184021,
            0.003900093078607435,
        ),
        (
            "lgamma",
            Tensor::lgamma,
            1.0000001192092896,
            -6.88094576425347e-8,
        ),
        (
            "digamma",
            Tensor::digamma,
            -0.504082977771759,
            2.72598562363812e-7,
        ),
        ("digamma", Tensor::digamma, -10.5, 2.3982391295357816),
        ("trigamma", Tensor::trigamma, -3.25, 19.474085068082155),
        ("polygamma(2)", |x| x.polygamma(2), -0.5, -0.82879664423432),
        ("zeta(3)", |x| x.rzeta(3.0), -2.5, 0.0541020258208637),
        ("zeta(5)", |x| x.rzeta(5.0), -1.25, -1020.0443214243576),
    ];
    for device in devices() {
        for (name, f, x, want) in cases {
            let x = Tensor::from_slice(&[x], 1)?.to((DType::F32, &device))?;
            let got = f64::from(read::<f32>(&f(&x)?)?[0]);
            assert!(
                (got / want - 1.0).abs() < 5e-7,
                "{name}({x}): {got}, expected {want}"
            );
        }
    }
    Ok(())
}
