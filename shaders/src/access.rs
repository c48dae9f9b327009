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
    /// `i64` as two words, on adapters without it: WGSL's operators do not know it, only the library's functions do.
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

    /// Where the functions of this type are looked for.
    pub const fn groups(self) -> &'static [Group] {
        match self {
            Compute::F32 => &[Group::Float, Group::F32, Group::Shared],
            Compute::F64 => &[Group::Float, Group::F64, Group::Shared],
            Compute::I32 | Compute::I64 => &[Group::Integer, Group::Shared],
            Compute::Pair => &[Group::Pair, Group::Shared],
        }
    }
}

/// How the elements of a buffer are stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stored {
    /// As the dtype says.
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

    /// The element's value as a pair of words, for `source`, an element of the buffer or the word that holds element `i`.
    fn decoded_pair(self, source: &str) -> String {
        let dtype = match self {
            Stored::Pairs => return source.to_owned(),
            Stored::Half => return format!("pair_of_f32(f32({source}))"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 | DType::F64 => format!("pair_of_f32({source})"),
            DType::I32 | DType::I64 => format!("pair_of({source})"),
            DType::Bool => format!("of_bool(byte_of({source}, i) != 0u)"),
            DType::U8 => format!("of_count(byte_of({source}, i))"),
            DType::I8 => format!("pair_of(signed_byte_of({source}, i))"),
            DType::I16 => format!("pair_of(signed_half_word_of({source}, i))"),
            DType::F16 => format!("pair_of_f32(f16_of({source}, i))"),
            DType::BF16 => format!("pair_of_f32(bf16_of({source}, i))"),
        }
    }

    /// `value`, a pair of words, as an element of the buffer, or as the bits of one in the low end of a word.
    fn encoded_pair(self, value: &str) -> String {
        let dtype = match self {
            Stored::Pairs => return value.to_owned(),
            Stored::Half => return format!("f16(f32_of_pair({value}))"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 | DType::F64 => format!("f32_of_pair({value})"),
            DType::I32 | DType::I64 => format!("i32({value}.x)"),
            DType::Bool => format!("u32(any({value} != T()))"),
            DType::U8 | DType::I8 => format!("({value}.x & 0xffu)"),
            DType::I16 => format!("({value}.x & 0xffffu)"),
            DType::F16 => format!("f16_bits(f32_of_pair({value}))"),
            DType::BF16 => format!("bf16_bits(f32_of_pair({value}))"),
        }
    }

    /// The element's value as a `T`, for `source`, an element of the buffer or the word that holds element `i`.
    fn decoded(self, pair: bool, source: &str) -> String {
        if pair {
            return self.decoded_pair(source);
        }
        let dtype = match self {
            Stored::Pairs => return format!("of_pair({source})"),
            Stored::Half => return format!("T({source})"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 | DType::F64 | DType::I32 | DType::I64 => format!("T({source})"),
            DType::Bool => format!("T(byte_of({source}, i) != 0u)"),
            DType::U8 => format!("T(byte_of({source}, i))"),
            DType::I8 => format!("T(signed_byte_of({source}, i))"),
            DType::I16 => format!("T(signed_half_word_of({source}, i))"),
            DType::F16 => format!("T(f16_of({source}, i))"),
            DType::BF16 => format!("T(bf16_of({source}, i))"),
        }
    }

    /// `value`, of type `T`, as an element of the buffer, or as the bits of one in the low end of a word.
    fn encoded(self, pair: bool, value: &str) -> String {
        if pair {
            return self.encoded_pair(value);
        }
        let dtype = match self {
            Stored::Pairs => return format!("to_pair({value})"),
            // Rounded first: how the conversion itself rounds is left to the driver.
            Stored::Half => return format!("f16(f16_value(f16_bits(f32({value}))))"),
            Stored::Is(dtype) => dtype,
        };
        match dtype {
            DType::F32 => format!("f32({value})"),
            DType::F64 => format!("f64({value})"),
            DType::I32 => format!("to_i32({value})"),
            DType::I64 => format!("to_i64({value})"),
            DType::Bool => format!("u32(!is_zero({value}))"),
            DType::U8 | DType::I8 => format!("(u32(to_i32({value})) & 0xffu)"),
            DType::I16 => format!("(u32(to_i32({value})) & 0xffffu)"),
            DType::F16 => format!("f16_bits(f32({value}))"),
            DType::BF16 => format!("bf16_bits(f32({value}))"),
        }
    }

    /// The body of `load(i)`.
    pub(crate) fn load(self, pair: bool, buffer: &str, atomic: bool) -> String {
        let place = match self.shift() {
            0 => format!("{buffer}[i]"),
            shift => format!("{buffer}[i >> {shift}u]"),
        };
        let source = if atomic {
            format!("atomicLoad(&{place})")
        } else {
            place
        };
        format!("return {};", self.decoded(pair, &source))
    }

    /// The body of `store(i, v)`. Elements that share a word are written bit by bit, so that neighbours may be written at the same time.
    pub(crate) fn store(self, pair: bool, buffer: &str) -> String {
        let value = self.encoded(pair, "v");
        match self.shift() {
            0 => format!("{buffer}[i] = {value};"),
            shift => {
                let (lanes, bits, mask) = if shift == 2 {
                    ("3u", "8u", "0xffu")
                } else {
                    ("1u", "16u", "0xffffu")
                };
                format!(
                    "let at = (i & {lanes}) * {bits}; atomicAnd(&{buffer}[i >> {shift}u], ~({mask} << at)); atomicOr(&{buffer}[i >> {shift}u], {value} << at);"
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
    pub(crate) fn load4(self, pair: bool, buffer: &str) -> String {
        let lane = |k: u32| match self {
            Stored::Is(dtype) if dtype.size() >= 4 => self.decoded(pair, &format!("w[{k}]")),
            Stored::Pairs | Stored::Half => self.decoded(pair, &format!("w[{k}]")),
            _ if self.shift() == 2 => self.decoded(pair, "w").replace(", i)", &format!(", {k}u)")),
            _ => self
                .decoded(pair, if k < 2 { "w.x" } else { "w.y" })
                .replace(", i)", &format!(", {}u)", k % 2)),
        };
        let lanes: Vec<String> = (0..4).map(lane).collect();
        format!("let w = {buffer}[i]; return vec4<T>({});", lanes.join(", "))
    }

    /// The body of `load(i)` where the buffer's elements are those of [`Stored::element4`].
    pub(crate) fn load_from4(self, pair: bool, buffer: &str) -> String {
        let place = match self.shift() {
            0 => format!("{buffer}[i >> 2u][i & 3u]"),
            1 => format!("{buffer}[i >> 2u][(i >> 1u) & 1u]"),
            _ => format!("{buffer}[i >> 2u]"),
        };
        format!("return {};", self.decoded(pair, &place))
    }

    /// The body of `store(i, v)` where the buffer's elements are those of [`Stored::element4`] and no word holds several of the tensor's.
    pub(crate) fn store_to4(self, pair: bool, buffer: &str) -> String {
        format!("{buffer}[i >> 2u][i & 3u] = {};", self.encoded(pair, "v"))
    }

    /// The body of `store4(i, v)` where the buffer's elements are atomic words that hold several of the tensor's.
    pub(crate) fn store4_words(self, pair: bool, buffer: &str) -> String {
        let words = self.store4(pair, "word").replace("word[i] = ", "");
        let words = words.trim_end_matches(';');
        if self.shift() == 2 {
            format!("atomicStore(&{buffer}[i], {words});")
        } else {
            format!(
                "let w = {words}; atomicStore(&{buffer}[2u * i], w.x); atomicStore(&{buffer}[2u * i + 1u], w.y);"
            )
        }
    }

    /// The body of `store4(i, v)`.
    pub(crate) fn store4(self, pair: bool, buffer: &str) -> String {
        let lane = |k: u32| self.encoded(pair, &format!("v[{k}]"));
        match self {
            Stored::Is(dtype) if dtype.size() >= 4 => {
                let lanes: Vec<String> = (0..4).map(lane).collect();
                format!("{buffer}[i] = {}({});", self.element4(), lanes.join(", "))
            }
            Stored::Pairs | Stored::Half => {
                let lanes: Vec<String> = (0..4).map(lane).collect();
                format!("{buffer}[i] = {}({});", self.element4(), lanes.join(", "))
            }
            _ if self.shift() == 2 => format!(
                "{buffer}[i] = {} | ({} << 8u) | ({} << 16u) | ({} << 24u);",
                lane(0),
                lane(1),
                lane(2),
                lane(3)
            ),
            _ => format!(
                "{buffer}[i] = vec2<u32>({} | ({} << 16u), {} | ({} << 16u));",
                lane(0),
                lane(1),
                lane(2),
                lane(3)
            ),
        }
    }
}
