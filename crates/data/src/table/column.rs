//! The columns of a table. Text is stored as indices into the list of its distinct values: categories repeat, so that type inference and
//! encoding take one step per distinct value, and the selection of rows copies small integers.

use std::collections::HashMap;

/// A column of a [`Table`](crate::Table).
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; a missing one is NaN.
    Number(Vec<f64>),
    /// Text; a missing one is `None`.
    Text(TextColumn),
}

impl Column {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Number(values) => values.len(),
            Column::Text(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the column holds numbers.
    pub fn is_number(&self) -> bool {
        matches!(self, Column::Number(_))
    }

    /// The number of missing values.
    pub fn n_missing(&self) -> usize {
        match self {
            Column::Number(values) => values.iter().filter(|x| x.is_nan()).count(),
            Column::Text(values) => values.codes.iter().filter(|&&c| c == MISSING).count(),
        }
    }

    /// `numbers` or `text`, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Column::Number(_) => "numbers",
            Column::Text(_) => "text",
        }
    }

    /// The given rows; the caller has checked their range.
    pub(super) fn take(&self, rows: &[usize]) -> Column {
        match self {
            Column::Number(values) => Column::Number(rows.iter().map(|&r| values[r]).collect()),
            Column::Text(text) => Column::Text(TextColumn {
                values: text.values.clone(),
                codes: rows.iter().map(|&r| text.codes[r]).collect(),
            }),
        }
    }
}

impl From<Vec<f64>> for Column {
    fn from(values: Vec<f64>) -> Column {
        Column::Number(values)
    }
}

impl From<&[&str]> for Column {
    fn from(values: &[&str]) -> Column {
        Column::Text(values.iter().copied().collect())
    }
}

impl<const N: usize> From<[&str; N]> for Column {
    fn from(values: [&str; N]) -> Column {
        Column::Text(values.into_iter().collect())
    }
}

impl<const N: usize> From<[Option<&str>; N]> for Column {
    fn from(values: [Option<&str>; N]) -> Column {
        Column::Text(values.into_iter().collect())
    }
}

impl From<TextColumn> for Column {
    fn from(values: TextColumn) -> Column {
        Column::Text(values)
    }
}

pub(crate) const MISSING: u32 = u32::MAX;

/// A column of text with missing values.
///
/// ```
/// use rushlight::data::TextColumn;
/// let column: TextColumn = [Some("red"), None, Some("red")].into_iter().collect();
/// assert_eq!(column.get(2), Some("red"));
/// assert_eq!(column.iter().flatten().count(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    values: Vec<String>,
    codes: Vec<u32>,
}

impl TextColumn {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The text of a row; `None` if it is missing or the row does not exist.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.decode(*self.codes.get(row)?)
    }

    /// All rows, in order; `None` where the text is missing.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.codes.iter().map(|&code| self.decode(code))
    }

    /// For each row, whether its text is `value`; `false` where it is missing. Converted to 1 and 0, these are the labels of a classifier.
    pub fn equals(&self, value: &str) -> Vec<bool> {
        let code = self
            .values
            .iter()
            .position(|v| v == value)
            .map(|i| i as u32);
        self.codes
            .iter()
            .map(|&other| Some(other) == code)
            .collect()
    }

    /// The distinct texts in the order of their first appearance, including those of rows that were dropped later.
    pub(crate) fn values(&self) -> &[String] {
        &self.values
    }

    /// For each row the index of its text in `values`, or `MISSING`.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    fn decode(&self, code: u32) -> Option<&str> {
        self.values.get(code as usize).map(String::as_str)
    }
}

// Columns are compared by their texts, because equal columns can have different codes.
impl PartialEq for TextColumn {
    fn eq(&self, other: &TextColumn) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a> FromIterator<Option<&'a str>> for TextColumn {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(iter: I) -> TextColumn {
        let mut builder = TextBuilder::default();
        for value in iter {
            builder.push(value);
        }
        builder.column
    }
}

impl<'a> FromIterator<&'a str> for TextColumn {
    fn from_iter<I: IntoIterator<Item = &'a str>>(iter: I) -> TextColumn {
        iter.into_iter().map(Some).collect()
    }
}

/// Builds a column of text in which equal texts have equal codes.
#[derive(Default)]
pub(super) struct TextBuilder {
    pub(super) column: TextColumn,
    index: HashMap<String, u32>,
}

impl TextBuilder {
    pub(super) fn push(&mut self, value: Option<&str>) {
        let code = match value {
            None => MISSING,
            Some(text) => match self.index.get(text) {
                Some(&code) => code,
                None => {
                    let code = self.column.values.len() as u32;
                    self.column.values.push(text.to_owned());
                    self.index.insert(text.to_owned(), code);
                    code
                }
            },
        };
        self.column.codes.push(code);
    }

    /// A column of numbers if all values that are not missing parse as numbers, or if all are missing; otherwise a column of text.
    pub(super) fn infer(self) -> Column {
        let Some(parsed) = self
            .column
            .values
            .iter()
            .map(|v| number(v))
            .collect::<Option<Vec<f64>>>()
        else {
            return Column::Text(self.column);
        };
        let decode = |&code: &u32| parsed.get(code as usize).copied().unwrap_or(f64::NAN);
        Column::Number(self.column.codes.iter().map(decode).collect())
    }
}

/// The number in a cell, with or without spaces around it.
pub(super) fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok()
}
