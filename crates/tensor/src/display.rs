//! Printing in PyTorch's layout: aligned columns, many elements summarized by their edges, as the [`PrintOptions`] say.

use crate::history::GradMode;
use crate::{PrintOptions, Tensor, get_printoptions};
use rushlight_backend::{Category, DType, Result, Scalar};
use std::fmt;

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
    let options = get_printoptions();
    let line_width = options.line_width();
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
        body(t, &options)?
    };
    notes.extend(t.meta().and_then(|m| m.label()));
    let mut text = format!("{PREFIX}{body}");
    let mut last_line = text.len() - text.rfind('\n').map_or(0, |at| at + 1) + 1;
    for note in notes {
        if last_line + note.len() + 2 > line_width {
            text += &format!(",\n{:indent$}{note}", "", indent = PREFIX.len());
            last_line = PREFIX.len() + note.len();
        } else {
            text += &format!(", {note}");
            last_line += note.len() + 2;
        }
    }
    Ok(text + ")")
}

fn body(t: &Tensor, options: &PrintOptions) -> Result<String> {
    let _off = GradMode::set(false);
    let summarize = t.numel() > options.threshold;
    let shown = match summarize {
        true => edges(t, options.edgeitems)?,
        false => t.clone(),
    };
    let values = shown.to_scalars()?;
    let style = Style::of(&values, options);
    let nest = Nest {
        full: t.shape(),
        shown: shown.shape(),
        edge: summarize.then_some(options.edgeitems),
        line_width: options.line_width(),
        style: &style,
    };
    Ok(nest.render(0, &values, PREFIX.len()))
}

/// The first and last entries along every dimension that is cut.
fn edges(t: &Tensor, edge: usize) -> Result<Tensor> {
    let mut t = t.clone();
    for dim in 0..t.ndim() {
        let n = t.shape()[dim];
        if is_cut(n, edge) {
            let dim = dim as isize;
            t = Tensor::cat(
                &[&t.narrow(dim, 0, edge)?, &t.narrow(dim, n - edge, edge)?],
                dim,
            )?;
        }
    }
    Ok(t)
}

/// Whether a dimension of size `n` has more entries than its two edges.
fn is_cut(n: usize, edge: usize) -> bool {
    n > edge.saturating_mul(2)
}

/// How each element is written, decided by all of those shown.
struct Style {
    width: usize,
    scientific: bool,
    whole: bool,
    precision: usize,
}

impl Style {
    fn of(values: &[Scalar], options: &PrintOptions) -> Style {
        let mut style = Style {
            width: 1,
            scientific: options.sci_mode.unwrap_or(false),
            whole: true,
            // No float has more digits, and a formatter panics at some tens of thousands.
            precision: options.precision.min(1100),
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
        style.scientific = options
            .sci_mode
            .unwrap_or_else(|| high / low > 1000.0 || high > 1e8 || (!style.whole && low < 1e-4));
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
            Scalar::Float(x) if self.scientific => scientific(x, self.precision),
            Scalar::Float(x) if self.whole => format!("{x:.0}."),
            Scalar::Float(x) => format!("{x:.*}", self.precision),
        }
    }

    fn write(&self, value: Scalar) -> String {
        format!("{:>width$}", self.plain(value), width = self.width)
    }
}

/// Python's `e` format: at least two digits of exponent, always signed.
fn scientific(x: f64, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
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
    /// How many entries of each end are shown, if the others are left out.
    edge: Option<usize>,
    line_width: usize,
    style: &'a Style,
}

impl Nest<'_> {
    fn render(&self, dim: usize, values: &[Scalar], indent: usize) -> String {
        let rest = self.shown.len() - dim;
        if rest == 0 {
            return self.style.write(values[0]);
        }
        let cut = self.edge.filter(|&edge| is_cut(self.full[dim], edge));
        if rest == 1 {
            return self.row(values, cut, indent);
        }
        let size = values.len() / self.shown[dim].max(1);
        let mut parts: Vec<String> = values
            .chunks(size.max(1))
            .map(|part| self.render(dim + 1, part, indent + 1))
            .collect();
        if let Some(edge) = cut {
            parts.insert(edge, "...".to_owned());
        }
        let gap = format!(
            ",{}{:indent$}",
            "\n".repeat(rest - 1),
            "",
            indent = indent + 1
        );
        format!("[{}]", parts.join(&gap))
    }

    fn row(&self, values: &[Scalar], cut: Option<usize>, indent: usize) -> String {
        let per_line = (self.line_width.saturating_sub(indent) / (self.style.width + 2)).max(1);
        let mut cells: Vec<String> = values.iter().map(|v| self.style.write(*v)).collect();
        if let Some(edge) = cut {
            cells.insert(edge, " ...".to_owned());
        }
        let lines: Vec<String> = cells.chunks(per_line).map(|line| line.join(", ")).collect();
        format!(
            "[{}]",
            lines.join(&format!(",\n{:indent$}", "", indent = indent + 1))
        )
    }
}
