//! The distinct values of a column, sorted: what every encoder learns.

use rushlight_backend::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::table::{Column, MISSING};

/// Sorted categories of one column. A missing value is a category of its own, and the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedCategories")]
pub(super) struct Categories {
    values: Values,
    // Apart from the values, because NaN has no place in an order.
    missing: bool,
}

/// Categories as they are read, before it is known that they are in order.
#[derive(Deserialize)]
struct SavedCategories {
    values: Values,
    missing: bool,
}

impl TryFrom<SavedCategories> for Categories {
    type Error = &'static str;

    fn try_from(saved: SavedCategories) -> Result<Categories, &'static str> {
        let SavedCategories { values, missing } = saved;
        let rising = match &values {
            Values::Text(values) => values.is_sorted_by(|a, b| a < b),
            Values::Number(values) => {
                values.is_sorted_by(|a, b| a < b) && !values.iter().any(|x| x.is_nan())
            }
        };
        if rising {
            Ok(Categories { values, missing })
        } else {
            Err("the categories do not rise")
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
                    .map(|x| one_zero(*x))
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

    /// How many there are, the missing one included.
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

    /// The category's place for each row; `None` if `fit` has not seen it.
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
                let places: Vec<Option<usize>> = text
                    .values()
                    .iter()
                    .map(|v| known.binary_search(v).ok())
                    .collect();
                let place = |&code: &u32| {
                    if code == MISSING {
                        missing
                    } else {
                        places[code as usize]
                    }
                };
                Ok(text.codes().iter().map(place).collect())
            }
            (Values::Number(known), Column::Number(numbers)) => {
                let place = |x: &f64| known.binary_search_by(|k| k.total_cmp(&one_zero(*x))).ok();
                Ok(numbers
                    .iter()
                    .map(|x| if x.is_nan() { missing } else { place(x) })
                    .collect())
            }
            // A column without any value reads as numbers, whatever it was.
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
                    "{what}: column {name:?} was {fitted} in fit, and is {given} now"
                )))
            }
        }
    }

    /// The column that holds these places. An error if one is out of range.
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
        let places = codes.iter().map(|&c| c as usize);
        Ok(match &self.values {
            Values::Text(values) => {
                Column::Text(places.map(|p| values.get(p).map(String::as_str)).collect())
            }
            Values::Number(values) => Column::Number(
                places
                    .map(|p| values.get(p).copied().unwrap_or(f64::NAN))
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
        "{what}: column {name:?}, row {row}: {value} was not seen by fit; known are {known}"
    ))
}

/// -0 and 0 are one category.
fn one_zero(x: f64) -> f64 {
    x + 0.0
}
