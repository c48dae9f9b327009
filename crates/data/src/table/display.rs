//! The printed form of a table: right-aligned columns; of a long table the first and last five rows.

use std::fmt;

use super::{Column, Table};

const EDGE: usize = 5;
const WIDEST: usize = 24;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = self.rows > 2 * EDGE;
        let shown: Vec<usize> = if cut {
            (0..EDGE).chain(self.rows - EDGE..self.rows).collect()
        } else {
            (0..self.rows).collect()
        };

        let index = (String::new(), shown.iter().map(usize::to_string).collect());
        let columns: Vec<(String, Vec<String>)> = std::iter::once(index)
            .chain(
                self.columns()
                    .map(|(name, column)| (shorten(name), cells(column, &shown))),
            )
            .collect();
        let width = |(name, cells): &(String, Vec<String>)| {
            cells
                .iter()
                .chain([name])
                .map(|c| c.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = columns.iter().map(width).collect();

        let mut line = |cell: &dyn Fn(usize) -> String| {
            let cells: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(c, w)| format!("{:>w$}", cell(c)))
                .collect();
            writeln!(f, "{}", cells.join("  "))
        };
        line(&|c| columns[c].0.clone())?;
        for row in 0..shown.len() {
            if cut && row == EDGE {
                line(&|_| "..".to_owned())?;
            }
            line(&|c| columns[c].1[row].clone())?;
        }
        write!(f, "[{} rows x {} columns]", self.rows, self.n_cols())
    }
}

fn cells(column: &Column, rows: &[usize]) -> Vec<String> {
    match column {
        Column::Number(values) => rows
            .iter()
            .map(|&r| {
                if values[r].is_nan() {
                    "NaN".to_owned()
                } else {
                    values[r].to_string()
                }
            })
            .collect(),
        Column::Text(text) => rows
            .iter()
            .map(|&r| shorten(text.get(r).unwrap_or("NaN")))
            .collect(),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(WIDEST - 1).collect();
    short.push('…');
    short
}
