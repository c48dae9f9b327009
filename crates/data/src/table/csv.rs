//! Reading of CSV files, with errors that name the file, the line and the column.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use rushlight_backend::{Error, Result};

use super::column::{Column, TextBuilder, number};
use super::{Table, quoted};

/// Reads CSV files, with options. pandas: `read_csv`.
///
/// By default cells are separated by commas, the first line is a header, only empty cells are missing, and a column is numeric if all its
/// other cells parse as numbers. If the type of a column is declared, a cell of another type is an error:
///
/// ```
/// use rushlight::data::CsvOptions;
///
/// let csv = "age,job\n39,Clerk\nforty,?\n";
/// let error = CsvOptions::new().numbers(["age"]).parse(csv.as_bytes(), "people.csv").unwrap_err();
/// assert_eq!(error.message(), r#"people.csv, line 3, column "age": "forty" is not a number"#);
///
/// let table = CsvOptions::new().missing(["", "?"]).parse(csv.as_bytes(), "people.csv")?;
/// assert_eq!(table.text("job")?.get(1), None);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvOptions {
    delimiter: u8,
    missing: Vec<String>,
    trim: bool,
    names: Option<Vec<String>>,
    declared: Vec<(String, Kind)>,
}

#[derive(Clone, Debug)]
enum Kind {
    Number,
    Text,
    OneOf(Vec<String>),
}

impl Default for CsvOptions {
    fn default() -> CsvOptions {
        CsvOptions {
            delimiter: b',',
            missing: vec![String::new()],
            trim: false,
            names: None,
            declared: Vec::new(),
        }
    }
}

impl CsvOptions {
    /// The default options.
    pub fn new() -> CsvOptions {
        CsvOptions::default()
    }

    /// Sets the byte that separates cells, `,` by default.
    pub fn delimiter(mut self, byte: u8) -> CsvOptions {
        self.delimiter = byte;
        self
    }

    /// Sets the texts of missing cells, by default only the empty text. The files of UCI need `["", "?"]`.
    pub fn missing<S: Into<String>>(mut self, markers: impl IntoIterator<Item = S>) -> CsvOptions {
        self.missing = markers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether spaces around cells and names are removed. Off by default; numbers may always have spaces around them.
    pub fn trim(mut self, yes: bool) -> CsvOptions {
        self.trim = yes;
        self
    }

    /// Sets the names of the columns, for a file without a header line.
    pub fn names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> CsvOptions {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Declares columns that must exist and hold numbers.
    pub fn numbers<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> CsvOptions {
        self.declared
            .extend(columns.into_iter().map(|c| (c.into(), Kind::Number)));
        self
    }

    /// Declares columns that must exist and are read as text, even if all their cells parse as numbers.
    pub fn texts<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> CsvOptions {
        self.declared
            .extend(columns.into_iter().map(|c| (c.into(), Kind::Text)));
        self
    }

    /// Declares a column that must exist and hold only the texts `choices`, such as a column of labels. Missing cells are errors, too.
    pub fn one_of<S: Into<String>>(
        mut self,
        column: impl Into<String>,
        choices: impl IntoIterator<Item = S>,
    ) -> CsvOptions {
        let choices = choices.into_iter().map(Into::into).collect();
        self.declared.push((column.into(), Kind::OneOf(choices)));
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If the file cannot be opened, or as for [`parse`](CsvOptions::parse).
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match std::fs::File::open(path) {
            Ok(file) => self.parse(file, &name),
            Err(e) => Err(Error::io(format!("{name}: cannot be opened: {e}"))),
        }
    }

    /// Reads a table from a reader, such as a decompressor. Error messages use `name` as the name of the file.
    ///
    /// # Errors
    /// If the reader fails, if there are no rows, if rows differ in their number of cells, if two columns have the same name, if a cell is
    /// not UTF-8 text, or if the table is not as declared.
    #[track_caller]
    pub fn parse(&self, mut reader: impl Read, name: &str) -> Result<Table> {
        // The file is read as a whole, because the table has to fit in memory anyway, and lines are then counted only for an error.
        let mut bytes = Vec::new();
        if let Err(e) = reader.read_to_end(&mut bytes) {
            return Err(Error::io(format!("{name}: cannot be read: {e}")));
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            // Rows of different lengths are accepted here, because the check below reports more than the csv crate does.
            .flexible(true)
            .trim(if self.trim {
                csv::Trim::All
            } else {
                csv::Trim::None
            })
            .from_reader(&bytes[..]);

        let mut record = ByteRecord::new();
        let names = match &self.names {
            Some(names) => names.clone(),
            None => match reader.read_byte_record(&mut record) {
                Ok(true) => header(&record, name)?,
                Ok(false) => {
                    return Err(Error::parse(format!(
                        "{name}: the file is empty; a header line was expected"
                    )));
                }
                Err(e) => return Err(Error::parse(format!("{name}: {e}"))),
            },
        };
        let mut columns = self.builders(&names, name)?;

        let mut rows = 0;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(e) => return Err(Error::parse(format!("{name}: {e}"))),
            }
            if record.len() != names.len() {
                return Err(ragged(name, line_of(&record, &bytes), record.len(), &names));
            }
            for ((cell, column), column_name) in record.iter().zip(&mut columns).zip(&names) {
                let problem = match std::str::from_utf8(cell) {
                    Ok(text) => column.push(text, self.missing.iter().any(|m| m == text)),
                    Err(e) => Some(format!(
                        "the cell is not UTF-8 text (its byte {})",
                        e.valid_up_to() + 1
                    )),
                };
                if let Some(problem) = problem {
                    let line = line_of(&record, &bytes);
                    return Err(Error::parse(format!(
                        "{name}, line {line}, column {column_name:?}: {problem}"
                    )));
                }
            }
            rows += 1;
        }
        if rows == 0 {
            return Err(Error::parse(format!(
                "{name}: there are no rows after the header"
            )));
        }
        Table::new(
            names
                .into_iter()
                .zip(columns.into_iter().map(Builder::finish)),
        )
    }

    /// Checks that all names differ and that the declared columns exist, and returns one builder per column.
    #[track_caller]
    fn builders(&self, names: &[String], file: &str) -> Result<Vec<Builder>> {
        let mut known = HashSet::with_capacity(names.len());
        for column in names {
            if !known.insert(column) {
                return Err(Error::parse(format!(
                    "{file}, line 1: two columns are named {column:?}"
                )));
            }
        }
        for (column, _) in &self.declared {
            if !known.contains(column) {
                return Err(Error::parse(format!(
                    "{file}, line 1: no column {column:?}; the columns are {}",
                    quoted(names.iter().map(String::as_str))
                )));
            }
        }
        let kind = |name: &String| {
            self.declared
                .iter()
                .rev()
                .find(|(c, _)| c == name)
                .map(|(_, kind)| kind)
        };
        Ok(names
            .iter()
            .map(|name| match kind(name) {
                Some(Kind::Number) => Builder::Number(Vec::new()),
                Some(Kind::Text) => Builder::Text(TextBuilder::default()),
                Some(Kind::OneOf(choices)) => {
                    Builder::OneOf(TextBuilder::default(), choices.clone())
                }
                None => Builder::Inferred(TextBuilder::default()),
            })
            .collect())
    }
}

enum Builder {
    Number(Vec<f64>),
    Text(TextBuilder),
    OneOf(TextBuilder, Vec<String>),
    /// The type is inferred from all cells at the end.
    Inferred(TextBuilder),
}

impl Builder {
    /// Appends a cell, or returns a message that says why it is not valid.
    fn push(&mut self, cell: &str, missing: bool) -> Option<String> {
        let present = (!missing).then_some(cell);
        match self {
            Builder::Number(values) => match present.map(number) {
                Some(None) => return Some(format!("{cell:?} is not a number")),
                Some(Some(x)) => values.push(x),
                None => values.push(f64::NAN),
            },
            Builder::Text(text) | Builder::Inferred(text) => text.push(present),
            Builder::OneOf(text, choices) if choices.iter().any(|c| c == cell) => {
                text.push(Some(cell))
            }
            Builder::OneOf(_, choices) => {
                return Some(format!(
                    "{cell:?} is not one of {}",
                    quoted(choices.iter().map(String::as_str))
                ));
            }
        }
        None
    }

    fn finish(self) -> Column {
        match self {
            Builder::Number(values) => Column::Number(values),
            Builder::Text(text) | Builder::OneOf(text, _) => Column::Text(text.column),
            Builder::Inferred(text) => text.infer(),
        }
    }
}

#[track_caller]
fn header(record: &ByteRecord, file: &str) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(record.len());
    for (i, cell) in record.iter().enumerate() {
        match std::str::from_utf8(cell) {
            Ok(name) => names.push(name.to_owned()),
            Err(_) => {
                return Err(Error::parse(format!(
                    "{file}, line 1, column {}: the name is not UTF-8 text",
                    i + 1
                )));
            }
        }
    }
    Ok(names)
}

/// The line on which a record starts. The count of the csv crate is wrong after blank lines and with `\r\n`.
fn line_of(record: &ByteRecord, bytes: &[u8]) -> usize {
    let from = record
        .position()
        .map_or(0, |p| p.byte() as usize)
        .min(bytes.len());
    let blank = bytes[from..]
        .iter()
        .take_while(|b| matches!(b, b'\r' | b'\n'))
        .count();
    let before = &bytes[..from + blank];
    let feeds = before.iter().filter(|&&b| b == b'\n').count();
    let lone_returns = before
        .windows(2)
        .filter(|w| w[0] == b'\r' && w[1] != b'\n')
        .count();
    1 + feeds + lone_returns + usize::from(before.last() == Some(&b'\r'))
}

#[cold]
#[track_caller]
fn ragged(file: &str, line: usize, cells: usize, names: &[String]) -> Error {
    let want = names.len();
    let cells_text = if cells == 1 {
        "1 cell".to_owned()
    } else {
        format!("{cells} cells")
    };
    Error::parse(match names.get(cells) {
        Some(first) => format!(
            "{file}, line {line}: the row has {cells_text} instead of {want} and ends before column {first:?}"
        ),
        None => format!("{file}, line {line}: the row has {cells_text}, but the header has {want}"),
    })
}
