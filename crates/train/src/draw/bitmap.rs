//! PNG files on machines without fonts: the bitmap of plotters, with text in DejaVu Sans, which is compiled into the program.
//!
//! Plotters can draw such a font itself, but only with features that change plotters for every crate of the program, and under a name
//! that is registered for all of them. Text drawn here affects no other crate.

use ab_glyph::{Font, FontRef, Glyph, PxScaleFont, ScaleFont, point};
use plotters::prelude::BitMapBackend;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// The RGB bitmap of plotters, with its own drawing of text.
pub(super) struct Bitmap<'a>(BitMapBackend<'a>);

impl<'a> Bitmap<'a> {
    /// A bitmap that draws into `pixels`, of three bytes each, in rows.
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
        let font = font(style.size())?;
        let (_, width) = layout(text, &font);
        Ok((width.ceil() as u32, font.height().ceil() as u32))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Result<(), DrawingErrorKind<BitmapError>> {
        let font = font(style.size())?;
        let (glyphs, width) = layout(text, &font);
        let (width, height) = (width.ceil() as i32, font.height().ceil() as i32);
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
        let (transform, (right_end, bottom_end)) = (style.transform(), self.get_size());
        let color = style.color();
        for outline in glyphs.into_iter().filter_map(|g| font.outline_glyph(g)) {
            let corner = outline.px_bounds().min;
            let mut covered = Vec::new();
            outline.draw(|x, y, coverage| covered.push((x, y, coverage)));
            for (x, y, coverage) in covered {
                let (dx, dy) = transform.transform(
                    left + corner.x as i32 + x as i32,
                    top + corner.y as i32 + y as i32,
                );
                let point = (at.0 + dx, at.1 + dy);
                let inside = (0..right_end as i32).contains(&point.0)
                    && (0..bottom_end as i32).contains(&point.1);
                if inside && coverage > 0.0 {
                    let alpha = color.alpha * f64::from(coverage.min(1.0));
                    self.draw_pixel(point, BackendColor { alpha, ..color })?;
                }
            }
        }
        Ok(())
    }
}

/// The font at a size in pixels.
fn font(size: f64) -> Result<PxScaleFont<FontRef<'static>>, DrawingErrorKind<BitmapError>> {
    match FontRef::try_from_slice(dejavu::sans::regular()) {
        Ok(font) => Ok(font.into_scaled(size as f32)),
        Err(e) => Err(DrawingErrorKind::FontError(Box::new(e))),
    }
}

/// The glyphs of a line of text whose upper left corner is the origin, and the width of the line.
fn layout(text: &str, font: &PxScaleFont<FontRef<'_>>) -> (Vec<Glyph>, f32) {
    let (mut glyphs, mut x) = (Vec::new(), 0.0);
    let mut last = None;
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        if let Some(last) = last.replace(id) {
            x += font.kern(last, id);
        }
        glyphs.push(id.with_scale_and_position(font.scale(), point(x, font.ascent())));
        x += font.h_advance(id);
    }
    (glyphs, x)
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
