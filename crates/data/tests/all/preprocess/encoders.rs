//! Encoders of categories: one-hot, ordinal and labels.

use super::*;

#[test]
fn features_that_would_share_a_name_are_not_named() {
    let missing = Table::new([("a", Column::from([Some("nan"), None, Some("b")]))]).unwrap();
    let mut encoder = OneHotEncoder::new();
    let x = encoder.fit_transform(&missing).unwrap();
    assert_eq!(x.shape(), [3, 3]);
    assert_eq!((x.row(0), x.row(1)), (&[0., 1., 0.][..], &[0., 0., 1.][..]));
    says(
        encoder.feature_names_out(),
        r#"OneHotEncoder: two features would be named "a_nan"; rename a column or a category"#,
    );
    let joined = Table::new([
        ("a", Column::from(["b_c", "d"])),
        ("a_b", Column::from(["c", "e"])),
    ])
    .unwrap();
    let mut encoder = OneHotEncoder::new();
    assert_eq!(encoder.fit_transform(&joined).unwrap().shape(), [2, 4]);
    says(
        encoder.feature_names_out(),
        r#"OneHotEncoder: two features would be named "a_b_c"; rename a column or a category"#,
    );
    let mut dropped = OneHotEncoder::new().drop(DropCategory::First);
    dropped.fit(&joined).unwrap();
    assert_eq!(dropped.feature_names_out().unwrap(), ["a_d", "a_b_e"]);
    let mut both = ColumnTransformer::new()
        .with("x", StandardScaler::new(), Select::Numbers)
        .with("y", MinMaxScaler::new(), Select::Numbers)
        .prefix_names(false);
    assert_eq!(
        both.fit_transform(&column(&[1.0, 2.0])).unwrap().shape(),
        [2, 2]
    );
    says(
        both.feature_names_out(),
        r#"ColumnTransformer: two features would be named "a"; rename a column or a category"#,
    );
    let both = both.prefix_names(true);
    assert_eq!(both.feature_names_out().unwrap(), ["x__a", "y__a"]);
}

#[test]
fn damaged_categories_are_not_loaded() {
    let mut encoder = OneHotEncoder::new();
    encoder.fit(&colors()).unwrap();
    let text = serde_json::to_string(&encoder).unwrap();
    let swapped = text.replace(r#"["Blue","green","red"]"#, r#"["green","Blue","red"]"#);
    let twice = text.replace(r#"["Blue","green","red"]"#, r#"["Blue","red","red"]"#);
    for damaged in [swapped, twice] {
        assert_ne!(damaged, text);
        let e = serde_json::from_str::<OneHotEncoder>(&damaged).unwrap_err();
        assert!(e.to_string().contains("not in ascending order"), "{e}");
    }
    let numbers = r#"{"classes":{"values":{"Number":[0.5,"nan"]},"missing":false}}"#;
    serde_json::from_str::<LabelEncoder>(numbers).unwrap_err();
    serde_json::from_str::<LabelEncoder>(&numbers.replace(r#""nan""#, "1")).unwrap();
}

#[test]
fn infinite_categories_and_codes_survive_being_saved() {
    let table = column(&[f64::INFINITY, 0.5, f64::NEG_INFINITY, NAN, -0.0]);
    let mut encoder =
        OrdinalEncoder::new().handle_unknown(UnknownOrdinal::Value(f64::NEG_INFINITY));
    let x = encoder.fit_transform(&table).unwrap();
    let text = serde_json::to_string(&encoder).unwrap();
    let loaded: OrdinalEncoder = serde_json::from_str(&text).unwrap();
    assert_eq!(loaded, encoder, "{text}");
    close(loaded.transform(&table).unwrap().data(), x.data());
    close(&[3.0, 2.0, 0.0, NAN, 1.0], x.data());
    let unseen = loaded.transform(&column(&[7.0])).unwrap();
    assert_eq!(unseen.data(), [f64::NEG_INFINITY]);
    let mut labels = LabelEncoder::new();
    labels.fit(&Column::from(vec![f64::INFINITY, 1.0])).unwrap();
    let loaded: LabelEncoder =
        serde_json::from_str(&serde_json::to_string(&labels).unwrap()).unwrap();
    assert_eq!(loaded, labels);
}

#[test]
fn one_hot_encoder() {
    let encode = |drop| {
        let mut encoder = OneHotEncoder::new().drop(drop);
        let x = encoder.fit_transform(&colors()).unwrap();
        (encoder.feature_names_out().unwrap(), x)
    };
    let (names, x) = encode(DropCategory::None);
    assert_eq!(
        names,
        [
            "color_Blue",
            "color_green",
            "color_red",
            "x_a",
            "x_b",
            "x_nan"
        ]
    );
    #[rustfmt::skip]
    assert_eq!(x.data(), [
        0., 0., 1., 1., 0., 0., /**/ 1., 0., 0., 0., 0., 1., /**/ 0., 1., 0., 0., 1., 0., /**/ 0., 0., 1., 1., 0., 0.,
    ]);
    let (names, x) = encode(DropCategory::First);
    assert_eq!(names, ["color_green", "color_red", "x_b", "x_nan"]);
    assert_eq!(
        x.data(),
        [
            0., 1., 0., 0., 0., 0., 0., 1., 1., 0., 1., 0., 0., 1., 0., 0.
        ]
    );
    assert_eq!(encode(DropCategory::IfBinary).0.len(), 6);

    let binary = Table::new([("sex", Column::from(["m", "f"]))]).unwrap();
    let mut encoder = OneHotEncoder::new().drop(DropCategory::IfBinary);
    assert_eq!(encoder.fit_transform(&binary).unwrap().data(), [1.0, 0.0]);
    assert_eq!(encoder.feature_names_out().unwrap(), ["sex_m"]);
}

#[test]
fn one_hot_of_numbers_sorts_them_by_size() {
    let table = Table::new([("n", Column::from(vec![3.0, NAN, -0.0, 0.0, 10.0]))]).unwrap();
    let mut encoder = OneHotEncoder::new();
    let x = encoder.fit_transform(&table).unwrap();
    assert_eq!(
        encoder.feature_names_out().unwrap(),
        ["n_0", "n_3", "n_10", "n_nan"]
    );
    #[rustfmt::skip]
    assert_eq!(x.data(), [
        0., 1., 0., 0., /**/ 0., 0., 0., 1., /**/ 1., 0., 0., 0., /**/ 1., 0., 0., 0., /**/ 0., 0., 1., 0.,
    ]);
}

#[test]
fn one_hot_meets_unknown_categories() {
    let other = Table::new([
        ("color", Column::from(["purple", "red"])),
        ("x", Column::from(["b", "c"])),
    ])
    .unwrap();
    let mut encoder = OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore);
    encoder.fit(&colors()).unwrap();
    assert_eq!(
        encoder.transform(&other).unwrap().data(),
        [0., 0., 0., 0., 1., 0., 0., 0., 1., 0., 0., 0.]
    );

    let mut strict = OneHotEncoder::new();
    says(
        strict.transform(&other),
        "OneHotEncoder: not fitted yet; call fit first",
    );
    strict.fit(&colors()).unwrap();
    says(
        strict.transform(&other),
        r#"OneHotEncoder: column "color", row 0: "purple" was not seen by fit; the known values are "Blue", "green", "red""#,
    );
    let numeric = Table::new([
        ("color", Column::from(vec![1.0])),
        ("x", Column::from(["a"])),
    ])
    .unwrap();
    says(
        strict.transform(&numeric),
        r#"OneHotEncoder: column "color" was text in fit, but is numbers in the table to transform"#,
    );
    let empty = Table::new([
        ("color", Column::from(["red"])),
        ("x", Column::from(vec![NAN])),
    ])
    .unwrap();
    assert_eq!(
        strict.transform(&empty).unwrap().data(),
        [0., 0., 1., 0., 0., 1.],
        "no value at all reads as missing"
    );
}

#[test]
fn categories_of_rows_that_were_dropped_do_not_count() {
    let mut encoder = OneHotEncoder::new();
    encoder.fit(&colors().take(&[0, 3]).unwrap()).unwrap();
    assert_eq!(encoder.categories(), [["red"], ["a"]]);
}

#[test]
fn ordinal_encoder() {
    let mut encoder = OrdinalEncoder::new();
    close(
        encoder.fit_transform(&colors()).unwrap().data(),
        &[2.0, 0.0, 0.0, NAN, 1.0, 1.0, 2.0, 0.0],
    );
    let other = Table::new([
        ("color", Column::from(["purple", "red"])),
        ("x", Column::from([Some("b"), None])),
    ])
    .unwrap();
    says(
        encoder.transform(&other),
        r#"OrdinalEncoder: column "color", row 0: "purple" was not seen by fit; the known values are "Blue", "green", "red""#,
    );
    let encoder = encoder.handle_unknown(UnknownOrdinal::Value(-1.0));
    close(
        encoder.transform(&other).unwrap().data(),
        &[-1.0, 1.0, 2.0, NAN],
    );
    let encoder = encoder.handle_unknown(UnknownOrdinal::Missing);
    close(
        encoder.transform(&other).unwrap().data(),
        &[NAN, 1.0, 2.0, NAN],
    );
}

#[test]
fn label_encoder() {
    let mut encoder = LabelEncoder::new();
    let labels = Column::from([">50K", "<=50K", "<=50K"]);
    says(
        encoder.transform(&labels),
        "LabelEncoder: not fitted yet; call fit first",
    );
    assert_eq!(encoder.fit_transform(&labels).unwrap(), [1, 0, 0]);
    assert_eq!(encoder.classes(), ["<=50K", ">50K"]);
    assert_eq!(
        encoder.inverse_transform(&[0, 1]).unwrap(),
        Column::from(["<=50K", ">50K"])
    );
    says(
        encoder.transform(&Column::from(["<=50K", "maybe"])),
        r#"LabelEncoder: column "label", row 1: "maybe" was not seen by fit; the known values are "<=50K", ">50K""#,
    );
    says(
        encoder.inverse_transform(&[0, 2]),
        "LabelEncoder: 2 in row 1 is not one of the 2 codes 0..2",
    );
    says(
        encoder.inverse_transform(&[-1]),
        "LabelEncoder: -1 in row 0 is not one of the 2 codes 0..2",
    );
    says(
        encoder.fit(&Column::from([Some("a"), None])),
        "LabelEncoder: 1 labels are missing",
    );

    assert_eq!(
        encoder
            .fit_transform(&Column::from(vec![10.0, 9.0, 10.0]))
            .unwrap(),
        [1, 0, 1]
    );
    assert_eq!(
        encoder.inverse_transform(&[0]).unwrap(),
        Column::from(vec![9.0])
    );
}
