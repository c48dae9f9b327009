//! Other resolutions, windows as columns.

use super::windows::each;
use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::value::Value;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.ChannelShuffle" = "nn::ChannelShuffle": |a| ChannelShuffle::new(a.size(0, "groups")?);
    "nn.Fold" = "nn::Fold": |a| {
        Fold::with(each(a, 0, "output_size")?, each(a, 1, "kernel_size")?, columns(a, 2)?)
    };
    "nn.PixelShuffle" = "nn::PixelShuffle": |a| PixelShuffle::new(a.size(0, "upscale_factor")?);
    "nn.PixelUnshuffle" = "nn::PixelUnshuffle": |a| PixelUnshuffle::new(a.size(0, "downscale_factor")?);
    "nn.Unfold" = "nn::Unfold": |a| Unfold::with(each(a, 0, "kernel_size")?, columns(a, 1)?);
    "nn.Upsample" = "nn::Upsample": |a| Upsample::with(resize(a)?, options(a)?);
    "nn.UpsamplingBilinear2d" = "nn::Upsample::bilinear2d": |a| Upsample::bilinear2d(resize(a)?);
    "nn.UpsamplingNearest2d" = "nn::Upsample::nearest2d": |a| Upsample::nearest2d(resize(a)?);
};

fn resize(a: &Args) -> Answer<Resize> {
    match (a.get(0, "size"), a.get(1, "scale_factor")) {
        (Some(_), None) => Ok(Resize::Size(a.sizes(0, "size")?)),
        (None, Some(_)) => Ok(Resize::Scale(a.floats(1, "scale_factor")?)),
        _ => unsupported("one of size and scale_factor"),
    }
}

fn options(a: &Args) -> Answer<InterpolateOptions> {
    Ok(InterpolateOptions {
        mode: a.word(2, "mode", "nearest")?.parse()?,
        align_corners: match a.get(3, "align_corners") {
            Some(Value::Bool(aligned)) => Some(*aligned),
            _ => None,
        },
        recompute_scale_factor: a.flag(4, "recompute_scale_factor", false)?,
        antialias: false,
    })
}

/// How windows lie, from the dilation on.
fn columns(a: &Args, at: usize) -> Answer<FoldOptions> {
    Ok(FoldOptions {
        dilation: a.ints_or(at, "dilation", &[1])?.into(),
        padding: a.ints_or(at + 1, "padding", &[0])?.into(),
        stride: a.ints_or(at + 2, "stride", &[1])?.into(),
    })
}
