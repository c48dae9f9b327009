//! Builders of layers: the sizes a layer must have are given first, everything else has PyTorch's default.

/// Declares a builder: the arguments of its constructor, then the options with their defaults.
///
/// Options under `counts` are numbers of something: their setters take a `usize` as it is, so that a bare literal will do, where the others
/// take whatever converts. Every builder also takes the dtype and the device of what the layer holds. The layer's `build` is written next to it.
macro_rules! builder {
    (
        $(#[$doc:meta])* $builder:ident $(<const $n:ident: usize>)? ($($arg:ident: $arg_type:ty),* $(,)?)
        { $($(#[$option_doc:meta])* $option:ident: $option_type:ty = $default:expr),* $(,)? }
        $(counts { $($(#[$count_doc:meta])* $count:ident = $number:expr),* $(,)? })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[must_use = "a builder makes nothing until build()"]
        pub struct $builder $(<const $n: usize>)? {
            $(pub(crate) $arg: $arg_type,)*
            $(pub(crate) $option: $option_type,)*
            $($(pub(crate) $count: usize,)*)?
            pub(crate) options: rushlight_tensor::Options,
        }

        impl $(<const $n: usize>)? $builder $(<$n>)? {
            pub(crate) fn new($($arg: $arg_type),*) -> Self {
                $builder {
                    $($arg,)*
                    $($option: $default,)*
                    $($($count: $number,)*)?
                    options: rushlight_tensor::Options::default(),
                }
            }

            $(
                $(#[$option_doc])*
                pub fn $option(mut self, $option: impl Into<$option_type>) -> Self {
                    self.$option = $option.into();
                    self
                }
            )*

            $($(
                $(#[$count_doc])*
                pub fn $count(mut self, $count: usize) -> Self {
                    self.$count = $count;
                    self
                }
            )*)?

            /// The dtype of parameters and buffers; `float32` by default.
            pub fn dtype(mut self, dtype: rushlight_tensor::DType) -> Self {
                self.options.dtype = Some(dtype);
                self
            }

            /// The device of parameters and buffers; the CPU by default.
            pub fn device(mut self, device: &rushlight_tensor::Device) -> Self {
                self.options.device = Some(device.clone());
                self
            }
        }
    };
}
pub(crate) use builder;
