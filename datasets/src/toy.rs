//! Iris and Wine, two files of the same layout: a line with counts and class names, then rows of numbers whose last one is the class.

use rushlight_backend::{Error, Result};
use rushlight_data::{Column, CsvOptions, Table};

/// Fisher's Iris data: 150 flowers, four measurements in centimetres, and `class`: `setosa`, `versicolor` or `virginica`.
/// scikit-learn: `load_iris`.
#[track_caller]
pub fn iris() -> Result<Table> {
    let features = [
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    ];
    read("iris.csv", include_str!("../iris/iris.csv"), &features)
}

/// The Wine data: 178 wines from three growers, thirteen chemical measurements, and `class`: `class_0`, `class_1` or `class_2`.
/// scikit-learn: `load_wine`.
///
/// ```
/// assert_eq!(rushlight_datasets::wine()?.n_rows(), 178);
/// # Ok::<(), rushlight_backend::Error>(())
/// ```
#[track_caller]
pub fn wine() -> Result<Table> {
    let features = [
        "alcohol",
        "malic_acid",
        "ash",
        "alcalinity_of_ash",
        "magnesium",
        "total_phenols",
        "flavanoids",
        "nonflavanoid_phenols",
        "proanthocyanins",
        "color_intensity",
        "hue",
        "od280/od315_of_diluted_wines",
        "proline",
    ];
    read(
        "wine_data.csv",
        include_str!("../wine/wine_data.csv"),
        &features,
    )
}

/// The first line is `rows,features,class,class,class`; the last cell of each other one is the number of its class.
#[track_caller]
fn read(name: &str, text: &str, features: &[&str]) -> Result<Table> {
    let (first, rows) = text.split_once('\n').unwrap_or((text, ""));
    let classes: Vec<&str> = first.trim_end().split(',').skip(2).collect();
    let names = features.iter().copied().chain(["class"]);
    let table = CsvOptions::new()
        .names(names)
        .texts(["class"])
        .parse(rows.as_bytes(), name)?;
    let mut labels = Vec::with_capacity(table.n_rows());
    for code in table.text("class")?.iter() {
        match code
            .and_then(|code| code.parse::<usize>().ok())
            .and_then(|code| classes.get(code))
        {
            Some(label) => labels.push(*label),
            None => {
                return Err(Error::parse(format!(
                    "{name}: {code:?} is not one of the classes {first}"
                )));
            }
        }
    }
    table
        .drop(["class"])?
        .with_column("class", Column::from(&labels[..]))
}
