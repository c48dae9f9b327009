//! One-hot encoding: a category becomes a column of zeros and ones.

use rushlight_backend::Result;
use serde::{Deserialize, Serialize};

use super::categories::{Categories, unknown};
use super::{Matrix, Transformer, check_columns, check_names, check_room, check_rows, not_fitted};
use crate::table::Table;

/// The treatment of categories that [`OneHotEncoder`] has not seen in `fit`. scikit-learn: `handle_unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum HandleUnknown {
    /// The transformation fails with an error that names the category.
    #[default]
    Error,
    /// All columns of the feature are 0.
    Ignore,
}

/// The categories that get no column from [`OneHotEncoder`], because the other columns determine it. scikit-learn: `drop`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum DropCategory {
    /// All categories get a column.
    #[default]
    None,
    /// The first category of each column is left out.
    First,
    /// The first category of each column with two categories is left out.
    IfBinary,
}

/// A column of zeros and ones for each category of each column, in sorted order: text by bytes, numbers by size, and
/// missing values, if there are any, last as a category `nan`. scikit-learn: `OneHotEncoder(sparse_output=False)`.
///
/// Features are named `column_category`. If two names are equal, as those of missing values and of the text `nan` are,
/// [`Transformer::feature_names_out`] is an error, but the table can still be transformed.
///
/// ```
/// use rushlight::data::{Column, OneHotEncoder, Table, Transformer};
/// let table = Table::new([("job", Column::from([Some("clerk"), None, Some("baker")]))])?;
/// let mut encoder = OneHotEncoder::new();
/// assert_eq!(encoder.fit_transform(&table)?.row(1), [0., 0., 1.]);
/// assert_eq!(encoder.feature_names_out()?, ["job_baker", "job_clerk", "job_nan"]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OneHotEncoder {
    handle_unknown: HandleUnknown,
    drop: DropCategory,
    fitted: Option<Vec<(String, Categories)>>,
}

impl OneHotEncoder {
    /// An encoder that leaves out no category, and for which unknown categories are errors.
    pub fn new() -> OneHotEncoder {
        OneHotEncoder::default()
    }

    /// Sets the treatment of unknown categories, which are errors by default.
    pub fn handle_unknown(mut self, what: HandleUnknown) -> OneHotEncoder {
        self.handle_unknown = what;
        self
    }

    /// Sets the categories to leave out, which are none by default.
    pub fn drop(mut self, which: DropCategory) -> OneHotEncoder {
        self.drop = which;
        self
    }

    /// The categories of each column as text, including those that are left out; empty before `fit`.
    pub fn categories(&self) -> Vec<Vec<String>> {
        self.fitted
            .iter()
            .flatten()
            .map(|(_, c)| c.labels())
            .collect()
    }

    /// The number of columns of the result.
    fn width(&self, fitted: &[(String, Categories)]) -> usize {
        fitted.iter().map(|(_, c)| c.len() - self.dropped(c)).sum()
    }

    /// The number of categories of a column that are left out, from the first on.
    fn dropped(&self, categories: &Categories) -> usize {
        match self.drop {
            DropCategory::None => 0,
            DropCategory::First => categories.len().min(1),
            DropCategory::IfBinary => usize::from(categories.len() == 2),
        }
    }
}

impl Transformer for OneHotEncoder {
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()> {
        check_rows("OneHotEncoder", table)?;
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
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted("OneHotEncoder"));
        };
        let mut names = Vec::new();
        for (column, categories) in fitted {
            let labels = categories.labels();
            names.extend(
                labels[self.dropped(categories)..]
                    .iter()
                    .map(|label| format!("{column}_{label}")),
            );
        }
        check_names("OneHotEncoder", &names)?;
        Ok(names)
    }

    #[track_caller]
    fn n_features_out(&self) -> Result<usize> {
        match &self.fitted {
            Some(fitted) => Ok(self.width(fitted)),
            None => Err(not_fitted("OneHotEncoder")),
        }
    }

    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()> {
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted("OneHotEncoder"));
        };
        check_columns(
            "OneHotEncoder",
            table,
            fitted.iter().map(|(name, _)| name.as_str()),
        )?;
        check_room("OneHotEncoder", table, out, first, self.width(fitted))?;
        let mut start = first;
        for ((_, categories), (name, column)) in fitted.iter().zip(table.columns()) {
            let dropped = self.dropped(categories);
            for (row, code) in categories
                .codes("OneHotEncoder", name, column)?
                .into_iter()
                .enumerate()
            {
                match code {
                    Some(code) if code >= dropped => out.row_from(row, start)[code - dropped] = 1.0,
                    Some(_) => {}
                    None if self.handle_unknown == HandleUnknown::Ignore => {}
                    None => return Err(unknown("OneHotEncoder", name, column, row, categories)),
                }
            }
            start += categories.len() - dropped;
        }
        Ok(())
    }
}
