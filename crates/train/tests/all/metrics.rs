//! Metrics compared with the numbers of scikit-learn 1.9, and the report with its text.

use proptest::prelude::*;
use rushlight_backend::Result;
use rushlight_train::metrics::*;

const T: [i64; 10] = [0, 1, 2, 2, 2, 0, 1, 3, 3, 0];
const P: [i64; 10] = [0, 0, 2, 2, 1, 0, 1, 3, 2, 4];
const BINARY_T: [i64; 8] = [1, 0, 1, 1, 0, 1, 0, 0];
const BINARY_P: [i64; 8] = [1, 1, 1, 0, 0, 1, 1, 0];

#[track_caller]
fn close(got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-14 || got.is_nan() && want.is_nan(),
        "{got} is not {want}"
    );
}

#[track_caller]
fn says<V: std::fmt::Debug>(result: Result<V>, message: &str) {
    assert_eq!(result.unwrap_err().message(), message);
}

#[test]
fn scores_of_several_classes() {
    use Average::{Macro, Micro, Weighted};
    use ZeroDivision::{Nan, One, Zero};
    let counts = ClassCounts::new(&T, &P).unwrap();
    #[rustfmt::skip]
    let table = [
        // zero, average, F0.5, F1, F2, precision, recall
        (Zero, Micro,    0.6, 0.6, 0.6, 0.6, 0.6),
        (Zero, Macro,    0.5333333333333333, 0.4999999999999999, 0.4777777777777777, 0.5666666666666667, 0.4666666666666666),
        (Zero, Weighted, 0.6666666666666667, 0.6333333333333333, 0.611111111111111, 0.7, 0.6),
        (One,  Macro,    0.5333333333333333, 0.4999999999999999, 0.4777777777777777, 0.5666666666666667, 0.6666666666666666),
        (Nan,  Macro,    0.5333333333333333, 0.4999999999999999, 0.4777777777777777, 0.5666666666666667, 0.5833333333333333),
        (Nan,  Weighted, 0.6666666666666667, 0.6333333333333333, 0.611111111111111, 0.7, 0.6),
    ];
    for (zero, average, half, one, two, precision, recall) in table {
        for (beta, fbeta) in [(0.5, half), (1.0, one), (2.0, two)] {
            let scores = counts.average(&average, beta, zero).unwrap();
            close(scores.fbeta, fbeta);
            close(scores.precision, precision);
            close(scores.recall, recall);
        }
    }
    for beta in [1e100, 1e200, f64::MAX] {
        let scores = counts.average(&Macro, beta, Zero).unwrap();
        close(scores.fbeta, scores.recall);
    }
    says(
        ClassCounts::with_labels(&T, &P, &[]),
        "class counts: there are no labels to count",
    );
    let recall_only = counts.average(&Macro, f64::INFINITY, Zero).unwrap();
    close(recall_only.fbeta, recall_only.recall);
    close(accuracy_score(&T, &P).unwrap(), 0.6);
    close(f1_score(&T, &P, Macro).unwrap(), 0.5);
}

#[test]
fn scores_of_one_class() {
    let one = Average::Class(1);
    close(precision_score(&BINARY_T, &BINARY_P, one).unwrap(), 0.6);
    close(recall_score(&BINARY_T, &BINARY_P, one).unwrap(), 0.75);
    close(
        f1_score(&BINARY_T, &BINARY_P, one).unwrap(),
        0.6666666666666666,
    );
    close(
        fbeta_score(&BINARY_T, &BINARY_P, 2.0, one).unwrap(),
        0.7142857142857143,
    );
    close(
        fbeta_score(&BINARY_T, &BINARY_P, 2.0, Average::Class(0)).unwrap(),
        0.5263157894736842,
    );
    says(
        precision_score(&BINARY_T, &BINARY_P, Average::Class(7)),
        "scores of class 7: it does not occur; the labels are 0, 1",
    );
}

#[test]
fn invalid_arguments_are_errors() {
    says(
        accuracy_score(&[1], &[1, 2]),
        "accuracy: 1 true values against 2 predictions",
    );
    says(
        accuracy_score::<i64>(&[], &[]),
        "accuracy: there are no values to compare",
    );
    says(
        classification_report(&[1], &[1, 2]),
        "class counts: 1 true values against 2 predictions",
    );
    says(
        fbeta_score(&T, &P, -1.0, Average::Macro),
        "F-score: beta is -1; it must not be negative",
    );
    says(
        ClassCounts::with_labels(&T, &P, &[1, 2, 1]),
        "class counts: the label 1 is given twice",
    );
    says(
        classification_report(&T, &P)
            .unwrap()
            .target_names(["a", "b"]),
        "classification report: 2 names for 5 classes",
    );
}

#[test]
fn confusion() {
    let matrix = confusion_matrix(&T, &P).unwrap();
    assert_eq!(
        matrix.counts,
        [
            [2, 0, 0, 0, 1],
            [1, 1, 0, 0, 0],
            [0, 1, 2, 0, 0],
            [0, 0, 1, 1, 0],
            [0, 0, 0, 0, 0]
        ]
    );
    let small = confusion_matrix(&["no", "yes", "no"], &["no", "no", "no"]).unwrap();
    assert_eq!(
        small.to_string(),
        "      no  yes\n no    2    0\nyes    1    0"
    );
}

#[test]
#[rustfmt::skip]
fn the_report_has_the_text_of_scikit_learn() {
    let text = |counts: &ClassCounts<i64>, zero, digits| ClassificationReport::new(counts, zero).unwrap().digits(digits).to_string();
    let all = ClassCounts::new(&T, &P).unwrap();
    assert_eq!(text(&all, ZeroDivision::Zero, 2), "
              precision    recall  f1-score   support

           0       0.67      0.67      0.67         3
           1       0.50      0.50      0.50         2
           2       0.67      0.67      0.67         3
           3       1.00      0.50      0.67         2
           4       0.00      0.00      0.00         0

    accuracy                           0.60        10
   macro avg       0.57      0.47      0.50        10
weighted avg       0.70      0.60      0.63        10
"[1..]);
    let some = ClassCounts::with_labels(&T, &P, &[3, 1, 9]).unwrap();
    assert_eq!(text(&some, ZeroDivision::Zero, 3), "
              precision    recall  f1-score   support

           3      1.000     0.500     0.667         2
           1      0.500     0.500     0.500         2
           9      0.000     0.000     0.000         0

   micro avg      0.667     0.500     0.571         4
   macro avg      0.500     0.333     0.389         4
weighted avg      0.750     0.500     0.583         4
"[1..]);
    let more = ClassCounts::with_labels(&T, &P, &[3, 1, 9, 0, 2, 4]).unwrap();
    assert_eq!(text(&more, ZeroDivision::One, 5), "
              precision    recall  f1-score   support

           3    1.00000   0.50000   0.66667         2
           1    0.50000   0.50000   0.50000         2
           9    1.00000   1.00000   1.00000         0
           0    0.66667   0.66667   0.66667         3
           2    0.66667   0.66667   0.66667         3
           4    0.00000   1.00000   0.00000         0

    accuracy                        0.60000        10
   macro avg    0.63889   0.72222   0.58333        10
weighted avg    0.70000   0.60000   0.63333        10
"[1..]);
    let named = ClassificationReport::new(&all, ZeroDivision::Nan).unwrap().digits(4);
    let named = named.target_names(["a", "bé", "a rather long class name", "d", "e"]).unwrap();
    assert_eq!(named.to_string(), "
                          precision    recall  f1-score   support

                       a     0.6667    0.6667    0.6667         3
                      bé     0.5000    0.5000    0.5000         2
a rather long class name     0.6667    0.6667    0.6667         3
                       d     1.0000    0.5000    0.6667         2
                       e     0.0000       nan    0.0000         0

                accuracy                         0.6000        10
               macro avg     0.5667    0.5833    0.5000        10
            weighted avg     0.7000    0.6000    0.6333        10
"[1..]);
    let words = classification_report(&["x", "y", "y"], &["x", "y", "y"]).unwrap().digits(0);
    assert_eq!(words.to_string(), "
              precision    recall  f1-score   support

           x          1         1         1         1
           y          1         1         1         2

    accuracy                              1         3
   macro avg          1         1         1         3
weighted avg          1         1         1         3
"[1..]);
    let wide = classification_report(&[1, 1, 1], &[1, 1, 0]).unwrap().digits(15);
    assert_eq!(wide.to_string(), "
                 precision    recall  f1-score   support

              0  0.000000000000000 0.000000000000000 0.000000000000000         0
              1  1.000000000000000 0.666666666666667 0.800000000000000         3

       accuracy                      0.666666666666667         3
      macro avg  0.500000000000000 0.333333333333333 0.400000000000000         3
   weighted avg  1.000000000000000 0.666666666666667 0.800000000000000         3
"[1..]);
}

#[test]
#[rustfmt::skip]
fn the_report_of_the_chapter() {
    let rows = |zeros: usize, ones: usize| [vec![0i64; zeros], vec![1; ones]].concat();
    let y_true = rows(7479, 2290);
    let y_pred = [rows(6963, 516), rows(811, 1479)].concat();
    let report = classification_report(&y_true, &y_pred).unwrap();
    let report = report.target_names(["<=50K", ">50K"]).unwrap().digits(4);
    assert_eq!(report.to_string(), "
              precision    recall  f1-score   support

       <=50K     0.8957    0.9310    0.9130      7479
        >50K     0.7414    0.6459    0.6903      2290

    accuracy                         0.8642      9769
   macro avg     0.8185    0.7884    0.8017      9769
weighted avg     0.8595    0.8642    0.8608      9769
"[1..]);
    let loaded: ClassificationReport = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(loaded, report);
}

#[test]
fn a_report_with_any_score_is_printed_and_saved() {
    let counts = ClassCounts::with_labels(&T, &P, &[0, 9]).unwrap();
    let report = ClassificationReport::new(&counts, ZeroDivision::Nan).unwrap();
    let text = serde_json::to_string(&report).unwrap();
    let loaded: ClassificationReport = serde_json::from_str(&text).unwrap();
    assert_eq!(loaded.to_string(), report.to_string());
    assert!(loaded.classes[1].recall.is_nan(), "{text}");
    assert!(report.clone().digits(usize::MAX).to_string().len() > 1000);
    let name = "x".repeat(70_000);
    let report = report.target_names([&name, "y"]).unwrap();
    assert!(report.to_string().contains(&name));
    assert!(
        confusion_matrix(&[&name], &[&name])
            .unwrap()
            .to_string()
            .contains(&name)
    );
}

#[test]
fn receiver_operating_characteristic() {
    let y: Vec<bool> = BINARY_T.iter().map(|&t| t == 1).collect();
    let scores = [0.9, 0.8, 0.8, 0.3, 0.1, 0.6, 0.6, 0.6];
    let curve = roc_curve(&y, &scores).unwrap();
    assert_eq!(curve.fpr, [0.0, 0.0, 0.25, 0.75, 0.75, 1.0]);
    assert_eq!(curve.tpr, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
    assert_eq!(curve.thresholds, [f64::INFINITY, 0.9, 0.8, 0.6, 0.3, 0.1]);
    assert_eq!(roc_auc_score(&y, &scores).unwrap(), 0.65625);

    let curve = roc_curve(
        &[false, false, false, true, true, true],
        &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
    )
    .unwrap();
    assert_eq!(curve.fpr, [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(curve.tpr, [0.0, 1.0 / 3.0, 1.0, 1.0]);
    assert_eq!(curve.thresholds, [f64::INFINITY, 0.6, 0.4, 0.1]);

    says(
        roc_auc_score(&[true, true], &[0.1, 0.2]),
        "ROC AUC: all 2 rows are positive; both classes are needed",
    );
    says(
        roc_curve(&[true, false], &[0.1, f64::NAN]),
        "ROC curve: the score in row 1 is NaN",
    );
}

#[test]
fn log_losses() {
    let y: Vec<bool> = BINARY_T.iter().map(|&t| t == 1).collect();
    close(
        log_loss(&y, &[0.9, 0.2, 0.7, 1.0, 0.0, 0.6, 1e-3, 0.5]).unwrap(),
        0.23626903944628605,
    );
    close(
        log_loss(&y, &[0.0, 0.2, 0.7, 1.0, 0.0, 0.6, 1e-3, 0.5]).unwrap(),
        4.728555648628702,
    );
    let rows = [
        vec![0.7, 0.2, 0.1],
        vec![0.0, 0.25, 0.75],
        vec![0.1, 0.6, 0.3],
    ];
    close(
        log_loss_classes(&[0, 2, 1], &rows).unwrap(),
        0.38506088005216804,
    );
    says(
        log_loss_classes(&[0, 1], &[vec![0.5, 0.5], vec![0.2, 0.3, 0.5]]),
        "log loss: row 0 has 2 probabilities, row 1 has 3",
    );
    says(
        log_loss(&[true], &[1.5]),
        "log loss: 1.5 in row 0 is not a probability",
    );
    says(
        log_loss(&[true], &[f64::NAN]),
        "log loss: NaN in row 0 is not a probability",
    );
    says(
        log_loss_classes(&[0, 3, 1], &rows),
        "log loss: class 3 in row 1, which has 3 probabilities",
    );
}

#[test]
fn regression() {
    let (t, p) = ([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0]);
    close(mean_squared_error(&t, &p).unwrap(), 0.375);
    close(mean_absolute_error(&t, &p).unwrap(), 0.5);
    close(r2_score(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]).unwrap(), -3.0);
    close(r2_score(&[1.0; 3], &[1.0; 3]).unwrap(), 1.0);
    close(r2_score(&[1.0; 3], &[1.0, 1.0, 2.0]).unwrap(), 0.0);
    // Rounding makes the mean of three equal numbers differ from them.
    for t in [[0.1; 3], [0.7; 3], [1e300; 3], [5e-324; 3], [0.0; 3]] {
        let other = [t[0], t[1], t[2] * 2.0 + 1e-300];
        close(r2_score(&t, &t).unwrap(), 1.0);
        assert_eq!(r2_score(&t, &other).unwrap(), 0.0, "{t:?}");
    }
    assert!(r2_score(&[0.1; 3], &[0.1, 0.1, f64::NAN]).unwrap().is_nan());
    assert!(r2_score(&[0.1, 0.1, f64::NAN], &[0.1; 3]).unwrap().is_nan());
    assert!(r2_score(&[1.0], &[1.0]).unwrap().is_nan());
    // The squares or sums of these numbers overflow or underflow.
    for scale in [1e200, 1e-200, 1e307, 1e-320] {
        let (t, p) = ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]);
        let (t, p) = (t.map(|x| x * scale), p.map(|x| x * scale));
        assert!((r2_score(&t, &p).unwrap() - 0.5).abs() < 1e-3, "{scale}");
        let mean = mean_absolute_error(&t, &p).unwrap();
        assert!((mean / scale - 1.0 / 3.0).abs() < 1e-3, "{scale}: {mean}");
    }
    let near = [1e15, 1e15 + 1.0, 1e15 + 2.0];
    close(
        r2_score(&near, &[1e15, 1e15 + 1.0, 1e15 + 3.0]).unwrap(),
        0.5,
    );
    assert_eq!(mean_squared_error(&[1e200], &[0.0]).unwrap(), f64::INFINITY);
    close(
        mean_squared_error(&[1e154; 4], &[0.0; 4]).unwrap() / 1e308,
        1.0,
    );
    close(
        mean_absolute_error(&[1e308; 4], &[0.0; 4]).unwrap() / 1e308,
        1.0,
    );
    close(
        mean_absolute_error(&[1e308, 0.0], &[-1e308, 0.0]).unwrap() / 1e308,
        1.0,
    );
    says(
        r2_score(&[1.0], &[]),
        "R2: 1 true values against 0 predictions",
    );
}

proptest! {
    #[test]
    fn micro_scores_are_the_accuracy(pairs in prop::collection::vec((0u8..5, 0u8..5), 1..200)) {
        let (t, p): (Vec<u8>, Vec<u8>) = pairs.into_iter().unzip();
        let micro = ClassCounts::new(&t, &p).unwrap().average(&Average::Micro, 1.0, ZeroDivision::Zero).unwrap();
        let accuracy = accuracy_score(&t, &p).unwrap();
        prop_assert_eq!((micro.precision, micro.recall, micro.fbeta), (accuracy, accuracy, accuracy));
    }

    #[test]
    fn auc_is_the_fraction_of_ordered_pairs(rows in prop::collection::vec((any::<bool>(), 0u8..10), 2..60)) {
        let (y, scores): (Vec<bool>, Vec<f64>) = rows.into_iter().map(|(y, s)| (y, f64::from(s))).unzip();
        let (mut won, mut pairs) = (0.0, 0.0);
        for i in 0..y.len() {
            for j in 0..y.len() {
                if y[i] && !y[j] {
                    pairs += 1.0;
                    won += if scores[i] > scores[j] { 1.0 } else if scores[i] == scores[j] { 0.5 } else { 0.0 };
                }
            }
        }
        if pairs > 0.0 {
            prop_assert!((roc_auc_score(&y, &scores).unwrap() - won / pairs).abs() < 1e-12);
        }
    }
}
