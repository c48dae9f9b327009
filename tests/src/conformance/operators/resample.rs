//! Other sizes, other places: interpolation, sampling on a grid, pixels and channels.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::value::Value;
use rushlight::Tensor;
use rushlight::nn::functional::{self as f, GridSampleOptions, InterpolateOptions, Resize};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.interpolate" = "nn::functional::interpolate": |a| {
        f::interpolate(a.x()?, resize(a)?, options(a)?)
    };
    "nn.functional.upsample_nearest" = "nn::functional::upsample_nearest": |a| f::upsample_nearest(a.x()?, resize(a)?);
    "nn.functional.upsample_bilinear" = "nn::functional::upsample_bilinear": |a| f::upsample_bilinear(a.x()?, resize(a)?);
    "nn.functional.grid_sample" = "nn::functional::grid_sample": |a| {
        let modes = (a.word(2, "mode", "bilinear")?, a.word(3, "padding_mode", "zeros")?);
        sample(a, modes.0, modes.1)
    };
    "grid_sampler_2d" = "nn::functional::grid_sample": |a| sampler(a);
    "grid_sampler_3d" = "nn::functional::grid_sample": |a| sampler(a);
    "nn.functional.affine_grid" = "nn::functional::affine_grid": |a| {
        f::affine_grid(a.tensor(0, "theta")?, a.ints(1, "size")?, a.flag(2, "align_corners", false)?)
    };
    "nn.functional.pixel_shuffle" = "nn::functional::pixel_shuffle": |a| f::pixel_shuffle(a.x()?, a.size(1, "upscale_factor")?);
    "nn.functional.pixel_unshuffle" = "nn::functional::pixel_unshuffle": |a| f::pixel_unshuffle(a.x()?, a.size(1, "downscale_factor")?);
    "nn.functional.channel_shuffle" = "nn::functional::channel_shuffle": |a| f::channel_shuffle(a.x()?, a.size(1, "groups")?);
};

fn resize(a: &Args) -> Answer<Resize> {
    match (a.get(1, "size"), a.get(2, "scale_factor")) {
        (Some(_), None) => Ok(Resize::Size(a.sizes(1, "size")?)),
        (None, Some(_)) => Ok(Resize::Scale(a.floats(2, "scale_factor")?)),
        _ => unsupported("one of size and scale_factor"),
    }
}

fn options(a: &Args) -> Answer<InterpolateOptions> {
    let align_corners = match a.get(4, "align_corners") {
        Some(Value::Bool(aligned)) => Some(*aligned),
        _ => None,
    };
    Ok(InterpolateOptions {
        mode: a.word(3, "mode", "nearest")?.parse()?,
        align_corners,
        recompute_scale_factor: a.flag(5, "recompute_scale_factor", false)?,
        antialias: a.flag(6, "antialias", false)?,
    })
}

/// The sampler that takes its modes as numbers.
fn sampler(a: &Args) -> Answer<Tensor> {
    let name = |names: [&'static str; 3], i: i64| match usize::try_from(i).map(|i| names.get(i)) {
        Ok(Some(name)) => Ok(*name),
        _ => unsupported(format!("mode {i}")),
    };
    let modes = a.int(2, "interpolation_mode")?;
    let paddings = a.int(3, "padding_mode")?;
    let (mode, padding) = (
        name(["bilinear", "nearest", "bicubic"], modes)?,
        name(["zeros", "border", "reflection"], paddings)?,
    );
    sample(a, mode, padding)
}

fn sample(a: &Args, mode: &str, padding: &str) -> Answer<Tensor> {
    let options = GridSampleOptions {
        mode: mode.parse()?,
        padding_mode: padding.parse()?,
        align_corners: a.flag(4, "align_corners", false)?,
    };
    Ok(f::grid_sample(a.x()?, a.tensor(1, "grid")?, options)?)
}
