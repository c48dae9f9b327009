//! What the compiler says: of modules that are none, and of common mistakes in programs.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/derive/*.rs");
    cases.compile_fail("tests/mistakes/*.rs");
}
