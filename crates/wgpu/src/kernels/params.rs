//! Parameters of kernels by name: [`params!`] writes the members of a shader's struct under their WGSL names, in their order, at the offsets
//! that WGSL gives members of their types.
//!
//! Nothing looks names up when a kernel is launched. Builds with debug assertions keep them, and [`Params::check`] compares names and types
//! with the struct in the shader's text, once for each variant: a test that launches a kernel fails if the two differ.

use rushlight_backend::{Dims, MAX_RANK, Scalar};
use rushlight_shaders::Compute;
#[cfg(debug_assertions)]
use rushlight_shaders::{Variant, parameters};

/// The bytes of a shader's struct, or of one within it.
#[derive(Default)]
pub(crate) struct Params {
    bytes: Vec<u8>,
    #[cfg(debug_assertions)]
    members: Vec<(String, String)>,
}

/// Writes the members of a shader's struct, in its order: `params! { count, x: x.offset, shape: loops.shape }`.
macro_rules! params {
    ($($name:ident $(: $value:expr)?),* $(,)?) => {{
        let mut params = $crate::kernels::params::Params::new();
        $(params.push(stringify!($name), params!(@value $name $($value)?));)*
        params
    }};
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
}
pub(crate) use params;

/// A value of `launch`, the first member of kernels that may find a fault: the launch's number, which is known last.
pub(crate) const LAUNCH: u32 = 0;

/// A value of a member.
pub(crate) trait Member {
    fn write(self, name: &str, params: &mut Params);
}

impl Params {
    pub fn new() -> Params {
        Params {
            bytes: Vec::with_capacity(256),
            ..Params::default()
        }
    }

    /// Adds member `name`.
    pub fn push(&mut self, name: &str, value: impl Member) {
        value.write(name, self);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn member<const N: usize>(&mut self, alignment: usize, name: &str, ty: &str, bytes: [u8; N]) {
        self.align(alignment);
        self.bytes.extend_from_slice(&bytes);
        self.note(name, ty);
    }

    fn align(&mut self, alignment: usize) {
        let end = self.bytes.len().next_multiple_of(alignment);
        self.bytes.resize(end, 0);
    }

    fn words(&mut self, name: &str, ty: &str, words: impl IntoIterator<Item = u32>) {
        self.align(16);
        for word in words {
            self.bytes.extend_from_slice(&word.to_ne_bytes());
        }
        self.note(name, ty);
    }

    #[cfg(not(debug_assertions))]
    fn note(&mut self, _: &str, _: &str) {}

    #[cfg(debug_assertions)]
    fn note(&mut self, name: &str, ty: &str) {
        self.members.push((name.to_owned(), ty.to_owned()));
    }

    /// Panics if these are not the members of the struct that the variant's text has.
    #[cfg(debug_assertions)]
    pub fn check(&self, variant: &Variant) {
        use parking_lot::Mutex;
        use std::collections::HashSet;
        use std::sync::LazyLock;
        static CHECKED: LazyLock<Mutex<HashSet<Variant>>> = LazyLock::new(Default::default);
        if CHECKED.lock().contains(variant) {
            return;
        }
        // A variant without a text is refused when it is launched.
        if let Ok(source) = variant.source() {
            let expected = parameters(&source);
            assert_eq!(self.members, expected, "parameters of {}", variant.name());
        }
        CHECKED.lock().insert(variant.clone());
    }
}

impl Member for u32 {
    fn write(self, name: &str, params: &mut Params) {
        params.member(4, name, "u32", self.to_ne_bytes());
    }
}

impl Member for usize {
    fn write(self, name: &str, params: &mut Params) {
        (self as u32).write(name, params);
    }
}

impl Member for bool {
    fn write(self, name: &str, params: &mut Params) {
        u32::from(self).write(name, params);
    }
}

impl Member for i32 {
    fn write(self, name: &str, params: &mut Params) {
        params.member(4, name, "i32", self.to_ne_bytes());
    }
}

/// Three sizes and their product, or four numbers.
impl Member for [i32; 4] {
    fn write(self, name: &str, params: &mut Params) {
        params.words(name, "vec4<i32>", self.map(|word| word as u32));
    }
}

impl Member for [usize; 4] {
    fn write(self, name: &str, params: &mut Params) {
        params.words(name, "vec4<u32>", self.map(|word| word as u32));
    }
}

/// Sizes or strides.
impl Member for Dims {
    fn write(self, name: &str, params: &mut Params) {
        let word = |i| self.get(i).map_or(0, |&n| n as u32);
        params.words(name, "array<vec4<u32>, 2>", (0..MAX_RANK).map(word));
    }
}

/// Four numbers for each dimension.
impl Member for [[usize; 4]; MAX_RANK] {
    fn write(self, name: &str, params: &mut Params) {
        let words = self.into_iter().flatten().map(|word| word as u32);
        params.words(name, "array<vec4<u32>, 8>", words);
    }
}

/// A number of the computing type.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub Scalar, pub Compute);

impl Member for Number {
    fn write(self, name: &str, params: &mut Params) {
        let Number(value, compute) = self;
        match (compute, value) {
            (Compute::F32, Scalar::Int(i)) => params.member(4, name, "T", (i as f32).to_ne_bytes()),
            (Compute::F32, _) => params.member(4, name, "T", (value.to_f64() as f32).to_ne_bytes()),
            (Compute::F64, _) => params.member(8, name, "T", value.to_f64().to_ne_bytes()),
            (Compute::I32, _) => params.member(4, name, "T", (value.to_i64() as i32).to_ne_bytes()),
            (Compute::I64 | Compute::Pair, _) => {
                params.member(8, name, "T", value.to_i64().to_ne_bytes())
            }
        }
    }
}

/// A struct within a struct, which begins and ends at multiples of 16 bytes.
impl Member for Params {
    fn write(self, name: &str, params: &mut Params) {
        params.align(16);
        params.bytes.extend_from_slice(&self.bytes);
        params.align(16);
        #[cfg(debug_assertions)]
        for (member, ty) in self.members {
            params.note(&format!("{name}.{member}"), &ty);
        }
        #[cfg(not(debug_assertions))]
        let _ = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_shaders::kernels;

    fn of_fill(count: usize) -> Params {
        let shape = Dims::from([2, 3]);
        let number = Number(Scalar::Int(1), Compute::F32);
        params! { number, count, y: 7u32, rank: 2usize, shape, y_strides: shape }
    }

    #[test]
    fn members_lie_where_wgsl_has_them() {
        let words: &[u32] = bytemuck::cast_slice(of_fill(5).bytes()).to_owned().leak();
        assert_eq!(words[..4], [1.0f32.to_bits(), 5, 7, 2]);
        assert_eq!(words[4..12], [2, 3, 0, 0, 0, 0, 0, 0]);
        let wide = params! { count: 1u32, number: Number(Scalar::Int(1), Compute::I64), dims: Dims::from([9]) };
        assert_eq!(wide.bytes()[8], 1);
        assert_eq!(wide.bytes()[16], 9);
    }

    #[cfg(debug_assertions)]
    #[test]
    fn members_of_the_shader_are_accepted() {
        of_fill(5).check(&Variant::new(&kernels::FILL, Compute::F32));
    }

    #[cfg(debug_assertions)]
    #[test]
    #[should_panic(expected = "parameters of unary")]
    fn members_that_the_shader_does_not_have_are_refused() {
        of_fill(5).check(&Variant::new(&kernels::UNARY, Compute::F32));
    }
}
