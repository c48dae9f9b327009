//! PNG without fonts on the machine: plotters' bitmap, with letters from an 8x8 bitmap font that is part of the program.

use font8x8::UnicodeFonts;
use plotters::prelude::BitMapBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// An RGB bitmap that draws its text itself.
pub(super) struct Bitmap<'a>(BitMapBackend<'a>);

impl<'a> Bitmap<'a> {
    /// Draws into `pixels`, three bytes each, row by row.
    pub(super) fn new(pixels: &'a mut [u8], size: (u32, u32)) -> Bitmap<'a> {
        Bitmap(BitMapBackend::with_buffer(pixels, size))
    }
}

type BitmapError = <BitMapBackend<'static> as DrawingBackend>::ErrorType;

impl DrawingBackend for Bitmap<'_> {
    type ErrorType = BitmapError;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<BitmapError>> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<BitmapError>> {
        self.0.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<BitmapError>> {
        self.0.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<BitmapError>> {
        self.0.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<BitmapError>> {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<BitmapError>> {
        let (across, down) = scale(style.size());
        Ok((
            (8 * across) as u32 * text.chars().count() as u32,
            (8 * down) as u32,
        ))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Result<(), DrawingErrorKind<BitmapError>> {
        let (across, down) = scale(style.size());
        let (width, height) = (8 * across * text.chars().count() as i32, 8 * down);
        let left = match style.anchor().h_pos {
            HPos::Left => 0,
            HPos::Center => -width / 2,
            HPos::Right => -width,
        };
        let top = match style.anchor().v_pos {
            VPos::Top => 0,
            VPos::Center => -height / 2,
            VPos::Bottom => -height,
        };
        let (turn, (right_end, bottom_end)) = (style.transform(), self.get_size());
        for (i, letter) in text.chars().enumerate() {
            let glyph = glyph(letter);
            for y in 0..height {
                for x in 0..8 * across {
                    if glyph[(y / down) as usize] >> (x / across) & 1 == 0 {
                        continue;
                    }
                    let (dx, dy) = turn.transform(left + 8 * across * i as i32 + x, top + y);
                    let point = (at.0 + dx, at.1 + dy);
                    if (0..right_end as i32).contains(&point.0)
                        && (0..bottom_end as i32).contains(&point.1)
                    {
                        self.draw_pixel(point, style.color())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Pixels of the picture, across and down, for a pixel of the font: letters twice as high as wide, as plotters expects them.
fn scale(size: f64) -> (i32, i32) {
    let times = |pixels: f64| (size / pixels).round().max(1.0) as i32;
    (times(16.0), times(8.0))
}

/// Eight rows of eight pixels, the lowest bit on the left.
fn glyph(letter: char) -> [u8; 8] {
    let fallback = || font8x8::BASIC_FONTS.get('?');
    let found = font8x8::BASIC_FONTS
        .get(letter)
        .or_else(|| font8x8::LATIN_FONTS.get(letter));
    found
        .or_else(|| font8x8::GREEK_FONTS.get(letter))
        .or_else(fallback)
        .unwrap_or_default()
}

/// The pixels as a PNG file.
pub(super) fn encode(pixels: &[u8], size: (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
