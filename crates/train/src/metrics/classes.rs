//! Accuracy, precision, recall and F-scores, computed from the same counts.

use std::collections::BTreeSet;
use std::fmt::Display;

use rushlight_backend::{Error, Result};

use super::check_lengths;

/// The types of class labels: integers, `bool`, `char`, strings and other types that are ordered and printable.
pub trait Label: Ord + Clone + Display {}

impl<T: Ord + Clone + Display> Label for T {}

/// How the scores of several classes are averaged. scikit-learn: `average`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Average<T> {
    /// The score of this class only. scikit-learn: `average="binary", pos_label=…`.
    Class(T),
    /// The score of the counts summed over all classes.
    Micro,
    /// The mean over classes.
    Macro,
    /// The mean over classes weighted by their support.
    Weighted,
}

/// The value of a score that would be 0/0, such as the precision of a class that is never predicted. scikit-learn: `zero_division`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ZeroDivision {
    /// 0. scikit-learn's default, there with a warning.
    #[default]
    Zero,
    /// 1.
    One,
    /// NaN, which is left out of averages.
    Nan,
}

/// The scores of one class, or their averages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScores {
    /// The fraction of the predictions of the class that are correct: true positives / predicted positives.
    pub precision: f64,
    /// The fraction of the members of the class that were predicted: true positives / actual positives.
    pub recall: f64,
    /// The weighted harmonic mean of precision and recall, with weight beta² for recall.
    pub fbeta: f64,
}

/// The number of correct predictions, of predictions, and of members of each class.
///
/// ```
/// use rushlight_train::metrics::{Average, ClassCounts};
/// let counts = ClassCounts::new(&["cat", "dog", "cat"], &["cat", "cat", "cat"])?;
/// let scores = counts.average(&Average::Macro, 1.0, Default::default())?;
/// assert_eq!(scores.recall, 0.5);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCounts<T> {
    /// The classes that are counted: those that were given, or all in ascending order.
    pub labels: Vec<T>,
    /// The number of correct predictions of the class.
    pub true_positives: Vec<u64>,
    /// The number of predictions of the class.
    pub predicted: Vec<u64>,
    /// The number of members of the class, its support.
    pub support: Vec<u64>,
    /// Whether all labels that occur are counted. The micro average is then the accuracy.
    pub complete: bool,
}

impl<T: Label> ClassCounts<T> {
    /// Counts all labels that occur among the true values or the predictions.
    ///
    /// # Errors
    /// If the lengths differ, or if there are no values.
    #[track_caller]
    pub fn new(y_true: &[T], y_pred: &[T]) -> Result<ClassCounts<T>> {
        let labels: BTreeSet<&T> = y_true.iter().chain(y_pred).collect();
        let labels: Vec<T> = labels.into_iter().cloned().collect();
        ClassCounts::with_labels(y_true, y_pred, &labels)
    }

    /// Counts only the given labels, in this order. A label need not occur.
    ///
    /// # Errors
    /// If the lengths differ, if there are no values or no labels, or if a label is given twice.
    #[track_caller]
    pub fn with_labels(y_true: &[T], y_pred: &[T], labels: &[T]) -> Result<ClassCounts<T>> {
        check_lengths("class counts", y_true.len(), y_pred.len())?;
        if labels.is_empty() {
            return Err(Error::value("class counts: there are no labels to count"));
        }
        let mut sorted: Vec<usize> = (0..labels.len()).collect();
        sorted.sort_by(|&a, &b| labels[a].cmp(&labels[b]));
        if let Some(twice) = sorted.windows(2).find(|w| labels[w[0]] == labels[w[1]]) {
            return Err(Error::value(format!(
                "class counts: the label {} is given twice",
                labels[twice[0]]
            )));
        }
        let index_of = |label: &T| {
            sorted
                .binary_search_by(|&i| labels[i].cmp(label))
                .ok()
                .map(|i| sorted[i])
        };

        let zeros = vec![0; labels.len()];
        let (mut true_positives, mut predicted, mut support) =
            (zeros.clone(), zeros.clone(), zeros);
        let mut complete = true;
        for (t, p) in y_true.iter().zip(y_pred) {
            let true_index = index_of(t);
            let pred_index = if p == t { true_index } else { index_of(p) };
            complete &= true_index.is_some() && pred_index.is_some();
            if let Some(i) = true_index {
                support[i] += 1;
                true_positives[i] += u64::from(t == p);
            }
            if let Some(i) = pred_index {
                predicted[i] += 1;
            }
        }
        Ok(ClassCounts {
            labels: labels.to_vec(),
            true_positives,
            predicted,
            support,
            complete,
        })
    }

    /// The scores of each class.
    pub fn scores(&self, beta: f64, zero: ZeroDivision) -> Vec<ClassScores> {
        (0..self.labels.len())
            .map(|i| {
                scores(
                    self.true_positives[i],
                    self.predicted[i],
                    self.support[i],
                    beta,
                    zero,
                )
            })
            .collect()
    }

    /// The average of the scores of the classes.
    ///
    /// # Errors
    /// If `average` is a class that was not counted, or if `beta` is negative or NaN.
    #[track_caller]
    pub fn average(
        &self,
        average: &Average<T>,
        beta: f64,
        zero: ZeroDivision,
    ) -> Result<ClassScores> {
        if beta.is_nan() || beta < 0.0 {
            return Err(Error::value(format!(
                "F-score: beta is {beta}; it must not be negative"
            )));
        }
        let weights: Vec<f64> = match average {
            Average::Class(label) => match self.labels.iter().position(|l| l == label) {
                Some(i) => {
                    return Ok(scores(
                        self.true_positives[i],
                        self.predicted[i],
                        self.support[i],
                        beta,
                        zero,
                    ));
                }
                None => {
                    let known: Vec<String> = self.labels.iter().map(T::to_string).collect();
                    return Err(Error::value(format!(
                        "scores of class {label}: it does not occur; the labels are {}",
                        known.join(", ")
                    )));
                }
            },
            Average::Micro => {
                let sum = |counts: &[u64]| counts.iter().sum();
                let (tp, predicted) = (sum(&self.true_positives), sum(&self.predicted));
                return Ok(scores(tp, predicted, sum(&self.support), beta, zero));
            }
            Average::Macro => vec![1.0; self.labels.len()],
            Average::Weighted => self.support.iter().map(|&n| n as f64).collect(),
        };
        let scores = self.scores(beta, zero);
        let mean =
            |score: fn(&ClassScores) -> f64| weighted_mean(scores.iter().map(score), &weights);
        Ok(ClassScores {
            precision: mean(|s| s.precision),
            recall: mean(|s| s.recall),
            fbeta: mean(|s| s.fbeta),
        })
    }
}

fn scores(tp: u64, predicted: u64, support: u64, beta: f64, zero: ZeroDivision) -> ClassScores {
    let zero = match zero {
        ZeroDivision::Zero => 0.0,
        ZeroDivision::One => 1.0,
        ZeroDivision::Nan => f64::NAN,
    };
    let (tp, predicted, support) = (tp as f64, predicted as f64, support as f64);
    let ratio = |numerator: f64, denominator: f64| {
        if denominator == 0.0 {
            zero
        } else {
            numerator / denominator
        }
    };
    let (precision, recall) = (ratio(tp, predicted), ratio(tp, support));
    // The weights of recall and precision are scaled so that the larger one is 1: beta² could overflow.
    let (recall_weight, precision_weight) = if beta > 1.0 {
        (1.0, 1.0 / beta / beta)
    } else {
        (beta * beta, 1.0)
    };
    let fbeta = ratio(
        (recall_weight + precision_weight) * tp,
        recall_weight * support + precision_weight * predicted,
    );
    ClassScores {
        precision,
        recall,
        fbeta,
    }
}

/// The weighted mean of the values that are not NaN; if their weights sum to 0, the unweighted mean.
fn weighted_mean(values: impl Iterator<Item = f64> + Clone, weights: &[f64]) -> f64 {
    let kept = || {
        values
            .clone()
            .zip(weights)
            .filter(|(value, _)| !value.is_nan())
    };
    let (count, total) = (kept().count() as f64, kept().map(|(_, w)| w).sum::<f64>());
    if total == 0.0 {
        kept().map(|(value, _)| value).sum::<f64>() / count
    } else {
        kept().map(|(value, w)| value * w).sum::<f64>() / total
    }
}

/// The fraction of correct predictions. scikit-learn: `accuracy_score`.
///
/// ```
/// use rushlight_train::metrics::accuracy_score;
/// assert_eq!(accuracy_score(&[0, 1, 1, 0], &[0, 1, 0, 0])?, 0.75);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[track_caller]
pub fn accuracy_score<T: PartialEq>(y_true: &[T], y_pred: &[T]) -> Result<f64> {
    check_lengths("accuracy", y_true.len(), y_pred.len())?;
    let correct = y_true.iter().zip(y_pred).filter(|(t, p)| t == p).count();
    Ok(correct as f64 / y_true.len() as f64)
}

/// True positives / predicted positives; 0 if there are no predicted positives. scikit-learn: `precision_score`.
#[track_caller]
pub fn precision_score<T: Label>(y_true: &[T], y_pred: &[T], average: Average<T>) -> Result<f64> {
    Ok(ClassCounts::new(y_true, y_pred)?
        .average(&average, 1.0, ZeroDivision::Zero)?
        .precision)
}

/// True positives / actual positives; 0 if there are no actual positives. scikit-learn: `recall_score`.
#[track_caller]
pub fn recall_score<T: Label>(y_true: &[T], y_pred: &[T], average: Average<T>) -> Result<f64> {
    Ok(ClassCounts::new(y_true, y_pred)?
        .average(&average, 1.0, ZeroDivision::Zero)?
        .recall)
}

/// The harmonic mean of precision and recall. scikit-learn: `f1_score`.
#[track_caller]
pub fn f1_score<T: Label>(y_true: &[T], y_pred: &[T], average: Average<T>) -> Result<f64> {
    fbeta_score(y_true, y_pred, 1.0, average)
}

/// `(1 + β²) precision · recall / (β² precision + recall)`. scikit-learn: `fbeta_score`.
#[track_caller]
pub fn fbeta_score<T: Label>(
    y_true: &[T],
    y_pred: &[T],
    beta: f64,
    average: Average<T>,
) -> Result<f64> {
    Ok(ClassCounts::new(y_true, y_pred)?
        .average(&average, beta, ZeroDivision::Zero)?
        .fbeta)
}
