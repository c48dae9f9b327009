//! The small data sets against scikit-learn's loaders: shapes, sums, names, a few cells.

use rushlight_data::Table;

/// The sum over all number columns but `target`.
fn sum(table: &Table, target: &str) -> f64 {
    let names: Vec<&str> = table.names().filter(|name| *name != target).collect();
    names
        .iter()
        .map(|name| table.numbers(name).unwrap().iter().sum::<f64>())
        .sum()
}

#[track_caller]
fn check(table: &Table, target: &str, shape: (usize, usize), total: f64) {
    assert_eq!((table.n_rows(), table.n_cols()), shape);
    assert_eq!(table.names().last(), Some(target));
    assert!((sum(table, target) - total).abs() < 1e-6 * total);
}

#[test]
fn iris() {
    let table = rushlight_datasets::iris().unwrap();
    check(&table, "class", (150, 5), 2078.7);
    let class = table.text("class").unwrap();
    assert_eq!(
        [0, 60, 149].map(|r| class.get(r)),
        [Some("setosa"), Some("versicolor"), Some("virginica")]
    );
    assert_eq!(table.numbers("petal width (cm)").unwrap()[149], 1.8);
}

#[test]
fn wine() {
    let table = rushlight_datasets::wine().unwrap();
    check(&table, "class", (178, 14), 159_975.295_999);
    assert_eq!(
        table
            .text("class")
            .unwrap()
            .equals("class_1")
            .iter()
            .filter(|x| **x)
            .count(),
        71
    );
    assert_eq!(table.numbers("malic_acid").unwrap()[177], 4.1);
}

#[test]
fn digits() {
    let table = rushlight_datasets::digits().unwrap();
    check(&table, "digit", (1797, 65), 561_718.0);
    assert_eq!(table.numbers("digit").unwrap().iter().sum::<f64>(), 8070.0);
    assert_eq!(table.numbers("pixel_0_2").unwrap()[1796], 10.0);
}

#[test]
fn diabetes() {
    let table = rushlight_datasets::diabetes().unwrap();
    check(&table, "progression", (442, 11), 276_404.233_6);
    let target = table.numbers("progression").unwrap();
    assert_eq!(
        (target.iter().sum::<f64>(), target[60], target[441]),
        (67_243.0, 61.0, 57.0)
    );
}
