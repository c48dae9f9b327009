//! The classification report, with exactly the text of scikit-learn.

use std::fmt;

use rushlight_backend::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Average, ClassCounts, ClassScores, Label, WIDEST, ZeroDivision};

/// One row of a [`ClassificationReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// The name of the class or of the average.
    pub name: String,
    /// The fraction of the predictions of the class that are correct.
    #[serde(with = "rushlight_files::numbers")]
    pub precision: f64,
    /// The fraction of the members of the class that were predicted.
    #[serde(with = "rushlight_files::numbers")]
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    #[serde(with = "rushlight_files::numbers")]
    pub f1_score: f64,
    /// The number of members of the class.
    pub support: u64,
}

/// Precision, recall, F1 score and support of each class, and their averages. `Display` prints the text of scikit-learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// A row for each class.
    pub classes: Vec<ReportRow>,
    /// The fraction of correct predictions; `None` if only some of the labels are reported.
    #[serde(default, with = "rushlight_files::numbers")]
    pub accuracy: Option<f64>,
    /// The scores of the summed counts. They differ from the accuracy only if some labels are left out.
    pub micro_avg: ReportRow,
    /// The means over the classes.
    pub macro_avg: ReportRow,
    /// The means over the classes, weighted by their support.
    pub weighted_avg: ReportRow,
    /// The number of digits after the decimal point that are printed.
    pub digits: usize,
}

/// The report of all labels that occur, with two digits. scikit-learn: `classification_report`.
///
/// ```
/// use rushlight_train::metrics::classification_report;
/// let report = classification_report(&[0, 0, 1, 1], &[0, 1, 1, 1])?.target_names(["<=50K", ">50K"])?.digits(4);
/// assert_eq!(report.classes[1].recall, 1.0);
/// assert!(report.to_string().contains("        >50K     0.6667    1.0000    0.8000         2"));
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[track_caller]
pub fn classification_report<T: Label>(y_true: &[T], y_pred: &[T]) -> Result<ClassificationReport> {
    ClassificationReport::new(&ClassCounts::new(y_true, y_pred)?, ZeroDivision::Zero)
}

impl ClassificationReport {
    /// The report of these counts. `zero` is the value of scores that would be 0/0.
    #[track_caller]
    pub fn new<T: Label>(
        counts: &ClassCounts<T>,
        zero: ZeroDivision,
    ) -> Result<ClassificationReport> {
        let total = counts.support.iter().sum();
        let row = |name: String, s: ClassScores, support| ReportRow {
            name,
            precision: s.precision,
            recall: s.recall,
            f1_score: s.fbeta,
            support,
        };
        let each = counts
            .labels
            .iter()
            .zip(counts.scores(1.0, zero))
            .zip(&counts.support);
        let micro = counts.average(&Average::Micro, 1.0, zero)?;
        Ok(ClassificationReport {
            classes: each
                .map(|((label, scores), support)| row(label.to_string(), scores, *support))
                .collect(),
            accuracy: counts.complete.then_some(micro.fbeta),
            micro_avg: row("micro avg".to_owned(), micro, total),
            macro_avg: row(
                "macro avg".to_owned(),
                counts.average(&Average::Macro, 1.0, zero)?,
                total,
            ),
            weighted_avg: row(
                "weighted avg".to_owned(),
                counts.average(&Average::Weighted, 1.0, zero)?,
                total,
            ),
            digits: 2,
        })
    }

    /// Sets the names of the classes, in the order of their labels. scikit-learn: `target_names`.
    ///
    /// # Errors
    /// If the number of names is not the number of classes.
    #[track_caller]
    pub fn target_names<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<ClassificationReport> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.classes.len() {
            return Err(Error::value(format!(
                "classification report: {} names for {} classes",
                names.len(),
                self.classes.len()
            )));
        }
        for (row, name) in self.classes.iter_mut().zip(names) {
            row.name = name;
        }
        Ok(self)
    }

    /// Sets the number of digits after the decimal point that are printed. scikit-learn: `digits`.
    pub fn digits(mut self, digits: usize) -> ClassificationReport {
        self.digits = digits;
        self
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.min(WIDEST);
        let names = self.classes.iter().map(|row| row.name.chars().count());
        let width = names
            .chain(["weighted avg".len(), digits])
            .max()
            .unwrap_or(0)
            .min(WIDEST);
        let score = |x: f64| {
            if x.is_nan() {
                "nan".to_owned()
            } else {
                format!("{x:.digits$}")
            }
        };
        let line = |f: &mut fmt::Formatter<'_>, row: &ReportRow| {
            let [p, r, f1] = [row.precision, row.recall, row.f1_score].map(score);
            writeln!(
                f,
                "{:>width$}  {p:>9} {r:>9} {f1:>9} {:>9}",
                row.name, row.support
            )
        };
        writeln!(
            f,
            "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        for row in &self.classes {
            line(f, row)?;
        }
        writeln!(f)?;
        match self.accuracy {
            Some(accuracy) => {
                let total = self.micro_avg.support;
                writeln!(
                    f,
                    "{:>width$}  {:>9} {:>9} {:>9} {total:>9}",
                    "accuracy",
                    "",
                    "",
                    score(accuracy)
                )?;
            }
            None => line(f, &self.micro_avg)?,
        }
        line(f, &self.macro_avg)?;
        line(f, &self.weighted_avg)
    }
}
