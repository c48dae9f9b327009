//! A table in memory: named columns of numbers or text, with missing values, as a CSV file holds them.
//!
//! A table is a step on the way from a file to a matrix, not a tool for data analysis: it has no joins and no groups. Columns keep the
//! content of the file (text stays text), and the transformers of [`preprocess`](crate::preprocess) turn them into numbers.

mod column;
mod csv;
mod display;

pub(crate) use column::MISSING;
pub use column::{Column, TextColumn};
pub use csv::CsvOptions;

use std::collections::HashSet;
use std::path::Path;

use rushlight_backend::{Error, Result};

/// Named columns of equal length. Its `Display` prints the first and last rows.
///
/// ```
/// use rushlight::data::{Column, Table};
///
/// let table = Table::new([
///     ("age", Column::from(vec![25.0, 38.0, 28.0])),
///     ("sex", Column::from(["Male", "Female", "Male"])),
/// ])?;
/// assert_eq!(table.n_rows(), 3);
/// assert_eq!(table.take(&[2, 0])?.numbers("age")?, [28.0, 25.0]);
/// assert_eq!(table.text("sex")?.get(1), Some("Female"));
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<(String, Column)>,
    rows: usize,
}

impl Table {
    /// A table of the given columns, in this order.
    ///
    /// # Errors
    /// If two columns have the same name, or if their lengths differ.
    #[track_caller]
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = (S, Column)>) -> Result<Table> {
        let mut table = Table::default();
        let mut known = HashSet::new();
        for (name, column) in columns {
            let name = name.into();
            let is_known = !known.insert(name.clone());
            table.push(name, column, is_known)?;
        }
        Ok(table)
    }

    /// Reads a CSV file with a header and the default [`CsvOptions`]: a column is numeric if all its cells that are not empty are numbers.
    ///
    /// # Errors
    /// As for [`CsvOptions::read`].
    #[track_caller]
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Table> {
        CsvOptions::new().read(path)
    }

    /// The same table with one more column at the end.
    ///
    /// # Errors
    /// If there is a column of the same name, or if the column has another number of rows.
    #[track_caller]
    pub fn with_column(mut self, name: impl Into<String>, column: Column) -> Result<Table> {
        let name = name.into();
        let is_known = self.position(&name).is_some();
        self.push(name, column, is_known)?;
        Ok(self)
    }

    #[track_caller]
    fn push(&mut self, name: String, column: Column, is_known: bool) -> Result<()> {
        if is_known {
            return Err(Error::value(format!(
                "table: two columns are named {name:?}"
            )));
        }
        if !self.columns.is_empty() && column.len() != self.rows {
            let (got, want) = (column.len(), self.rows);
            return Err(Error::shape(format!(
                "table: column {name:?} has {got} rows, the others have {want}"
            )));
        }
        self.rows = column.len();
        self.columns.push((name, column));
        Ok(())
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn n_cols(&self) -> usize {
        self.columns.len()
    }

    /// The column names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Names and columns, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, &Column)> {
        self.columns
            .iter()
            .map(|(name, column)| (name.as_str(), column))
    }

    /// The column with this name.
    ///
    /// # Errors
    /// If there is none; the message lists the names of the columns.
    #[track_caller]
    pub fn column(&self, name: &str) -> Result<&Column> {
        match self.position(name) {
            Some(i) => Ok(&self.columns[i].1),
            None => Err(Error::index(format!(
                "table: no column {name:?}; the columns are {}",
                quoted(self.names())
            ))),
        }
    }

    /// The values of a column of numbers; a missing value is NaN.
    ///
    /// # Errors
    /// If the column does not exist or holds text.
    #[track_caller]
    pub fn numbers(&self, name: &str) -> Result<&[f64]> {
        match self.column(name)? {
            Column::Number(values) => Ok(values),
            Column::Text(_) => Err(Error::dtype(format!(
                "table: column {name:?} is text, not numbers"
            ))),
        }
    }

    /// The values of a column of text.
    ///
    /// # Errors
    /// If the column does not exist or holds numbers.
    #[track_caller]
    pub fn text(&self, name: &str) -> Result<&TextColumn> {
        match self.column(name)? {
            Column::Text(values) => Ok(values),
            Column::Number(_) => Err(Error::dtype(format!(
                "table: column {name:?} holds numbers, not text"
            ))),
        }
    }

    /// The named columns, in the given order.
    ///
    /// # Errors
    /// If a column does not exist.
    #[track_caller]
    pub fn select<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> Result<Table> {
        let mut out = Table {
            rows: self.rows,
            ..Table::default()
        };
        for name in names {
            let name = name.as_ref();
            out = out.with_column(name, self.column(name)?.clone())?;
            out.rows = self.rows;
        }
        Ok(out)
    }

    /// All columns except the named ones.
    ///
    /// # Errors
    /// If a named column does not exist.
    #[track_caller]
    pub fn drop<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> Result<Table> {
        let mut out = self.clone();
        for name in names {
            out.column(name.as_ref())?;
            out.columns.retain(|(kept, _)| kept != name.as_ref());
        }
        Ok(out)
    }

    /// The given rows, in the given order; a row may be repeated.
    ///
    /// # Errors
    /// If a row is out of range.
    #[track_caller]
    pub fn take(&self, rows: &[usize]) -> Result<Table> {
        if let Some(bad) = rows.iter().find(|&&r| r >= self.rows) {
            return Err(Error::index(format!(
                "table: row {bad} is out of range for {} rows",
                self.rows
            )));
        }
        let columns = self
            .columns
            .iter()
            .map(|(name, column)| (name.clone(), column.take(rows)))
            .collect();
        Ok(Table {
            columns,
            rows: rows.len(),
        })
    }

    /// The first `n` rows, or all if there are fewer.
    pub fn head(&self, n: usize) -> Table {
        let rows: Vec<usize> = (0..n.min(self.rows)).collect();
        let columns = self
            .columns
            .iter()
            .map(|(name, column)| (name.clone(), column.take(&rows)))
            .collect();
        Table {
            columns,
            rows: rows.len(),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(other, _)| other == name)
    }
}

/// The names in quotation marks, such as `"a", "b", "c"`, at most twenty of them.
pub(crate) fn quoted<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 20;
    let total = names.len();
    let mut text = names
        .take(SHOWN)
        .map(|n| format!("{n:?}"))
        .collect::<Vec<_>>()
        .join(", ");
    if total == 0 {
        text.push_str("(none)");
    } else if total > SHOWN {
        text.push_str(&format!(" and {} more", total - SHOWN));
    }
    text
}
