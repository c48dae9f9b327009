//! Splits compared with those of scikit-learn 1.9, row by row, and properties of all splits.

use proptest::prelude::*;
use rushlight_data::{
    Split, SplitSize, TrainTestSplit, train_test_split, train_test_split_stratified,
};

#[track_caller]
fn check(got: rushlight_backend::Result<Split>, train: &[usize], test: &[usize]) {
    let got = got.unwrap();
    assert_eq!((got.train.as_slice(), got.test.as_slice()), (train, test));
}

#[test]
fn plain_splits() {
    let new = TrainTestSplit::new;
    check(
        train_test_split(17, 0.2, 42),
        &[11, 14, 8, 13, 2, 9, 16, 4, 7, 10, 12, 3, 6],
        &[0, 1, 5, 15],
    );
    check(
        train_test_split(17, 5, 7),
        &[2, 1, 0, 14, 10, 7, 12, 3, 6, 9, 4, 15],
        &[13, 11, 16, 8, 5],
    );
    check(
        new().train_size(0.3).seed(1).split(17),
        &[9, 8, 12, 11, 5],
        &[3, 13, 7, 2, 6, 10, 4, 1, 14, 0, 16, 15],
    );
    check(
        new().train_size(4).test_size(3).seed(9).split(17),
        &[0, 14, 9, 13],
        &[15, 2, 7],
    );
    check(
        new().seed(123).split(17),
        &[7, 0, 10, 11, 3, 1, 6, 15, 12, 2, 14, 13],
        &[4, 9, 16, 8, 5],
    );
    check(
        new().test_size(0.35).shuffle(false).split(17),
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        &[11, 12, 13, 14, 15, 16],
    );
    let large = train_test_split(100_000, 0.25, u32::MAX).unwrap();
    assert_eq!(large.train[..5], [83577, 98902, 95771, 44790, 66790]);
    assert_eq!(large.test[..5], [85117, 19600, 4648, 56853, 35772]);
    let mixed: usize = large
        .train
        .iter()
        .enumerate()
        .map(|(i, row)| i * row % 1_000_003)
        .sum();
    assert_eq!(mixed, 37_598_308_686);
}

#[test]
fn stratified_splits() {
    let y = [
        0, 1, 1, 2, 0, 1, 1, 2, 2, 1, 0, 1, 1, 1, 2, 0, 1, 1, 0, 2, 1,
    ];
    check(
        train_test_split_stratified(&y, 0.3, 42),
        &[6, 10, 16, 3, 5, 14, 2, 17, 4, 20, 18, 1, 19, 11],
        &[0, 13, 7, 9, 15, 8, 12],
    );
    check(
        train_test_split_stratified(&y, 5, 7),
        &[10, 12, 15, 1, 19, 11, 2, 16, 4, 20, 8, 9, 14, 7, 5, 0],
        &[3, 13, 18, 17, 6],
    );
    check(
        TrainTestSplit::new()
            .train_size(0.5)
            .test_size(4)
            .seed(1)
            .split_stratified(&y),
        &[20, 6, 12, 14, 10, 5, 4, 3, 18, 13],
        &[2, 0, 7, 9],
    );
    check(
        train_test_split_stratified(&y, 0.5, 3),
        &[12, 17, 15, 9, 13, 14, 10, 20, 7, 8],
        &[3, 11, 16, 18, 0, 19, 4, 6, 1, 5, 2],
    );
    let letters: Vec<char> = "abcdabcdabcd".chars().collect();
    check(
        train_test_split_stratified(&letters, 6, 5),
        &[11, 0, 10, 5, 8, 1],
        &[2, 6, 4, 3, 9, 7],
    );
}

#[test]
fn impossible_splits_are_errors() {
    let says = |split: rushlight_backend::Result<Split>, message: &str| {
        assert_eq!(
            split.unwrap_err().message(),
            format!("train_test_split: {message}")
        );
    };
    let new = TrainTestSplit::new;
    says(
        train_test_split(0, 0.2, 0),
        "with 0 rows the training set would be empty",
    );
    says(
        train_test_split(1, 0.2, 0),
        "with 1 rows the training set would be empty",
    );
    says(
        new().train_size(0.01).split(10),
        "with 10 rows the training set would be empty",
    );
    says(
        train_test_split(10, 1.0, 0),
        "test_size 1 is not a fraction between 0 and 1",
    );
    says(
        train_test_split(10, f64::NAN, 0),
        "test_size NaN is not a fraction between 0 and 1",
    );
    says(
        train_test_split(10, 10, 0),
        "test_size 10 is not between 1 and 10 rows, exclusive",
    );
    says(
        new().test_size(0.5).train_size(0.6).split(10),
        "6 training rows and 5 test rows together exceed the 10 rows",
    );
    says(
        train_test_split_stratified(&[0, 0, 1, 0], 0.5, 0),
        "the label of row 2 occurs only once; a stratified split needs at least two rows of each label",
    );
    says(
        train_test_split_stratified(&[0, 0, 1, 1], 1, 0),
        "3 training rows and 1 test rows; a stratified split into 2 labels needs at least as many rows in each set",
    );
    says(
        new().shuffle(false).split_stratified(&[0, 0, 1, 1]),
        "a stratified split always shuffles",
    );
}

proptest! {
    #[test]
    fn each_row_lands_on_one_side(rows in 2usize..400, share in 0.01f64..0.99, seed: u32) {
        if let Ok(split) = train_test_split(rows, share, seed) {
            prop_assert_eq!(split.test.len(), (share * rows as f64).ceil() as usize);
            let mut all = [split.train, split.test].concat();
            all.sort();
            prop_assert_eq!(all, (0..rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn stratified_sets_keep_the_proportions(labels in prop::collection::vec(0u8..5, 4..300), seed: u32) {
        if let Ok(split) = TrainTestSplit::new().test_size(SplitSize::Fraction(0.3)).seed(seed).split_stratified(&labels) {
            for label in 0..5 {
                let count = |rows: &[usize]| rows.iter().filter(|&&r| labels[r] == label).count() as f64;
                let all: Vec<usize> = (0..labels.len()).collect();
                let expected = count(&all) * split.test.len() as f64 / labels.len() as f64;
                prop_assert!((count(&split.test) - expected).abs() < 2.0);
            }
        }
    }
}
