//! A table of text, whose rows are made one by one: in most examples a row is the result of a training that took a while.

use std::fmt::{self, Display};

/// Columns of fixed widths, two spaces apart, with text at the left and numbers at the right of their column.
///
/// `Display` gives the titles and a rule below them; [`row`](TextTable::row) gives one row.
pub struct TextTable(Vec<Column>);

/// A column of a [`TextTable`].
pub struct Column {
    title: &'static str,
    width: usize,
    is_text: bool,
}

/// A column of text of at most `width` characters.
pub fn text(title: &'static str, width: usize) -> Column {
    Column {
        title,
        width: width.max(title.chars().count()),
        is_text: true,
    }
}

/// A column of numbers, which have at most as many digits as the title has letters.
pub fn number(title: &'static str) -> Column {
    Column {
        title,
        width: title.chars().count(),
        is_text: false,
    }
}

impl TextTable {
    /// A table with these columns, from left to right.
    pub fn new(columns: impl Into<Vec<Column>>) -> TextTable {
        TextTable(columns.into())
    }

    /// One row, with a cell for each column.
    pub fn row(&self, cells: &[&dyn Display]) -> String {
        let mut line = String::new();
        for (column, cell) in self.0.iter().zip(cells) {
            let (cell, width) = (cell.to_string(), column.width);
            line += &if column.is_text {
                format!("{cell:<width$}  ")
            } else {
                format!("{cell:>width$}  ")
            };
        }
        line.trim_end().to_owned()
    }
}

impl Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<&dyn Display> = self.0.iter().map(|c| &c.title as &dyn Display).collect();
        let rules: Vec<String> = self.0.iter().map(|c| "-".repeat(c.width)).collect();
        write!(f, "{}\n{}", self.row(&titles), rules.join("  "))
    }
}

/// A count with commas between the thousands, such as `48,842`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
