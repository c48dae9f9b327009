//! The product of matrices that each kind of convolution is.

use crate::engine::Bound;
use crate::kernels::params::{Params, params};
use crate::kernels::tiles::Workgroups;
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
            ConvKind::WeightGrad => "source_of_kernel",
        }
    }

    /// The parameters for these workgroups; `k` is the length of the sum, `count` the number of elements of the result.
    pub fn params(
        &self,
        workgroups: Workgroups,
        count: usize,
        [a, b, y]: [&Bound<'_>; 3],
    ) -> Params {
        let Workgroups {
            groups,
            groups_m,
            groups_n,
            parts,
            part,
        } = workgroups;
        let [a_group, b_group, y_group] = self.group;
        let Product {
            m,
            n,
            inner,
            a_row,
            y_row,
            b_block,
            y_block,
            a_inner,
            b_inner,
            ..
        } = *self;
        let window = params! {
            source: with_volume(self.source), stride: with_volume(self.stride),
            padding: with_volume(self.padding), dilation: with_volume(self.dilation),
        };
        params! {
            m, n, inner, k: self.length(), groups, groups_m, groups_n, parts, part,
            a: a.offset, b: b.offset, y: y.offset,
            a_group, b_group, y_group, a_row, y_row, b_block, y_block, a_inner, b_inner, y_part: count,
            positions: with_volume(self.positions), sums: with_volume(self.sums), window,
        }
    }

    /// The length of the sums.
    pub fn length(&self) -> usize {
        self.inner * volume(self.sums)
    }
}

/// Sizes and their product, as the kernels have them.
fn with_volume(space: Space) -> [i32; 4] {
    let [depth, height, width] = space;
    [depth, height, width, volume(space)].map(|n| n as i32)
}

/// Whether the kernel has one element and each output reads one input: then the image's planes are rows of a matrix. The weight's gradient
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
    let [x, y, kernel] = [plan.x, plan.y, plan.kernel].map(volume);
    let x_image = groups * inputs * x;
    let y_image = groups * outputs * y;
    let weight = outputs * inputs * kernel;
    let common = Product {
        kind,
        groups,
        m: outputs,
        n: images * y,
        inner: inputs,
        group: [weight, inputs * x, outputs * y],
        a_row: inputs * kernel,
        y_row: y,
        b_block: x_image,
        y_block: y_image,
        a_inner: kernel,
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
            a_row: kernel,
            y_row: x,
            b_block: y_image,
            y_block: x_image,
            a_inner: inputs * kernel,
            b_inner: y,
            positions: plan.x,
            source: plan.y,
            ..common
        },
        ConvKind::WeightGrad => Product {
            n: inputs * kernel,
            inner: images,
            group: [outputs * y, inputs * x, weight],
            a_row: y,
            y_row: inputs * kernel,
            b_block: x,
            y_block: kernel,
            a_inner: y_image,
            b_inner: x_image,
            positions: plan.kernel,
            sums: plan.y,
            ..common
        },
    }
}
