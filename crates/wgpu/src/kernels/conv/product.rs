//! The product of matrices that each kind of convolution is.

use crate::kernels::params::Params;
use rushlight_backend::plan::{ConvPlan, Space, volume};
use rushlight_backend::{ConvKind, Dims, Layout, View};

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

/// Whether each output reads one input through one tap: then the image's planes are rows of a matrix as they stand. The weight's gradient
/// sums over images too.
pub(super) fn is_matrices(plan: &ConvPlan) -> bool {
    volume(plan.kernel) == 1
        && plan.x == plan.y
        && plan.padding == [0; 3]
        && plan.kind != ConvKind::WeightGrad
}

/// Weight, image and result of a pointwise convolution, or of the gradient of its input, as matrices for each image and group.
pub(super) fn matrices(plan: &ConvPlan, [weight, image, result]: [&View<'_>; 3]) -> [Layout; 3] {
    let &ConvPlan {
        kind,
        images,
        groups,
        inputs,
        outputs,
        ..
    } = plan;
    let points = volume(plan.x);
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
pub(super) fn product(plan: &ConvPlan) -> Product {
    let &ConvPlan {
        kind,
        images,
        groups,
        inputs,
        outputs,
        ..
    } = plan;
    let [x, y, taps] = [plan.x, plan.y, plan.kernel].map(volume);
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
        positions: plan.y,
        sums: plan.kernel,
        source: plan.x,
        stride: plan.stride,
        padding: plan.padding,
        dilation: plan.dilation,
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
            positions: plan.x,
            source: plan.y,
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
            positions: plan.kernel,
            sums: plan.y,
            ..common
        },
    }
}
