//! Sums and counts.

use super::{HALVES, first, rounded};
use rushlight::autograd::{Backward, GradOptions, grad};
use rushlight::nn::functional as f;
use rushlight::prelude::*;
use rushlight::{Result, ScatterReduce};
use rushlight_tests::devices;

/// `n` ones of a dtype.
fn ones(n: usize, dtype: DType, device: &Device) -> Result<Tensor> {
    Tensor::ones(n, (dtype, device))
}

/// `n` zeros as an index.
fn zeros(n: usize, device: &Device) -> Result<Tensor> {
    Tensor::zeros(n, (DType::I64, device))
}

/// Runs backward from `y` with its gradient.
fn back(y: &Tensor, gradient: &Tensor) -> Result<()> {
    y.backward_with(Backward {
        gradient: Some(gradient),
        ..Backward::default()
    })
}

/// Runs `check` for both halves on every device with 3,000 ones, and what they add up to.
fn with_ones(check: impl Fn(&Tensor, &Tensor, f64, &Device) -> Result<()>) {
    for device in devices() {
        for dtype in HALVES {
            let n = 3000;
            let sum = rounded(n as f64, dtype).unwrap();
            let (ones, at) = (ones(n, dtype, &device).unwrap(), zeros(n, &device).unwrap());
            check(&ones, &at, sum, &device).unwrap_or_else(|e| panic!("{dtype} on {device}: {e}"));
        }
    }
}

#[test]
fn writing_by_index_adds_up_wide() {
    with_ones(|ones, at, sum, device| {
        let zero = ones.new_zeros(1)?;
        assert_eq!(first(&zero.scatter_add(0, at, ones)?)?, sum);
        assert_eq!(first(&zero.index_add(0, at, ones)?)?, sum);
        assert_eq!(first(&zero.put(at, ones, true)?)?, sum);
        assert_eq!(first(&zero.index_put(at, ones, true)?)?, sum);
        let reduced = |how| zero.scatter_reduce(0, at, ones, how, true);
        assert_eq!(first(&reduced(ScatterReduce::Sum)?)?, sum);
        // In place, over an old value.
        let x = ones.new_full(1, 8)?;
        x.scatter_add_(0, at, ones)?;
        assert_eq!(first(&x)?, rounded(3008.0, ones.dtype())?);
        // Rows, narrow and wide.
        for width in [2, 40] {
            let rows = ones.unsqueeze(1)?.expand([3000, width])?;
            let table = ones.new_zeros([1, width])?.index_add(0, at, &rows)?;
            assert_eq!(first(&table)?, sum, "rows of {width} on {device}");
        }
        Ok(())
    });
}

/// One number many times: each rounding errs the same way, and they add up. Short columns and long ones.
#[test]
fn sums_by_index_of_float32_are_right_to_the_last_digits() {
    for device in devices() {
        for n in [50, 20_000] {
            let x = Tensor::full(n, 0.1, (DType::F32, &device)).unwrap();
            let at = zeros(n, &device).unwrap();
            let sum = x.new_ones(1).unwrap().scatter_add(0, &at, &x).unwrap();
            let want = 1.0 + n as f64 * 0.1f32 as f64;
            let got = sum.item::<f32>().unwrap() as f64;
            assert!(
                (got - want).abs() <= 1e-7 * want,
                "{n} on {device}: {got}, not {want}"
            );
            let infinite = Tensor::full(1, f64::INFINITY, (DType::F32, &device)).unwrap();
            let sum = infinite.scatter_add(0, &at, &x).unwrap();
            assert_eq!(sum.item::<f32>().unwrap(), f32::INFINITY);
            let zero = Tensor::full(1, -0.0, (DType::F32, &device)).unwrap();
            let sum = zero.scatter_add(0, &at, &x.mul(-0.0).unwrap()).unwrap();
            assert!(
                sum.item::<f32>().unwrap().is_sign_negative(),
                "{n} on {device}"
            );
        }
    }
}

#[test]
fn products_by_index_are_rounded_once() {
    for device in devices() {
        // 1.01 to the 100th is 2.70; a product rounded at each step stays near 1.
        let step = Tensor::full(100, 1.0078125, (DType::BF16, &device)).unwrap();
        let at = zeros(100, &device).unwrap();
        let one = Tensor::ones(1, (DType::BF16, &device)).unwrap();
        let product = one.scatter_reduce(0, &at, &step, ScatterReduce::Prod, true);
        let want = rounded(1.0078125f64.powi(100), DType::BF16).unwrap();
        assert_eq!(first(&product.unwrap()).unwrap(), want, "{device}");
    }
}

#[test]
fn means_by_index_count_in_integers() {
    with_ones(|ones, at, _, device| {
        // The sum of 3,000 times 40 is beyond float16, and a count of halves stops at 2048 or 256.
        let x = ones.mul(40)?.requires_grad_(true)?;
        let zero = ones.new_zeros(1)?.requires_grad_(true)?;
        let mean = zero.scatter_reduce(0, at, &x, ScatterReduce::Mean, false)?;
        assert_eq!(first(&mean)?, 40.0);
        mean.sum()?.backward()?;
        let slope = rounded(1.0 / 3000.0, ones.dtype())?;
        assert_eq!(first(&x.grad().unwrap())?, slope, "{device}");
        let mean = zero
            .detach()
            .index_reduce(0, at, &x.detach(), ScatterReduce::Mean, true)?;
        assert_eq!(
            first(&mean)?,
            rounded(40.0 * 3000.0 / 3001.0, ones.dtype())?
        );
        Ok(())
    });
    for device in devices() {
        let x = Tensor::full(300, 100, (DType::I8, &device)).unwrap();
        let at = zeros(300, &device).unwrap();
        let zero = x.new_zeros(1).unwrap();
        let mean = zero.scatter_reduce(0, &at, &x, ScatterReduce::Mean, false);
        assert_eq!(mean.unwrap().to_vec::<i8>().unwrap(), [100], "{device}");
    }
}

#[test]
fn histograms_count_in_integers() {
    for device in devices() {
        for dtype in HALVES {
            let x = ones(5000, dtype, &device).unwrap();
            let counts = x.histc(2, 0.0, 4.0).unwrap();
            let all = rounded(5000.0, dtype).unwrap();
            assert_eq!(first(&counts).unwrap(), all, "{dtype} on {device}");
            let (counts, _) = x.histogram(2, Some((0.0, 4.0)), None, false).unwrap();
            assert_eq!(first(&counts).unwrap(), all);
            let (density, _) = x.histogram(2, Some((0.0, 4.0)), None, true).unwrap();
            assert_eq!(first(&density).unwrap(), 0.5);
            // Positions are found in the dtype that halves compute in: 3 times 60,000 is beyond float16.
            let x = Tensor::full(3, 3, (dtype, &device)).unwrap();
            let counts = x.histc(60_000, 0.0, 4.0).unwrap();
            let at = counts.narrow(0, 45_000, 1).unwrap();
            assert_eq!(first(&at).unwrap(), 3.0, "{dtype} on {device}");
        }
    }
}

#[test]
fn gradients_of_reading_by_index_add_up_wide() {
    type Read = fn(&Tensor, &Tensor) -> Result<Tensor>;
    let reads: [(&str, Read); 6] = [
        ("gather", |x, at| x.gather(0, at)),
        ("index_select", |x, at| x.index_select(0, at)),
        ("take", |x, at| x.take(at)),
        ("index", |x, at| x.i(at)),
        ("expand", |x, at| x.expand(at.shape())),
        ("repeat", |x, at| x.repeat([at.numel()])),
    ];
    with_ones(|ones, at, sum, device| {
        for (name, read) in reads {
            let x = ones.new_ones(1)?.requires_grad_(true)?;
            back(&read(&x, at)?, ones)?;
            assert_eq!(first(&x.grad().unwrap())?, sum, "{name} on {device}");
        }
        // A row of an embedding, plain, with padding, and divided by how often it is looked up.
        let g = ones.unsqueeze(1)?;
        let plain = f::EmbeddingOptions::new();
        let padded = plain.clone().padding_idx(1);
        let scaled = plain.clone().scale_grad_by_freq(true);
        for (options, want) in [(plain, sum), (padded, sum), (scaled, 1.0)] {
            let table = ones.new_ones([2, 1])?.requires_grad_(true)?;
            back(&f::embedding(at, &table, &options)?, &g)?;
            assert_eq!(
                first(&table.grad().unwrap())?,
                want,
                "{options:?} on {device}"
            );
        }
        Ok(())
    });
}

#[test]
fn bags_and_interpolation_add_up_wide() {
    with_ones(|ones, at, sum, device| {
        let offsets = zeros(1, device)?;
        for (mode, value, slope) in [(f::BagMode::Sum, sum, sum), (f::BagMode::Mean, 1.0, 1.0)] {
            let table = ones.new_ones([1, 1])?.requires_grad_(true)?;
            let bag = f::embedding_bag(at, &table, Some(&offsets), None, mode)?;
            assert_eq!(first(&bag)?, value, "{mode:?} on {device}");
            bag.sum()?.backward()?;
            assert_eq!(
                first(&table.grad().unwrap())?,
                slope,
                "{mode:?} on {device}"
            );
        }
        let g = ones.reshape([1, 1, 3000])?;
        for mode in [f::InterpolateMode::Nearest, f::InterpolateMode::Linear] {
            let x = ones.new_ones([1, 1, 1])?.requires_grad_(true)?;
            back(&f::interpolate(&x, 3000, mode)?, &g)?;
            assert_eq!(first(&x.grad().unwrap())?, sum, "{mode:?} on {device}");
        }
        let x = ones.new_ones(1)?.requires_grad_(true)?;
        back(&x.as_strided([3000], [0], 0)?, ones)?;
        assert_eq!(first(&x.grad().unwrap())?, sum, "as_strided on {device}");
        Ok(())
    });
}

/// A share of 1/70,000 has few digits in float16, and 1/70,000 of that none.
#[test]
fn gradients_of_large_bags_are_rounded_once() {
    let n = 70_000;
    for device in devices() {
        for dtype in HALVES {
            // With scaling the gradient of the only row is also divided by the number of its indices.
            for (scaled, gradient, slope) in [(false, 1.0, 1.0), (true, 8750.0, 0.125)] {
                let table = Tensor::ones([1, 1], (dtype, &device)).unwrap();
                let table = table.requires_grad_(true).unwrap();
                let options = f::EmbeddingBagOptions::new().scale_grad_by_freq(scaled);
                let (at, offsets) = (zeros(n, &device).unwrap(), zeros(1, &device).unwrap());
                let bag = f::embedding_bag(&at, &table, Some(&offsets), None, options).unwrap();
                back(&bag, &bag.detach().full_like(gradient).unwrap()).unwrap();
                let got = first(&table.grad().unwrap()).unwrap();
                let want = slope * rounded(gradient, dtype).unwrap() / gradient;
                let want = rounded(want, dtype).unwrap();
                assert_eq!(got, want, "{dtype} on {device}, scaled: {scaled}");
            }
        }
    }
}

/// 300 windows over one pixel: columns added back to the plane, and the gradient of taking them.
#[test]
fn overlapping_windows_add_up_wide() {
    for device in devices() {
        let n = 300;
        let options = f::FoldOptions::new().padding([0, n - 1]);
        let bf16 = (DType::BF16, &device);
        let columns = Tensor::ones([1, n, n], bf16).unwrap();
        let plane = f::fold(&columns, 1, [1, n], &options).unwrap();
        assert_eq!(first(&plane).unwrap(), 300.0, "fold on {device}");
        let x = Tensor::ones([1, 1, 1, 1], bf16).unwrap();
        let x = x.requires_grad_(true).unwrap();
        back(&f::unfold(&x, [1, n], &options).unwrap(), &columns).unwrap();
        assert_eq!(
            first(&x.grad().unwrap()).unwrap(),
            300.0,
            "unfold on {device}"
        );
    }
}

#[test]
fn a_gradient_shared_among_many_is_counted_in_integers() {
    with_ones(|ones, at, _, device| {
        let part = rounded(1.0 / 3000.0, ones.dtype())?;
        let x = ones.copy()?.requires_grad_(true)?;
        x.amax(0, false)?.backward()?;
        assert_eq!(first(&x.grad().unwrap())?, part, "amax on {device}");
        let zero = ones.new_zeros(1)?.requires_grad_(true)?;
        let x = ones.copy()?.requires_grad_(true)?;
        zero.scatter_reduce(0, at, &x, ScatterReduce::Amax, true)?
            .sum()?
            .backward()?;
        assert_eq!(first(&x.grad().unwrap())?, part, "scatter amax on {device}");
        Ok(())
    });
}

#[test]
fn contributions_to_one_gradient_add_up_wide() {
    for device in devices() {
        for dtype in HALVES {
            let n = if dtype == DType::BF16 { 300 } else { 2100 };
            let x = Tensor::ones(1, (dtype, &device)).unwrap();
            let x = x.requires_grad_(true).unwrap();
            // Each use contributes 1 to the gradient.
            let uses: Vec<Tensor> = (0..n).map(|_| x.add(1.0).unwrap()).collect();
            let uses: Vec<&Tensor> = uses.iter().collect();
            for create_graph in [false, true] {
                let y = Tensor::cat(&uses, 0).unwrap().sum().unwrap();
                let options = GradOptions {
                    create_graph,
                    retain_graph: true,
                    ..GradOptions::default()
                };
                let grads = grad(&[&y], &[&x], options).unwrap();
                let g = grads[0].as_ref().unwrap();
                assert_eq!(g.dtype(), dtype);
                let want = rounded(n as f64, dtype).unwrap();
                assert_eq!(first(g).unwrap(), want, "{dtype} on {device}");
            }
        }
    }
}

#[test]
fn running_sums_and_means_of_halves_are_rounded_once() {
    with_ones(|ones, _, sum, device| {
        let last = |t: Tensor| first(&t.narrow(0, 2999, 1)?);
        assert_eq!(last(ones.cumsum(0)?)?, sum, "{device}");
        let x = ones.copy()?.requires_grad_(true)?;
        back(&x.cumsum(0)?, &ones.detach())?;
        assert_eq!(first(&x.grad().unwrap())?, sum, "{device}");
        assert_eq!(first(&ones.sum_to_size(1)?)?, sum);
        // Sums beyond float16.
        let large = ones.detach().mul(1000)?;
        let large_value = first(&large)?;
        assert_eq!(first(&large.mean()?)?, large_value, "{device}");
        assert_eq!(first(&large.nanmean((), false)?)?, large_value, "{device}");
        Ok(())
    });
}
