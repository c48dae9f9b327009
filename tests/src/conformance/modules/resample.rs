//! Other resolutions, windows as columns.

use super::windows::{each, each_or};
use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::value::Value;
use rushlight::nn::functional::{InterpolateMode, Resize};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.ChannelShuffle" = "nn::ChannelShuffle": |a| ChannelShuffle::new(a.size(0, "groups")?);
    "nn.Fold" = "nn::Fold": |a| {
        Fold::builder(each(a, 0, "output_size")?, each(a, 1, "kernel_size")?)
            .dilation(each_or(a, 2, "dilation", 1)?)
            .padding(each_or(a, 3, "padding", 0)?)
            .stride(each_or(a, 4, "stride", 1)?)
            .build()
    };
    "nn.PixelShuffle" = "nn::PixelShuffle": |a| PixelShuffle::new(a.size(0, "upscale_factor")?);
    "nn.PixelUnshuffle" = "nn::PixelUnshuffle": |a| PixelUnshuffle::new(a.size(0, "downscale_factor")?);
    "nn.Unfold" = "nn::Unfold": |a| {
        Unfold::builder(each(a, 0, "kernel_size")?)
            .dilation(each_or(a, 1, "dilation", 1)?)
            .padding(each_or(a, 2, "padding", 0)?)
            .stride(each_or(a, 3, "stride", 1)?)
            .build()
    };
    "nn.Upsample" = "nn::Upsample": |a| {
        let builder = Upsample::builder(resize(a)?).mode(mode(a)?).align_corners(aligned(a));
        builder.recompute_scale_factor(a.flag(4, "recompute_scale_factor", false)?).build()
    };
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

fn mode(a: &Args) -> Answer<InterpolateMode> {
    use InterpolateMode::*;
    let modes = [
        Nearest,
        NearestExact,
        Linear,
        Bilinear,
        Trilinear,
        Bicubic,
        Area,
    ];
    let wanted = a.word(2, "mode", "nearest")?;
    match modes.into_iter().find(|m| m.name() == wanted) {
        Some(mode) => Ok(mode),
        None => unsupported(format!("mode {wanted:?}")),
    }
}

fn aligned(a: &Args) -> Option<bool> {
    match a.get(3, "align_corners") {
        Some(Value::Bool(aligned)) => Some(*aligned),
        _ => None,
    }
}
