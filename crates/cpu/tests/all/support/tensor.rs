//! A tensor of the tests: a storage, a layout and a dtype, read back in row-major order.

use proptest::prelude::*;
use rushlight_backend::{Backend, DType, Dims, Element, Layout, Scalar, Storage, View};
use rushlight_cpu::Cpu;

#[derive(Debug)]
pub struct Tensor {
    pub storage: Storage,
    pub layout: Layout,
    pub dtype: DType,
}

pub fn dims(shape: &[usize]) -> Dims {
    Dims::from_slice(shape).unwrap()
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

fn bytes(dtype: DType, values: impl Iterator<Item = Scalar>) -> Vec<u8> {
    fn to<E: Element>(values: impl Iterator<Item = Scalar>) -> Vec<u8> {
        let list: Vec<E> = values.map(E::from_scalar).collect();
        list.iter()
            .flat_map(|x| bytemuck::bytes_of(x).to_vec())
            .collect()
    }
    match dtype {
        DType::Bool => to::<bool>(values),
        DType::U8 => to::<u8>(values),
        DType::I8 => to::<i8>(values),
        DType::I16 => to::<i16>(values),
        DType::I32 => to::<i32>(values),
        DType::I64 => to::<i64>(values),
        DType::F16 => to::<half::f16>(values),
        DType::BF16 => to::<half::bf16>(values),
        DType::F32 => to::<f32>(values),
        DType::F64 => to::<f64>(values),
    }
}

impl Tensor {
    pub fn new<S: Into<Scalar> + Copy>(shape: &[usize], dtype: DType, values: &[S]) -> Tensor {
        let shape = dims(shape);
        assert_eq!(shape.numel(), values.len());
        let storage = Cpu
            .upload(&bytes(dtype, values.iter().map(|&v| v.into())))
            .unwrap();
        Tensor {
            storage,
            layout: Layout::contiguous(shape),
            dtype,
        }
    }

    /// A tensor of one dimension.
    pub fn of<E: Element>(values: &[E]) -> Tensor {
        Tensor {
            storage: Cpu.upload(bytemuck::cast_slice(values)).unwrap(),
            layout: Layout::contiguous(dims(&[values.len()])),
            dtype: E::DTYPE,
        }
    }

    /// Memory that nobody has written.
    pub fn empty(shape: Dims, dtype: DType) -> Tensor {
        Tensor {
            storage: Cpu.alloc(shape.numel() * dtype.size()).unwrap(),
            layout: Layout::contiguous(shape),
            dtype,
        }
    }

    pub fn f32(shape: &[usize], values: &[f32]) -> Tensor {
        Tensor::new(shape, DType::F32, values)
    }

    pub fn i64(shape: &[usize], values: &[i64]) -> Tensor {
        Tensor::new(shape, DType::I64, values)
    }

    /// A tensor that holds sevens (true for `bool`).
    pub fn sevens(shape: &[usize], dtype: DType) -> Tensor {
        Tensor::new(shape, dtype, &vec![7; dims(shape).numel()])
    }

    /// `values` in row-major order, laid out as asked; what the layout leaves free holds NaN or a large number.
    pub fn laid(shape: &[usize], dtype: DType, lay: Lay, values: &[f64]) -> Tensor {
        let dims = dims(shape);
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
        Tensor::new(&[room], dtype, &list).with(layout)
    }

    /// Room for a result, full of NaN.
    pub fn room(shape: &[usize], dtype: DType, lay: Lay) -> Tensor {
        let n = shape.iter().product();
        Tensor::laid(shape, dtype, lay, &vec![f64::NAN; n])
    }

    pub fn expand(&self, shape: &[usize]) -> Tensor {
        self.with(self.layout.expand(dims(shape)).unwrap())
    }

    pub fn view(&self) -> View<'_> {
        View::new(&self.storage, &self.layout, self.dtype).unwrap()
    }

    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// The same storage under another layout.
    pub fn with(&self, layout: Layout) -> Tensor {
        Tensor {
            storage: self.storage.clone(),
            layout,
            dtype: self.dtype,
        }
    }

    /// The elements in row-major order.
    pub fn values<E: Element>(&self) -> Vec<E> {
        assert_eq!(E::DTYPE, self.dtype);
        let size = E::DTYPE.size();
        let mut bytes = vec![0; self.storage.bytes()];
        Cpu.download(&self.storage, 0, &mut bytes).unwrap();
        offsets(&self.layout)
            .map(|o| E::from_bytes(&bytes[o * size..][..size]))
            .collect()
    }

    pub fn scalars(&self) -> Vec<Scalar> {
        fn of<E: Element>(t: &Tensor) -> Vec<Scalar> {
            t.values::<E>().into_iter().map(E::to_scalar).collect()
        }
        match self.dtype {
            DType::Bool => of::<bool>(self),
            DType::U8 => of::<u8>(self),
            DType::I8 => of::<i8>(self),
            DType::I16 => of::<i16>(self),
            DType::I32 => of::<i32>(self),
            DType::I64 => of::<i64>(self),
            DType::F16 => of::<half::f16>(self),
            DType::BF16 => of::<half::bf16>(self),
            DType::F32 => of::<f32>(self),
            DType::F64 => of::<f64>(self),
        }
    }

    pub fn f64s(&self) -> Vec<f64> {
        self.scalars().into_iter().map(Scalar::to_f64).collect()
    }

    pub fn i64s(&self) -> Vec<i64> {
        self.scalars().into_iter().map(Scalar::to_i64).collect()
    }
}

/// Every index of `shape`, in row-major order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let shape = shape.to_vec();
    (0..shape.iter().product()).map(move |i| unravel(&shape, i))
}

/// The number that `x` becomes in `dtype`.
pub fn rounded(x: f64, dtype: DType) -> f64 {
    Tensor::new(&[], dtype, &[x]).f64s()[0]
}

/// Storage offsets of all elements in row-major order.
pub fn offsets(layout: &Layout) -> impl Iterator<Item = usize> {
    let layout = *layout;
    (0..layout.numel()).map(move |i| {
        let at = unravel(layout.shape(), i);
        layout.offset()
            + at.iter()
                .zip(layout.strides().iter())
                .map(|(a, s)| a * s)
                .sum::<usize>()
    })
}

/// The coordinates of element `i` in row-major order.
pub fn unravel(shape: &[usize], mut i: usize) -> Vec<usize> {
    let mut at = vec![0; shape.len()];
    for d in (0..shape.len()).rev() {
        at[d] = i % shape[d];
        i /= shape[d];
    }
    at
}

/// The row-major number of coordinates.
pub fn ravel(shape: &[usize], at: &[usize]) -> usize {
    shape.iter().zip(at).fold(0, |i, (n, a)| i * n + a)
}

#[track_caller]
pub fn assert_near(got: &[f64], want: &[f64], relative: f64, absolute: f64) {
    assert_eq!(got.len(), want.len());
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        let near =
            g == w || (g.is_nan() && w.is_nan()) || (g - w).abs() <= absolute + relative * w.abs();
        assert!(
            near,
            "element {i}: got {g}, want {w}\ngot {got:?}\nwant {want:?}"
        );
    }
}

/// How precise one rounding to the dtype is.
pub fn precision(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 1e-3,
        DType::BF16 => 8e-3,
        DType::F32 => 1e-6,
        _ => 1e-13,
    }
}

pub fn any_dtype() -> impl Strategy<Value = DType> {
    prop::sample::select(&DType::ALL[..])
}

pub fn float_dtype() -> impl Strategy<Value = DType> {
    prop::sample::select(&DType::ALL[6..])
}

/// Layouts of the given sizes: contiguous, permuted in memory, every second element, or with expanded dimensions.
pub fn any_layout(sizes: Vec<usize>) -> impl Strategy<Value = Layout> {
    let rank = sizes.len();
    let order = Just((0..rank).collect::<Vec<_>>()).prop_shuffle();
    let gaps = prop::collection::vec(1usize..3, rank);
    let expanded = prop::collection::vec(prop::bool::weighted(0.1), rank);
    (Just(sizes), order, gaps, expanded, 0usize..3, any::<bool>()).prop_map(
        |(sizes, order, gaps, expanded, offset, plain)| {
            if plain {
                return Layout::strided(dims(&sizes), dims(&sizes).contiguous_strides(), offset);
            }
            let mut strides = vec![0; sizes.len()];
            let mut reach = 1;
            for &d in &order {
                if !expanded[d] {
                    strides[d] = reach * gaps[d];
                    reach = strides[d] * sizes[d].max(1);
                }
            }
            Layout::strided(dims(&sizes), dims(&strides), offset)
        },
    )
}

/// Layouts without expanded dimensions, fit to be written.
pub fn writable(sizes: Vec<usize>) -> impl Strategy<Value = Layout> {
    any_layout(sizes).prop_map(|l| {
        if l.overlaps_itself() {
            Layout::contiguous(*l.shape())
        } else {
            l
        }
    })
}

/// A tensor of this layout whose storage holds `values` in turn.
pub fn filled(layout: Layout, dtype: DType, values: &[f64]) -> Tensor {
    let n = layout.end().max(1);
    let list: Vec<f64> = (0..n).map(|i| values[i % values.len()]).collect();
    Tensor::new(&[n], dtype, &list).with(layout)
}
