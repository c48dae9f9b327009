//! The members of a shader's parameters, which the host compares with its own.

/// Names and types, in order, of the members of the struct at `@group(1)` in a kernel's complete text. Members of nested structs are named
/// `struct.member`.
pub fn parameters(source: &str) -> Vec<(String, String)> {
    let uniform = source.lines().find(|line| line.starts_with("@group(1)"));
    let name = uniform.and_then(|line| line.strip_suffix(';')?.split_once("> p: "));
    name.and_then(|(_, name)| members(source, name))
        .unwrap_or_default()
}

fn members(source: &str, name: &str) -> Option<Vec<(String, String)>> {
    let (_, rest) = source.split_once(&format!("struct {name} {{\n"))?;
    let (body, _) = rest.split_once("\n}")?;
    let mut all = Vec::new();
    for line in body.lines() {
        let Some((member, ty)) = line.trim().trim_end_matches(',').split_once(": ") else {
            continue;
        };
        if member.starts_with("//") {
            continue;
        }
        match members(source, ty) {
            Some(inner) => all.extend(
                inner
                    .into_iter()
                    .map(|(name, ty)| (format!("{member}.{name}"), ty)),
            ),
            None => all.push((member.to_owned(), ty.to_owned())),
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_nested_structs_have_both_names() {
        let source = "struct P {\n    // A count: of all.\n    n: u32,\n    w: W,\n}\n@group(1) @binding(0) var<uniform> p: P;\nstruct W {\n    a: vec4<i32>,\n}\n";
        let pair = |name: &str, ty: &str| (name.to_owned(), ty.to_owned());
        assert_eq!(
            parameters(source),
            [pair("n", "u32"), pair("w.a", "vec4<i32>")]
        );
    }
}
