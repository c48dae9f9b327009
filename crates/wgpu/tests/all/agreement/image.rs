//! Random tensors: bytes and a layout over them, the same for both backends.

use half::{bf16, f16};
use proptest::prelude::*;
use rushlight_backend::{DType, Dims, Element, Layout, Scalar};

/// Shapes: mostly small and of every rank up to 5, with dimensions of size 0 and 1, some long.
pub fn shapes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => proptest::collection::vec(0..8usize, 0..=5),
        5 => proptest::collection::vec(1..8usize, 0..=5),
        1 => proptest::collection::vec(1..70usize, 2),
        1 => proptest::collection::vec(1..4000usize, 1),
    ]
}

/// A random number generator that is fast and always gives the same.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// In `0..1`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// What a tensor's numbers are like.
#[derive(Clone, Copy)]
pub enum Values {
    /// Floats around 0 with quarters, halves and whole numbers among them; integers around 0.
    Near(f64),
    /// The same, with infinities and NaN among the floats, and every bit pattern among the integers.
    Wild,
    /// Floats and integers from the first up to the second.
    Between(f64, f64),
    /// Not 0, and positive.
    Positive,
    /// Indices below a size.
    Index(usize),
}

impl Values {
    fn draw(self, rng: &mut Rng, dtype: DType) -> Scalar {
        let float = dtype.is_float();
        match self {
            Values::Near(reach) => {
                let x = (rng.unit() * 2.0 - 1.0) * reach;
                match rng.below(4) {
                    0 if float => Scalar::Float((x * 4.0).round() / 4.0),
                    _ if float => Scalar::Float(x),
                    _ => Scalar::Int(x.round() as i64),
                }
            }
            Values::Wild if float => match rng.below(12) {
                0 => Scalar::Float(f64::NAN),
                1 => Scalar::Float(f64::INFINITY),
                2 => Scalar::Float(f64::NEG_INFINITY),
                3 => Scalar::Float(-0.0),
                _ => Values::Near(4.0).draw(rng, dtype),
            },
            Values::Wild => match rng.below(3) {
                0 => Values::Near(4.0).draw(rng, dtype),
                _ => Scalar::Int(rng.next() as i64),
            },
            Values::Between(low, high) => {
                let x = low + rng.unit() * (high - low);
                if float {
                    Scalar::Float(x)
                } else {
                    Scalar::Int(x.floor() as i64)
                }
            }
            Values::Positive => Values::Between(1.0, 6.0).draw(rng, dtype),
            Values::Index(size) => Scalar::Int(rng.below(size) as i64),
        }
    }
}

/// A tensor in host memory.
#[derive(Clone, Debug)]
pub struct Image {
    pub dtype: DType,
    pub layout: Layout,
    pub bytes: Vec<u8>,
}

impl Image {
    /// A tensor to read: any layout, elements perhaps shared.
    pub fn input(rng: &mut Rng, dtype: DType, shape: &[usize], values: Values) -> Image {
        Image::new(rng, dtype, shape, values, true)
    }

    /// A tensor to write: no two indices reach one element.
    pub fn output(rng: &mut Rng, dtype: DType, shape: &[usize]) -> Image {
        Image::new(rng, dtype, shape, Values::Near(4.0), false)
    }

    /// A fresh tensor to write, dense and from the beginning of its memory.
    pub fn fresh(rng: &mut Rng, dtype: DType, shape: &[usize]) -> Image {
        Image::dense(rng, dtype, shape, Values::Near(4.0))
    }

    /// Dense, and all that is in its memory.
    pub fn dense(rng: &mut Rng, dtype: DType, shape: &[usize], values: Values) -> Image {
        let layout = Layout::contiguous(shape.iter().copied().collect());
        let mut bytes = Vec::with_capacity(layout.numel() * dtype.size());
        for _ in 0..layout.numel() {
            push(&mut bytes, dtype, values.draw(rng, dtype));
        }
        Image {
            dtype,
            layout,
            bytes,
        }
    }

    fn new(rng: &mut Rng, dtype: DType, shape: &[usize], values: Values, shared: bool) -> Image {
        let layout = layout(rng, shape, shared);
        let count = layout.end() + if rng.below(2) == 0 { 0 } else { rng.below(4) };
        let mut bytes = Vec::with_capacity(count * dtype.size());
        for _ in 0..count {
            push(&mut bytes, dtype, values.draw(rng, dtype));
        }
        Image {
            dtype,
            layout,
            bytes,
        }
    }

    pub fn shape(&self) -> &Dims {
        self.layout.shape()
    }

    /// Where the elements lie, in row-major order.
    pub fn places(&self) -> Vec<usize> {
        let (shape, strides) = (self.layout.shape(), self.layout.strides());
        let mut places = vec![self.layout.offset()];
        for (&n, &stride) in shape.iter().zip(strides.iter()) {
            places = places
                .iter()
                .flat_map(|&at| (0..n).map(move |i| at + i * stride))
                .collect();
        }
        places
    }
}

/// Contiguous, at an offset, permuted, with gaps, or repeated by strides of 0.
fn layout(rng: &mut Rng, shape: &[usize], shared: bool) -> Layout {
    let dims: Dims = shape.iter().copied().collect();
    let kind = rng.below(if shared { 6 } else { 5 });
    let offset = match kind {
        0 | 1 => 0,
        _ => rng.pick(&[0, 1, 3, 4, 8, 17]),
    };
    let mut order: Vec<usize> = (0..shape.len()).collect();
    if kind >= 3 {
        for i in (1..order.len()).rev() {
            order.swap(i, rng.below(i + 1));
        }
    }
    let gaps = kind == 4;
    let mut strides = Dims::filled(0, shape.len());
    let mut stride = if gaps { 1 + rng.below(2) } else { 1 };
    for &d in order.iter().rev() {
        if kind == 5 && rng.below(2) == 0 {
            continue;
        }
        strides[d] = stride;
        stride = stride * shape[d].max(1) + if gaps { rng.below(3) } else { 0 };
    }
    Layout::strided(dims, strides, offset)
}

macro_rules! by_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            DType::Bool => {
                type $t = bool;
                $body
            }
            DType::U8 => {
                type $t = u8;
                $body
            }
            DType::I8 => {
                type $t = i8;
                $body
            }
            DType::I16 => {
                type $t = i16;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::F16 => {
                type $t = f16;
                $body
            }
            DType::BF16 => {
                type $t = bf16;
                $body
            }
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

fn push(bytes: &mut Vec<u8>, dtype: DType, value: Scalar) {
    by_dtype!(dtype, T => bytes.extend_from_slice(bytemuck::bytes_of(&T::from_scalar(value))));
}

/// The element at `place` of `bytes`.
pub fn element(bytes: &[u8], dtype: DType, place: usize) -> Scalar {
    let bytes = &bytes[place * dtype.size()..][..dtype.size()];
    by_dtype!(dtype, T => T::from_bytes(bytes).to_scalar())
}
