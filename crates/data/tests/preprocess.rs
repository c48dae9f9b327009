//! Every transformer against scikit-learn 1.9's numbers, and its errors.

use rushlight_backend::Result;
use rushlight_data::{
    Column, ColumnTransformer, DropCategory, HandleUnknown, LabelEncoder, Matrix, MinMaxScaler,
    OneHotEncoder, OrdinalEncoder, Remainder, Select, StandardScaler, Step, Table, Transformer,
    UnknownOrdinal,
};

const NAN: f64 = f64::NAN;

fn numbers() -> Table {
    Table::new([
        ("a", Column::from(vec![1.5, 2.25, -0.75, 1e-3, 7.125])),
        ("b", Column::from(vec![-200.0, 1e6, NAN, 12.5, 0.0])),
        ("c", Column::from(vec![3.0; 5])),
    ])
    .unwrap()
}

fn colors() -> Table {
    Table::new([
        ("color", Column::from(["red", "Blue", "green", "red"])),
        ("x", Column::from([Some("a"), None, Some("b"), Some("a")])),
    ])
    .unwrap()
}

#[track_caller]
fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        let same = g.is_nan() && w.is_nan() || (g - w).abs() <= 1e-12 * w.abs().max(1.0);
        assert!(same, "{i}: {g} is not {w}");
    }
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T>, message: &str) {
    assert_eq!(result.unwrap_err().message(), message);
}

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

fn column(values: &[f64]) -> Table {
    Table::new([("a", Column::from(values.to_vec()))]).unwrap()
}

/// Columns whose squares, sums or differences are no `f64`, though what is asked for is one.
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
    // A value further from the mean than the largest number.
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
        "MinMaxScaler: feature_range goes from 0 to inf; it must be finite",
    );
}

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
        assert!(e.to_string().contains("do not rise"), "{e}");
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
fn scalers_refuse_what_they_cannot_scale() {
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
        r#"StandardScaler: it was fitted on the columns "a", "b", "c", and is given "b", "a", "c""#,
    );
    says(
        scaler.transform_into(&numbers(), &mut Matrix::zeros(5, 4).unwrap(), 2),
        "StandardScaler: 5 x 3 numbers from column 2 on do not fit into 5 x 4",
    );
    let mut falling = MinMaxScaler::new().feature_range(1.0, 0.0);
    says(
        falling.fit(&numbers()),
        "MinMaxScaler: feature_range goes from 1 to 0; it must rise",
    );
    says(
        MinMaxScaler::new().feature_names_out(),
        "MinMaxScaler: not fitted yet; call fit first",
    );
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
        r#"OneHotEncoder: column "color", row 0: "purple" was not seen by fit; known are "Blue", "green", "red""#,
    );
    let numeric = Table::new([
        ("color", Column::from(vec![1.0])),
        ("x", Column::from(["a"])),
    ])
    .unwrap();
    says(
        strict.transform(&numeric),
        r#"OneHotEncoder: column "color" was text in fit, and is numbers now"#,
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
        r#"OrdinalEncoder: column "color", row 0: "purple" was not seen by fit; known are "Blue", "green", "red""#,
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
        r#"LabelEncoder: column "label", row 1: "maybe" was not seen by fit; known are "<=50K", ">50K""#,
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

fn mixed() -> Table {
    colors()
        .with_column("age", Column::from(vec![20.0, 30.0, 40.0, 30.0]))
        .unwrap()
        .with_column("id", Column::from(vec![1.0, 2.0, 3.0, 4.0]))
        .unwrap()
}

#[test]
fn column_transformer_selects_and_joins() {
    let mut both = ColumnTransformer::new()
        .with("num", MinMaxScaler::new(), Select::names(["age"]))
        .with("cat", OneHotEncoder::new(), Select::NotNumbers)
        .remainder(Remainder::Passthrough);
    let x = both.fit_transform(&mixed()).unwrap();
    assert_eq!(x.shape(), [4, 8]);
    assert_eq!(x.row(1), [0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0]);
    let names = both.feature_names_out().unwrap();
    assert_eq!(
        (names[0].as_str(), names[7].as_str()),
        ("num__age", "remainder__id")
    );
    assert!(
        matches!(both.step("num"), Some(Step::MinMaxScaler(scaler)) if scaler.data_max() == [40.0])
    );

    // Another order and one more column make no difference; a column less does.
    let shuffled = mixed()
        .select(["id", "age", "x", "color"])
        .unwrap()
        .with_column("new", Column::from(["q"; 4]))
        .unwrap();
    assert_eq!(both.transform(&shuffled).unwrap(), x);
    says(
        both.transform(&mixed().drop(["x"]).unwrap()),
        r#"ColumnTransformer, step "cat": table: no column "x"; the columns are "color", "age", "id""#,
    );

    let mut chosen = ColumnTransformer::new()
        .with(
            "ids",
            Step::Passthrough,
            Select::Where(|name, column| name.starts_with('i') && column.is_number()),
        )
        .with("gone", Step::Drop, Select::names(["color"]))
        .prefix_names(false);
    assert_eq!(
        chosen.fit_transform(&mixed()).unwrap().data(),
        [1.0, 2.0, 3.0, 4.0]
    );
    assert_eq!(chosen.feature_names_out().unwrap(), ["id"]);
}

#[test]
fn column_transformer_refuses() {
    let scale_all = || ColumnTransformer::new().with("num", StandardScaler::new(), Select::Numbers);
    says(
        scale_all().transform(&mixed()),
        "ColumnTransformer: not fitted yet; call fit first",
    );
    says(
        scale_all()
            .with("num", Step::Drop, Select::NotNumbers)
            .fit(&mixed()),
        r#"ColumnTransformer: two steps are named "num""#,
    );
    says(
        scale_all().remainder(Remainder::Passthrough).fit(&mixed()),
        r#"ColumnTransformer, the remainder passed on unchanged: table: column "color" is text, not numbers"#,
    );
    says(
        ColumnTransformer::new()
            .with("num", StandardScaler::new(), Select::names(["color"]))
            .fit(&mixed()),
        r#"ColumnTransformer, step "num": StandardScaler: column "color" is text; only numbers can be scaled"#,
    );
    let mut half_fitted =
        ColumnTransformer::new().with("num", StandardScaler::new(), Select::names(["color"]));
    half_fitted.fit(&mixed()).unwrap_err();
    says(
        half_fitted.transform(&mixed()),
        "ColumnTransformer: not fitted yet; call fit first",
    );
}

#[test]
fn what_was_learned_survives_being_saved() {
    let mut before = ColumnTransformer::new()
        .with("std", StandardScaler::new(), Select::Numbers)
        .with(
            "range",
            MinMaxScaler::new(),
            Select::Where(|name, _| name == "age"),
        )
        .with(
            "hot",
            OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore),
            Select::NotNumbers,
        )
        .with(
            "place",
            OrdinalEncoder::new().handle_unknown(UnknownOrdinal::Missing),
            Select::names(["x"]),
        );
    let unfitted = serde_json::to_string(&before).unwrap_err().to_string();
    assert!(unfitted.contains("selects by a function"), "{unfitted}");
    let x = before.fit_transform(&mixed()).unwrap();
    let text = serde_json::to_string(&before).unwrap();
    let mut after: ColumnTransformer = serde_json::from_str(&text).unwrap();
    close(after.transform(&mixed()).unwrap().data(), x.data());
    assert_eq!(
        after.feature_names_out().unwrap(),
        before.feature_names_out().unwrap()
    );
    close(after.fit_transform(&mixed()).unwrap().data(), x.data());

    let mut encoder = LabelEncoder::new();
    encoder.fit(&Column::from(["b", "a"])).unwrap();
    let loaded: LabelEncoder =
        serde_json::from_str(&serde_json::to_string(&encoder).unwrap()).unwrap();
    assert_eq!(loaded, encoder);
}

#[test]
fn a_matrix_checks_its_size() {
    says(
        Matrix::new(2, 3, vec![0.0; 5]),
        "matrix: 5 numbers do not fill 2 x 3",
    );
    let m = Matrix::new(2, 2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(m.column(1).collect::<Vec<_>>(), [2.0, 4.0]);
    assert_eq!(m.to_f32(), [1.0f32, 2.0, 3.0, 4.0]);
}

#[test]
fn a_matrix_becomes_a_tensor_of_any_dtype() {
    use rushlight_tensor::DType;
    let m = Matrix::new(2, 2, vec![1.25, 2.0, 3.0, 4.0]).unwrap();
    for dtype in [DType::F32, DType::F64, DType::F16, DType::I64] {
        let t = m.to_tensor(dtype).unwrap();
        assert_eq!((t.shape(), t.dtype()), (&[2, 2][..], dtype));
        let first = if dtype == DType::I64 { 1.0 } else { 1.25 };
        assert_eq!(
            t.to(DType::F64).unwrap().to_vec::<f64>().unwrap(),
            [first, 2.0, 3.0, 4.0]
        );
    }
}
