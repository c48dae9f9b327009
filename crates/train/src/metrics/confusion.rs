//! The confusion matrix.

use std::collections::BTreeSet;
use std::fmt;

use rushlight_backend::Result;

use super::{Label, WIDEST, check_lengths};

/// How often each label was predicted for each true label. `Display` prints a table with a row for each true label and a column for each
/// predicted label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix<T> {
    /// The labels of the rows and of the columns, in ascending order.
    pub labels: Vec<T>,
    /// `counts[i][j]`: how often the true label `i` was predicted as `j`.
    pub counts: Vec<Vec<u64>>,
}

/// The confusion matrix of all labels that occur. scikit-learn: `confusion_matrix`.
///
/// ```
/// use rushlight_train::metrics::confusion_matrix;
/// let matrix = confusion_matrix(&[0, 1, 0, 1], &[1, 1, 1, 0])?;
/// assert_eq!(matrix.counts, [[0, 2], [1, 1]]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[track_caller]
pub fn confusion_matrix<T: Label>(y_true: &[T], y_pred: &[T]) -> Result<ConfusionMatrix<T>> {
    check_lengths("confusion matrix", y_true.len(), y_pred.len())?;
    let labels: BTreeSet<&T> = y_true.iter().chain(y_pred).collect();
    let labels: Vec<T> = labels.into_iter().cloned().collect();
    let mut counts = vec![vec![0; labels.len()]; labels.len()];
    for (t, p) in y_true.iter().zip(y_pred) {
        if let (Ok(t), Ok(p)) = (labels.binary_search(t), labels.binary_search(p)) {
            counts[t][p] += 1;
        }
    }
    Ok(ConfusionMatrix { labels, counts })
}

impl<T: fmt::Display> fmt::Display for ConfusionMatrix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<String> = self.labels.iter().map(T::to_string).collect();
        let cells = self.counts.iter().flatten().map(u64::to_string);
        let width = cells
            .chain(labels.iter().cloned())
            .map(|c| c.chars().count())
            .max()
            .unwrap_or(0)
            .min(WIDEST);
        write!(f, "{:>width$}", "")?;
        for label in &labels {
            write!(f, "  {label:>width$}")?;
        }
        for (label, row) in labels.iter().zip(&self.counts) {
            write!(f, "\n{label:>width$}")?;
            for count in row {
                write!(f, "  {count:>width$}")?;
            }
        }
        Ok(())
    }
}
