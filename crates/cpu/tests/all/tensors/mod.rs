//! Tensors for tests: made from numbers under any layout, read back as `f64`.

use half::{bf16, f16};
use rushlight_backend::{Backend, DType, Dims, Layout, Storage, View};
use rushlight_cpu::Cpu;

pub struct Tensor {
    pub storage: Storage,
    pub layout: Layout,
    pub dtype: DType,
}

/// How a test lays a tensor out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lay {
    Dense,
    /// The last two dimensions swapped in memory.
    Transposed,
    /// Every second element along each dimension, from an offset.
    Stepped,
}

pub const LAYS: [Lay; 3] = [Lay::Dense, Lay::Transposed, Lay::Stepped];

fn bytes(x: f64, dtype: DType, out: &mut Vec<u8>) {
    match dtype {
        DType::Bool => out.push((x != 0.0) as u8),
        DType::U8 => out.push(x as i64 as u8),
        DType::I8 => out.push(x as i64 as i8 as u8),
        DType::I16 => out.extend((x as i64 as i16).to_le_bytes()),
        DType::I32 => out.extend((x as i64 as i32).to_le_bytes()),
        DType::I64 => out.extend((x as i64).to_le_bytes()),
        DType::F16 => out.extend(f16::from_f64(x).to_le_bytes()),
        DType::BF16 => out.extend(bf16::from_f64(x).to_le_bytes()),
        DType::F32 => out.extend((x as f32).to_le_bytes()),
        DType::F64 => out.extend(x.to_le_bytes()),
    }
}

fn number(b: &[u8], dtype: DType) -> f64 {
    match dtype {
        DType::Bool | DType::U8 => b[0] as f64,
        DType::I8 => b[0] as i8 as f64,
        DType::I16 => i16::from_le_bytes(b.try_into().unwrap()) as f64,
        DType::I32 => i32::from_le_bytes(b.try_into().unwrap()) as f64,
        DType::I64 => i64::from_le_bytes(b.try_into().unwrap()) as f64,
        DType::F16 => f16::from_le_bytes(b.try_into().unwrap()).to_f64(),
        DType::BF16 => bf16::from_le_bytes(b.try_into().unwrap()).to_f64(),
        DType::F32 => f32::from_le_bytes(b.try_into().unwrap()) as f64,
        DType::F64 => f64::from_le_bytes(b.try_into().unwrap()),
    }
}

/// The number that `x` becomes in `dtype`.
pub fn rounded(x: f64, dtype: DType) -> f64 {
    let mut list = Vec::new();
    bytes(x, dtype, &mut list);
    number(&list, dtype)
}

/// Every index of `shape`, in row-major order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let shape = shape.to_vec();
    (0..shape.iter().product::<usize>()).map(move |mut i| {
        let mut index = vec![0; shape.len()];
        for d in (0..shape.len()).rev() {
            index[d] = i % shape[d];
            i /= shape[d];
        }
        index
    })
}

impl Tensor {
    /// `values` in row-major order, laid out as asked; what the layout leaves free holds NaN or a large number.
    pub fn new(shape: &[usize], dtype: DType, lay: Lay, values: &[f64]) -> Tensor {
        let dims = Dims::from_slice(shape).unwrap();
        let rank = shape.len();
        let layout = match lay {
            Lay::Transposed if rank >= 2 => {
                let mut swapped = dims;
                swapped.swap(rank - 1, rank - 2);
                Layout::contiguous(swapped).transpose(rank - 1, rank - 2)
            }
            Lay::Stepped => {
                let wide: Dims = dims.iter().map(|n| 2 * n.max(&1) + 1).collect();
                let start = Layout::contiguous(wide);
                (0..rank).fold(start, |l, d| l.slice(d, 1, shape[d], 2))
            }
            _ => Layout::contiguous(dims),
        };
        let room = layout.end().max(1);
        let mut list = vec![if dtype.is_float() { f64::NAN } else { 99.0 }; room];
        for (index, &x) in indices(shape).zip(values) {
            let at: usize = index
                .iter()
                .zip(layout.strides().iter())
                .map(|(i, s)| i * s)
                .sum();
            list[layout.offset() + at] = x;
        }
        let mut raw = Vec::new();
        list.iter().for_each(|&x| bytes(x, dtype, &mut raw));
        let storage = Cpu.upload(&raw).unwrap();
        Tensor {
            storage,
            layout,
            dtype,
        }
    }

    /// Room for a result, full of NaN.
    pub fn room(shape: &[usize], dtype: DType, lay: Lay) -> Tensor {
        let n = shape.iter().product();
        Tensor::new(shape, dtype, lay, &vec![f64::NAN; n])
    }

    pub fn expand(mut self, shape: &[usize]) -> Tensor {
        self.layout = self
            .layout
            .expand(Dims::from_slice(shape).unwrap())
            .unwrap();
        self
    }

    pub fn view(&self) -> View<'_> {
        View::new(&self.storage, &self.layout, self.dtype).unwrap()
    }

    /// The elements in row-major order.
    pub fn values(&self) -> Vec<f64> {
        let mut raw = vec![0; self.storage.bytes()];
        Cpu.download(&self.storage, 0, &mut raw).unwrap();
        let size = self.dtype.size();
        let element = |index: Vec<usize>| {
            let at: usize = index
                .iter()
                .zip(self.layout.strides().iter())
                .map(|(i, s)| i * s)
                .sum();
            let at = (self.layout.offset() + at) * size;
            number(&raw[at..at + size], self.dtype)
        };
        indices(self.layout.shape()).map(element).collect()
    }
}

/// Numbers that look random, the same for the same seed, in -1..1.
pub fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

/// Small whole numbers in -3..=3 (0..=3 if unsigned), so that sums are exact in every dtype.
pub fn whole(n: usize, seed: u64, dtype: DType) -> Vec<f64> {
    let list = noise(n, seed).into_iter().map(|x| (x * 3.4).round());
    match dtype {
        DType::U8 | DType::Bool => list.map(f64::abs).collect(),
        _ => list.collect(),
    }
}

/// A hash of bits, to compare runs.
pub fn fingerprint(values: &[f64]) -> u64 {
    values.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, x| {
        (h ^ x.to_bits())
            .wrapping_mul(0x100_0000_01b3)
            .rotate_left(29)
    })
}

/// Runs the test `name` of this binary in children with 1, 2, 3 and 8 threads; it prints `bits: …` when `RUSHLIGHT_CHILD` is set.
pub fn same_bits_for_all_thread_counts(name: &str) {
    let run = |threads: &str| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env("RAYON_NUM_THREADS", threads)
            .env("RUSHLIGHT_CHILD", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|l| l.split("bits: ").nth(1));
        line.unwrap_or_else(|| panic!("no bits in {text}"))
            .to_owned()
    };
    let one = run("1");
    for threads in ["2", "3", "8"] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}

pub fn is_child() -> bool {
    std::env::var_os("RUSHLIGHT_CHILD").is_some()
}
