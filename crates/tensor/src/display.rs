//! Printing in PyTorch's layout: four digits, aligned columns, more than 1,000 elements summarised by their edges.

use crate::Tensor;
use crate::history::GradMode;
use rushlight_backend::{Category, DType, Result, Scalar};
use std::fmt;

const PRECISION: usize = 4;
const THRESHOLD: usize = 1000;
const EDGE: usize = 3;
const LINE_WIDTH: usize = 80;
const PREFIX: &str = "tensor(";

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match render(self) {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "tensor(<{error}>)"),
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn render(t: &Tensor) -> Result<String> {
    let mut notes = Vec::new();
    if t.device().name() != "cpu" {
        notes.push(format!("device='{}'", t.device()));
    }
    let default_dtype = matches!(t.dtype(), DType::F32 | DType::I64 | DType::Bool);
    let body = if t.numel() == 0 {
        if t.ndim() != 1 {
            let sizes: Vec<String> = t.shape().iter().map(usize::to_string).collect();
            notes.push(format!("size=({})", sizes.join(", ")));
        }
        if t.dtype() != DType::F32 {
            notes.push(format!("dtype={}", t.dtype()));
        }
        "[]".to_owned()
    } else {
        if !default_dtype {
            notes.push(format!("dtype={}", t.dtype()));
        }
        body(t)?
    };
    notes.extend(t.meta().and_then(|m| m.label()));
    let mut text = format!("{PREFIX}{body}");
    let mut last_line = text.len() - text.rfind('\n').map_or(0, |at| at + 1) + 1;
    for note in notes {
        if last_line + note.len() + 2 > LINE_WIDTH {
            text += &format!(",\n{:indent$}{note}", "", indent = PREFIX.len());
            last_line = PREFIX.len() + note.len();
        } else {
            text += &format!(", {note}");
            last_line += note.len() + 2;
        }
    }
    Ok(text + ")")
}

fn body(t: &Tensor) -> Result<String> {
    let _off = GradMode::set(false);
    let summarise = t.numel() > THRESHOLD;
    let shown = if summarise { edges(t)? } else { t.clone() };
    let values = shown.to_scalars()?;
    let style = Style::of(&values);
    let nest = Nest {
        full: t.shape(),
        shown: shown.shape(),
        summarise,
        style: &style,
    };
    Ok(nest.render(0, &values, PREFIX.len()))
}

/// The first and last entries along every dimension that is cut.
fn edges(t: &Tensor) -> Result<Tensor> {
    let mut t = t.clone();
    for dim in 0..t.ndim() {
        let n = t.shape()[dim];
        if n > 2 * EDGE {
            let dim = dim as isize;
            t = Tensor::cat(
                &[&t.narrow(dim, 0, EDGE)?, &t.narrow(dim, n - EDGE, EDGE)?],
                dim,
            )?;
        }
    }
    Ok(t)
}

/// How each element is written, decided by all of those shown.
struct Style {
    width: usize,
    scientific: bool,
    whole: bool,
}

impl Style {
    fn of(values: &[Scalar]) -> Style {
        let mut style = Style {
            width: 1,
            scientific: false,
            whole: true,
        };
        if values.first().map(|v| v.category()) != Some(Category::Float) {
            style.width = values
                .iter()
                .map(|v| style.plain(*v).len())
                .max()
                .unwrap_or(1);
            return style;
        }
        let finite: Vec<f64> = values
            .iter()
            .map(|v| v.to_f64())
            .filter(|x| x.is_finite() && *x != 0.0)
            .collect();
        if finite.is_empty() {
            return style;
        }
        style.whole = finite.iter().all(|x| *x == x.ceil());
        let low = finite.iter().fold(f64::INFINITY, |m, x| m.min(x.abs()));
        let high = finite.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        style.scientific = high / low > 1000.0 || high > 1e8 || (!style.whole && low < 1e-4);
        style.width = finite
            .iter()
            .map(|x| style.plain(Scalar::Float(*x)).len())
            .max()
            .unwrap_or(1);
        style
    }

    fn plain(&self, value: Scalar) -> String {
        match value {
            Scalar::Bool(b) => if b { "True" } else { "False" }.to_owned(),
            Scalar::Int(i) => i.to_string(),
            Scalar::Float(x) if x.is_nan() => "nan".to_owned(),
            Scalar::Float(x) if x.is_infinite() => if x > 0.0 { "inf" } else { "-inf" }.to_owned(),
            Scalar::Float(x) if self.scientific => scientific(x),
            Scalar::Float(x) if self.whole => format!("{x:.0}."),
            Scalar::Float(x) => format!("{x:.PRECISION$}"),
        }
    }

    fn write(&self, value: Scalar) -> String {
        format!("{:>width$}", self.plain(value), width = self.width)
    }
}

/// Python's `e` format: at least two digits of exponent, always signed.
fn scientific(x: f64) -> String {
    let text = format!("{x:.PRECISION$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent
                .strip_prefix('-')
                .map_or(('+', exponent), |d| ('-', d));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// The brackets around elements, dimension by dimension.
struct Nest<'a> {
    full: &'a [usize],
    shown: &'a [usize],
    summarise: bool,
    style: &'a Style,
}

impl Nest<'_> {
    fn render(&self, dim: usize, values: &[Scalar], indent: usize) -> String {
        let rest = self.shown.len() - dim;
        if rest == 0 {
            return self.style.write(values[0]);
        }
        let cut = self.summarise && self.full[dim] > 2 * EDGE;
        if rest == 1 {
            return self.row(values, cut, indent);
        }
        let size = values.len() / self.shown[dim].max(1);
        let mut parts: Vec<String> = values
            .chunks(size.max(1))
            .map(|part| self.render(dim + 1, part, indent + 1))
            .collect();
        if cut {
            parts.insert(EDGE, "...".to_owned());
        }
        let gap = format!(
            ",{}{:indent$}",
            "\n".repeat(rest - 1),
            "",
            indent = indent + 1
        );
        format!("[{}]", parts.join(&gap))
    }

    fn row(&self, values: &[Scalar], cut: bool, indent: usize) -> String {
        let per_line = (LINE_WIDTH.saturating_sub(indent) / (self.style.width + 2)).max(1);
        let mut cells: Vec<String> = values.iter().map(|v| self.style.write(*v)).collect();
        if cut {
            cells.insert(EDGE, " ...".to_owned());
        }
        let lines: Vec<String> = cells.chunks(per_line).map(|line| line.join(", ")).collect();
        format!(
            "[{}]",
            lines.join(&format!(",\n{:indent$}", "", indent = indent + 1))
        )
    }
}
