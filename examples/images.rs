//! Small images: in a grid, as text on a terminal, and as a PNG file.

use crate::output_files::folder;
use rushlight::nn::functional::pad;
use rushlight::prelude::*;
use rushlight::{Error, PadMode, Result};
use std::fs::File;
use std::path::PathBuf;

/// Images `[n, 1, height, width]` as one image, `columns` in a row, with a dark line below and to the right of each.
/// torchvision: `utils.make_grid`.
pub fn grid(images: &Tensor, columns: usize) -> Result<Tensor> {
    let framed = pad(images, [0, 1, 0, 1], PadMode::Constant(0.into()))?;
    let (n, height, width) = (framed.size(0)?, framed.size(2)?, framed.size(3)?);
    framed
        .reshape([n / columns, columns, height, width])?
        .permute([0, 2, 1, 3])?
        .reshape([n / columns * height, columns * width])
}

/// An image `[height, width]` of values between 0 and 1 as text, two characters per pixel.
pub fn as_text(image: &Tensor) -> Result<String> {
    let shade = |value: f32| match (value * 5.0) as u8 {
        0 => "  ",
        1 => "░░",
        2 => "▒▒",
        3 => "▓▓",
        _ => "██",
    };
    let mut text = String::new();
    for row in image.to_vec2::<f32>()? {
        let line: String = row.into_iter().map(shade).collect();
        text += line.trim_end();
        text.push('\n');
    }
    Ok(text.trim_end().to_owned())
}

/// Writes an image `[height, width]` of values between 0 and 1 as `plots/NAME.png`, each pixel as a square of `scale` by `scale`, and returns
/// the path. torchvision: `utils.save_image`.
pub fn save_png(image: &Tensor, scale: i64, name: &str) -> Result<PathBuf> {
    let path = folder()?.join(format!("{name}.png"));
    let enlarged = image
        .repeat_interleave(scale, 0)?
        .repeat_interleave(scale, 1)?;
    let (height, width) = (enlarged.size(0)? as u32, enlarged.size(1)? as u32);
    let bytes = enlarged.mul(255)?.round()?.to(DType::U8)?.to_vec::<u8>()?;
    let write = || -> Result<(), png::EncodingError> {
        let mut encoder = png::Encoder::new(File::create(&path)?, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header()?.write_image_data(&bytes)
    };
    match write() {
        Ok(()) => Ok(path),
        Err(e) => Err(Error::io(format!("{}: {e}", path.display()))),
    }
}
