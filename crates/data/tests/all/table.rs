//! Reading CSV files: numbers, text, missing values, and error messages.

use rushlight_backend::ErrorKind;
use rushlight_data::{Column, CsvOptions, Table};

fn parse(csv: &str) -> Table {
    CsvOptions::new().parse(csv.as_bytes(), "t.csv").unwrap()
}

#[track_caller]
fn refuses(options: CsvOptions, csv: &[u8], message: &str) {
    let error = options.parse(csv, "adult.csv").unwrap_err();
    assert_eq!(error.message(), message);
}

#[test]
fn types_are_inferred_from_cells_that_are_not_missing() {
    let table = parse("age,job,code,none\n39,Clerk,1e3,\n, Baker,-0.5,\n41.5,,?,\n");
    let ages = table.numbers("age").unwrap();
    assert_eq!((ages[0], ages[2]), (39.0, 41.5));
    assert!(ages[1].is_nan());
    assert_eq!(
        table.text("job").unwrap().iter().collect::<Vec<_>>(),
        [Some("Clerk"), Some(" Baker"), None]
    );
    assert_eq!(table.text("code").unwrap().get(2), Some("?"));
    assert_eq!(table.column("none").unwrap().n_missing(), 3);
    assert!(table.column("none").unwrap().is_number());
}

#[test]
fn options_change_what_is_read() {
    let table = CsvOptions::new()
        .delimiter(b';')
        .trim(true)
        .missing(["?"])
        .names(["zip", "state"])
        .texts(["zip"])
        .parse(" 00123 ; Ohio\n?;\n".as_bytes(), "t.csv")
        .unwrap();
    assert_eq!(
        table.text("zip").unwrap().iter().collect::<Vec<_>>(),
        [Some("00123"), None]
    );
    assert_eq!(table.text("state").unwrap().get(1), Some(""));
    assert_eq!(table.names().collect::<Vec<_>>(), ["zip", "state"]);
}

#[test]
fn quotes_line_ends_and_byte_order_marks_are_understood() {
    let table = parse("\u{feff}a,b\r\n\"x, \"\"y\"\"\",1\r\n\r\n\"two\nlines\",2\r\n");
    assert_eq!(
        table
            .text("a")
            .unwrap()
            .iter()
            .flatten()
            .collect::<Vec<_>>(),
        ["x, \"y\"", "two\nlines"]
    );
    assert_eq!(table.numbers("b").unwrap(), [1.0, 2.0]);
}

#[test]
fn errors_name_file_line_and_column() {
    let new = CsvOptions::new;
    refuses(
        new().numbers(["age"]),
        b"job,age\nClerk,39\nBaker,forty\n",
        r#"adult.csv, line 3, column "age": "forty" is not a number"#,
    );
    // Blank lines and lines inside quotation marks are counted, with any line ending.
    for end in ["\n", "\r\n", "\r"] {
        let csv = ["job,age", "\"two", "lines\",39", "", "Baker,forty", ""].join(end);
        refuses(
            new().numbers(["age"]),
            csv.as_bytes(),
            r#"adult.csv, line 5, column "age": "forty" is not a number"#,
        );
    }
    refuses(
        new(),
        b"a,b,c\n1,2,3\n4",
        r#"adult.csv, line 3: the row has 1 cell instead of 3 and ends before column "b""#,
    );
    refuses(
        new(),
        b"a,b\n1,2\n1,2,3,4\n",
        "adult.csv, line 3: the row has 4 cells, but the header has 2",
    );
    refuses(
        new().numbers(["height"]),
        b"age,job\n1,2\n",
        r#"adult.csv, line 1: no column "height"; the columns are "age", "job""#,
    );
    refuses(
        new(),
        b"a,b,a\n1,2,3\n",
        r#"adult.csv, line 1: two columns are named "a""#,
    );
    refuses(
        new(),
        b"",
        "adult.csv: the file is empty; a header line was expected",
    );
    refuses(
        new(),
        b"a,b\n",
        "adult.csv: there are no rows after the header",
    );
    refuses(
        new(),
        b"a,job\n1,x\n2,ab\xff\n",
        r#"adult.csv, line 3, column "job": the cell is not UTF-8 text (its byte 3)"#,
    );
    refuses(
        new(),
        b"a,\xff\n1,x\n",
        "adult.csv, line 1, column 2: the name is not UTF-8 text",
    );
}

#[test]
fn a_missing_file_is_an_error_with_its_name() {
    let error = Table::read_csv("no/such/file.csv").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(
        error
            .message()
            .starts_with("no/such/file.csv: cannot be opened: No such file"),
        "{error}"
    );
    assert!(
        error.location().file().ends_with("table.rs"),
        "the caller's place"
    );
}

#[test]
fn columns_and_rows_are_selected() {
    let table = parse("a,b,c\n1,x,10\n2,y,20\n3,x,30\n");
    assert_eq!(
        table
            .select(["c", "a"])
            .unwrap()
            .names()
            .collect::<Vec<_>>(),
        ["c", "a"]
    );
    assert_eq!(
        table.drop(["b"]).unwrap().names().collect::<Vec<_>>(),
        ["a", "c"]
    );
    let taken = table.take(&[2, 2, 0]).unwrap();
    assert_eq!(taken.numbers("a").unwrap(), [3.0, 3.0, 1.0]);
    assert_eq!(*taken.column("b").unwrap(), Column::from(["x", "x", "x"]));
    assert_eq!(table.head(2).n_rows(), 2);
    assert_eq!(table.text("b").unwrap().equals("x"), [true, false, true]);
    assert_eq!(table.text("b").unwrap().equals("z"), [false; 3]);

    let message = |e: rushlight_backend::Error| e.message().to_owned();
    assert_eq!(
        message(table.take(&[3]).unwrap_err()),
        "table: row 3 is out of range for 3 rows"
    );
    assert_eq!(
        message(table.select(["z"]).unwrap_err()),
        r#"table: no column "z"; the columns are "a", "b", "c""#
    );
    assert_eq!(
        message(table.drop(["z"]).unwrap_err()),
        r#"table: no column "z"; the columns are "a", "b", "c""#
    );
    assert_eq!(
        message(table.numbers("b").unwrap_err()),
        r#"table: column "b" is text, not numbers"#
    );
    assert_eq!(
        message(table.text("a").unwrap_err()),
        r#"table: column "a" holds numbers, not text"#
    );
    let short = table.clone().with_column("d", Column::from(vec![1.0]));
    assert_eq!(
        message(short.unwrap_err()),
        r#"table: column "d" has 1 rows, the others have 3"#
    );
    let twice = table.with_column("a", Column::from(vec![1.0; 3]));
    assert_eq!(
        message(twice.unwrap_err()),
        r#"table: two columns are named "a""#
    );
}

#[test]
fn a_table_prints_its_first_and_last_rows() {
    let table = parse("age,job\n39,Clerk\n1.5,\n");
    let expected = "   age    job\n0   39  Clerk\n1  1.5    NaN\n[2 rows x 2 columns]";
    assert_eq!(table.to_string(), expected);

    let long = Table::new([(
        "n",
        Column::from((0..100).map(f64::from).collect::<Vec<_>>()),
    )])
    .unwrap();
    let text = long.to_string();
    assert_eq!(text.lines().count(), 1 + 5 + 1 + 5 + 1);
    assert_eq!(text.lines().nth(6), Some("..  .."));
    assert_eq!(text.lines().nth(7), Some("95  95"));
}
