//! Convolutions: their sizes, always in three spatial dimensions.

use super::Split;
use super::planned::{Planned, result, type_of};
use crate::{Conv, ConvKind, Output, Result, View};

/// Sizes along depth, height and width.
pub type Space = [usize; 3];

/// The plan of [`crate::Backend::conv`]. The input `x`, the output `y` and the weight have the same sizes whichever of them is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConvPlan {
    /// Which of the three is computed.
    pub kind: ConvKind,
    /// The number of images.
    pub images: usize,
    /// The number of groups of channels.
    pub groups: usize,
    /// Channels of the input in one group.
    pub inputs: usize,
    /// Channels of the output in one group.
    pub outputs: usize,
    /// The input's size.
    pub x: Space,
    /// The output's size.
    pub y: Space,
    /// The weight's size.
    pub kernel: Space,
    /// Stride.
    pub stride: Space,
    /// Zeros before the input.
    pub padding: Space,
    /// Dilation.
    pub dilation: Space,
}

/// `sizes` preceded by `fill` to make three.
pub(super) fn space(sizes: &[usize], fill: usize) -> Space {
    let mut space = [fill; 3];
    space[3 - sizes.len()..].copy_from_slice(sizes);
    space
}

/// Number of points.
#[inline]
pub fn volume(space: Space) -> usize {
    space.iter().product()
}

/// The points of `space` in row-major order.
pub fn points(space: Space) -> impl Iterator<Item = Space> {
    let [_, height, width] = space;
    (0..volume(space)).map(move |i| [i / (height * width), i / width % height, i % width])
}

impl ConvPlan {
    /// The plan of `conv` for operands and a result of these shapes, which are checked to fit.
    fn new(conv: &Conv, a: &[usize], b: &[usize], out: &[usize]) -> ConvPlan {
        let (x, weight, y) = match conv.kind {
            ConvKind::Forward => (a, b, out),
            ConvKind::InputGrad => (out, b, a),
            ConvKind::WeightGrad => (a, out, b),
        };
        ConvPlan {
            kind: conv.kind,
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
        }
    }

    /// The number of elements of the kernel.
    pub fn kernel_elements(&self) -> usize {
        volume(self.kernel)
    }

    /// The convolution in two parts, for tensors too large for one binding, split between images or between the output channels of one image.
    pub fn halves(&self) -> Option<ConvHalves> {
        let by_images = self.images > 1;
        let size = match by_images {
            true => self.images,
            false => self.outputs,
        };
        if size < 2 || !by_images && self.groups > 1 {
            return None;
        }
        let part = |size: usize| match by_images {
            true => ConvPlan {
                images: size,
                ..*self
            },
            false => ConvPlan {
                outputs: size,
                ..*self
            },
        };
        let dims = match (self.kind, by_images) {
            (ConvKind::Forward | ConvKind::InputGrad, true) => [Some(0), None, Some(0)],
            (ConvKind::WeightGrad, true) => [Some(0), Some(0), None],
            (ConvKind::Forward, false) => [None, Some(0), Some(1)],
            (ConvKind::InputGrad, false) => [Some(1), Some(0), None],
            (ConvKind::WeightGrad, false) => [None, Some(1), Some(0)],
        };
        Some(ConvHalves {
            split: Split::new(dims),
            plans: [size / 2, size - size / 2].map(part),
        })
    }
}

/// A convolution in two parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConvHalves {
    /// How both operands and the result are split. Results that are not split are added.
    pub split: Split,
    /// The convolution of each part.
    pub plans: [ConvPlan; 2],
}

/// A convolution or one of its gradients.
#[track_caller]
pub fn conv<'a>(
    conv: &Conv,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, ConvPlan>> {
    let [a, b] = [type_of(&inputs[0]), type_of(&inputs[1])];
    let expected = conv.infer_types(a, b)?;
    result(conv.name(), &expected, &out.view())?;
    let plan = ConvPlan::new(conv, &a.shape, &b.shape, &expected.shape);
    Ok(Planned::one(plan, inputs, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;

    fn plan(kind: ConvKind, images: usize) -> ConvPlan {
        let conv = Conv {
            kind,
            stride: Dims::from([2]),
            padding: Dims::from([1]),
            dilation: Dims::from([1]),
            groups: 1,
            result: Dims::from([4]),
        };
        let (x, w, y) = (&[images, 3, 8][..], &[5, 3, 3][..], &[images, 5, 4][..]);
        match kind {
            ConvKind::Forward => ConvPlan::new(&conv, x, w, y),
            ConvKind::InputGrad => ConvPlan::new(&conv, y, w, x),
            ConvKind::WeightGrad => ConvPlan::new(&conv, x, y, w),
        }
    }

    #[test]
    fn the_kinds_share_their_sizes() {
        let forward = plan(ConvKind::Forward, 2);
        assert_eq!((forward.x, forward.y), ([1, 1, 8], [1, 1, 4]));
        assert_eq!((forward.padding, forward.kernel_elements()), ([0, 0, 1], 3));
        for kind in [ConvKind::InputGrad, ConvKind::WeightGrad] {
            assert_eq!(plan(kind, 2), ConvPlan { kind, ..forward });
        }
        assert!(points([1, 2, 2]).eq([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]));
    }

    #[test]
    fn halves_are_of_images_or_of_output_channels() {
        let halves = plan(ConvKind::WeightGrad, 3).halves().unwrap();
        assert_eq!(halves.split, Split::new([Some(0), Some(0), None]));
        assert_eq!(halves.plans.map(|p| p.images), [1, 2]);
        let halves = plan(ConvKind::Forward, 1).halves().unwrap();
        assert_eq!(halves.split, Split::new([None, Some(0), Some(1)]));
        assert_eq!(halves.plans.map(|p| p.outputs), [2, 3]);
        let grouped = ConvPlan {
            groups: 5,
            ..plan(ConvKind::Forward, 1)
        };
        assert!(grouped.halves().is_none());
    }
}
