//! Convolutions and their gradients.

use crate::support::open;
use crate::support::sample::{Sample, layouts, near, same};
use rushlight_backend::{Conv, ConvKind, DType, Dims, Layout, plan};
use rushlight_wgpu::{Gpu, Options};

const KINDS: [ConvKind; 3] = [ConvKind::Forward, ConvKind::InputGrad, ConvKind::WeightGrad];

/// A convolution of images of `channels` times `space`.
#[derive(Clone, Copy)]
struct Case<'a> {
    images: usize,
    groups: usize,
    /// Of all groups.
    channels: [usize; 2],
    space: &'a [usize],
    kernel: &'a [usize],
    stride: usize,
    padding: usize,
    dilation: usize,
}

/// A device with the kernels for software adapters, and one with those for GPUs, both with guard bands.
fn on_each(test: impl Fn(&Gpu)) {
    for software_adapter in [true, false] {
        let options = Options {
            software_adapter: Some(software_adapter),
            guards: true,
            ..Options::default()
        };
        if let Some(gpu) = open(&options) {
            test(&gpu);
            gpu.check_guards().unwrap();
        }
    }
}

fn dims(list: &[usize]) -> Dims {
    list.iter().copied().collect()
}

impl Case<'_> {
    /// The shapes of input, weight and output, and the parameters of `kind`.
    fn shapes(&self, kind: ConvKind) -> ([Dims; 3], Conv) {
        let rank = self.space.len();
        let mut conv = Conv {
            kind,
            stride: Dims::filled(self.stride, rank),
            padding: Dims::filled(self.padding, rank),
            dilation: Dims::filled(self.dilation, rank),
            groups: self.groups,
            result: Dims::filled(1, rank),
        };
        let output: Dims = (0..rank)
            .map(|i| {
                conv.output_size(i, self.space[i], self.kernel[i])
                    .unwrap_or(0)
            })
            .collect();
        let with = |a: usize, b: usize, space: &[usize]| {
            [a, b].iter().chain(space).copied().collect::<Dims>()
        };
        let [inputs, outputs] = self.channels;
        conv.result = match kind {
            ConvKind::Forward => output,
            ConvKind::InputGrad => dims(self.space),
            ConvKind::WeightGrad => dims(self.kernel),
        };
        let shapes = [
            with(self.images, inputs, self.space),
            with(outputs, inputs / self.groups, self.kernel),
            with(self.images, outputs, &output),
        ];
        (shapes, conv)
    }

    #[track_caller]
    fn agree(
        &self,
        gpu: &Gpu,
        dtype: DType,
        tolerance: f64,
        layout: impl Fn(&Dims, usize) -> Layout,
    ) {
        for kind in KINDS {
            let ([x, weight, y], conv) = self.shapes(kind);
            let (a, b, out) = match kind {
                ConvKind::Forward => (x, weight, y),
                ConvKind::InputGrad => (y, weight, x),
                ConvKind::WeightGrad => (x, y, weight),
            };
            let what = format!("{dtype} {conv:?} of {a:?} and {b:?}");
            let a = Sample::noise(layout(&a, 0), dtype, 1);
            let b = Sample::noise(layout(&b, 1), dtype, 2);
            let out = Sample::noise(layout(&out, 2), dtype, 3);
            if tolerance == 0.0 {
                same(gpu, &what, &[&a, &b], &[&out], |backend, i, o| {
                    backend.conv(plan::conv(&conv, &[i[0], i[1]], o[0].into())?)
                });
            } else {
                near(
                    gpu,
                    &what,
                    tolerance,
                    &[&a, &b],
                    &[&out],
                    |backend, i, o| backend.conv(plan::conv(&conv, &[i[0], i[1]], o[0].into())?),
                );
            }
        }
    }
}

const PLAIN: Case<'_> = Case {
    images: 2,
    groups: 1,
    channels: [3, 4],
    space: &[9, 8],
    kernel: &[3, 2],
    stride: 1,
    padding: 0,
    dilation: 1,
};

fn cases() -> Vec<Case<'static>> {
    vec![
        PLAIN,
        Case {
            stride: 2,
            padding: 2,
            ..PLAIN
        },
        Case {
            stride: 3,
            padding: 1,
            dilation: 2,
            ..PLAIN
        },
        Case {
            channels: [6, 4],
            groups: 2,
            padding: 1,
            ..PLAIN
        },
        // Depthwise, with one and with two outputs a channel.
        Case {
            channels: [5, 5],
            groups: 5,
            padding: 1,
            ..PLAIN
        },
        Case {
            channels: [3, 6],
            groups: 3,
            stride: 2,
            ..PLAIN
        },
        // One and three dimensions.
        Case {
            space: &[21],
            kernel: &[5],
            padding: 2,
            ..PLAIN
        },
        Case {
            space: &[4, 5, 6],
            kernel: &[2, 3, 2],
            stride: 2,
            padding: 1,
            ..PLAIN
        },
        // A kernel as large as what it reads, and one of a single tap.
        Case {
            space: &[4, 4],
            kernel: &[4, 4],
            ..PLAIN
        },
        Case {
            kernel: &[1, 1],
            channels: [19, 17],
            images: 3,
            ..PLAIN
        },
        // Padding beyond the kernel's reach, and a stride that leaves inputs unread.
        Case {
            padding: 5,
            ..PLAIN
        },
        Case {
            stride: 4,
            kernel: &[2, 2],
            ..PLAIN
        },
    ]
}

#[test]
fn kinds_sizes_strides_paddings_dilations_and_groups() {
    on_each(|gpu| {
        for case in cases() {
            case.agree(gpu, DType::F32, 2e-4, |shape, _| Layout::contiguous(*shape));
        }
        let large = Case {
            images: 3,
            channels: [20, 33],
            space: &[12, 13],
            kernel: &[3, 3],
            padding: 1,
            ..PLAIN
        };
        large.agree(gpu, DType::F32, 5e-4, |shape, _| Layout::contiguous(*shape));
    });
}

#[test]
fn sums_longer_than_a_thread_may_go() {
    on_each(|gpu| {
        let case = Case {
            images: 20,
            channels: [1, 2],
            space: &[64, 63],
            padding: 1,
            ..PLAIN
        };
        case.agree(gpu, DType::I32, 0.0, |shape, _| Layout::contiguous(*shape));
    });
}

#[test]
fn every_dtype() {
    on_each(|gpu| {
        let exact = [DType::U8, DType::I8, DType::I16, DType::I32, DType::I64];
        for dtype in exact {
            Case {
                stride: 2,
                padding: 1,
                ..PLAIN
            }
            .agree(gpu, dtype, 0.0, |shape, _| Layout::contiguous(*shape));
        }
        for (dtype, tolerance) in [(DType::F16, 2e-3), (DType::BF16, 2e-2), (DType::F64, 1e-12)] {
            Case {
                stride: 2,
                padding: 1,
                ..PLAIN
            }
            .agree(gpu, dtype, tolerance, |shape, _| Layout::contiguous(*shape));
        }
    });
}

#[test]
fn operands_and_results_of_any_layout() {
    on_each(|gpu| {
        for k in 0..3 {
            PLAIN.agree(gpu, DType::F32, 2e-4, |shape, i| {
                layouts(shape)[(i + k) % 3]
            });
        }
    });
}

#[test]
fn nothing_to_sum_and_nothing_to_compute() {
    on_each(|gpu| {
        let dense = |shape: &Dims, _| Layout::contiguous(*shape);
        Case { images: 0, ..PLAIN }.agree(gpu, DType::F32, 1e-4, dense);
        Case {
            channels: [0, 4],
            ..PLAIN
        }
        .agree(gpu, DType::F32, 1e-4, dense);
        Case {
            channels: [3, 0],
            ..PLAIN
        }
        .agree(gpu, DType::F32, 1e-4, dense);
    });
}

#[test]
fn zeros_of_padding_are_not_multiplied_with_infinities() {
    on_each(|gpu| {
        let (shapes, conv) = Case {
            padding: 2,
            ..PLAIN
        }
        .shapes(ConvKind::Forward);
        let x = Sample::new(Layout::contiguous(shapes[0]), DType::F32, |i| {
            if i % 50 == 7 { f64::INFINITY } else { 1.0 }
        });
        let weight = Sample::noise(Layout::contiguous(shapes[1]), DType::F32, 2);
        let out = Sample::noise(Layout::contiguous(shapes[2]), DType::F32, 3);
        near(
            gpu,
            "infinities",
            1e-4,
            &[&x, &weight],
            &[&out],
            |backend, i, o| backend.conv(plan::conv(&conv, &[i[0], i[1]], o[0].into())?),
        );
    });
}

#[test]
fn tensors_beyond_one_binding_are_split() {
    let Some(gpu) = open(&Options {
        binding_limit: Some(1 << 13),
        ..Options::default()
    }) else {
        return;
    };
    let dense = |shape: &Dims, _| Layout::contiguous(*shape);
    for dtype in [DType::F32, DType::F16] {
        let tolerance = if dtype == DType::F16 { 3e-3 } else { 1e-3 };
        for (images, space) in [(9, &[20, 18][..]), (1, &[30, 28])] {
            let case = Case {
                images,
                channels: [2, 8],
                space,
                ..PLAIN
            };
            case.agree(&gpu, dtype, tolerance, dense);
        }
    }
}
