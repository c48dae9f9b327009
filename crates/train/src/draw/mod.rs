//! Drawing learning curves with plotters, to SVG and PNG.

mod bitmap;

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use rushlight_backend::{Error, Result};
use rushlight_files::replace_file;

use crate::LearningCurves;

const SIZE: (u32, u32) = (960, 600);

impl LearningCurves {
    /// Draws the curves into a file; its name ends in `.svg` or `.png`. The file is replaced as a whole or not at all; a
    /// link, the file's permissions and its owner stay as they are. Points that are not finite leave no mark.
    ///
    /// # Errors
    /// If the name ends otherwise, there is no finite point, an axis would be longer than the largest `f64`, or the file cannot be
    /// written.
    #[track_caller]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_ascii_lowercase);
        let bytes = match extension.as_deref() {
            Some("svg") => self.to_svg()?.into_bytes(),
            Some("png") => self.to_png()?,
            _ => {
                return Err(Error::value(format!(
                    "learning curves: {:?} ends in neither .svg nor .png",
                    path.display().to_string()
                )));
            }
        };
        let saved: io::Result<()> = replace_file(path, |out| out.write_all(&bytes));
        match saved {
            Ok(()) => Ok(()),
            Err(e) => Err(Error::io(format!(
                "learning curves: {} cannot be written: {e}",
                path.display()
            ))),
        }
    }

    /// The curves as the text of an SVG file.
    #[track_caller]
    pub fn to_svg(&self) -> Result<String> {
        let (x, y) = self.ranges()?;
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let drawn = self.draw(&area, x, y);
        // The area writes its closing tag when it goes.
        drop(area);
        match drawn {
            Ok(()) => Ok(text),
            Err(e) => Err(Error::io(format!("learning curves: {e}"))),
        }
    }

    /// The curves as the bytes of a PNG file.
    #[track_caller]
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let (x, y) = self.ranges()?;
        let mut pixels = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
        let area = bitmap::Bitmap::new(&mut pixels, SIZE).into_drawing_area();
        let drawn = self.draw(&area, x, y);
        drop(area);
        match drawn {
            Ok(()) => {}
            Err(e) => return Err(Error::io(format!("learning curves: {e}"))),
        }
        match bitmap::encode(&pixels, SIZE) {
            Ok(bytes) => Ok(bytes),
            Err(e) => Err(Error::io(format!("learning curves: {e}"))),
        }
    }

    fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        x: Range<f64>,
        y: Range<f64>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .margin_right(40)
            .x_label_area_size(48)
            .y_label_area_size(88)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .label_style(("sans-serif", 16))
            .draw()?;
        for (i, series) in self.series.iter().enumerate() {
            let color = Palette99::pick(i).to_rgba();
            let points = series.points.iter().copied().filter(finite);
            let line = LineSeries::new(points, color.stroke_width(2))
                .point_size(if series.points.len() == 1 { 3 } else { 0 });
            chart
                .draw_series(line)?
                .label(&series.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .label_font(("sans-serif", 16))
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        area.present()
    }

    /// What the axes span.
    #[track_caller]
    fn ranges(&self) -> Result<(Range<f64>, Range<f64>)> {
        let points = || {
            self.series
                .iter()
                .flat_map(|s| &s.points)
                .copied()
                .filter(finite)
        };
        if points().next().is_none() {
            return Err(Error::value("learning curves: there is no point to draw"));
        }
        let ranges = (
            span(points().map(|p| p.0), 0.0),
            span(points().map(|p| p.1), 0.05),
        );
        for Range { start, end } in [&ranges.0, &ranges.1] {
            if !(end - start).is_finite() {
                return Err(Error::value(format!(
                    "learning curves: an axis from {start:e} to {end:e} is longer than the largest number"
                )));
            }
        }
        Ok(ranges)
    }
}

fn finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// From the least to the largest value, with a margin; never empty.
fn span(values: impl Iterator<Item = f64>, margin: f64) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    let width = high - low;
    // Also where the values are so large that half a unit would be lost.
    let pad = if width > 0.0 {
        width * margin
    } else {
        (low.abs() * 1e-3).max(0.5)
    };
    low - pad..high + pad
}
