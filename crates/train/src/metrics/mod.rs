//! Metrics of predictions in slices. scikit-learn: `sklearn.metrics`.
//!
//! [`ClassCounts`] holds the counts from which precision, recall, F-scores and the report are computed. The functions have the names
//! of scikit-learn and compute one metric each.

mod classes;
mod confusion;
mod probabilities;
mod regression;
mod report;

pub use classes::{
    Average, ClassCounts, ClassScores, Label, ZeroDivision, accuracy_score, f1_score, fbeta_score,
    precision_score, recall_score,
};
pub use confusion::{ConfusionMatrix, confusion_matrix};
pub use probabilities::{RocCurve, log_loss, log_loss_classes, roc_auc_score, roc_curve};
pub use regression::{mean_absolute_error, mean_squared_error, r2_score};
pub use report::{ClassificationReport, ReportRow, classification_report};

use rushlight_backend::{Error, Result};

/// The largest width and precision that Rust's formatting accepts.
const WIDEST: usize = u16::MAX as usize;

/// Checks that there are as many predictions as true values, and at least one.
#[track_caller]
fn check_lengths(what: &str, y_true: usize, y_pred: usize) -> Result<()> {
    if y_true != y_pred {
        return Err(Error::shape(format!(
            "{what}: {y_true} true values against {y_pred} predictions"
        )));
    }
    if y_true == 0 {
        return Err(Error::value(format!(
            "{what}: there are no values to compare"
        )));
    }
    Ok(())
}
