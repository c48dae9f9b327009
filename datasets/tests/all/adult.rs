//! The Adult data: what the file holds, and what another file must hold.

use rushlight_datasets::{adult, adult_csv};

#[test]
fn the_table_is_the_file() {
    let table = adult().unwrap();
    assert_eq!((table.n_rows(), table.n_cols()), (48_842, 15));
    let over = table
        .text("class")
        .unwrap()
        .equals(">50K")
        .iter()
        .filter(|x| **x)
        .count();
    assert_eq!(over, 11_687);
    let missing = |name| table.column(name).unwrap().n_missing();
    assert_eq!(
        (
            missing("workclass"),
            missing("occupation"),
            missing("native-country")
        ),
        (2_799, 2_809, 857)
    );
    assert_eq!(
        table
            .columns()
            .map(|(_, column)| column.n_missing())
            .sum::<usize>(),
        6_465
    );
    assert_eq!(table.numbers("fnlwgt").unwrap()[..2], [226_802.0, 89_814.0]);
    assert_eq!(
        table.text("education").unwrap().get(48_841),
        Some("HS-grad")
    );
}

#[test]
fn another_file_must_have_the_same_columns() {
    let header = "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain,\
                  capital-loss,hours-per-week,native-country,class\n";
    let row = "forty,Private,226802,11th,7,Never-married,?,Own-child,Black,Male,0,0,40,United-States,<=50K\n";
    let refuse = |csv: &str| {
        adult_csv()
            .parse(csv.as_bytes(), "mine.csv")
            .unwrap_err()
            .message()
            .to_owned()
    };
    assert_eq!(
        refuse(&format!("{header}{row}")),
        r#"mine.csv, line 2, column "age": "forty" is not a number"#
    );
    assert_eq!(
        refuse(&format!(
            "{header}{}",
            row.replace("forty", "40").replace("<=50K", "<=50K.")
        )),
        r#"mine.csv, line 2, column "class": "<=50K." is not one of "<=50K", ">50K""#
    );
    assert!(
        refuse(&header.replace("fnlwgt,", ""))
            .starts_with(r#"mine.csv, line 1: no column "fnlwgt"; the columns are "age""#)
    );
}
