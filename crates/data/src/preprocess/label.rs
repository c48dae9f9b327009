//! Conversion of labels to class numbers and back.

use rushlight_backend::{Error, Result};
use serde::{Deserialize, Serialize};

use super::categories::{Categories, unknown};
use super::not_fitted;
use crate::table::Column;

/// The labels of one column as classes 0, 1, 2, … in sorted order. scikit-learn: `LabelEncoder`.
///
/// ```
/// use rushlight::data::{Column, LabelEncoder};
/// let labels = Column::from(["paris", "oslo", "paris"]);
/// let mut encoder = LabelEncoder::new();
/// assert_eq!(encoder.fit_transform(&labels)?, [1, 0, 1]);
/// assert_eq!(encoder.classes(), ["oslo", "paris"]);
/// assert_eq!(encoder.inverse_transform(&[1, 0, 1])?, labels);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelEncoder {
    classes: Option<Categories>,
}

impl LabelEncoder {
    /// An encoder before `fit`.
    pub fn new() -> LabelEncoder {
        LabelEncoder::default()
    }

    /// Learns the distinct labels.
    ///
    /// # Errors
    /// If there are no labels, or if one is missing.
    #[track_caller]
    pub fn fit(&mut self, labels: &Column) -> Result<()> {
        if labels.is_empty() {
            return Err(Error::value(
                "LabelEncoder: fit needs at least one label, there is none",
            ));
        }
        if labels.n_missing() > 0 {
            return Err(Error::value(format!(
                "LabelEncoder: {} labels are missing",
                labels.n_missing()
            )));
        }
        self.classes = Some(Categories::of(labels));
        Ok(())
    }

    /// The class number of each label.
    ///
    /// # Errors
    /// If a label was not seen by `fit`; the message names it and the known labels.
    #[track_caller]
    pub fn transform(&self, labels: &Column) -> Result<Vec<i64>> {
        let Some(classes) = &self.classes else {
            return Err(not_fitted("LabelEncoder"));
        };
        let codes = classes.codes("LabelEncoder", "label", labels)?;
        match codes.iter().position(Option::is_none) {
            Some(row) => Err(unknown("LabelEncoder", "label", labels, row, classes)),
            None => Ok(codes
                .into_iter()
                .flatten()
                .map(|code| code as i64)
                .collect()),
        }
    }

    /// [`fit`](Self::fit), then [`transform`](Self::transform).
    #[track_caller]
    pub fn fit_transform(&mut self, labels: &Column) -> Result<Vec<i64>> {
        self.fit(labels)?;
        self.transform(labels)
    }

    /// The labels of these class numbers.
    ///
    /// # Errors
    /// If a class number is out of range.
    #[track_caller]
    pub fn inverse_transform(&self, classes: &[i64]) -> Result<Column> {
        match &self.classes {
            Some(known) => known.decode("LabelEncoder", classes),
            None => Err(not_fitted("LabelEncoder")),
        }
    }

    /// The labels as text, in the order of their classes; empty before `fit`.
    pub fn classes(&self) -> Vec<String> {
        self.classes
            .as_ref()
            .map(Categories::labels)
            .unwrap_or_default()
    }
}
