//! The sorted distinct values of a column, which are what encoders learn.

use rushlight_backend::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::table::{Column, MISSING};

/// The sorted categories of one column. Missing values are a category of their own, the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedCategories")]
pub(super) struct Categories {
    values: Values,
    // A missing value is not one of `values`, because NaN cannot be sorted.
    missing: bool,
}

/// Categories as they are deserialized, before their order is checked.
#[derive(Deserialize)]
struct SavedCategories {
    values: Values,
    missing: bool,
}

impl TryFrom<SavedCategories> for Categories {
    type Error = &'static str;

    fn try_from(saved: SavedCategories) -> Result<Categories, &'static str> {
        let SavedCategories { values, missing } = saved;
        let ascending = match &values {
            Values::Text(values) => values.is_sorted_by(|a, b| a < b),
            Values::Number(values) => {
                values.is_sorted_by(|a, b| a < b) && !values.iter().any(|x| x.is_nan())
            }
        };
        if ascending {
            Ok(Categories { values, missing })
        } else {
            Err("the categories are not in ascending order")
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Values {
    Text(Vec<String>),
    Number(#[serde(with = "rushlight_files::numbers")] Vec<f64>),
}

impl Categories {
    /// The categories of a column: text sorted by bytes, numbers by size.
    pub(super) fn of(column: &Column) -> Categories {
        let values = match column {
            Column::Number(numbers) => {
                let mut values: Vec<f64> = numbers
                    .iter()
                    .filter(|x| !x.is_nan())
                    .map(|x| positive_zero(*x))
                    .collect();
                values.sort_by(f64::total_cmp);
                values.dedup();
                Values::Number(values)
            }
            Column::Text(text) => {
                let mut occurs = vec![false; text.values().len()];
                for &code in text.codes() {
                    if let Some(seen) = occurs.get_mut(code as usize) {
                        *seen = true;
                    }
                }
                let mut values: Vec<String> = text
                    .values()
                    .iter()
                    .zip(occurs)
                    .filter(|(_, seen)| *seen)
                    .map(|(v, _)| v.clone())
                    .collect();
                values.sort();
                Values::Text(values)
            }
        };
        Categories {
            values,
            missing: column.n_missing() > 0,
        }
    }

    /// The number of categories, including that of missing values.
    pub(super) fn len(&self) -> usize {
        let values = match &self.values {
            Values::Text(values) => values.len(),
            Values::Number(values) => values.len(),
        };
        values + usize::from(self.missing)
    }

    /// Whether missing values are a category: the last one.
    pub(super) fn has_missing(&self) -> bool {
        self.missing
    }

    /// The categories as text; the missing one is `nan`.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = match &self.values {
            Values::Text(values) => values.clone(),
            Values::Number(values) => values.iter().map(f64::to_string).collect(),
        };
        if self.missing {
            labels.push("nan".to_owned());
        }
        labels
    }

    /// The index of each row's category; `None` if `fit` has not seen it.
    #[track_caller]
    pub(super) fn codes(
        &self,
        what: &str,
        name: &str,
        column: &Column,
    ) -> Result<Vec<Option<usize>>> {
        let missing = self.missing.then(|| self.len() - 1);
        match (&self.values, column) {
            (Values::Text(known), Column::Text(text)) => {
                let indices: Vec<Option<usize>> = text
                    .values()
                    .iter()
                    .map(|v| known.binary_search(v).ok())
                    .collect();
                let index = |&code: &u32| {
                    if code == MISSING {
                        missing
                    } else {
                        indices[code as usize]
                    }
                };
                Ok(text.codes().iter().map(index).collect())
            }
            (Values::Number(known), Column::Number(numbers)) => {
                let index = |x: &f64| {
                    known
                        .binary_search_by(|k| k.total_cmp(&positive_zero(*x)))
                        .ok()
                };
                Ok(numbers
                    .iter()
                    .map(|x| if x.is_nan() { missing } else { index(x) })
                    .collect())
            }
            // A column in which all values are missing is read as a column of numbers.
            (Values::Text(_), Column::Number(numbers)) if numbers.iter().all(|x| x.is_nan()) => {
                Ok(vec![missing; numbers.len()])
            }
            (known, column) => {
                let fitted = if matches!(known, Values::Text(_)) {
                    "text"
                } else {
                    "numbers"
                };
                let given = column.kind();
                Err(Error::dtype(format!(
                    "{what}: column {name:?} was {fitted} in fit, but is {given} in the table to transform"
                )))
            }
        }
    }

    /// The column whose rows have the categories at these indices, or an error if an index is out of range.
    #[track_caller]
    pub(super) fn decode(&self, what: &str, codes: &[i64]) -> Result<Column> {
        let len = self.len();
        if let Some((row, code)) = codes
            .iter()
            .enumerate()
            .find(|(_, c)| usize::try_from(**c).map_or(true, |c| c >= len))
        {
            return Err(Error::index(format!(
                "{what}: {code} in row {row} is not one of the {len} codes 0..{len}"
            )));
        }
        let indices = codes.iter().map(|&c| c as usize);
        Ok(match &self.values {
            Values::Text(values) => {
                Column::Text(indices.map(|i| values.get(i).map(String::as_str)).collect())
            }
            Values::Number(values) => Column::Number(
                indices
                    .map(|i| values.get(i).copied().unwrap_or(f64::NAN))
                    .collect(),
            ),
        })
    }
}

/// The error for a value that `fit` has not seen.
#[cold]
#[track_caller]
pub(super) fn unknown(
    what: &str,
    name: &str,
    column: &Column,
    row: usize,
    known: &Categories,
) -> Error {
    let value = match column {
        Column::Number(values) => values[row].to_string(),
        Column::Text(text) => text
            .get(row)
            .map_or_else(|| "a missing value".to_owned(), |v| format!("{v:?}")),
    };
    let labels = known.labels();
    let known = crate::table::quoted(labels.iter().map(String::as_str));
    Error::value(format!(
        "{what}: column {name:?}, row {row}: {value} was not seen by fit; the known values are {known}"
    ))
}

/// Replaces -0 by 0, because both are one category.
fn positive_zero(x: f64) -> f64 {
    x + 0.0
}
