//! Options as a configuration file holds them.

use serde_json::{Value, json};
use std::fmt::Debug;

/// Checks that options are read from their changed keys alone, that they are the same after being saved and read, and that a key which is
/// none of theirs is refused.
#[track_caller]
pub fn saved<T>(options: T, changed: Value)
where
    T: serde::Serialize + serde::de::DeserializeOwned + Debug,
{
    let read = |value: &Value| serde_json::from_str::<T>(&value.to_string());
    let expected = format!("{options:?}");
    assert_eq!(format!("{:?}", read(&changed).unwrap()), expected);
    let whole = serde_json::to_value(&options).unwrap();
    assert_eq!(format!("{:?}", read(&whole).unwrap()), expected);
    for (key, value) in changed.as_object().unwrap() {
        assert_eq!(&whole[key], value, "{key}");
    }
    let mut misspelt = changed;
    misspelt["no_such_option"] = json!(1);
    let error = read(&misspelt).unwrap_err().to_string();
    assert!(error.contains("no_such_option"), "{error}");
}
