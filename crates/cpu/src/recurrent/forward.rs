//! The states of a recurrent layer, step by step.

use super::{Product, Sizes, add, at, read, write};
use crate::buffer::CpuBuffer;
use crate::element::{Number, vectorized, with_element};
use crate::math::Real;
use crate::matmul::{Matrix, VectorFloat, columns, panel};
use crate::operand::Operand;
use crate::parallel;
use pulp::{Simd, WithSimd};
use rushlight_backend::{Done, Recurrent, RecurrentCell, Result};

/// See [`rushlight_backend::Fused::Recurrent`].
pub(crate) fn forward(f: &Recurrent, inputs: &[Operand<'_>], outs: &[Operand<'_>]) -> Result<Done> {
    let Some(size) = Sizes::new(f, outs[0].shape()) else {
        return Ok(Done::Compose);
    };
    if !inputs.iter().chain(outs).all(Operand::is_contiguous) {
        return Ok(Done::Compose);
    }
    with_element!(outs[0].dtype, [F32 F64], T => {
        let of = |x: &Operand<'_>| Matrix::list(x.pointer::<T>());
        let states = f.cell.states();
        let layer = Forward {
            size,
            x: of(&inputs[0]),
            w: of(&inputs[1]),
            first: [of(&inputs[2]), of(&inputs[1 + states])],
            bias: inputs.get(2 + states).map(of),
            states: of(&outs[0]),
            kept: outs.get(1).map(of),
        };
        crate::simd::arch().dispatch(layer)?;
        Ok(Done::Yes)
    }, else Ok(Done::Compose))
}

struct Forward<T> {
    size: Sizes,
    /// The input's part of the gates.
    x: Matrix<T>,
    w: Matrix<T>,
    first: [Matrix<T>; 2],
    bias: Option<Matrix<T>>,
    states: Matrix<T>,
    kept: Option<Matrix<T>>,
}

/// The number of values per unit that a block needs room for: its gates, and for a GRU also the state's part of the last one.
const VALUES: usize = 4;

impl<T: VectorFloat + Number + Real> WithSimd for Forward<T> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        self.run(simd)
    }
}

impl<T: VectorFloat + Number + Real> Forward<T> {
    #[inline(never)]
    fn run<S: Simd>(&self, simd: S) -> Result<()> {
        let Sizes {
            cell,
            steps,
            n,
            hidden,
            ..
        } = self.size;
        let (gates, wide) = (cell.gates(), columns::<T, S>());
        let blocks = hidden.div_ceil(wide);
        let packed = CpuBuffer::new(blocks * gates * hidden * wide * size_of::<T>())?;
        let packed = Matrix::list(packed.pointer().cast::<T>());
        let room = CpuBuffer::new(blocks * n * VALUES * wide * size_of::<T>())?;
        let room = Matrix::list(room.pointer().cast::<T>());
        let grain = parallel::grain(2 * hidden * wide * size_of::<T>());
        parallel::for_ranges(blocks * gates, grain, |range| {
            for i in range {
                let (block, gate) = (i / gates, i % gates);
                let units = self.size.units::<T, S>(block);
                let columns = Matrix {
                    pointer: at(self.w, (gate * hidden + units.start) * hidden),
                    row: 1,
                    col: hidden,
                };
                // SAFETY: rows of the weight, and a panel of its own.
                unsafe {
                    let to = at(packed, i * hidden * wide);
                    panel(simd, hidden, units.len(), columns, to);
                }
            }
        });
        for i in 0..steps {
            parallel::for_ranges(blocks, self.size.grain(blocks), |range| {
                for block in range {
                    let panels = at(packed, block * gates * hidden * wide);
                    let values = at(room, block * n * VALUES * wide);
                    // SAFETY: the panels of the block, and room and units that no other thread writes.
                    unsafe { self.block(simd, i, block, panels, values) };
                }
            });
        }
        Ok(())
    }

    /// Computes the units of one block at the step that is computed as number `i`.
    ///
    /// # Safety
    /// `panels` are the packed weights of the block, `values` has room for [`VALUES`] panels of `n` rows, and nothing else writes these units.
    unsafe fn block<S: Simd>(
        &self,
        simd: S,
        i: usize,
        block: usize,
        panels: *const T,
        values: *mut T,
    ) {
        let Sizes {
            cell, n, hidden, ..
        } = self.size;
        let (rows, wide) = (self.size.rows(), columns::<T, S>());
        let (units, place) = (self.size.units::<T, S>(block), self.size.place(i));
        let before = |part: usize| match i {
            0 => self.first[part],
            _ => {
                let place = part * self.size.steps + self.size.place(i - 1);
                Matrix::list(at(self.states, place * self.size.state()))
            }
        };
        let now = |part: usize| {
            let place = part * self.size.steps + place;
            Matrix::list(at(self.states, place * self.size.state()))
        };
        let x = Matrix::list(at(self.x, place * n * rows));
        for gate in 0..cell.gates() {
            // The last gate of a GRU needs both parts apart.
            let alone = cell == RecurrentCell::Gru && gate == 2;
            let product = Product {
                n,
                k: hidden,
                width: units.len(),
                a: before(0).pointer,
                a_row: hidden,
                panel: panels.wrapping_add(gate * hidden * wide),
                start: match alone {
                    true => std::ptr::null(),
                    false => at(x, gate * hidden + units.start),
                },
                start_row: rows,
                c: values.wrapping_add(gate * wide),
                c_row: VALUES * wide,
            };
            // SAFETY: guaranteed by the caller; the states before this step are complete.
            unsafe { product.run(simd) };
        }
        let values = Matrix::list(values);
        vectorized::<T, _>(
            #[inline(always)]
            || {
                for row in 0..n {
                    let first = row * hidden + units.start;
                    // SAFETY: this row's units of each operand.
                    unsafe {
                        let width = units.len();
                        let values = write(values, row * VALUES * wide, VALUES * wide);
                        if let Some(bias) = self.bias {
                            for gate in 0..cell.gates() {
                                let bias = read(bias, gate * hidden + units.start, width);
                                add(&mut values[gate * wide..][..width], bias);
                            }
                        }
                        let h = write(now(0), first, width);
                        match cell {
                            RecurrentCell::Tanh => {
                                for (h, v) in h.iter_mut().zip(&*values) {
                                    *h = v.tanh();
                                }
                            }
                            RecurrentCell::Relu => {
                                for (h, v) in h.iter_mut().zip(&*values) {
                                    *h = if *v < <T as Real>::ZERO {
                                        <T as Real>::ZERO
                                    } else {
                                        *v
                                    };
                                }
                            }
                            RecurrentCell::Gru => {
                                let x = read(x, row * rows + 2 * hidden + units.start, width);
                                gru(values, wide, x, read(before(0), first, width), h);
                            }
                            RecurrentCell::Lstm => {
                                let c = write(now(1), first, width);
                                lstm(values, wide, read(before(1), first, width), c, h);
                            }
                        }
                        if let Some(kept) = self.kept {
                            for part in 0..cell.kept() {
                                let place = (place * n + row) * cell.kept() + part;
                                let to = write(kept, place * hidden + units.start, width);
                                to.copy_from_slice(&values[part * wide..][..width]);
                            }
                        }
                    }
                }
            },
        );
    }
}

/// The new `h` of some units; `values` holds r, z and the state's part of n, and afterwards r, z, n and that part.
#[inline(always)]
fn gru<T: Real>(values: &mut [T], wide: usize, x: &[T], before: &[T], h: &mut [T]) {
    let (gates, rest) = values.split_at_mut(2 * wide);
    let (new, state) = rest.split_at_mut(wide);
    for v in &mut *gates {
        *v = v.sigmoid();
    }
    let (r, z) = gates.split_at(wide);
    state[..wide].copy_from_slice(new);
    for (((n, &r), &x), &s) in new.iter_mut().zip(r).zip(x).zip(&*state) {
        *n = (x + r * s).tanh();
    }
    for (((h, &n), &z), &before) in h.iter_mut().zip(&*new).zip(z).zip(before) {
        *h = n + z * (before - n);
    }
}

/// The new `c` and `h` of some units; `values` holds the gates, and afterwards what the nonlinearities make of them.
#[inline(always)]
fn lstm<T: Real>(values: &mut [T], wide: usize, before: &[T], c: &mut [T], h: &mut [T]) {
    let (low, high) = values.split_at_mut(2 * wide);
    let (g, o) = high.split_at_mut(wide);
    for v in &mut *low {
        *v = v.sigmoid();
    }
    for v in &mut *g {
        *v = v.tanh();
    }
    for v in &mut *o {
        *v = v.sigmoid();
    }
    let (i, f) = low.split_at(wide);
    for ((((c, &before), &f), &i), &g) in c.iter_mut().zip(before).zip(f).zip(i).zip(&*g) {
        *c = f * before + i * g;
    }
    for ((h, &c), &o) in h.iter_mut().zip(&*c).zip(&*o) {
        *h = o * c.tanh();
    }
}
