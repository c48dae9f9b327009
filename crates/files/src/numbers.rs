//! Numbers in saved states, which come back bit for bit.
//!
//! JSON has no infinity and no NaN: `serde_json` writes `null` for them, which cannot be read back as a number. Here they are the strings
//! `"inf"`, `"-inf"` and `"nan"`, as Python's `str` writes them. Finite numbers stay numbers. Formats that know every number, as binary ones
//! do, get plain numbers. The payload of a NaN is not kept.
//!
//! ```
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct State {
//!     #[serde(with = "rushlight_files::numbers")]
//!     best: f64,
//!     #[serde(with = "rushlight_files::numbers")]
//!     rates: Vec<f64>,
//! }
//! let text = serde_json::to_string(&State { best: f64::NEG_INFINITY, rates: vec![0.5] })?;
//! assert_eq!(text, r#"{"best":"-inf","rates":[0.5]}"#);
//! assert_eq!(serde_json::from_str::<State>(&text)?.best, f64::NEG_INFINITY);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// What can stand in a field with `#[serde(with = "rushlight_files::numbers")]`.
pub trait Numbers: Sized {
    /// The form in which it is saved.
    type SavedForm: Serialize + DeserializeOwned;

    /// To the saved form.
    fn save(&self) -> Self::SavedForm;

    /// From the saved form.
    fn load(saved: Self::SavedForm) -> Self;
}

/// Serializes a number, or what is made of numbers.
pub fn serialize<T: Numbers, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.save().serialize(serializer)
}

/// Deserializes what [`serialize`] wrote.
pub fn deserialize<'de, T: Numbers, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::SavedForm::deserialize(deserializer).map(T::load)
}

/// One number, in its saved form.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Number(value) = *self;
        if value.is_finite() || !serializer.is_human_readable() {
            serializer.serialize_f64(value)
        } else if value.is_nan() {
            serializer.serialize_str("nan")
        } else if value > 0.0 {
            serializer.serialize_str("inf")
        } else {
            serializer.serialize_str("-inf")
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(NumberVisitor)
        } else {
            deserializer.deserialize_f64(NumberVisitor)
        }
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a number, or "inf", "-inf" or "nan""#)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        match text {
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            "nan" => Ok(Number(f64::NAN)),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

impl Numbers for f64 {
    type SavedForm = Number;
    fn save(&self) -> Number {
        Number(*self)
    }
    fn load(saved: Number) -> f64 {
        saved.0
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    type SavedForm = Vec<T::SavedForm>;
    fn save(&self) -> Self::SavedForm {
        self.iter().map(T::save).collect()
    }
    fn load(saved: Self::SavedForm) -> Self {
        saved.into_iter().map(T::load).collect()
    }
}

impl<T: Numbers> Numbers for Option<T> {
    type SavedForm = Option<T::SavedForm>;
    fn save(&self) -> Self::SavedForm {
        self.as_ref().map(T::save)
    }
    fn load(saved: Self::SavedForm) -> Self {
        saved.map(T::load)
    }
}

impl<A: Numbers, B: Numbers> Numbers for (A, B) {
    type SavedForm = (A::SavedForm, B::SavedForm);
    fn save(&self) -> Self::SavedForm {
        (self.0.save(), self.1.save())
    }
    fn load((a, b): Self::SavedForm) -> Self {
        (A::load(a), B::load(b))
    }
}

impl<A: Numbers, B: Numbers, C: Numbers> Numbers for (A, B, C) {
    type SavedForm = (A::SavedForm, B::SavedForm, C::SavedForm);
    fn save(&self) -> Self::SavedForm {
        (self.0.save(), self.1.save(), self.2.save())
    }
    fn load((a, b, c): Self::SavedForm) -> Self {
        (A::load(a), B::load(b), C::load(c))
    }
}

/// What has no infinity is saved as it is.
macro_rules! as_it_is {
    ($($type:ty),*) => { $(
        impl Numbers for $type {
            type SavedForm = $type;
            fn save(&self) -> $type {
                *self
            }
            fn load(saved: $type) -> $type {
                saved
            }
        }
    )* };
}
as_it_is!(bool, u32, u64, usize);
