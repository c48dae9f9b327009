//! Drawing learning curves with plotters, to SVG and PNG.

mod bitmap;
mod ticks;

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rushlight_backend::{Error, Result};
use rushlight_files::replace_file;

use crate::LearningCurves;
use ticks::{Axis, tick_label};

const SIZE: (u32, u32) = (960, 600);

impl LearningCurves {
    /// Draws the curves into a file, in the format of its extension, `.svg` or `.png`.
    ///
    /// The file is replaced as a whole or not at all; links, permissions and the owner are kept. Points that are not finite are not drawn.
    /// If all x coordinates are integers, as those of epochs are, the ticks of the axis are integers, too.
    ///
    /// # Errors
    /// If the extension is another one, if there is no finite point, if an axis would be longer than the largest `f64`, or if the file
    /// cannot be written.
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
        // The area writes the closing tag when it is dropped.
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
        let plot = self.draw_legend(area)?;
        let xs = self
            .series
            .iter()
            .flat_map(|s| &s.points)
            .filter(|p| finite(p));
        let x = Axis::new(x, xs.map(|p| p.0));
        let mut chart = ChartBuilder::on(&plot)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(88)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .y_label_formatter(&tick_label)
            .label_style(("sans-serif", 16))
            .draw()?;
        for (i, series) in self.series.iter().enumerate() {
            let points: Vec<_> = series.points.iter().copied().filter(finite).collect();
            // A single point has no line, so it is drawn as a dot.
            let size = if points.len() == 1 { 3 } else { 0 };
            chart.draw_series(LineSeries::new(points, style(i)).point_size(size))?;
        }
        area.present()
    }

    /// Draws the legend on the right of the curves, so that it hides none of them, and returns the rest of the area.
    fn draw_legend<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
    ) -> Result<DrawingArea<B, Shift>, DrawingAreaErrorKind<B::ErrorType>> {
        const SAMPLE: i32 = 24;
        const LINE: i32 = 24;
        let text = TextStyle::from(("sans-serif", 16)).pos(Pos::new(HPos::Left, VPos::Center));
        let mut widest = 0;
        for series in &self.series {
            widest = widest.max(area.estimate_text_size(&series.name, &text)?.0);
        }
        // At least half of the picture is left to the curves, however long the names are.
        let width = (widest as i32 + SAMPLE + 32).min(SIZE.0 as i32 / 2);
        let (plot, legend) = area.split_horizontally(SIZE.0 as i32 - width);
        for (i, series) in self.series.iter().enumerate() {
            let y = 64 + LINE * i as i32;
            legend.draw(&PathElement::new([(8, y), (8 + SAMPLE, y)], style(i)))?;
            legend.draw_text(&series.name, &text, (16 + SAMPLE, y))?;
        }
        Ok(plot)
    }

    /// The ranges of the axes.
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

/// The colour and the width of a curve.
fn style(series: usize) -> ShapeStyle {
    Palette99::pick(series).stroke_width(2)
}

fn finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// The range from the smallest to the largest value, with a margin on both sides; it is never empty.
fn span(values: impl Iterator<Item = f64>, margin: f64) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    let width = high - low;
    // The margin is proportional to large values, to which adding 0.5 would change nothing.
    let pad = if width > 0.0 {
        width * margin
    } else {
        (low.abs() * 1e-3).max(0.5)
    };
    low - pad..high + pad
}
