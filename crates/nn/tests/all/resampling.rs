//! Other sizes and other places: derivatives, printed forms, and what is refused.

use rushlight_autograd::{Autograd, CheckOptions, gradcheck, gradgradcheck};
use rushlight_nn::functional::*;
use rushlight_nn::*;
use rushlight_tensor::{DType, Error, Tensor, tensor};

/// Numbers that differ, none of them on a grid of elements.
fn numbers(shape: &[usize], scale: f64) -> Tensor {
    let n: usize = shape.iter().product();
    let list: Vec<f64> = (0..n)
        .map(|i| ((i * 7919 + 13) as f64).sin() * scale)
        .collect();
    let x = Tensor::from_slice(&list, shape).unwrap();
    x.requires_grad_(true).unwrap()
}

fn check(f: impl Fn(&[Tensor]) -> Result<Tensor, Error>, inputs: &[&Tensor]) {
    gradcheck(&f, inputs, CheckOptions::default()).unwrap();
    gradgradcheck(&f, inputs, CheckOptions::default()).unwrap();
}

#[test]
fn derivatives_of_sampling() {
    let x = numbers(&[1, 2, 3, 4], 1.0);
    let grid = numbers(&[1, 2, 3, 2], 1.3);
    for padding_mode in [
        GridSamplePadding::Zeros,
        GridSamplePadding::Border,
        GridSamplePadding::Reflection,
    ] {
        for mode in [GridSampleMode::Bilinear, GridSampleMode::Bicubic] {
            for align_corners in [false, true] {
                let options = GridSampleOptions {
                    mode,
                    padding_mode,
                    align_corners,
                };
                check(|t| grid_sample(&t[0], &t[1], options), &[&x, &grid]);
            }
        }
    }
    let theta = numbers(&[2, 2, 3], 1.0);
    check(|t| affine_grid(&t[0], [2, 1, 3, 2], false), &[&theta]);
}

#[test]
fn derivatives_of_resizing() {
    let x = numbers(&[1, 2, 3, 4], 1.0);
    for mode in [InterpolateMode::Bilinear, InterpolateMode::Bicubic] {
        for antialias in [false, true] {
            let options = InterpolateOptions {
                antialias,
                ..mode.into()
            };
            check(|t| interpolate(&t[0], [2, 5], options), &[&x]);
        }
    }
    let padded = FoldOptions::new().padding(1);
    check(|t| unfold(&t[0], 2, &padded), &[&x]);
    let columns = numbers(&[1, 8, 20], 1.0);
    check(|t| fold(&t[0], [3, 4], 2, &padded), &[&columns]);
    check(|t| pixel_shuffle(&t[0].reshape([1, 4, 2, 3])?, 2), &[&x]);
}

#[test]
fn a_place_that_is_no_number_has_no_neighbours() -> Result<(), Error> {
    let x = Tensor::ones([1, 1, 2, 2], ())?.requires_grad_(true)?;
    let grid = tensor!([[[[f32::NAN, 0.0], [0.0, f32::INFINITY], [0.0, 0.0]]]]);
    let y = grid_sample(&x, &grid, ())?;
    assert_eq!(y.to_vec::<f32>()?, [0.0, 0.0, 1.0]);
    y.sum()?.backward()?;
    assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.25; 4]);
    Ok(())
}

#[test]
fn what_is_cropped_is_not_wrapped_around() -> Result<(), Error> {
    let x = tensor!([[0, 1, 2, 3, 4]]);
    let y = pad(&x, [-1, 2], PadMode::Circular)?;
    assert_eq!(y.to_vec::<i64>()?, [1, 2, 3, 4, 1, 2]);
    Ok(())
}

#[test]
fn printed_forms() {
    let printed = [
        (
            repr(&MaxUnpool1d::new(3)),
            "MaxUnpool1d(kernel_size=(3,), stride=(3,), padding=(0,))",
        ),
        (
            repr(&MaxUnpool2d::with(
                3,
                MaxUnpoolOptions::new().stride(2).padding(1),
            )),
            "MaxUnpool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))",
        ),
        (
            repr(&Fold::with(
                4,
                2,
                FoldOptions::new().dilation(2).padding([1, 2]),
            )),
            "Fold(output_size=4, kernel_size=2, dilation=2, padding=(1, 2), stride=1)",
        ),
        (
            repr(&Unfold::new([2, 3])),
            "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)",
        ),
        (
            repr(&Upsample::new(2.0)),
            "Upsample(scale_factor=2.0, mode='nearest')",
        ),
        (
            repr(&Upsample::with([3, 4], InterpolateMode::Bilinear)),
            "Upsample(size=(3, 4), mode='bilinear')",
        ),
        (
            repr(&Upsample::nearest2d(2)),
            "UpsamplingNearest2d(size=2, mode='nearest')",
        ),
        (
            repr(&Upsample::bilinear2d([2.0, 1.5])),
            "UpsamplingBilinear2d(scale_factor=(2.0, 1.5), mode='bilinear')",
        ),
        (
            repr(&PixelShuffle::new(3)),
            "PixelShuffle(upscale_factor=3)",
        ),
        (
            repr(&PixelUnshuffle::new(3)),
            "PixelUnshuffle(downscale_factor=3)",
        ),
        (repr(&ChannelShuffle::new(2)), "ChannelShuffle(groups=2)"),
        (
            repr(&Pad::<2>::zeros([[1, 2], [3, 4]])),
            "ZeroPad2d((1, 2, 3, 4))",
        ),
        (
            repr(&FractionalMaxPool2d::new(3, [2, 3])),
            "FractionalMaxPool2d()",
        ),
    ];
    for (got, expected) in printed {
        assert_eq!(got, expected);
    }
}

fn repr(module: &dyn Module) -> String {
    module.to_string()
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, start: &str) {
    let text = result.err().expect(start).to_string();
    assert!(text.starts_with(start), "{text}\nexpected: {start}");
    assert!(text.contains("resampling.rs:"), "without its place: {text}");
}

#[test]
fn refusals() {
    let x = Tensor::zeros([1, 4, 3, 3], ()).unwrap();
    let whole = x.to(DType::I64).unwrap();
    refused(
        interpolate(&x, 6, InterpolateMode::Linear),
        "interpolate: Linear supports 3 to 3 dimensions, [n, c, *space], got shape [1, 4, 3, 3]",
    );
    refused(
        interpolate(&x, [1, 2, 3], InterpolateMode::Nearest),
        "interpolate: Size([1, 2, 3]) must hold one or 2 numbers for input [1, 4, 3, 3]",
    );
    refused(
        interpolate(&whole, 6, InterpolateMode::Bicubic),
        "interpolate: Bicubic is not defined for int64",
    );
    refused(
        grid_sample(&x, &x, ()),
        "grid_sample: expected [n, c, h, w] and [n, oh, ow, 2], or",
    );
    refused(
        pixel_shuffle(&x, 3),
        "pixel_shuffle: the 4 channels of input [1, 4, 3, 3] are not a multiple of 9, the square of the factor 3",
    );
    refused(
        unfold(&x, 4, ()),
        "unfold: kernel [4, 4] with dilation [1, 1] does not fit a plane of [3, 3] with padding [0, 0]",
    );
    refused(
        fold(&x.reshape([1, 4, 9]).unwrap(), 3, 2, ()),
        "fold: output size [3, 3] with kernel [2, 2] requires 4 columns, with a multiple of 4 rows, got shape [1, 4, 9]",
    );
    refused(
        max_unpool2d(&x, &whole, 2, MaxUnpoolOptions::new().output_size([9, 6])),
        "max_unpool: output size 9 along spatial dimension 0 must be between 4 and 8, both excluded",
    );
    refused(
        max_unpool2d(&x, &x, 2, ()),
        "max_unpool: the indices must be int64, not float32",
    );
    let far = MaxPoolOptions::new().stride(1).dilation(isize::MAX);
    refused(
        max_pool2d(&x, isize::MAX as usize, far),
        "max_pool: kernel [",
    );
    refused(
        max_pool2d(&x, 2, MaxPoolOptions::new().stride([1, 2, 3])),
        "max_pool: stride must be one or 2 numbers of at least 1, got [1, 2, 3]",
    );
    refused(
        max_pool3d(&x.reshape([2, 2, 9]).unwrap(), 2, ()),
        "max_pool: expected 4 or 5 dimensions",
    );
    refused(
        x.max_pool((), ()),
        "max_pool: one size per spatial dimension is expected, 1 to 3 of them, got 0",
    );
    refused(
        avg_pool2d(&x, 2, AvgPoolOptions::new().divisor_override(0)),
        "avg_pool: divisor_override must not be 0",
    );
    refused(
        max_pool2d(&x, 4, ()),
        "max_pool: kernel [4, 4] with dilation [1, 1] and stride [4, 4] does not fit input [1, 4, 3, 3] with padding [0, 0]: 0 windows along dimension 0",
    );
    refused(
        pad(&x, [isize::MAX, isize::MAX, 0, 0], PadMode::Replicate),
        "pad: replicate padding of 9223372036854775807 and 9223372036854775807 does not fit size 3",
    );
    for mode in [PadMode::Reflect, PadMode::Replicate, PadMode::Circular] {
        let wide = Conv2d::with(
            4,
            1,
            1,
            ConvOptions::new().padding(usize::MAX).padding_mode(mode),
        )
        .unwrap();
        refused(wide.call(&x), "pad: ");
        let far = Conv2d::with(
            4,
            1,
            3,
            ConvOptions::new()
                .padding(Padding::Same)
                .dilation(usize::MAX)
                .padding_mode(mode),
        )
        .unwrap();
        refused(far.call(&x), "pad: ");
    }
    refused(
        pad(&x, [3, 0, 0, 0], PadMode::Reflect),
        "pad: reflect padding of 3 and 0 does not fit size 3, dimension 3 of [1, 4, 3, 3]",
    );
    refused(
        fractional_max_pool2d(&x, 3, 2, ()),
        "fractional_max_pool: kernel [3, 3] and output size [2, 2] do not fit input [1, 4, 3, 3]",
    );
}
