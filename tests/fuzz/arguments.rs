//! Arguments for calls: mostly what fits, sometimes what no program would ask for.

use crate::fuzz::harness::Rng;
use rushlight::prelude::*;
use rushlight::{Operand, Result, Scalar};

/// Sizes beyond every memory; none between, which would only be slow.
pub const HUGE: [usize; 5] = [1 << 44, 1 << 62, isize::MAX as usize, 1 << 63, usize::MAX];
const FAR: [isize; 6] = [
    isize::MIN,
    isize::MIN + 1,
    -(1 << 44),
    1 << 44,
    isize::MAX - 1,
    isize::MAX,
];
const FLOATS: [f64; 14] = [
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.5,
    2.0,
    3.0,
    1e-30,
    1e30,
    1e300,
    f64::MAX,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];
const INTEGERS: [i64; 12] = [
    0,
    1,
    -1,
    2,
    3,
    -5,
    300,
    -300,
    1 << 40,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
];
pub const DTYPES: [DType; 10] = [
    DType::F32,
    DType::I64,
    DType::Bool,
    DType::F16,
    DType::U8,
    DType::I8,
    DType::I32,
    DType::BF16,
    DType::F64,
    DType::I16,
];
const SHAPES: [&[usize]; 14] = [
    &[],
    &[1],
    &[3],
    &[0],
    &[2, 3],
    &[3, 2],
    &[3, 3],
    &[1, 4],
    &[2, 1, 3],
    &[2, 3, 4],
    &[0, 3],
    &[1, 2, 5, 4],
    &[1, 1, 2, 1, 1, 1, 1, 2],
    &[7],
];

/// Where a program's tensors are, and how they lie there.
#[derive(Clone)]
pub struct Place {
    pub device: Device,
    pub strided: bool,
}

impl Place {
    /// The tensor's elements in memory of their own, at this place.
    pub fn hold(&self, t: &Tensor) -> Result<Tensor> {
        let t = t.detach().copy()?.to(&self.device)?;
        if !self.strided || t.ndim() == 0 {
            return Ok(t);
        }
        match t.ndim() {
            8 => {
                let order: Vec<isize> = (0..8).rev().collect();
                t.permute(&order)?.copy()?.permute(order)
            }
            _ => Tensor::stack(&[&t, &t.zeros_like()?], -1)?.select(-1, 0),
        }
    }
}

/// A tensor or a number.
pub enum Other {
    Tensor(Tensor),
    Number(Scalar),
}

impl Other {
    pub fn get(&self) -> Operand<'_> {
        match self {
            Other::Tensor(t) => Operand::Tensor(t),
            Other::Number(s) => Operand::Number(*s),
        }
    }
}

/// The source of a call's arguments.
pub struct Args<'a> {
    pub rng: Rng,
    pub pool: &'a [Tensor],
    pub place: &'a Place,
}

impl Args<'_> {
    /// A tensor of the program.
    pub fn x(&mut self) -> Tensor {
        let i = self.rng.below(self.pool.len());
        self.pool[i].clone()
    }

    /// A tensor that may be written.
    pub fn own(&mut self) -> Result<Tensor> {
        let x = self.x();
        self.place.hold(&x)
    }

    /// A tensor of the program that has a floating-point dtype, if there is one.
    pub fn float(&mut self) -> Tensor {
        let at = self.rng.below(self.pool.len());
        let turned = self.pool[at..].iter().chain(&self.pool[..at]);
        let mut floats = turned.filter(|t| t.dtype().is_float());
        floats.next().unwrap_or(&self.pool[at]).clone()
    }

    /// A new tensor of this dtype with small elements.
    pub fn made(&mut self, shape: &[usize], dtype: DType) -> Result<Tensor> {
        let t = made(&mut self.rng, shape, dtype)?;
        self.place.hold(&t)
    }

    /// Positions, most of them in range.
    pub fn index(&mut self) -> Result<Tensor> {
        let n = self.rng.below(4);
        let far = self.rng.once_in(8);
        let list: Vec<i64> = (0..n)
            .map(|_| match far {
                true => self.rng.pick(&INTEGERS),
                false => self.rng.below(3) as i64,
            })
            .collect();
        self.place.hold(&Tensor::from_slice(&list, n)?)
    }

    /// Positions of the shape of `x`, or not.
    pub fn index_like(&mut self, x: &Tensor) -> Result<Tensor> {
        if self.rng.once_in(5) {
            return self.index();
        }
        let list: Vec<i64> = (0..x.numel()).map(|_| self.rng.below(2) as i64).collect();
        self.place.hold(&Tensor::from_slice(&list, x.shape())?)
    }

    pub fn mask_like(&mut self, x: &Tensor) -> Result<Tensor> {
        self.made(x.shape(), DType::Bool)
    }

    pub fn other(&mut self) -> Other {
        match self.rng.once_in(2) {
            true => Other::Number(self.number()),
            false => Other::Tensor(self.x()),
        }
    }

    pub fn number(&mut self) -> Scalar {
        match self.rng.below(5) {
            0 => self.rng.once_in(2).into(),
            1 | 2 => self.rng.pick(&INTEGERS).into(),
            _ => self.real().into(),
        }
    }

    pub fn real(&mut self) -> f64 {
        match self.rng.once_in(2) {
            true => self.rng.pick(&FLOATS[..7]),
            false => self.rng.pick(&FLOATS),
        }
    }

    pub fn integer(&mut self) -> i64 {
        match self.rng.once_in(2) {
            true => self.rng.pick(&INTEGERS[..5]),
            false => self.rng.pick(&INTEGERS),
        }
    }

    pub fn flag(&mut self) -> bool {
        self.rng.once_in(2)
    }

    pub fn dim(&mut self) -> isize {
        match self.rng.below(16) {
            0 => self.rng.pick(&FAR),
            1 => 7,
            i => (i % 5) as isize - 2,
        }
    }

    pub fn size(&mut self) -> usize {
        match self.rng.once_in(4) {
            true => self.rng.pick(&HUGE),
            false => self.rng.below(6),
        }
    }

    pub fn int(&mut self) -> isize {
        match self.rng.once_in(4) {
            true => self.rng.pick(&FAR),
            false => self.rng.below(9) as isize - 4,
        }
    }

    pub fn ints(&mut self) -> Vec<isize> {
        let n = self.length();
        (0..n).map(|_| self.int()).collect()
    }

    pub fn sizes(&mut self) -> Vec<usize> {
        let n = self.length();
        (0..n).map(|_| self.size()).collect()
    }

    pub fn dims(&mut self) -> Vec<isize> {
        let n = self.rng.below(4);
        (0..n).map(|_| self.dim()).collect()
    }

    pub fn tensors(&mut self) -> Vec<Tensor> {
        let n = self.rng.below(4);
        let same = self.rng.once_in(2);
        let first = self.x();
        (0..n)
            .map(|_| match same {
                true => first.clone(),
                false => self.x(),
            })
            .collect()
    }

    pub fn dtype(&mut self) -> DType {
        self.rng.pick(&DTYPES)
    }

    fn length(&mut self) -> usize {
        match self.rng.once_in(12) {
            true => 9,
            false => self.rng.below(5),
        }
    }
}

/// A tensor on the CPU of a random shape and dtype.
pub fn random(rng: &mut Rng) -> Result<Tensor> {
    let dtype = match rng.once_in(2) {
        true => DType::F32,
        false => rng.pick(&DTYPES),
    };
    let shape = rng.pick(&SHAPES);
    made(rng, shape, dtype)
}

fn made(rng: &mut Rng, shape: &[usize], dtype: DType) -> Result<Tensor> {
    let n: usize = shape.iter().product();
    let special = dtype.is_float() && rng.once_in(6);
    let list: Vec<f64> = (0..n)
        .map(|_| match special && rng.once_in(3) {
            true => rng.pick(&FLOATS),
            false => rng.below(11) as f64 / 2.0 - 2.0,
        })
        .collect();
    Tensor::from_slice(&list, shape)?.to(dtype)
}
