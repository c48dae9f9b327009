//! The gradients of a recurrent layer, from the last step to the first. Those of weight and bias follow from the gradient of the gates, as one
//! product over all steps.

use super::{Product, Sizes, add, at, read, write};
use crate::buffer::CpuBuffer;
use crate::element::{Number, vectorized, with_element};
use crate::math::Real;
use crate::matmul::{Matrix, VectorFloat, columns, panel};
use crate::operand::Operand;
use crate::parallel;
use pulp::{Simd, WithSimd};
use rushlight_backend::{Done, Recurrent, RecurrentCell, Result};

/// See [`rushlight_backend::Fused::RecurrentGrad`].
pub(crate) fn backward(
    f: &Recurrent,
    inputs: &[Operand<'_>],
    outs: &[Operand<'_>],
) -> Result<Done> {
    let (layer, results) = inputs[1..].split_at(f.inputs());
    let Some(size) = Sizes::new(f, results[0].shape()) else {
        return Ok(Done::Compose);
    };
    if !inputs.iter().chain(outs).all(Operand::is_contiguous) {
        return Ok(Done::Compose);
    }
    with_element!(outs[0].dtype, [F32 F64], T => {
        let of = |x: &Operand<'_>| Matrix::list(x.pointer::<T>());
        let states = f.cell.states();
        let layer = Backward {
            size,
            g: of(&inputs[0]),
            w: of(&layer[1]),
            first: [of(&layer[2]), of(&layer[1 + states])],
            states: of(&results[0]),
            kept: of(&results[results.len() - 1]),
            dx: of(&outs[0]),
            dfirst: [of(&outs[1]), of(&outs[states])],
            // Only a GRU's gradient of the state's part differs from that of x.
            ds: of(&outs[if outs.len() > 1 + states { 1 + states } else { 0 }]),
        };
        crate::simd::arch().dispatch(layer)?;
        Ok(Done::Yes)
    }, else Ok(Done::Compose))
}

struct Backward<T> {
    size: Sizes,
    g: Matrix<T>,
    w: Matrix<T>,
    first: [Matrix<T>; 2],
    states: Matrix<T>,
    kept: Matrix<T>,
    /// The gradients of the input's part of the gates, of the first state, and of the state's part of the gates.
    dx: Matrix<T>,
    dfirst: [Matrix<T>; 2],
    ds: Matrix<T>,
}

/// What a block carries from one step to the one before it, for each row: the gradient of `h`, that part of it which does not come through the
/// product, and the gradient of `c`.
struct Carried<T> {
    h: Matrix<T>,
    direct: Matrix<T>,
    c: Matrix<T>,
}

impl<T: VectorFloat + Number + Real> WithSimd for Backward<T> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        self.run(simd)
    }
}

impl<T: VectorFloat + Number + Real> Backward<T> {
    #[inline(never)]
    fn run<S: Simd>(&self, simd: S) -> Result<()> {
        let Sizes {
            steps, n, hidden, ..
        } = self.size;
        let (rows, wide) = (self.size.rows(), columns::<T, S>());
        let blocks = hidden.div_ceil(wide);
        let packed = CpuBuffer::new(blocks * rows * wide * size_of::<T>())?;
        let packed = Matrix::list(packed.pointer().cast::<T>());
        let room = CpuBuffer::new(3 * blocks * n * wide * size_of::<T>())?;
        let room = Matrix::list(room.pointer().cast::<T>());
        let grain = parallel::grain(2 * rows * wide * size_of::<T>());
        parallel::for_ranges(blocks, grain, |range| {
            for block in range {
                let units = self.size.units::<T, S>(block);
                let columns = Matrix {
                    pointer: at(self.w, units.start),
                    row: hidden,
                    col: 1,
                };
                // SAFETY: columns of the weight, and a panel and room of its own.
                unsafe {
                    let to = at(packed, block * rows * wide);
                    panel(simd, rows, units.len(), columns, to);
                    write(room, 3 * block * n * wide, 3 * n * wide).fill(<T as Real>::ZERO);
                }
            }
        });
        // One more than there are steps, for the gradient of the first state.
        for i in (0..=steps).rev() {
            parallel::for_ranges(blocks, self.size.grain(blocks), |range| {
                for block in range {
                    let panel = at(packed, block * rows * wide);
                    let part = |part| Matrix::list(at(room, (3 * block + part) * n * wide));
                    let carried = Carried {
                        h: part(0),
                        direct: part(1),
                        c: part(2),
                    };
                    // SAFETY: the panel of the block, and room and units that no other thread writes.
                    unsafe { self.block(simd, i, block, panel, &carried) };
                }
            });
        }
        Ok(())
    }

    /// Computes the gradients of the state that step number `i` reads from those of the step after it, and the gradients of the step before,
    /// for the units of one block.
    ///
    /// # Safety
    /// `panel` is the packed weight of the block, and nothing else writes what is carried, nor these units.
    unsafe fn block<S: Simd>(
        &self,
        simd: S,
        i: usize,
        block: usize,
        panel: *const T,
        carried: &Carried<T>,
    ) {
        let Sizes {
            steps, n, hidden, ..
        } = self.size;
        let (rows, wide) = (self.size.rows(), columns::<T, S>());
        let units = self.size.units::<T, S>(block);
        if i < steps {
            let product = Product {
                n,
                k: rows,
                width: units.len(),
                a: at(self.ds, self.size.place(i) * n * rows),
                a_row: rows,
                panel,
                start: std::ptr::null(),
                start_row: 0,
                c: carried.h.pointer,
                c_row: wide,
            };
            // SAFETY: guaranteed by the caller; the gradients of this step are complete.
            unsafe { product.run(simd) };
        }
        vectorized::<T, _>(
            #[inline(always)]
            || {
                for row in 0..n {
                    let first = row * hidden + units.start;
                    // SAFETY: this row's units of each operand.
                    unsafe {
                        let width = units.len();
                        let carry = |of: Matrix<T>| write(of, row * wide, width);
                        let (h, direct, c) =
                            (carry(carried.h), carry(carried.direct), carry(carried.c));
                        add(h, direct);
                        match i.checked_sub(1) {
                            None => {
                                write(self.dfirst[0], first, width).copy_from_slice(h);
                                if self.size.cell == RecurrentCell::Lstm {
                                    write(self.dfirst[1], first, width).copy_from_slice(c);
                                }
                            }
                            Some(i) => self.row(i, row, units.start, [h, direct, c]),
                        }
                    }
                }
            },
        );
    }

    /// The gradients of step number `i` for one row and the units from `unit` on.
    ///
    /// # Safety
    /// The row and the units exist, and nothing else accesses their gradients.
    #[inline(always)]
    unsafe fn row(&self, i: usize, row: usize, unit: usize, [dh, direct, dc]: [&mut [T]; 3]) {
        let Sizes {
            cell,
            steps,
            n,
            hidden,
            ..
        } = self.size;
        let (width, place, state) = (dh.len(), self.size.place(i), self.size.state());
        let first = row * hidden + unit;
        // SAFETY: guaranteed by the caller.
        unsafe {
            let part = |of: Matrix<T>, part: usize| {
                read(of, (part * steps + place) * state + first, width)
            };
            let before = |part: usize| match i {
                0 => read(self.first[part], first, width),
                _ => {
                    let place = part * steps + self.size.place(i - 1);
                    read(self.states, place * state + first, width)
                }
            };
            let kept = |part: usize| {
                let place = (place * n + row) * cell.kept() + part;
                read(self.kept, place * hidden + unit, width)
            };
            let gate = |of: Matrix<T>, gate: usize| {
                let place = (place * n + row) * cell.gates() + gate;
                write(of, place * hidden + unit, width)
            };
            add(dh, part(self.g, 0));
            let h = part(self.states, 0);
            match cell {
                RecurrentCell::Tanh => {
                    for ((d, &dh), &h) in gate(self.dx, 0).iter_mut().zip(&*dh).zip(h) {
                        *d = dh * (<T as Real>::ONE - h * h);
                    }
                }
                RecurrentCell::Relu => {
                    for ((d, &dh), &h) in gate(self.dx, 0).iter_mut().zip(&*dh).zip(h) {
                        *d = if h > <T as Real>::ZERO {
                            dh
                        } else {
                            <T as Real>::ZERO
                        };
                    }
                }
                RecurrentCell::Gru => {
                    let gates = [0, 1, 2].map(|i| gate(self.dx, i));
                    gru(dh, direct, before(0), [0, 1, 2, 3].map(kept), gates);
                    for i in 0..2 {
                        gate(self.ds, i).copy_from_slice(gate(self.dx, i));
                    }
                    let (r, n) = (kept(0), gate(self.dx, 2));
                    for ((s, &n), &r) in gate(self.ds, 2).iter_mut().zip(&*n).zip(r) {
                        *s = n * r;
                    }
                }
                RecurrentCell::Lstm => {
                    add(dc, part(self.g, 1));
                    let gates = [0, 1, 2, 3].map(|i| gate(self.dx, i));
                    let c = part(self.states, 1);
                    lstm(dh, dc, [before(1), c], [0, 1, 2, 3].map(kept), gates);
                }
            }
        }
    }
}

/// The gradients of the gates, and of `h` where it does not come through them.
#[inline(always)]
fn gru<T: Real>(
    dh: &[T],
    direct: &mut [T],
    before: &[T],
    [r, z, n, s]: [&[T]; 4],
    [dr, dz, dn]: [&mut [T]; 3],
) {
    for (((d, &dh), &z), &n) in dn.iter_mut().zip(dh).zip(z).zip(n) {
        *d = dh * (T::ONE - z) * (T::ONE - n * n);
    }
    for ((((d, &dh), &before), &n), &z) in dz.iter_mut().zip(dh).zip(before).zip(n).zip(z) {
        *d = dh * (before - n) * (z * (T::ONE - z));
    }
    for (((d, &dn), &s), &r) in dr.iter_mut().zip(&*dn).zip(s).zip(r) {
        *d = dn * s * (r * (T::ONE - r));
    }
    for ((d, &dh), &z) in direct.iter_mut().zip(dh).zip(z) {
        *d = dh * z;
    }
}

/// The gradients of the gates, and in `dc` that of the `c` before.
#[inline(always)]
fn lstm<T: Real>(
    dh: &[T],
    dc: &mut [T],
    [before, c]: [&[T]; 2],
    [i, f, g, o]: [&[T]; 4],
    [di, df, dg, dout]: [&mut [T]; 4],
) {
    // Holds tanh c until its gradient is computed.
    for (t, &c) in dout.iter_mut().zip(c) {
        *t = c.tanh();
    }
    for (((dc, &t), &dh), &o) in dc.iter_mut().zip(&*dout).zip(dh).zip(o) {
        *dc = *dc + dh * o * (T::ONE - t * t);
    }
    for ((t, &dh), &o) in dout.iter_mut().zip(dh).zip(o) {
        *t = dh * *t * (o * (T::ONE - o));
    }
    for (((d, &dc), &g), &i) in di.iter_mut().zip(&*dc).zip(g).zip(i) {
        *d = dc * g * (i * (T::ONE - i));
    }
    for (((d, &dc), &before), &f) in df.iter_mut().zip(&*dc).zip(before).zip(f) {
        *d = dc * before * (f * (T::ONE - f));
    }
    for (((d, &dc), &g), &i) in dg.iter_mut().zip(&*dc).zip(g).zip(i) {
        *d = dc * i * (T::ONE - g * g);
    }
    for (dc, &f) in dc.iter_mut().zip(f) {
        *dc = *dc * f;
    }
}
