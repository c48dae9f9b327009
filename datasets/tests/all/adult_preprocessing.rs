//! The Adult data split and preprocessed, against scikit-learn's numbers for the same file.

use rushlight_data::{
    ColumnTransformer, HandleUnknown, OneHotEncoder, Select, StandardScaler, Step, Transformer,
    train_test_split,
};
use rushlight_datasets::adult;

#[test]
fn preprocessing_gives_scikit_learns_numbers() {
    let table = adult().unwrap();
    let split = train_test_split(table.n_rows(), 0.2, 42).unwrap();
    assert_eq!(split.train[..5], [37193, 31093, 33814, 14500, 23399]);
    assert_eq!(split.train[5..10], [27487, 14049, 4949, 47205, 3316]);
    assert_eq!(split.test[..5], [7762, 23881, 30507, 28911, 19484]);

    let features = table.drop(["class"]).unwrap();
    let (train, test) = (
        features.take(&split.train).unwrap(),
        features.take(&split.test).unwrap(),
    );
    let mut preprocessor = ColumnTransformer::new()
        .with("num", StandardScaler::new(), Select::Numbers)
        .with(
            "cat",
            OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore),
            Select::NotNumbers,
        );
    let x_train = preprocessor.fit_transform(&train).unwrap();
    let x_test = preprocessor.transform(&test).unwrap();
    assert_eq!(
        (x_train.shape(), x_test.shape()),
        ([39_073, 108], [9_769, 108])
    );

    let Some(Step::StandardScaler(scaler)) = preprocessor.step("num") else {
        panic!("a scaler")
    };
    close(
        &scaler.mean(),
        &[
            38.62229672663988,
            189638.29918357945,
            10.076728175466435,
            1073.3953369334322,
            89.24689683413098,
            40.428172907122566,
        ],
    );
    close(
        &scaler.scale(),
        &[
            13.723615439740522,
            105403.51665569257,
            2.571666056248491,
            7430.61076136641,
            406.17386276959337,
            12.45772691451849,
        ],
    );
    close(
        &x_train.row(0)[..6],
        &[
            0.24612342776518245,
            -0.42183885883828437,
            -0.029835979395538326,
            -0.1444558692960047,
            -0.2197258489888535,
            -0.03437006687179537,
        ],
    );
    let ones: Vec<usize> = (6..108).filter(|&c| x_train.row(1)[c] == 1.0).collect();
    assert_eq!(ones, [11, 15, 33, 40, 53, 63, 65, 104]);
    let sums = [6, 7, 14, 20, 107, 106].map(|c| x_train.column(c).sum::<f64>());
    assert_eq!(sums, [1145.0, 2499.0, 2264.0, 756.0, 671.0, 17.0]);

    let rounded =
        |m: &rushlight_data::Matrix| m.to_f32().iter().map(|&x| f64::from(x)).sum::<f64>();
    assert!((rounded(&x_train) - 312_583.99972457613).abs() < 1e-6);
    assert!((rounded(&x_test) - 78_070.37147452269).abs() < 1e-6);
    let names = preprocessor.feature_names_out().unwrap();
    assert_eq!(
        names[14], "cat__workclass_nan",
        "a missing value is a category of its own, and the last"
    );
    assert_eq!(names[107], "cat__native-country_nan");
}

#[track_caller]
fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= 1e-12 * w.abs().max(1.0), "{g} is not {w}");
    }
}
