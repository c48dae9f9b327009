//! Pooling.

use crate::support::sample::{DTYPES, Sample, both, layouts, near, same};
use crate::support::{gpu, open};
use rushlight_backend::{
    Backend, DType, Dims, Fused, Layout, Output, Pool, PoolKind, View, Windows, plan,
};
use rushlight_wgpu::{Gpu, Options};
use std::sync::Arc;

fn dims(sizes: &[usize]) -> Dims {
    sizes.iter().copied().collect()
}

/// Windows of these sizes, steps, paddings and dilations over `space`, as many as fit.
fn sliding(
    space: &[usize],
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> (Windows, Dims) {
    let n = space.len();
    let pooled = space
        .iter()
        .map(|s| (s + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)
        .collect();
    let windows = Windows::Sliding {
        kernel: Dims::filled(kernel, n),
        stride: Dims::filled(stride, n),
        padding: Dims::filled(padding, n),
        dilation: Dims::filled(dilation, n),
        count_padding: true,
        divisor: None,
    };
    (windows, pooled)
}

/// All three kinds over `[2, 3, *space]`, each in two layouts.
fn check(gpu: &Gpu, what: &str, windows: Windows, space: &[usize], pooled: Dims, dtype: DType) {
    let shape = |sizes: &[usize]| -> Vec<usize> { [2, 3].iter().chain(sizes).copied().collect() };
    let (large, small) = (layouts(&shape(space)), layouts(&shape(&pooled)));
    for kind in [PoolKind::Max, PoolKind::Avg, PoolKind::AvgGrad] {
        let pool = Pool {
            kind,
            windows: windows.clone(),
            space: dims(space),
            pooled,
        };
        for k in 0..2 {
            let what = format!("{what}: {kind:?} of {dtype}, layout {k}");
            let (x, y) = match kind {
                PoolKind::AvgGrad => (small[k], large[(k + 1) % 3]),
                _ => (large[k], small[(k + 1) % 3]),
            };
            let x = Sample::noise(x, dtype, 1);
            let y = Sample::noise(y, dtype, 2);
            let at = Sample::noise(small[k], DType::I64, 3);
            let outs: &[&Sample] = if kind == PoolKind::Max {
                &[&y, &at]
            } else {
                &[&y]
            };
            if dtype == DType::F64 {
                near(gpu, &what, 1e-14, &[&x], outs, |b, i, o| {
                    b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
                });
            } else {
                same(gpu, &what, &[&x], outs, |b, i, o| {
                    b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
                });
            }
        }
    }
}

#[test]
fn every_dtype() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        let (windows, pooled) = sliding(&[7, 6], 3, 2, 1, 1);
        check(&gpu, "sliding", windows, &[7, 6], pooled, dtype);
    }
}

#[test]
fn windows_of_every_kind_over_one_to_three_dimensions() {
    let Some(gpu) = gpu() else { return };
    for space in [&[9][..], &[9, 7], &[5, 6, 7]] {
        for (kernel, stride, padding, dilation) in
            [(2, 2, 0, 1), (3, 1, 1, 1), (2, 3, 1, 2), (4, 2, 2, 1)]
        {
            let (windows, pooled) = sliding(space, kernel, stride, padding, dilation);
            check(
                &gpu,
                &format!("{space:?} {kernel}"),
                windows.clone(),
                space,
                pooled,
                DType::F32,
            );
            let Windows::Sliding {
                kernel,
                stride,
                padding,
                dilation,
                ..
            } = windows
            else {
                continue;
            };
            for divisor in [None, Some(5)] {
                let windows = Windows::Sliding {
                    kernel,
                    stride,
                    padding,
                    dilation,
                    count_padding: false,
                    divisor,
                };
                check(
                    &gpu,
                    &format!("{space:?} {divisor:?}"),
                    windows,
                    space,
                    pooled,
                    DType::F32,
                );
            }
        }
        for pooled in [1, 2, 4, 11] {
            let pooled = Dims::filled(pooled, space.len());
            check(
                &gpu,
                &format!("{space:?} {pooled:?}"),
                Windows::Adaptive,
                space,
                pooled,
                DType::F32,
            );
        }
    }
}

#[test]
fn windows_over_the_edge_are_split() {
    let Some(gpu) = gpu() else { return };
    // As ceil_mode has it: one window more than fits.
    let (windows, pooled) = sliding(&[6, 8], 3, 2, 1, 1);
    let more = pooled.iter().map(|n| n + 1).collect();
    check(&gpu, "ceil", windows, &[6, 8], more, DType::F32);
}

#[test]
fn nan_wins_and_its_position_is_told() {
    let Some(gpu) = gpu() else { return };
    let layout = Layout::contiguous(Dims::from([2, 6, 6]));
    let x = Sample::new(layout, DType::F32, |i| {
        if i % 17 == 4 { f64::NAN } else { -(i as f64) }
    });
    let (windows, pooled) = sliding(&[6, 6], 2, 2, 0, 1);
    let out = Layout::contiguous(Dims::from([2, 3, 3]));
    let (y, at) = (
        Sample::noise(out, DType::F32, 2),
        Sample::noise(out, DType::I64, 3),
    );
    let pool = Pool {
        kind: PoolKind::Max,
        windows,
        space: dims(&[6, 6]),
        pooled,
    };
    near(&gpu, "NaN", 0.0, &[&x], &[&y, &at], |b, i, o| {
        b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
    });
}

#[test]
fn long_lines_adapt_exactly() {
    let Some(gpu) = gpu() else { return };
    let (space, pooled) = (100_003, 70_001);
    for kind in [PoolKind::Avg, PoolKind::AvgGrad] {
        let pool = Pool {
            kind,
            windows: Windows::Adaptive,
            space: dims(&[space]),
            pooled: dims(&[pooled]),
        };
        let (n, m) = if kind == PoolKind::Avg {
            (space, pooled)
        } else {
            (pooled, space)
        };
        let line = |n| Layout::contiguous(Dims::from([1, n]));
        let (x, y) = (
            Sample::noise(line(n), DType::F32, 1),
            Sample::noise(line(m), DType::F32, 2),
        );
        same(&gpu, "long", &[&x], &[&y], |b, i, o| {
            b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
        });
    }
}

#[test]
fn the_gradient_of_a_maximum_goes_where_it_was() {
    let Some(gpu) = gpu() else { return };
    let (planes, space) = (2, [9, 8]);
    let shape = |n: &[usize]| Layout::contiguous([planes].iter().chain(n).copied().collect());
    for (kernel, stride, padding, dilation) in [
        (2, 2, 0, 1),
        (3, 1, 1, 1),
        (3, 2, 1, 1),
        (2, 3, 1, 2),
        (0, 0, 0, 0),
    ] {
        let (windows, pooled) = match kernel {
            0 => (Windows::Adaptive, dims(&[4, 11])),
            _ => sliding(&space, kernel, stride, padding, dilation),
        };
        let pool = Pool {
            kind: PoolKind::Max,
            windows,
            space: dims(&space),
            pooled,
        };
        let x = Sample::noise(shape(&space), DType::F32, 1);
        let small = shape(&pooled);
        let [y, at] = [DType::F32, DType::I64].map(|dtype| Sample::noise(small, dtype, 2));
        let [_, told] = both(&gpu, &[&x], &[&y, &at], |b, i, o| {
            b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
        });
        let at = told.unwrap().remove(1);
        let mut expected = vec![0.0; planes * 72];
        let each = pooled.numel();
        for (i, (position, g)) in at.values().iter().zip(y.values()).enumerate() {
            expected[i / each * 72 + *position as usize] += g;
        }
        let f = Fused::MaxPoolGrad(Arc::new(pool));
        let [_, got] = both(&gpu, &[&y, &at], &[&x], |b, i, o| {
            plan::fused(&f, i, Output::shared(o))
                .and_then(|call| b.fused(call))
                .map(|_| ())
        });
        assert_eq!(got.unwrap()[0].values(), expected, "{kernel}");
    }
}

#[test]
fn planes_beyond_one_binding_and_memory_between_guards() {
    let limited = Options {
        binding_limit: Some(8192),
        ..Options::default()
    };
    let Some(gpu) = open(&limited) else { return };
    let (windows, pooled) = sliding(&[38, 38], 3, 2, 1, 1);
    let dense = |n: &[usize]| Layout::contiguous([2, 3].iter().chain(n).copied().collect());
    let pool = Pool {
        kind: PoolKind::Max,
        windows: windows.clone(),
        space: dims(&[38, 38]),
        pooled,
    };
    let x = Sample::noise(dense(&[38, 38]), DType::F32, 1);
    let [y, at] = [DType::F32, DType::I64].map(|dtype| Sample::noise(dense(&pooled), dtype, 2));
    same(&gpu, "limited", &[&x], &[&y, &at], |b, i, o| {
        b.pool(plan::pool(&pool, &i[0], Output::shared(o))?)
    });
    let guarded = Options {
        guards: true,
        ..Options::default()
    };
    let Some(gpu) = open(&guarded) else { return };
    for dtype in [DType::F32, DType::U8] {
        check(&gpu, "guarded", windows.clone(), &[38, 38], pooled, dtype);
    }
    gpu.check_guards().unwrap();
}

/// More elements than a software driver goes through in one thread: a mean of all of them is a reduction, a maximum is right or refused.
#[test]
fn one_window_over_a_large_plane() {
    let Some(gpu) = gpu() else { return };
    let layout = |sizes: &[usize]| Layout::contiguous(dims(sizes));
    let pool = |kind| Pool {
        kind,
        windows: Windows::Adaptive,
        space: dims(&[300, 300]),
        pooled: dims(&[1, 1]),
    };
    let ones = gpu.upload(&1.0f32.to_ne_bytes().repeat(90_000)).unwrap();
    let (y, at) = (gpu.alloc(4).unwrap(), gpu.alloc(8).unwrap());
    let (large, small) = (layout(&[1, 300, 300]), layout(&[1, 1, 1]));
    let x = View::new(&ones, &large, DType::F32).unwrap();
    let out = |storage, dtype| View::new(storage, &small, dtype).unwrap();
    let read = || {
        let mut bytes = [0; 4];
        gpu.download(&y, 0, &mut bytes).unwrap();
        f32::from_ne_bytes(bytes)
    };
    gpu.pool(
        plan::pool(
            &pool(PoolKind::Avg),
            &x,
            Output::shared(&[out(&y, DType::F32)]),
        )
        .unwrap(),
    )
    .unwrap();
    assert_eq!(read(), 1.0);
    let outs = [out(&y, DType::F32), out(&at, DType::I64)];
    match gpu.pool(plan::pool(&pool(PoolKind::Max), &x, Output::shared(&outs)).unwrap()) {
        Ok(()) => assert_eq!(read(), 1.0),
        Err(e) => assert!(e.message().starts_with("max_pool: windows of "), "{e}"),
    }
}
