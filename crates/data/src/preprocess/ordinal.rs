//! Ordinal encoding: each category becomes its index among the sorted categories.

use rushlight_backend::Result;
use serde::{Deserialize, Serialize};

use super::categories::{Categories, unknown};
use super::{Matrix, Transformer, check_columns, check_room, check_rows, not_fitted};
use crate::table::Table;

/// The treatment of categories that [`OrdinalEncoder`] has not seen in `fit`. scikit-learn: `handle_unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum UnknownOrdinal {
    /// The transformation fails with an error that names the category.
    #[default]
    Error,
    /// NaN, as for a missing value.
    Missing,
    /// This number, often -1.
    Value(#[serde(with = "rushlight_files::numbers")] f64),
}

/// The index 0, 1, 2, … of each value among the sorted categories of its column; a missing value stays NaN.
/// scikit-learn: `OrdinalEncoder`.
///
/// ```
/// use rushlight::data::{Column, OrdinalEncoder, Table, Transformer};
/// let table = Table::new([("size", Column::from(["small", "large", "small"]))])?;
/// let x = OrdinalEncoder::new().fit_transform(&table)?;
/// assert_eq!(x.column(0).collect::<Vec<_>>(), [1.0, 0.0, 1.0]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrdinalEncoder {
    handle_unknown: UnknownOrdinal,
    fitted: Option<Vec<(String, Categories)>>,
}

impl OrdinalEncoder {
    /// An encoder for which unknown categories are errors.
    pub fn new() -> OrdinalEncoder {
        OrdinalEncoder::default()
    }

    /// Sets the treatment of unknown categories, which are errors by default.
    pub fn handle_unknown(mut self, what: UnknownOrdinal) -> OrdinalEncoder {
        self.handle_unknown = what;
        self
    }

    /// The categories of each column as text; empty before `fit`.
    pub fn categories(&self) -> Vec<Vec<String>> {
        self.fitted
            .iter()
            .flatten()
            .map(|(_, c)| c.labels())
            .collect()
    }
}

impl Transformer for OrdinalEncoder {
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()> {
        check_rows("OrdinalEncoder", table)?;
        self.fitted = Some(
            table
                .columns()
                .map(|(name, column)| (name.to_owned(), Categories::of(column)))
                .collect(),
        );
        Ok(())
    }

    #[track_caller]
    fn feature_names_out(&self) -> Result<Vec<String>> {
        match &self.fitted {
            Some(fitted) => Ok(fitted.iter().map(|(name, _)| name.clone()).collect()),
            None => Err(not_fitted("OrdinalEncoder")),
        }
    }

    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()> {
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted("OrdinalEncoder"));
        };
        check_columns(
            "OrdinalEncoder",
            table,
            fitted.iter().map(|(name, _)| name.as_str()),
        )?;
        check_room("OrdinalEncoder", table, out, first, fitted.len())?;
        for (i, ((_, categories), (name, column))) in fitted.iter().zip(table.columns()).enumerate()
        {
            let codes = categories.codes("OrdinalEncoder", name, column)?;
            let other = match self.handle_unknown {
                UnknownOrdinal::Value(value) => value,
                UnknownOrdinal::Missing => f64::NAN,
                UnknownOrdinal::Error => match codes.iter().position(Option::is_none) {
                    Some(row) => {
                        return Err(unknown("OrdinalEncoder", name, column, row, categories));
                    }
                    None => f64::NAN,
                },
            };
            let missing = categories.has_missing().then(|| categories.len() - 1);
            let number = |code: Option<usize>| match code {
                Some(_) if code == missing => f64::NAN,
                Some(code) => code as f64,
                None => other,
            };
            out.set_column(first + i, codes.into_iter().map(number));
        }
        Ok(())
    }
}
