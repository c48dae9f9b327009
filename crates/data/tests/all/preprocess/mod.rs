//! The numbers of all transformers compared with those of scikit-learn 1.9, and their errors.

mod encoders;
mod scalers;

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
fn column(values: &[f64]) -> Table {
    Table::new([("a", Column::from(values.to_vec()))]).unwrap()
}

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

fn mixed() -> Table {
    colors()
        .with_column("age", Column::from(vec![20.0, 30.0, 40.0, 30.0]))
        .unwrap()
        .with_column("id", Column::from(vec![1.0, 2.0, 3.0, 4.0]))
        .unwrap()
}

#[test]
fn column_transformer_selects_and_concatenates() {
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

    // Another order of the columns and an additional column are accepted; a missing column is an error.
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
fn errors_of_the_column_transformer() {
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
fn fitted_transformers_can_be_saved_and_loaded() {
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
