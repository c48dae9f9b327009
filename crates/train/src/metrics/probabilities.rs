//! Metrics of predicted scores and probabilities.

use rushlight_backend::{Error, Result};

use super::check_lengths;

/// A receiver operating characteristic: for descending thresholds, the fractions of negatives and of positives whose scores reach them.
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    /// The false positive rate, from 0 to 1.
    pub fpr: Vec<f64>,
    /// The true positive rate, from 0 to 1.
    pub tpr: Vec<f64>,
    /// The thresholds; the first is infinite, so that the curve starts at (0, 0).
    pub thresholds: Vec<f64>,
}

/// The ROC curve, without points that lie on the line between their neighbours. scikit-learn: `roc_curve`.
///
/// # Errors
/// If the lengths differ, if only one class occurs, or if a score is NaN.
#[track_caller]
pub fn roc_curve(y_true: &[bool], scores: &[f64]) -> Result<RocCurve> {
    let (all, thresholds) = operating_points("ROC curve", y_true, scores)?;
    // At a corner the step to the next point differs from the step before.
    let corner = |i: usize| {
        let step = |a: (u64, u64), b: (u64, u64)| (b.0 - a.0, b.1 - a.1);
        step(all[i - 1], all[i]) != step(all[i], all[i + 1])
    };
    let kept = (0..all.len()).filter(|&i| i == 0 || i == all.len() - 1 || corner(i));
    let (negatives, positives) = all.last().copied().unwrap_or((1, 1));
    let mut curve = RocCurve {
        fpr: vec![0.0],
        tpr: vec![0.0],
        thresholds: vec![f64::INFINITY],
    };
    for i in kept {
        curve.fpr.push(all[i].0 as f64 / negatives as f64);
        curve.tpr.push(all[i].1 as f64 / positives as f64);
        curve.thresholds.push(thresholds[i]);
    }
    Ok(curve)
}

/// The area under the ROC curve: the probability that a positive has a higher score than a negative. scikit-learn: `roc_auc_score`.
///
/// ```
/// let auc = rushlight_train::metrics::roc_auc_score(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert_eq!(auc, 0.75);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[track_caller]
pub fn roc_auc_score(y_true: &[bool], scores: &[f64]) -> Result<f64> {
    let (points, _) = operating_points("ROC AUC", y_true, scores)?;
    // Twice the number of pairs below the curve, which is exact in integers.
    let (mut twice, mut last) = (0u128, (0, 0));
    for &(fp, tp) in &points {
        twice += u128::from(fp - last.0) * u128::from(tp + last.1);
        last = (fp, tp);
    }
    Ok(twice as f64 / (2.0 * last.0 as f64 * last.1 as f64))
}

/// The numbers of false and true positives, and the threshold of each pair.
type OperatingPoints = (Vec<(u64, u64)>, Vec<f64>);

/// The false and true positives for each distinct score as the threshold, in descending order of the scores.
#[track_caller]
fn operating_points(what: &str, y_true: &[bool], scores: &[f64]) -> Result<OperatingPoints> {
    check_lengths(what, y_true.len(), scores.len())?;
    if let Some(row) = scores.iter().position(|s| s.is_nan()) {
        return Err(Error::value(format!(
            "{what}: the score in row {row} is NaN"
        )));
    }
    if y_true.iter().all(|&t| t == y_true[0]) {
        let class = if y_true[0] { "positive" } else { "negative" };
        return Err(Error::value(format!(
            "{what}: all {} rows are {class}; both classes are needed",
            y_true.len()
        )));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut points, mut thresholds) = (Vec::new(), Vec::new());
    let (mut fp, mut tp) = (0, 0);
    for group in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        for &row in group {
            tp += u64::from(y_true[row]);
            fp += u64::from(!y_true[row]);
        }
        points.push((fp, tp));
        thresholds.push(scores[group[0]]);
    }
    Ok((points, thresholds))
}

/// The mean of `-ln p` of the true class, where `p_positive` is the probability of `true`. scikit-learn: `log_loss`.
///
/// Probabilities are clipped to `[ε, 1 - ε]`, where ε is the machine epsilon, so that the loss is finite.
///
/// # Errors
/// If the lengths differ, or if a probability is not in `[0, 1]`.
#[track_caller]
pub fn log_loss(y_true: &[bool], p_positive: &[f64]) -> Result<f64> {
    check_lengths("log loss", y_true.len(), p_positive.len())?;
    let mut sum = 0.0;
    for (row, (&positive, &p)) in y_true.iter().zip(p_positive).enumerate() {
        check_probability(row, p)?;
        sum -= clipped(if positive { p } else { 1.0 - p }).ln();
    }
    Ok(sum / y_true.len() as f64)
}

/// The mean of `-ln p` of the true class among several classes; each row of `probabilities` holds one for each class.
/// scikit-learn: `log_loss`.
///
/// # Errors
/// If the lengths differ, if a probability is not in `[0, 1]`, or if a class has no probability.
#[track_caller]
pub fn log_loss_classes(y_true: &[usize], probabilities: &[Vec<f64>]) -> Result<f64> {
    check_lengths("log loss", y_true.len(), probabilities.len())?;
    let classes = probabilities[0].len();
    if let Some(row) = probabilities.iter().position(|p| p.len() != classes) {
        return Err(Error::shape(format!(
            "log loss: row 0 has {classes} probabilities, row {row} has {}",
            probabilities[row].len()
        )));
    }
    let mut sum = 0.0;
    for (row, (&class, probabilities)) in y_true.iter().zip(probabilities).enumerate() {
        for &p in probabilities {
            check_probability(row, p)?;
        }
        match probabilities.get(class) {
            Some(&p) => sum -= clipped(p).ln(),
            None => {
                return Err(Error::index(format!(
                    "log loss: class {class} in row {row}, which has {classes} probabilities"
                )));
            }
        }
    }
    Ok(sum / y_true.len() as f64)
}

#[track_caller]
fn check_probability(row: usize, p: f64) -> Result<()> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    Err(Error::value(format!(
        "log loss: {p} in row {row} is not a probability"
    )))
}

fn clipped(p: f64) -> f64 {
    p.clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}
