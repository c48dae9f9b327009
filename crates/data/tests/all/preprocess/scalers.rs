//! Scalers: their numbers, also at the ends of the range of `f64`, and their errors.

use super::*;

#[test]
fn standard_scaler() {
    let mut scaler = StandardScaler::new();
    let x = scaler.fit_transform(&numbers()).unwrap();
    close(&scaler.mean(), &[2.0252, 249953.125, 3.0]);
    close(&scaler.var(), &[7.62669016, 187523445341.79688, 0.0]);
    close(
        &scaler.scale(),
        &[2.7616462771325367, 433039.7733947736, 1.0],
    );
    #[rustfmt::skip]
    close(x.data(), &[
        -0.19017641917027975, -0.5776677810422555, 0.0, 0.08140072168598424, 1.732050774736186, 0.0, -1.0049078417390718, NAN,
        0.0, -0.7329685980283328, -0.5771770639925625, 0.0, 1.8466521372517002, -0.577205929701368, 0.0,
    ]);

    let mut only_std = StandardScaler::new().with_mean(false);
    let x = only_std.fit_transform(&numbers()).unwrap();
    close(x.row(0), &[0.543154281712528, -0.00046185134088751076, 3.0]);
    let mut only_mean = StandardScaler::new().with_std(false);
    let x = only_mean.fit_transform(&numbers()).unwrap();
    close(x.row(4), &[5.0998, -249953.125, 0.0]);
}

#[test]
fn a_constant_column_is_only_shifted_despite_rounding() {
    let columns = [
        ("tenth", Column::from(vec![0.1; 1000])),
        ("far", Column::from(vec![12345.678; 1000])),
    ];
    let mut scaler = StandardScaler::new();
    let x = scaler.fit_transform(&Table::new(columns).unwrap()).unwrap();
    assert_eq!(scaler.mean(), [0.1, 12345.678]);
    assert_eq!(scaler.var(), [0.0, 0.0]);
    assert_eq!(scaler.scale(), [1.0, 1.0]);
    assert!(x.data().iter().all(|x| *x == 0.0));
}

#[test]
fn min_max_scaler() {
    let mut scaler = MinMaxScaler::new();
    #[rustfmt::skip]
    close(scaler.fit_transform(&numbers()).unwrap().data(), &[
        0.2857142857142857, 0.0, 0.0, 0.38095238095238093, 0.9999999999999999, 0.0, 0.0, NAN, 0.0, 0.09536507936507936,
        0.00021245750849830034, 0.0, 0.9999999999999999, 0.0001999600079984003, 0.0,
    ]);
    assert_eq!(scaler.data_min(), [-0.75, -200.0, 3.0]);
    assert_eq!(scaler.data_max(), [7.125, 1e6, 3.0]);

    let other = Table::new([
        ("a", Column::from(vec![10.0, -5.0])),
        ("b", Column::from(vec![0.5, NAN])),
        ("c", Column::from(vec![2.0, 4.0])),
    ])
    .unwrap();
    let mut clipped = MinMaxScaler::new().feature_range(-2.0, 3.0).clip(true);
    clipped.fit(&numbers()).unwrap();
    close(
        clipped.transform(&other).unwrap().data(),
        &[3.0, -1.998997700459908, -2.0, -2.0, NAN, 3.0],
    );
    let mut open = MinMaxScaler::new().feature_range(-2.0, 3.0);
    open.fit(&numbers()).unwrap();
    #[rustfmt::skip]
    close(open.transform(&other).unwrap().data(), &[
        4.825396825396825, -1.998997700459908, -7.0, -4.698412698412698, NAN, 3.0,
    ]);
}

/// Columns whose squares, sums or differences overflow or underflow, although the results do not.
#[test]
fn scalers_of_the_largest_and_smallest_numbers() {
    let third = 1.5f64.sqrt();
    let max = f64::MAX;
    for (values, standard, min_max) in [
        (
            vec![1e200, 2e200, 3e200],
            vec![-third, 0.0, third],
            vec![0.0, 0.5, 1.0],
        ),
        (
            vec![1e-200, 2e-200, 3e-200],
            vec![-third, 0.0, third],
            vec![0.0, 0.5, 1.0],
        ),
        (
            vec![-max, max, -max, max],
            vec![-1.0, 1.0, -1.0, 1.0],
            vec![0.0, 1.0, 0.0, 1.0],
        ),
        (
            vec![0.5e308, 1.0e308, 1.5e308],
            vec![-third, 0.0, third],
            vec![0.0, 0.5, 1.0],
        ),
        (
            vec![max, max, NAN, max],
            vec![0.0, 0.0, NAN, 0.0],
            vec![0.0, 0.0, NAN, 0.0],
        ),
        (
            vec![-1e308, 0.0, 1e308],
            vec![-third, 0.0, third],
            vec![0.0, 0.5, 1.0],
        ),
        (
            vec![2e-310, 4e-310, 6e-310],
            vec![-third, 0.0, third],
            vec![0.0, 0.5, 1.0],
        ),
        (vec![1e-20, 2e-20], vec![-1.0, 1.0], vec![0.0, 1.0]),
        (vec![0.0, 0.0], vec![0.0, 0.0], vec![0.0, 0.0]),
    ] {
        let table = column(&values);
        let mut scaler = StandardScaler::new();
        close(scaler.fit_transform(&table).unwrap().data(), &standard);
        let text = serde_json::to_string(&scaler).unwrap();
        let loaded: StandardScaler = serde_json::from_str(&text).unwrap();
        assert_eq!(loaded, scaler, "{text}");
        let mut scaler = MinMaxScaler::new();
        close(scaler.fit_transform(&table).unwrap().data(), &min_max);
        let text = serde_json::to_string(&scaler).unwrap();
        let loaded: MinMaxScaler = serde_json::from_str(&text).unwrap();
        assert_eq!(loaded, scaler, "{text}");
        let mut wide = MinMaxScaler::new().feature_range(-max, max);
        let wide = wide.fit_transform(&table).unwrap();
        for (found, part) in wide.data().iter().zip(&min_max) {
            let right = (part - 0.5) * 2.0 * max;
            assert!(
                part.is_nan() || (found / max - right / max).abs() < 1e-12,
                "{found}, {right}"
            );
        }
    }
    let mut scaler = StandardScaler::new();
    scaler.fit(&column(&[1e200, 3e200])).unwrap();
    assert_eq!(
        (scaler.mean(), scaler.var()),
        (vec![2e200], vec![f64::INFINITY])
    );
    assert!((scaler.scale()[0] / 1e200 - 1.0).abs() < 1e-15);
    // A value whose difference from the mean overflows.
    let mut scaler = StandardScaler::new();
    scaler.fit(&column(&[1e308, 1.5e308])).unwrap();
    close(
        scaler.transform(&column(&[-1.5e308])).unwrap().data(),
        &[-11.0],
    );
    let mut scaler = MinMaxScaler::new();
    scaler.fit(&column(&[1e308, 1.5e308])).unwrap();
    close(
        scaler.transform(&column(&[-1.5e308])).unwrap().data(),
        &[-5.0],
    );
    says(
        MinMaxScaler::new()
            .feature_range(0.0, f64::INFINITY)
            .fit(&numbers()),
        "MinMaxScaler: feature_range is 0 to inf; both must be finite",
    );
}

#[test]
fn columns_that_cannot_be_scaled_are_errors() {
    let mut scaler = StandardScaler::new();
    says(
        scaler.transform(&numbers()),
        "StandardScaler: not fitted yet; call fit first",
    );
    says(
        scaler.fit(&colors()),
        r#"StandardScaler: column "color" is text; only numbers can be scaled"#,
    );
    let infinite = Table::new([("a", Column::from(vec![1.0, f64::INFINITY]))]).unwrap();
    says(
        scaler.fit(&infinite),
        r#"StandardScaler: column "a" is infinite in row 1"#,
    );
    let nothing = Table::new([("a", Column::from(vec![NAN, NAN]))]).unwrap();
    says(
        scaler.fit(&nothing),
        r#"StandardScaler: column "a" has only missing values"#,
    );
    says(
        scaler.fit(&numbers().head(0)),
        "StandardScaler: fit needs at least one row, the table has none",
    );
    scaler.fit(&numbers()).unwrap();
    says(
        scaler.transform(&numbers().select(["b", "a", "c"]).unwrap()),
        r#"StandardScaler: it was fitted on the columns "a", "b", "c", but the table has "b", "a", "c""#,
    );
    says(
        scaler.transform_into(&numbers(), &mut Matrix::zeros(5, 4).unwrap(), 2),
        "StandardScaler: 5 x 3 numbers from column 2 on do not fit into 5 x 4",
    );
    let mut falling = MinMaxScaler::new().feature_range(1.0, 0.0);
    says(
        falling.fit(&numbers()),
        "MinMaxScaler: feature_range is 1 to 0; the minimum must be below the maximum",
    );
    says(
        MinMaxScaler::new().feature_names_out(),
        "MinMaxScaler: not fitted yet; call fit first",
    );
}
