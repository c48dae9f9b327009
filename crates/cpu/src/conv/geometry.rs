//! The sizes of a convolution, always in three spatial dimensions.

use rushlight_backend::{Conv, ConvKind, Error, Result};

/// Sizes along depth, height and width.
pub(crate) type Space = [usize; 3];

/// What a convolution and its gradients share: input `x`, output `y` and weight, whichever of them is computed.
pub(crate) struct Geometry {
    pub images: usize,
    pub groups: usize,
    /// Channels of the input and of the output in one group.
    pub inputs: usize,
    pub outputs: usize,
    pub x: Space,
    pub y: Space,
    pub kernel: Space,
    pub stride: Space,
    pub padding: Space,
    pub dilation: Space,
}

/// `sizes` behind as many `fill` as make three.
fn space(sizes: &[usize], fill: usize) -> Space {
    let mut space = [fill; 3];
    space[3 - sizes.len()..].copy_from_slice(sizes);
    space
}

impl Geometry {
    /// The geometry of `conv` from the shapes of its operands and result, if they fit.
    pub fn new(conv: &Conv, a: &[usize], b: &[usize], out: &[usize]) -> Result<Geometry> {
        let rank = conv.result.len();
        let unfit = |what: &str| {
            Err(Error::shape(format!(
                "conv{rank}d ({:?}): {what}, got {a:?} and {b:?} for a result of {out:?} with groups {}, stride {:?}, padding {:?}, dilation {:?}",
                conv.kind, conv.groups, conv.stride, conv.padding, conv.dilation
            )))
        };
        if !(1..=3).contains(&rank) || [a, b, out].iter().any(|s| s.len() != rank + 2) {
            return unfit("expected one to three spatial dimensions on every tensor");
        }
        if [&conv.stride, &conv.padding, &conv.dilation]
            .iter()
            .any(|d| d.len() != rank)
        {
            return unfit("expected stride, padding and dilation for every spatial dimension");
        }
        if conv.groups == 0 || conv.stride.contains(&0) || conv.dilation.contains(&0) {
            return unfit("groups, stride and dilation must be at least 1");
        }
        let (x, weight, y) = match conv.kind {
            ConvKind::Forward => (a, b, out),
            ConvKind::InputGrad => (out, b, a),
            ConvKind::WeightGrad => (a, out, b),
        };
        if x[0] != y[0] {
            return unfit("input and output must hold as many images");
        }
        if x[1] != weight[1] * conv.groups || y[1] != weight[0] || y[1] % conv.groups != 0 {
            return unfit(
                "channels do not fit a weight of [out, in / groups, ...], out a multiple of groups",
            );
        }
        Ok(Geometry {
            images: x[0],
            groups: conv.groups,
            inputs: weight[1],
            outputs: weight[0] / conv.groups,
            x: space(&x[2..], 1),
            y: space(&y[2..], 1),
            kernel: space(&weight[2..], 1),
            stride: space(&conv.stride, 1),
            padding: space(&conv.padding, 0),
            dilation: space(&conv.dilation, 1),
        })
    }

    /// Taps of the kernel.
    pub fn taps(&self) -> usize {
        volume(self.kernel)
    }
}

/// Number of points.
pub(crate) fn volume(space: Space) -> usize {
    space.iter().product()
}

/// The points of `space` in row-major order.
pub(crate) fn points(space: Space) -> impl Iterator<Item = Space> {
    let [_, height, width] = space;
    (0..volume(space)).map(move |i| [i / (height * width), i / width % height, i % width])
}
