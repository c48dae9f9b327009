//! Transfer of batches to a device.

use rushlight_tensor::{Device, Error, Result, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Types that can be moved to a device: tensors, and tuples, arrays, lists and maps of them; numbers and text are unchanged.
/// PyTorch: the types that `pin_memory` handles.
///
/// ```
/// use rushlight::data::ToDevice;
/// use rushlight::{Device, tensor};
/// let (x, names) = (tensor!([1.0, 2.0]), vec!["fast", "slow"]).to_device(&Device::CPU)?;
/// assert_eq!((x.numel(), names.len()), (2, 2));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait ToDevice: Sized {
    /// The same value with its tensors on `device`.
    fn to_device(self, device: &Device) -> Result<Self>;
}

impl ToDevice for Tensor {
    #[track_caller]
    fn to_device(self, device: &Device) -> Result<Tensor> {
        self.to(device)
    }
}

macro_rules! unchanged {
    ($($t:ty),*) => { $(
        impl ToDevice for $t {
            fn to_device(self, _: &Device) -> Result<$t> {
                Ok(self)
            }
        }
    )* };
}

unchanged!(
    (),
    bool,
    u8,
    i8,
    i16,
    i32,
    i64,
    usize,
    f32,
    f64,
    String,
    &'static str
);

macro_rules! tuples {
    ($(($($t:ident . $i:tt),*)),*) => { $(
        impl<$($t: ToDevice),*> ToDevice for ($($t,)*) {
            #[track_caller]
            fn to_device(self, device: &Device) -> Result<Self> {
                Ok(($(self.$i.to_device(device)?,)*))
            }
        }
    )* };
}

crate::tuples::each_length!(tuples);

impl<B: ToDevice> ToDevice for Vec<B> {
    fn to_device(self, device: &Device) -> Result<Vec<B>> {
        self.into_iter().map(|b| b.to_device(device)).collect()
    }
}

impl<B: ToDevice> ToDevice for Option<B> {
    fn to_device(self, device: &Device) -> Result<Option<B>> {
        self.map(|b| b.to_device(device)).transpose()
    }
}

impl<B: ToDevice, const N: usize> ToDevice for [B; N] {
    fn to_device(self, device: &Device) -> Result<[B; N]> {
        let moved = Vec::from(self).to_device(device)?;
        match <[B; N]>::try_from(moved) {
            Ok(moved) => Ok(moved),
            Err(moved) => Err(Error::shape(format!(
                "to_device: an array of {N} elements became one of {}",
                moved.len()
            ))),
        }
    }
}

impl<K: Ord, B: ToDevice> ToDevice for BTreeMap<K, B> {
    fn to_device(self, device: &Device) -> Result<BTreeMap<K, B>> {
        let moved = self.into_iter().map(|(k, b)| Ok((k, b.to_device(device)?)));
        moved.collect()
    }
}

impl<K: Hash + Eq, B: ToDevice, S: BuildHasher + Default> ToDevice for HashMap<K, B, S> {
    fn to_device(self, device: &Device) -> Result<HashMap<K, B, S>> {
        let moved = self.into_iter().map(|(k, b)| Ok((k, b.to_device(device)?)));
        moved.collect()
    }
}
