//! Tensors of known numbers, handed to the CPU and to a GPU alike.

use half::{bf16, f16};
use rushlight_backend::{Backend, DType, Dims, Layout, Result, Storage, View};
use rushlight_cpu::Cpu;
use rushlight_wgpu::Gpu;

/// Every dtype.
pub const DTYPES: [DType; 10] = [
    DType::Bool,
    DType::U8,
    DType::I8,
    DType::I16,
    DType::I32,
    DType::I64,
    DType::F16,
    DType::BF16,
    DType::F32,
    DType::F64,
];

/// A tensor: its memory, and where in it the elements lie.
#[derive(Clone)]
pub struct Sample {
    pub bytes: Vec<u8>,
    pub layout: Layout,
    pub dtype: DType,
}

impl Sample {
    /// Elements `value(0)`, `value(1)`, … of memory, as many as `layout` reaches over.
    pub fn new(layout: Layout, dtype: DType, value: impl Fn(usize) -> f64) -> Sample {
        let mut bytes = Vec::new();
        for i in 0..layout.end() {
            push(&mut bytes, dtype, value(i));
        }
        Sample {
            bytes,
            layout,
            dtype,
        }
    }

    /// Of numbers from -8 to 8 in steps of 1/4, without pattern; integers for integer dtypes.
    pub fn noise(layout: Layout, dtype: DType, seed: usize) -> Sample {
        Sample::new(layout, dtype, |i| noise(i, seed))
    }

    /// Of indices below `size`, without pattern.
    pub fn indices(layout: Layout, dtype: DType, size: usize, seed: usize) -> Sample {
        Sample::new(layout, dtype, |i| (mixed(i, seed) % size) as f64)
    }

    /// The elements in row-major order.
    pub fn values(&self) -> Vec<f64> {
        let (shape, strides) = (self.layout.shape(), self.layout.strides());
        (0..self.layout.numel())
            .map(|i| {
                let (mut rest, mut at) = (i, self.layout.offset());
                for (n, stride) in shape.iter().zip(strides.iter()).rev() {
                    at += rest % n * stride;
                    rest /= n;
                }
                value(&self.bytes, self.dtype, at)
            })
            .collect()
    }
}

/// Numbers without pattern.
pub fn mixed(i: usize, seed: usize) -> usize {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (seed as u64) << 32;
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ x >> 31) >> 8) as usize
}

/// From -8 to 8, in steps of 1/4.
pub fn noise(i: usize, seed: usize) -> f64 {
    (mixed(i, seed) % 65) as f64 / 4.0 - 8.0
}

fn push(bytes: &mut Vec<u8>, dtype: DType, v: f64) {
    match dtype {
        DType::Bool => bytes.push(u8::from(v > 0.0)),
        DType::U8 => bytes.push(v as i64 as u8),
        DType::I8 => bytes.push(v as i64 as u8),
        DType::I16 => bytes.extend((v as i16).to_ne_bytes()),
        DType::I32 => bytes.extend((v as i32).to_ne_bytes()),
        DType::I64 => bytes.extend((v as i64).to_ne_bytes()),
        DType::F16 => bytes.extend(f16::from_f64(v).to_ne_bytes()),
        DType::BF16 => bytes.extend(bf16::from_f64(v).to_ne_bytes()),
        DType::F32 => bytes.extend((v as f32).to_ne_bytes()),
        DType::F64 => bytes.extend(v.to_ne_bytes()),
    }
}

fn value(bytes: &[u8], dtype: DType, i: usize) -> f64 {
    fn of<const N: usize>(bytes: &[u8], i: usize) -> [u8; N] {
        std::array::from_fn(|k| bytes[i * N + k])
    }
    match dtype {
        DType::Bool | DType::U8 => f64::from(bytes[i]),
        DType::I8 => f64::from(bytes[i] as i8),
        DType::I16 => f64::from(i16::from_ne_bytes(of(bytes, i))),
        DType::I32 => f64::from(i32::from_ne_bytes(of(bytes, i))),
        DType::I64 => i64::from_ne_bytes(of(bytes, i)) as f64,
        DType::F16 => f16::from_ne_bytes(of(bytes, i)).to_f64(),
        DType::BF16 => bf16::from_ne_bytes(of(bytes, i)).to_f64(),
        DType::F32 => f64::from(f32::from_ne_bytes(of(bytes, i))),
        DType::F64 => f64::from_ne_bytes(of(bytes, i)),
    }
}

/// A shape's layouts: dense; with its dimensions in reverse order in memory and gaps; beginning within memory.
pub fn layouts(shape: &[usize]) -> Vec<Layout> {
    let dims: Dims = shape.iter().copied().collect();
    let backwards: Dims = shape.iter().rev().copied().collect();
    let axes: Vec<usize> = (0..shape.len()).rev().collect();
    let mut found = vec![
        Layout::contiguous(dims),
        Layout::contiguous(backwards).permute(&axes),
    ];
    if !shape.is_empty() {
        let mut wide = dims;
        wide[shape.len() - 1] = shape[shape.len() - 1] * 2 + 3;
        found.push(Layout::contiguous(wide).slice(shape.len() - 1, 1, shape[shape.len() - 1], 2));
    }
    found
}

/// Runs `f` on the CPU and on the GPU: the outputs of both, or both errors' messages.
#[allow(clippy::type_complexity, reason = "two results of one kind")]
pub fn both(
    gpu: &Gpu,
    inputs: &[&Sample],
    outs: &[&Sample],
    f: impl Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()>,
) -> [std::result::Result<Vec<Sample>, String>; 2] {
    [on(&Cpu, inputs, outs, &f), on(gpu, inputs, outs, &f)]
}

fn on(
    backend: &dyn Backend,
    inputs: &[&Sample],
    outs: &[&Sample],
    f: &impl Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()>,
) -> std::result::Result<Vec<Sample>, String> {
    let upload = |samples: &[&Sample]| -> Result<Vec<_>> {
        samples.iter().map(|s| backend.upload(&s.bytes)).collect()
    };
    let work = || -> Result<Vec<Sample>> {
        let (ins, results) = (upload(inputs)?, upload(outs)?);
        f(backend, &views(inputs, &ins), &views(outs, &results))?;
        backend.synchronize()?;
        results
            .iter()
            .zip(outs)
            .map(|(storage, out)| {
                let mut sample = (*out).clone();
                backend.download(storage, 0, &mut sample.bytes)?;
                Ok(sample)
            })
            .collect()
    };
    work().map_err(|e| e.message().to_owned())
}

fn views<'a>(samples: &'a [&Sample], storages: &'a [Storage]) -> Vec<View<'a>> {
    samples
        .iter()
        .zip(storages)
        .map(|(s, storage)| View::new(storage, &s.layout, s.dtype).unwrap())
        .collect()
}

/// The outputs of both, or none where the GPU's shaders lack a type and say so.
fn done(
    what: &str,
    results: [std::result::Result<Vec<Sample>, String>; 2],
) -> Option<[Vec<Sample>; 2]> {
    if let [Ok(_), Err(e)] = &results
        && (e.contains("has no float64") || e.contains("has no int64"))
    {
        return None;
    }
    Some(results.map(|r| r.unwrap_or_else(|e| panic!("{what}: {e}"))))
}

/// Asks that the GPU's outputs be the CPU's, bit for bit.
pub fn same(
    gpu: &Gpu,
    what: &str,
    inputs: &[&Sample],
    outs: &[&Sample],
    f: impl Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()>,
) {
    let Some([cpu, gpu]) = done(what, both(gpu, inputs, outs, f)) else {
        return;
    };
    for (k, (a, b)) in cpu.iter().zip(&gpu).enumerate() {
        assert!(
            a.bytes == b.bytes,
            "{what}, output {k}: {:?} on the CPU, {:?} on the GPU",
            a.values(),
            b.values()
        );
    }
}

/// Asks that the GPU's outputs be within `tolerance` of the CPU's, relative to the larger of 1 and the value.
pub fn near(
    gpu: &Gpu,
    what: &str,
    tolerance: f64,
    inputs: &[&Sample],
    outs: &[&Sample],
    f: impl Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()>,
) {
    let Some([cpu, gpu]) = done(what, both(gpu, inputs, outs, f)) else {
        return;
    };
    for (k, (a, b)) in cpu.iter().zip(&gpu).enumerate() {
        for (i, (x, y)) in a.values().into_iter().zip(b.values()).enumerate() {
            let close =
                x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= tolerance * x.abs().max(1.0);
            assert!(
                close,
                "{what}, output {k}, element {i}: {x} on the CPU, {y} on the GPU"
            );
        }
    }
}
