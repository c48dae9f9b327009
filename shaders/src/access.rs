//! How elements of each dtype are read from buffers and written to them.

use crate::library::Group;
use rushlight_backend::DType;

/// The type that a kernel computes in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Compute {
    /// `f32`: floats of 32 bits and fewer.
    F32,
    /// `f64`, on adapters that have it.
    F64,
    /// `i32`: integers of 32 bits and fewer.
    I32,
    /// `i64`, on adapters that have it.
    I64,
    /// `i64` as two words, on adapters without it: the library has its functions, but WGSL has no operators for it.
    Pair,
}

impl Compute {
    /// WGSL's name.
    pub const fn name(self) -> &'static str {
        match self {
            Compute::F32 => "f32",
            Compute::F64 => "f64",
            Compute::I32 => "i32",
            Compute::I64 => "i64",
            Compute::Pair => "vec2<u32>",
        }
    }

    /// The groups of the library that are searched for functions of this type, in order.
    pub const fn groups(self) -> &'static [Group] {
        match self {
            Compute::F32 => &[Group::Float, Group::F32, Group::Shared],
            Compute::F64 => &[Group::Float, Group::F64, Group::Shared],
            Compute::I32 | Compute::I64 => &[Group::Integer, Group::Whole, Group::Shared],
            Compute::Pair => &[Group::Pair, Group::Whole, Group::Shared],
        }
    }
}

/// The type of a value that a kernel's function loads or stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value<'a> {
    /// A number of the computing type, as a WGSL scalar.
    Number,
    /// A number of the computing type, as two words.
    Pair,
    /// Another type that the kernel names: `i32` for an index, whatever it computes in.
    Own(&'a str),
}

impl Value<'_> {
    /// The WGSL type of four of them.
    pub(crate) const fn four(self) -> &'static str {
        match self {
            // WGSL has no vectors of vectors.
            Value::Pair => "array<T, 4>",
            _ => "vec4<T>",
        }
    }
}

/// How the elements of a buffer are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stored {
    /// In the format of the dtype.
    Is(DType),
    /// `int64` as two words, the lower first: where shaders have no `i64`.
    Pairs,
    /// `float16` as the shader's own type, for kernels that enable it: single elements are written without atomic operations.
    Half,
}

impl Stored {
    /// The WGSL type of the buffer's elements, or of words that hold several.
    pub(crate) const fn element(self) -> &'static str {
        match self {
            Stored::Is(DType::F32) => "f32",
            Stored::Is(DType::F64) => "f64",
            Stored::Is(DType::I32) => "i32",
            Stored::Is(DType::I64) => "i64",
            Stored::Pairs => "vec2<u32>",
            Stored::Half => "f16",
            Stored::Is(
                DType::Bool | DType::U8 | DType::I8 | DType::I16 | DType::F16 | DType::BF16,
            ) => "u32",
        }
    }

    /// Whether several elements share a word.
    pub const fn is_packed(self) -> bool {
        match self {
            Stored::Is(dtype) => dtype.size() < 4,
            Stored::Pairs | Stored::Half => false,
        }
    }

    /// How many elements a word holds, as a power of two.
    const fn shift(self) -> u32 {
        match self {
            Stored::Is(dtype) if dtype.size() == 1 => 2,
            Stored::Is(dtype) if dtype.size() == 2 => 1,
            _ => 0,
        }
    }

    /// The value of element `at`, decoded from `source`: the element of the buffer, or the word that holds it.
    fn decoded(self, value: Value<'_>, source: &str, at: &str) -> String {
        // The functions that convert a float, a signed and an unsigned integer, a boolean and two words to the value.
        let (float, signed, unsigned, truth, words) = match value {
            Value::Number => ("T", "T", "T", "T", "of_pair"),
            Value::Own(ty) => (ty, ty, ty, ty, "index_of_pair"),
            Value::Pair => ("pair_of_f32", "pair_of", "of_count", "of_bool", ""),
        };
        let dtype = match self {
            Stored::Pairs if value == Value::Pair => return source.to_owned(),
            Stored::Pairs => return format!("{words}({source})"),
            Stored::Half if value == Value::Pair => return format!("{float}(f32({source}))"),
            Stored::Half => return format!("{float}({source})"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 | DType::F64 => format!("{float}({source})"),
            DType::I32 | DType::I64 => format!("{signed}({source})"),
            DType::Bool => format!("{truth}(byte_of({source}, {at}) != 0u)"),
            DType::U8 => format!("{unsigned}(byte_of({source}, {at}))"),
            DType::I8 => format!("{signed}(signed_byte_of({source}, {at}))"),
            DType::I16 => format!("{signed}(signed_half_word_of({source}, {at}))"),
            DType::F16 => format!("{float}(f16_of({source}, {at}))"),
            DType::BF16 => format!("{float}(bf16_of({source}, {at}))"),
        }
    }

    /// `v` encoded as an element of the buffer, or as its bits in the low end of a word.
    fn encoded(self, value: Value<'_>, v: &str) -> String {
        if value == Value::Pair {
            return self.encoded_pair(v);
        }
        // The functions that convert the value to an integer, and to two words.
        let (i32, i64, words) = match value {
            Value::Own(_) => ("i32", "i64", "pair_of"),
            _ => ("to_i32", "to_i64", "to_pair"),
        };
        let dtype = match self {
            Stored::Pairs => return format!("{words}({v})"),
            // Rounded first, because the rounding of the conversion itself depends on the driver.
            Stored::Half => return format!("f16(f16_value(f16_bits(f32({v}))))"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 => format!("f32({v})"),
            DType::F64 => format!("f64({v})"),
            DType::I32 => format!("{i32}({v})"),
            DType::I64 => format!("{i64}({v})"),
            DType::Bool => format!("u32(!is_zero({v}))"),
            DType::U8 | DType::I8 => format!("(u32({i32}({v})) & 0xffu)"),
            DType::I16 => format!("(u32({i32}({v})) & 0xffffu)"),
            DType::F16 => format!("f16_bits(f32({v}))"),
            DType::BF16 => format!("bf16_bits(f32({v}))"),
        }
    }

    /// The same for `v`, a pair of words.
    fn encoded_pair(self, v: &str) -> String {
        let dtype = match self {
            Stored::Pairs => return v.to_owned(),
            Stored::Half => return format!("f16(f32_of_pair({v}))"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 | DType::F64 => format!("f32_of_pair({v})"),
            DType::I32 | DType::I64 => format!("i32({v}.x)"),
            DType::Bool => format!("u32(any({v} != T()))"),
            DType::U8 | DType::I8 => format!("({v}.x & 0xffu)"),
            DType::I16 => format!("({v}.x & 0xffffu)"),
            DType::F16 => format!("f16_bits(f32_of_pair({v}))"),
            DType::BF16 => format!("bf16_bits(f32_of_pair({v}))"),
        }
    }

    /// The body of `load(i)`.
    pub(crate) fn load(self, value: Value<'_>, buffer: &str, atomic: bool) -> String {
        let element = match self.shift() {
            0 => format!("{buffer}[i]"),
            shift => format!("{buffer}[i >> {shift}u]"),
        };
        let source = if atomic {
            format!("atomicLoad(&{element})")
        } else {
            element
        };
        format!("return {};", self.decoded(value, &source, "i"))
    }

    /// The body of `store(i, v)`. Elements that share a word are written by atomic operations on their bits, so that neighbours
    /// may be written at the same time.
    pub(crate) fn store(self, value: Value<'_>, buffer: &str) -> String {
        let bits = self.encoded(value, "v");
        match self.shift() {
            0 => format!("{buffer}[i] = {bits};"),
            shift => {
                let (positions, width, mask) = if shift == 2 {
                    ("3u", "8u", "0xffu")
                } else {
                    ("1u", "16u", "0xffffu")
                };
                format!(
                    "let at = (i & {positions}) * {width}; atomicAnd(&{buffer}[i >> {shift}u], ~({mask} << at)); atomicOr(&{buffer}[i >> {shift}u], {bits} << at);"
                )
            }
        }
    }

    /// The WGSL type of a buffer whose element holds four of the tensor's, or the word or words that do.
    pub(crate) const fn element4(self) -> &'static str {
        match self {
            Stored::Is(DType::F32) => "vec4<f32>",
            Stored::Is(DType::F64) => "vec4<f64>",
            Stored::Is(DType::I32) => "vec4<i32>",
            Stored::Is(DType::I64) => "vec4<i64>",
            Stored::Pairs => "array<vec2<u32>, 4>",
            Stored::Half => "vec4<f16>",
            Stored::Is(DType::Bool | DType::U8 | DType::I8) => "u32",
            Stored::Is(DType::I16 | DType::F16 | DType::BF16) => "vec2<u32>",
        }
    }

    /// The body of `load4(i)`: elements `4 i` to `4 i + 3`.
    pub(crate) fn load4(self, value: Value<'_>, buffer: &str) -> String {
        let of = |source: &str, at: usize| self.decoded(value, source, &format!("{at}u"));
        let elements = match self.shift() {
            0 => ["w[0]", "w[1]", "w[2]", "w[3]"].map(|source| of(source, 0)),
            1 => [("w.x", 0), ("w.x", 1), ("w.y", 0), ("w.y", 1)].map(|(word, at)| of(word, at)),
            _ => [0, 1, 2, 3].map(|at| of("w", at)),
        };
        let four = value.four();
        format!(
            "let w = {buffer}[i]; return {four}({});",
            elements.join(", ")
        )
    }

    /// The body of `load(i)` where the buffer's elements are those of [`Stored::element4`].
    pub(crate) fn load_from4(self, value: Value<'_>, buffer: &str) -> String {
        let element = match self.shift() {
            0 => format!("{buffer}[i >> 2u][i & 3u]"),
            1 => format!("{buffer}[i >> 2u][(i >> 1u) & 1u]"),
            _ => format!("{buffer}[i >> 2u]"),
        };
        format!("return {};", self.decoded(value, &element, "i"))
    }

    /// The body of `store(i, v)` where the buffer's elements are those of [`Stored::element4`] and no word holds several of the tensor's.
    pub(crate) fn store_to4(self, value: Value<'_>, buffer: &str) -> String {
        format!("{buffer}[i >> 2u][i & 3u] = {};", self.encoded(value, "v"))
    }

    /// The body of `store4(i, v)` where the buffer's elements are atomic words that hold several of the tensor's.
    pub(crate) fn store4_words(self, value: Value<'_>, buffer: &str) -> String {
        let elements = self.element4_of(value);
        if self.shift() == 2 {
            format!("atomicStore(&{buffer}[i], {elements});")
        } else {
            format!(
                "let w = {elements}; atomicStore(&{buffer}[2u * i], w.x); atomicStore(&{buffer}[2u * i + 1u], w.y);"
            )
        }
    }

    /// The body of `store4(i, v)`.
    pub(crate) fn store4(self, value: Value<'_>, buffer: &str) -> String {
        format!("{buffer}[i] = {};", self.element4_of(value))
    }

    /// An element of [`Stored::element4`] that holds the four in `v`.
    fn element4_of(self, value: Value<'_>) -> String {
        let [a, b, c, d] = ["v[0]", "v[1]", "v[2]", "v[3]"].map(|v| self.encoded(value, v));
        match self.shift() {
            0 => format!("{}({a}, {b}, {c}, {d})", self.element4()),
            1 => format!("vec2<u32>({a} | ({b} << 16u), {c} | ({d} << 16u))"),
            _ => format!("{a} | ({b} << 8u) | ({c} << 16u) | ({d} << 24u)"),
        }
    }
}
