//! Reading and writing by index.

use super::agree::{Close, Input, agree};
use super::image::{Image, Rng, Values};
use super::{for_shapes, guarded, limited, tell_refusals};
use DType::*;
use rushlight_backend::{Backend, DType, IndexOp, Layout, ScatterMode, View, plan};
use rushlight_wgpu::Gpu;

/// An operation, the index's shape and the shape of what is read or written, for a table of a shape.
fn draw(rng: &mut Rng, table: &[usize]) -> Option<(IndexOp, Vec<usize>, Vec<usize>, usize)> {
    if table.is_empty() {
        return None;
    }
    let dim = rng.below(table.len());
    let some = |rng: &mut Rng| if table[dim] == 0 { 0 } else { rng.below(12) };
    if rng.below(2) == 0 {
        let count = some(rng);
        let mut shape = table.to_vec();
        shape[dim] = count;
        return Some((
            IndexOp::Select { dim: dim as u8 },
            vec![count],
            shape,
            table[dim],
        ));
    }
    let mut shape: Vec<usize> = table
        .iter()
        .map(|n| n - rng.below(n.min(&2) + 1).min(*n))
        .collect();
    shape[dim] = some(rng);
    Some((
        IndexOp::Gather { dim: dim as u8 },
        shape.clone(),
        shape,
        table[dim],
    ))
}

fn check_gather(gpu: &Gpu, dtype: DType, cases: u32) {
    for_shapes(gpu, cases, |table, rng| {
        let Some((f, index, shape, size)) = draw(rng, table) else {
            return Ok(());
        };
        let positions = rng.pick(&[I64, I64, I32]);
        let inputs = [
            Input::Own(Image::input(rng, dtype, table, Values::Wild)),
            Input::Own(Image::input(rng, positions, &index, Values::Index(size))),
        ];
        let out = Image::fresh(rng, dtype, &shape);
        agree(
            gpu,
            &format!("{f:?}"),
            &inputs,
            &[out],
            Close::Exact,
            &|b, x, y| b.gather(plan::gather(f, &[x[0], x[1]], y[0].into())?),
        )
    });
}

#[test]
fn reading_by_index() {
    let Some(gpu) = guarded() else { return };
    for dtype in [F32, F16, I64, U8, F64, Bool] {
        check_gather(&gpu, dtype, 14);
    }
    tell_refusals();
}

#[test]
fn reading_by_index_beyond_one_binding() {
    let Some(gpu) = limited() else { return };
    check_gather(&gpu, F32, 25);
    check_gather(&gpu, U8, 10);
    tell_refusals();
}

fn check_scatter(gpu: &Gpu, mode: ScatterMode, dtype: DType, cases: u32) {
    let close = match mode {
        ScatterMode::Add | ScatterMode::Mul if dtype == F64 => Close::Within(1e-13, 1e-13),
        // The CPU rounds after each element, the GPU once.
        ScatterMode::Add | ScatterMode::Mul if dtype == F16 => Close::Within(0.01, 0.02),
        ScatterMode::Add | ScatterMode::Mul if dtype == BF16 => Close::Within(0.08, 0.1),
        ScatterMode::Add | ScatterMode::Mul if dtype.is_float() => Close::Within(1e-5, 1e-5),
        _ => Close::Exact,
    };
    for_shapes(gpu, cases, |table, rng| {
        let Some((f, index, shape, size)) = draw(rng, table) else {
            return Ok(());
        };
        let positions = rng.pick(&[I64, I64, I32]);
        let inputs = [
            Input::Own(Image::input(rng, positions, &index, Values::Index(size))),
            Input::Own(Image::input(rng, dtype, &shape, Values::Near(2.0))),
        ];
        let out = Image::output(rng, dtype, table);
        agree(
            gpu,
            &format!("{mode:?} {f:?}"),
            &inputs,
            &[out],
            close,
            &|b, x, y| b.scatter(plan::scatter(f, mode, &[x[0], x[1]], y[0].into())?),
        )
    });
}

#[test]
fn writing_by_index() {
    let Some(gpu) = guarded() else { return };
    let modes = [
        ScatterMode::Set,
        ScatterMode::Add,
        ScatterMode::Mul,
        ScatterMode::Max,
        ScatterMode::Min,
    ];
    for (i, mode) in modes.into_iter().enumerate() {
        check_scatter(&gpu, mode, F32, 14);
        check_scatter(&gpu, mode, [I64, F16, U8, F64, I32][i], 6);
        check_scatter(&gpu, mode, [Bool, I64, BF16, I32, F64][i], 6);
    }
    tell_refusals();
}

#[test]
fn writing_by_index_beyond_one_binding() {
    let Some(gpu) = limited() else { return };
    check_scatter(&gpu, ScatterMode::Set, F32, 15);
    check_scatter(&gpu, ScatterMode::Add, F32, 15);
    tell_refusals();
}

/// An operation on a table, an index and what is read or written.
type Run<'a> = dyn Fn(&dyn Backend, [&View<'_>; 3]) -> rushlight_backend::Result<()> + 'a;

/// Runs on both; the errors must say the same, but that a GPU reports 32 bits of an index.
fn refuses(run: &Run<'_>) {
    let Some(gpu) = guarded() else { return };
    let (most, least) = (i64::from(i32::MAX), i64::from(i32::MIN));
    for bad in [5, -1, most - 1, most, 1 << 40, least, i64::MIN] {
        let told = |b: &dyn Backend| -> String {
            let layouts = [[5, 3], [2, 3], [2, 3]].map(|s| Layout::contiguous(s.into()));
            let mut index = [0i64; 6];
            index[4] = bad;
            let storages = [
                b.upload(bytemuck::cast_slice(&[1.0f32; 15])).unwrap(),
                b.upload(bytemuck::cast_slice(&index)).unwrap(),
                b.upload(bytemuck::cast_slice(&[2.0f32; 6])).unwrap(),
            ];
            let view = |i: usize, dtype| View::new(&storages[i], &layouts[i], dtype).unwrap();
            let views = [view(0, F32), view(1, I64), view(2, F32)];
            let result = run(b, [&views[0], &views[1], &views[2]]).and_then(|()| b.synchronize());
            result.unwrap_err().message().to_owned()
        };
        let cpu = told(&rushlight_cpu::Cpu);
        let words = match bad.clamp(least, most) {
            reported if reported == most => format!("{most} or more"),
            reported if reported == least => format!("{least} or less"),
            reported => reported.to_string(),
        };
        assert!(cpu.contains(&format!("index {bad} is out")), "{cpu}");
        assert_eq!(told(&gpu), cpu.replace(&bad.to_string(), &words));
    }
    gpu.check_guards().unwrap();
}

#[test]
fn an_index_out_of_range_is_the_same_error_as_on_the_cpu() {
    refuses(&|b, [table, index, other]| {
        b.gather(plan::gather(
            IndexOp::Gather { dim: 0 },
            &[*table, *index],
            (*other).into(),
        )?)
    });
}

#[test]
fn writing_out_of_range_is_the_same_error_as_on_the_cpu() {
    let f = IndexOp::Gather { dim: 0 };
    for mode in [ScatterMode::Set, ScatterMode::Add] {
        refuses(&|b, [table, index, other]| {
            b.scatter(plan::scatter(f, mode, &[*index, *other], (*table).into())?)
        });
    }
}
