//! How one field of a struct of options is saved.

use crate::{DType, Ints};
use rushlight_files::numbers;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a field of options.
///
/// Not `serde`'s own traits: those say nothing of infinite numbers in JSON, and a dtype and a tensor lack them.
pub trait Setting: Sized {
    /// Writes the value.
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Reads what [`Setting::save`] wrote.
    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

/// For `#[serde(with = "rushlight_tensor::options")]`.
pub fn serialize<T: Setting, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.save(to)
}

/// For `#[serde(with = "rushlight_tensor::options")]`.
pub fn deserialize<'de, T: Setting, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::load(from)
}

/// A setting as `serde` takes it inside something larger.
struct Saved<'a, T>(&'a T);

impl<T: Setting> Serialize for Saved<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.save(to)
    }
}

struct Loaded<T>(T);

impl<'de, T: Setting> Deserialize<'de> for Loaded<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::load(from).map(Loaded)
    }
}

impl<T: Setting> Setting for Option<T> {
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => to.serialize_some(&Saved(value)),
            None => to.serialize_none(),
        }
    }
    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value: Option<Loaded<T>> = Deserialize::deserialize(from)?;
        Ok(value.map(|Loaded(value)| value))
    }
}

macro_rules! as_numbers {
    ($($type:ty),*) => { $(
        impl Setting for $type {
            fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                numbers::serialize(self, to)
            }
            fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                numbers::deserialize(from)
            }
        }
    )* };
}
as_numbers!(f64, (f64, f64));

macro_rules! as_serde {
    ($($type:ty),*) => { $(
        impl Setting for $type {
            fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.serialize(to)
            }
            fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Deserialize::deserialize(from)
            }
        }
    )* };
}
as_serde!(
    bool,
    usize,
    isize,
    i64,
    u64,
    Ints,
    Vec<usize>,
    Vec<f64>,
    Vec<i64>
);

impl Setting for DType {
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        match DType::ALL.into_iter().find(|dtype| dtype.name() == name) {
            Some(dtype) => Ok(dtype),
            None => Err(D::Error::custom(format!("{name:?} is not a dtype"))),
        }
    }
}

/// One integer as a number, several as a list.
impl Serialize for Ints {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.as_slice() {
            [one] => one.serialize(to),
            list => list.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Ints {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Ints;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an integer or a list of integers")
            }
            fn visit_i64<E>(self, n: i64) -> Result<Ints, E> {
                Ok(n.into())
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Ints, E> {
                i64::try_from(n).map(Ints::from).map_err(E::custom)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Ints, A::Error> {
                let mut ints: Vec<i64> = Vec::new();
                while let Some(n) = list.next_element()? {
                    ints.push(n);
                }
                Ok(ints.into())
            }
        }
        from.deserialize_any(Visitor)
    }
}
