//! Variants of kernels: everything that distinguishes one pipeline of a kernel, and its complete WGSL.

use crate::access::{Compute, Stored, Value};
use crate::kernels::Kernel;
use crate::library::{gives_bool, identifiers};
use crate::link::link;
use rushlight_backend::DType;
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};

/// A tensor of a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Tensor {
    name: &'static str,
    stored: Stored,
    /// The tensor whose buffer this one shares, element by element.
    in_place_of: Option<&'static str>,
}

/// How a binding of a kernel is used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// Read only.
    Read,
    /// Written.
    Write,
}

/// An operation of a kernel's function on a tensor: on one element, or on four.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Load,
    Store,
    Load4,
    Store4,
}

/// A kernel adapted to a computing type, dtypes, functions and constants.
///
/// The names that the methods take are those of the kernel's file.
#[derive(Clone, Debug)]
pub struct Variant {
    kernel: &'static Kernel,
    compute: Compute,
    tensors: SmallVec<[Tensor; 6]>,
    function: Option<(&'static str, &'static str)>,
    swaps: SmallVec<[(&'static str, &'static str); 4]>,
    aliases: SmallVec<[(&'static str, &'static str); 2]>,
    constants: SmallVec<[(&'static str, u32); 8]>,
    vectors: bool,
}

impl PartialEq for Variant {
    fn eq(&self, other: &Variant) -> bool {
        std::ptr::eq(self.kernel, other.kernel)
            && self.compute == other.compute
            && self.tensors == other.tensors
            && self.function == other.function
            && self.swaps == other.swaps
            && self.aliases == other.aliases
            && self.constants == other.constants
            && self.vectors == other.vectors
    }
}

impl Eq for Variant {}

impl Hash for Variant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.kernel).hash(state);
        self.compute.hash(state);
        self.tensors.hash(state);
        self.function.hash(state);
        self.swaps.hash(state);
        self.aliases.hash(state);
        self.constants.hash(state);
        self.vectors.hash(state);
    }
}

impl Variant {
    /// The kernel as in its file, but computing in `compute`.
    pub fn new(kernel: &'static Kernel, compute: Compute) -> Variant {
        Variant {
            kernel,
            compute,
            tensors: SmallVec::new(),
            function: None,
            swaps: SmallVec::new(),
            aliases: SmallVec::new(),
            constants: SmallVec::new(),
            vectors: false,
        }
    }

    /// The elements of tensor `name` are of `dtype`.
    #[must_use]
    pub fn tensor(self, name: &'static str, dtype: DType) -> Variant {
        self.stored(name, Stored::Is(dtype))
    }

    /// The elements of tensor `name` are stored as `stored`.
    #[must_use]
    pub fn stored(mut self, name: &'static str, stored: Stored) -> Variant {
        self.tensors.push(Tensor {
            name,
            stored,
            in_place_of: None,
        });
        self
    }

    /// Tensor `name` has no binding of its own: its elements are those of tensor `other`.
    #[must_use]
    pub fn in_place(mut self, name: &'static str, stored: Stored, other: &'static str) -> Variant {
        self.tensors.push(Tensor {
            name,
            stored,
            in_place_of: Some(other),
        });
        self
    }

    /// The kernel's function `f` is `op(arguments)`; `op` is a function of the library, or the type `T` for a plain conversion.
    #[must_use]
    pub fn function(mut self, op: &'static str, arguments: &'static str) -> Variant {
        self.function = Some((op, arguments));
        self
    }

    /// Replaces the identifier `from` in the kernel with `to`.
    #[must_use]
    pub fn swap(mut self, from: &'static str, to: &'static str) -> Variant {
        self.swaps.push((from, to));
        self
    }

    /// Sets the type of the kernel's `alias name`.
    #[must_use]
    pub fn alias(mut self, name: &'static str, to: &'static str) -> Variant {
        self.aliases.push((name, to));
        self
    }

    /// The kernel's `Item` is a vector of four elements, not one.
    #[must_use]
    pub fn vectors(mut self) -> Variant {
        self.vectors = true;
        self
    }

    /// Sets an `override` of the kernel.
    #[must_use]
    pub fn constant(mut self, name: &'static str, value: u32) -> Variant {
        self.constants.push((name, value));
        self
    }

    /// The kernel's name.
    pub fn name(&self) -> &'static str {
        self.kernel.name
    }

    /// The values of overrides.
    pub fn constants(&self) -> &[(&'static str, u32)] {
        &self.constants
    }

    /// The bindings of group 0, in order, in a text that [`Variant::source`] returned.
    pub fn bindings(source: &str) -> Vec<Access> {
        source
            .lines()
            .filter(|line| line.starts_with("@group(0)"))
            .map(|line| {
                if line.contains("read_write") {
                    Access::Write
                } else {
                    Access::Read
                }
            })
            .collect()
    }

    /// The WGSL, complete; or the name of a function that the library does not have for this computing type.
    pub fn source(&self) -> Result<String, String> {
        let mut text = String::with_capacity(self.kernel.text.len());
        let mut binding = 0;
        for line in self.kernel.text.lines() {
            if line.starts_with("@group(0)") {
                let Some(declared) = self.buffer(line) else {
                    continue;
                };
                text.push_str(&renumbered(&declared, binding));
                binding += 1;
            } else {
                text.push_str(&self.line(line));
            }
            text.push('\n');
        }
        let linked = link(&text, self.compute.groups());
        if let Some((op, _)) = self.function
            && op != "T"
            && !linked.contains(&format!("fn {op}("))
        {
            return Err(op.to_owned());
        }
        for (_, to) in &self.swaps {
            let defined = identifiers(to)
                .all(|word| !word.starts_with("op_") || linked.contains(&format!("fn {word}(")));
            if !defined {
                return Err((*to).to_owned());
            }
        }
        Ok(linked)
    }

    /// A binding's declaration for the dtype of its tensor; none if the tensor shares another's buffer.
    fn buffer(&self, line: &str) -> Option<String> {
        let Some(tensor) = self.tensors.iter().find(|t| declares(line, t.name)) else {
            return Some(self.swapped(line));
        };
        if tensor.in_place_of.is_some() {
            return None;
        }
        let element = if self.in_words(tensor) {
            "atomic<u32>"
        } else if self.is_vector(tensor.name) {
            tensor.stored.element4()
        } else {
            tensor.stored.element()
        };
        let head = line.split(": array<").next().unwrap_or(line);
        Some(format!("{head}: array<{element}>;"))
    }

    /// If `line` is a function that accesses a tensor: the operation, the tensor's name, and the type of the value.
    ///
    /// One that loads or stores an `Item` accesses four elements at a time if that is a vector.
    fn function_of<'a>(&self, line: &'a str) -> Option<(Operation, &'a str, Value<'a>)> {
        let (head, _) = line.strip_prefix("fn ")?.split_once('{')?;
        let (access, name) = head.split_once('(')?.0.split_once('_')?;
        let ty = value_type(head);
        let vector = ty == "Item" && self.vectors;
        let operation = match access {
            "load4" => Operation::Load4,
            "store4" => Operation::Store4,
            "load" if vector => Operation::Load4,
            "store" if vector => Operation::Store4,
            "load" => Operation::Load,
            "store" => Operation::Store,
            _ => return None,
        };
        let value = match ty {
            "T" | "vec4<T>" | "Four" | "Item" if self.compute == Compute::Pair => Value::Pair,
            "T" | "vec4<T>" | "Four" | "Item" => Value::Number,
            own => Value::Own(own),
        };
        Some((operation, name, value))
    }

    /// Whether the kernel has a function for this operation on the tensor.
    fn has(&self, operation: Operation, name: &str) -> bool {
        let mut functions = self
            .kernel
            .text
            .lines()
            .filter_map(|line| self.function_of(line));
        functions.any(|(o, n, _)| o == operation && n == name)
    }

    /// Whether an element of the buffer holds four of the tensor's: the kernel reads or writes four at a time, and maybe single ones too.
    fn is_vector(&self, name: &str) -> bool {
        self.has(Operation::Load4, name) || self.has(Operation::Store4, name)
    }

    /// Whether the buffer consists of atomic words, each of which several threads may write.
    fn in_words(&self, tensor: &Tensor) -> bool {
        let single = self.has(Operation::Store, tensor.name) || !self.is_vector(tensor.name);
        tensor.stored.is_packed() && self.writes(tensor.name) && single
    }

    fn line(&self, line: &str) -> String {
        if line.starts_with("alias T = ") {
            return format!("alias T = {};", self.compute.name());
        }
        if let Some(declared) = self.aliased(line) {
            return declared;
        }
        if line.starts_with("alias Total = ") {
            return "alias Total = T;".to_owned();
        }
        if line.starts_with("alias Four = ") && self.compute == Compute::Pair {
            return String::new();
        }
        if line.starts_with("alias Item = ") && self.vectors {
            return "alias Item = vec4<T>;".to_owned();
        }
        let head = line.split('{').next().unwrap_or(line);
        if let (Some((op, arguments)), true) = (self.function, line.starts_with("fn f(")) {
            return format!("{head}{{ return {}; }}", self.applied(op, arguments));
        }
        match self.access(line) {
            Some(body) => format!("{}{{ {body} }}", self.swapped(head)),
            None => self.swapped(line),
        }
    }

    /// The result of the library's function for these arguments, as a `T`.
    fn applied(&self, op: &str, arguments: &str) -> String {
        match self.compute {
            // The argument is a `T`.
            Compute::Pair if op == "T" => arguments.to_owned(),
            Compute::Pair if gives_bool(op, self.compute.groups()) => {
                format!("of_bool({op}({arguments}))")
            }
            Compute::Pair => format!("{op}({arguments})"),
            _ => format!("T({op}({arguments}))"),
        }
    }

    /// The declaration of an alias, if `line` declares one that this variant replaces.
    fn aliased(&self, line: &str) -> Option<String> {
        let (name, _) = line.strip_prefix("alias ")?.split_once(" = ")?;
        let (_, to) = self.aliases.iter().find(|(alias, _)| *alias == name)?;
        Some(format!("alias {name} = {to};"))
    }

    /// The body of the function in `line`, if it loads or stores a tensor.
    fn access(&self, line: &str) -> Option<String> {
        let (operation, name, value) = self.function_of(line)?;
        let tensor = self.tensors.iter().find(|t| t.name == name)?;
        let buffer = tensor.in_place_of.unwrap_or(name);
        let stored = tensor.stored;
        let vector = self.is_vector(name);
        Some(match operation {
            Operation::Load if vector => stored.load_from4(value, buffer),
            Operation::Load => {
                stored.load(value, buffer, stored.is_packed() && self.writes(buffer))
            }
            Operation::Store if vector && !stored.is_packed() => stored.store_to4(value, buffer),
            Operation::Store => stored.store(value, buffer),
            Operation::Store4 if self.in_words(tensor) => stored.store4_words(value, buffer),
            Operation::Load4 => stored.load4(value, buffer),
            Operation::Store4 => stored.store4(value, buffer),
        })
    }

    /// Whether the kernel writes the buffer.
    fn writes(&self, buffer: &str) -> bool {
        let mut lines = self.kernel.text.lines();
        lines.any(|line| {
            line.starts_with("@group(0)") && line.contains("read_write") && declares(line, buffer)
        })
    }

    /// A line with whole words replaced.
    fn swapped(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (from, to) in &self.swaps {
            line = replace_word(&line, from, to);
        }
        if self.compute == Compute::Pair {
            // WGSL has no vectors of vectors, and treats an alias of an array as a type different from the array.
            line = replace_word(&line, "Four", Value::Pair.four());
        }
        line
    }
}

/// The type of the value that a function loads or stores, from its head.
fn value_type(head: &str) -> &str {
    match head.split_once("-> ") {
        Some((_, result)) => result.trim(),
        None => head
            .split_once("v: ")
            .map_or("T", |(_, rest)| rest.trim_end_matches([')', ' '])),
    }
}

/// Whether a binding's line declares the variable `name`.
fn declares(line: &str, name: &str) -> bool {
    line.contains(&format!("> {name}: "))
}

fn renumbered(line: &str, binding: usize) -> String {
    let (Some(start), Some(end)) = (line.find("@binding("), line.find(") var")) else {
        return line.to_owned();
    };
    format!("{}@binding({binding}{}", &line[..start], &line[end..])
}

fn replace_word(line: &str, from: &str, to: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(from) {
        let before = rest[..at].chars().next_back().is_some_and(word);
        let after = rest[at + from.len()..].chars().next().is_some_and(word);
        out.push_str(&rest[..at]);
        out.push_str(if before || after { from } else { to });
        rest = &rest[at + from.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_replaced() {
        assert_eq!(
            replace_word("op_add(x) + op_add2(x) + my_op_add", "op_add", "f"),
            "f(x) + op_add2(x) + my_op_add"
        );
    }

    #[test]
    fn values_have_the_type_in_the_kernel() {
        assert_eq!(value_type("fn load_x(i: u32) -> T "), "T");
        assert_eq!(value_type("fn load4_x(i: u32) -> vec4<T> "), "vec4<T>");
        assert_eq!(value_type("fn load_index(i: u32) -> i32 "), "i32");
        assert_eq!(value_type("fn store_y(i: u32, v: i32) "), "i32");
    }

    #[test]
    fn bindings_stay_consecutive_without_the_one_that_is_in_place() {
        let line = "@group(0) @binding(2) var<storage, read_write> y: array<f32>;";
        assert_eq!(
            renumbered(line, 1),
            "@group(0) @binding(1) var<storage, read_write> y: array<f32>;"
        );
    }
}
