//! Convolutions of integers by their definition, exact modulo 2⁶⁴.

use crate::matmul::Matrix;
use crate::parallel;
use rushlight_backend::ConvKind;
use rushlight_backend::plan::{ConvPlan, points, volume};

/// Calls `f(x index, weight index, y index)` for every product of the given images and output channels.
///
/// `images` and `outputs` select the products, so that parts computed by different threads can write different elements.
fn products(
    g: &ConvPlan,
    images: impl Iterator<Item = usize> + Clone,
    outputs: impl Iterator<Item = usize> + Clone,
    mut f: impl FnMut(usize, usize, usize),
) {
    let (x_plane, y_plane, kernel) = (volume(g.x), volume(g.y), g.kernel_elements());
    for image in images {
        for output in outputs.clone() {
            let group = output / g.outputs;
            for input in 0..g.inputs {
                let x = (image * g.groups * g.inputs + group * g.inputs + input) * x_plane;
                let y = (image * g.groups * g.outputs + output) * y_plane;
                let weight = (output * g.inputs + input) * kernel;
                for (t, element) in points(g.kernel).enumerate() {
                    for (p, position) in points(g.y).enumerate() {
                        let mut at = Some(0);
                        for d in 0..3 {
                            let i = position[d] * g.stride[d] + element[d] * g.dilation[d];
                            let i = i.checked_sub(g.padding[d]).filter(|&i| i < g.x[d]);
                            at = at.zip(i).map(|(at, i)| at * g.x[d] + i);
                        }
                        if let Some(at) = at {
                            f(x + at, weight + t, y + p);
                        }
                    }
                }
            }
        }
    }
}

/// The convolution `g`, on dense operands.
pub(crate) fn conv(g: &ConvPlan, a: *mut i64, b: *mut i64, out: *mut i64) {
    let (a, b, out) = (Matrix::list(a), Matrix::list(b), Matrix::list(out));
    let outputs = g.groups * g.outputs;
    // SAFETY: `products` gives indices within the operands; parts write different elements of the result.
    let multiply = |to: usize, i: usize, j: usize| unsafe {
        let product = (*a.at(i, 0).pointer).wrapping_mul(*b.at(j, 0).pointer);
        let to = out.at(to, 0).pointer;
        *to = (*to).wrapping_add(product);
    };
    // SAFETY: the range is within the result.
    let clear = |first: usize, n: usize| unsafe {
        std::slice::from_raw_parts_mut(out.at(first, 0).pointer, n).fill(0);
    };
    match g.kind {
        ConvKind::WeightGrad => parallel::for_ranges(outputs, 1, |part| {
            let size = g.inputs * g.kernel_elements();
            clear(part.start * size, part.len() * size);
            products(g, 0..g.images, part, |x, w, y| multiply(w, x, y));
        }),
        ConvKind::Forward => parallel::for_ranges(g.images, 1, |part| {
            let size = outputs * volume(g.y);
            clear(part.start * size, part.len() * size);
            products(g, part, 0..outputs, |x, w, y| multiply(y, x, w));
        }),
        ConvKind::InputGrad => parallel::for_ranges(g.images, 1, |part| {
            let size = g.groups * g.inputs * volume(g.x);
            clear(part.start * size, part.len() * size);
            products(g, part, 0..outputs, |x, w, y| multiply(x, y, w));
        }),
    }
}
