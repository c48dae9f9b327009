//! Options: what may be said to a layer, a loss or a function, as one plain struct.
//!
//! What must be said is positional, what may be said is a struct with public fields, PyTorch's defaults, a chained setter per field and
//! `serde`'s traits, so that a configuration file can hold it. A layer and its functional form share the struct. The macro `options!` writes
//! all of that, because sixty hand-written structs would differ in something.
//!
//! A function takes `impl Into<…Options>`: the struct, a reference to it, `()` for the defaults, and where one field is what people set, its
//! value alone.
//!
//! This module is public for the other crates of Rushlight; it is not part of the API.

mod setting;
mod tensor;

pub use setting::{Setting, deserialize, serialize};

/// Defines a struct of options; see [the module](self).
///
/// `name(into)` marks a field whose setter takes anything that converts. Setters of plain numbers take the type itself, so that a bare literal
/// will do. `name(some T)` and `name(into T)` mark a field of type `Option<T>` whose setter takes a `T`, or what converts to it.
/// `from(field: Type)` makes the value of that field alone convert to the options. `parameters` adds the dtype and the device of a layer's
/// parameters and buffers; a function, which has none, calls `no_parameters`.
#[doc(hidden)]
#[macro_export]
macro_rules! options {
    (
        $(#[$meta:meta])*
        $name:ident $(from($from:ident: $from_type:ty))* {
            $($(#[$field_meta:meta])* $field:ident $(($into:ident $($inner:ty)?))?: $type:ty = $default:expr),* $(,)?
        }
        $($parameters:ident)?
    ) => {
        $crate::options! {
            @struct $(($parameters))?
            [$(#[$meta])*] $name
            { $($(#[$field_meta])* $field $(($into $($inner)?))?: $type = $default,)* }
        }

        impl From<()> for $name {
            fn from(_: ()) -> Self {
                $name::new()
            }
        }

        impl From<&$name> for $name {
            fn from(options: &$name) -> Self {
                options.clone()
            }
        }

        $(
            impl From<$from_type> for $name {
                fn from($from: $from_type) -> Self {
                    let mut options = $name::new();
                    options.$from = $from.into();
                    options
                }
            }
        )*
    };
    (@struct (parameters) $meta:tt $name:ident { $($fields:tt)* }) => {
        $crate::options! {
            @struct
            $meta $name
            {
                $($fields)*
                /// The dtype of a layer's parameters and buffers; by default `float32`.
                dtype(into): Option<$crate::DType> = None,
            }
            /// The device of a layer's parameters and buffers; by default the CPU. It is not saved: a configuration says what a model is, not
            /// where it runs.
            device: Option<$crate::Device>,
        }

        impl $name {
            /// Takes out the dtype and the device, with which a layer makes its parameters and buffers.
            #[doc(hidden)]
            pub fn take_factory(&mut self) -> $crate::Options {
                $crate::Options {
                    dtype: self.dtype.take(),
                    device: self.device.take(),
                }
            }

            /// Refuses a dtype and a device, which the functional form has no use for.
            #[doc(hidden)]
            #[track_caller]
            pub fn no_parameters(&self, function: &str) -> $crate::Result<()> {
                match (self.dtype, &self.device) {
                    (None, None) => Ok(()),
                    _ => Err($crate::Error::value(format!(
                        "{function}: the dtype and the device of {} are for a layer's parameters; a function has none",
                        stringify!($name)
                    ))),
                }
            }
        }
    };
    (
        @struct
        [$(#[$meta:meta])*] $name:ident
        { $($(#[$field_meta:meta])* $field:ident $(($into:ident $($inner:ty)?))?: $type:ty = $default:expr,)* }
        $($(#[$device_meta:meta])* $device:ident: $device_type:ty,)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* #[serde(with = "rushlight_tensor::options")] pub $field: $type,)*
            $($(#[$device_meta])* #[serde(skip)] pub $device: $device_type,)?
        }

        /// PyTorch's defaults.
        impl Default for $name {
            fn default() -> Self {
                $name {
                    $($field: $default,)*
                    $($device: None,)?
                }
            }
        }

        impl $name {
            /// PyTorch's defaults.
            pub fn new() -> Self {
                $name::default()
            }

            $($crate::options! { @setter $name $field $(($into $($inner)?))?: $type })*
            $(
                #[doc = concat!("Sets [`device`](#structfield.", stringify!($device), ").")]
                #[must_use]
                pub fn $device(mut self, $device: &$crate::Device) -> Self {
                    self.$device = Some($device.clone());
                    self
                }
            )?
        }
    };
    (@setter $name:ident $field:ident (into): $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$type>) -> Self {
            self.$field = $field.into();
            self
        }
    };
    (@setter $name:ident $field:ident (into $inner:ty): $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$inner>) -> Self {
            self.$field = Some($field.into());
            self
        }
    };
    (@setter $name:ident $field:ident (some $inner:ty): $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $inner) -> Self {
            self.$field = Some($field);
            self
        }
    };
    (@setter $name:ident $field:ident: $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    };
}

/// Defines an enum whose variants have PyTorch's names as text: `name`, `Display`, `FromStr`, and a field of options.
#[doc(hidden)]
#[macro_export]
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
        pub enum $name { $($(#[$variant_meta])* $variant),* }

        impl $name {
            /// PyTorch's name.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        /// By PyTorch's name.
        impl std::str::FromStr for $name {
            type Err = $crate::Error;
            fn from_str(text: &str) -> $crate::Result<Self> {
                match text {
                    $($text => Ok($name::$variant),)*
                    _ => Err($crate::Error::value(format!(
                        concat!("{:?} is not a ", stringify!($name), "; there are {}"),
                        text,
                        [$($text),*].join(", ")
                    ))),
                }
            }
        }

        impl $crate::options::Setting for $name {
            fn save<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
            fn load<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text: String = serde::Deserialize::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
