//! The sizes of a convolution, always in three spatial dimensions, and the product of matrices that each kind is.

use crate::kernels::params::Params;
use rushlight_backend::{Conv, ConvKind, Dims, Error, Layout, Result, View};

/// Sizes along depth, height and width.
type Space = [usize; 3];

/// What a convolution and its gradients share: input `x`, output `y` and weight, whichever of them is computed.
pub(super) struct Geometry {
    images: usize,
    groups: usize,
    /// Channels of the input and of the output in one group.
    inputs: usize,
    outputs: usize,
    x: Space,
    y: Space,
    taps: Space,
    stride: Space,
    padding: Space,
    dilation: Space,
}

/// In every group, `y[row, col]` is the sum over `s` and `i` of `a[row, s, i] b[source(col, s), i]`, where a column is a block and a
/// position. The head of `conv_direct.wgsl` says what they are for each kind.
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub kind: ConvKind,
    pub groups: usize,
    /// Rows, columns, and the range of i.
    pub m: usize,
    pub n: usize,
    pub inner: usize,
    /// Distances between groups of a, b and the result.
    pub group: [usize; 3],
    pub a_row: usize,
    pub y_row: usize,
    pub b_block: usize,
    pub y_block: usize,
    pub a_inner: usize,
    pub b_inner: usize,
    /// The spaces of positions, of s, and of what b holds.
    pub positions: Space,
    pub sums: Space,
    pub source: Space,
    pub stride: Space,
    pub padding: Space,
    pub dilation: Space,
}

impl Product {
    /// The shader's function that says where b is read.
    pub fn source_function(&self) -> &'static str {
        match self.kind {
            ConvKind::Forward => "source_of_output",
            ConvKind::InputGrad => "source_of_input",
            ConvKind::WeightGrad => "source_of_tap",
        }
    }

    /// Distances between groups, rows, blocks, and neighbours along i, as the kernels have them.
    pub fn distances(&self, params: Params) -> Params {
        self.group
            .into_iter()
            .chain([self.a_row, self.y_row, self.b_block, self.y_block])
            .chain([self.a_inner, self.b_inner])
            .fold(params, Params::word)
    }

    /// The spaces and the window.
    pub fn spaces(&self, params: Params) -> Params {
        let spaces = [
            self.positions,
            self.sums,
            self.source,
            self.stride,
            self.padding,
            self.dilation,
        ];
        spaces.into_iter().fold(params, |params, sizes| {
            let words = sizes.into_iter().chain([volume(sizes)]);
            words.fold(params.align(16), Params::word)
        })
    }
}

/// `sizes` behind as many `fill` as make three.
fn space(sizes: &[usize], fill: usize) -> Space {
    let mut space = [fill; 3];
    space[3 - sizes.len()..].copy_from_slice(sizes);
    space
}

/// Number of points.
pub(super) fn volume(space: Space) -> usize {
    space.iter().product()
}

impl Geometry {
    /// The geometry of `conv` from the shapes of its operands and result, if they fit.
    #[track_caller]
    pub fn new(conv: &Conv, a: &View<'_>, b: &View<'_>, out: &View<'_>) -> Result<Geometry> {
        let [a, b, out] = [a, b, out].map(|view| view.layout().shape());
        let rank = conv.result.len();
        let per_dimension = [&conv.stride, &conv.padding, &conv.dilation];
        let fits = (1..=3).contains(&rank)
            && [a, b, out].iter().all(|shape| shape.len() == rank + 2)
            && per_dimension.iter().all(|list| list.len() == rank)
            && conv.groups > 0
            && !conv.stride.contains(&0)
            && !conv.dilation.contains(&0);
        let (x, weight, y) = match conv.kind {
            ConvKind::Forward => (a, b, out),
            ConvKind::InputGrad => (out, b, a),
            ConvKind::WeightGrad => (a, out, b),
        };
        let fits = fits
            && x[0] == y[0]
            && x[1] == weight[1] * conv.groups
            && y[1] == weight[0]
            && y[1].is_multiple_of(conv.groups);
        if !fits {
            return Err(Error::shape(format!(
                "conv{rank}d ({:?}): {a:?} and {b:?} do not make a result of {out:?} with groups {}, stride {:?}, padding {:?}, dilation {:?}",
                conv.kind, conv.groups, conv.stride, conv.padding, conv.dilation
            )));
        }
        Ok(Geometry {
            images: x[0],
            groups: conv.groups,
            inputs: weight[1],
            outputs: weight[0] / conv.groups,
            x: space(&x[2..], 1),
            y: space(&y[2..], 1),
            taps: space(&weight[2..], 1),
            stride: space(&conv.stride, 1),
            padding: space(&conv.padding, 0),
            dilation: space(&conv.dilation, 1),
        })
    }

    /// Whether each output reads one input through one tap: then the image's planes are rows of a matrix as they stand. The weight's gradient
    /// sums over images too.
    pub fn is_matrices(&self, kind: ConvKind) -> bool {
        volume(self.taps) == 1
            && self.x == self.y
            && self.padding == [0; 3]
            && kind != ConvKind::WeightGrad
    }

    /// Weight, image and result of a pointwise convolution, or of the gradient of its input, as matrices for each image and group.
    pub fn matrices(&self, kind: ConvKind, [weight, image, result]: [&View<'_>; 3]) -> [Layout; 3] {
        let &Geometry {
            images,
            groups,
            inputs,
            outputs,
            ..
        } = self;
        let points = volume(self.x);
        let planes = |view: &View<'_>, channels: usize| {
            let shape = Dims::from([images, groups, channels, points]);
            Layout::strided(shape, shape.contiguous_strides(), view.layout().offset())
        };
        let weights = Layout::strided(
            Dims::from([images, groups, outputs, inputs]),
            Dims::from([0, outputs * inputs, inputs, 1]),
            weight.layout().offset(),
        );
        match kind {
            ConvKind::InputGrad => [
                weights.transpose(2, 3),
                planes(image, outputs),
                planes(result, inputs),
            ],
            _ => [weights, planes(image, inputs), planes(result, outputs)],
        }
    }

    /// The product that the convolution is. Its `a` is the weight, or for the weight's gradient that of the output; its `b` the image.
    pub fn product(&self, kind: ConvKind) -> Product {
        let &Geometry {
            images,
            groups,
            inputs,
            outputs,
            ..
        } = self;
        let [x, y, taps] = [self.x, self.y, self.taps].map(volume);
        let x_image = groups * inputs * x;
        let y_image = groups * outputs * y;
        let weight = outputs * inputs * taps;
        let common = Product {
            kind,
            groups,
            m: outputs,
            n: images * y,
            inner: inputs,
            group: [weight, inputs * x, outputs * y],
            a_row: inputs * taps,
            y_row: y,
            b_block: x_image,
            y_block: y_image,
            a_inner: taps,
            b_inner: x,
            positions: self.y,
            sums: self.taps,
            source: self.x,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
        };
        match kind {
            ConvKind::Forward => common,
            ConvKind::InputGrad => Product {
                m: inputs,
                n: images * x,
                inner: outputs,
                group: [weight, outputs * y, inputs * x],
                a_row: taps,
                y_row: x,
                b_block: y_image,
                y_block: x_image,
                a_inner: inputs * taps,
                b_inner: y,
                positions: self.x,
                source: self.y,
                ..common
            },
            ConvKind::WeightGrad => Product {
                n: inputs * taps,
                inner: images,
                group: [outputs * y, inputs * x, weight],
                a_row: y,
                y_row: inputs * taps,
                b_block: x,
                y_block: taps,
                a_inner: y_image,
                b_inner: x_image,
                positions: self.taps,
                sums: self.y,
                ..common
            },
        }
    }
}
