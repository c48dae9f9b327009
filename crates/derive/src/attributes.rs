//! The attribute `#[module(…)]` on a struct and on its fields.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Ident, LitStr, Path, Result};

/// The options of `#[module(…)]` on the struct.
#[derive(Default)]
pub struct OnStruct {
    pub krate: Option<Path>,
    pub type_name: Option<Path>,
    pub repr: Option<Path>,
    pub describe: Option<Path>,
    pub no_display: bool,
}

/// The options of `#[module(…)]` on a field.
#[derive(Default)]
pub struct OnField {
    pub skip: bool,
    pub state: bool,
    pub name: Option<String>,
}

impl OnStruct {
    pub fn parse(attributes: &[Attribute]) -> Result<OnStruct> {
        let mut on = OnStruct::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("module")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("crate") {
                    on.krate = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("type_name") {
                    on.type_name = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("repr") {
                    on.repr = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("describe") {
                    on.describe = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("no_display") {
                    on.no_display = true;
                } else {
                    return Err(meta.error(
                        "on a struct, #[module(..)] takes crate, type_name, repr, describe or no_display",
                    ));
                }
                Ok(())
            })?;
        }
        Ok(on)
    }

    /// The path of `rushlight_nn` as the deriving crate sees it.
    pub fn nn(&self) -> Result<TokenStream> {
        if let Some(path) = &self.krate {
            return Ok(path.to_token_stream());
        }
        // The tests, examples and documentation of a crate refer to it by its name. `extern crate self` makes the name valid inside of it, too.
        let path = |found: FoundCrate, own: &str| match found {
            FoundCrate::Itself => Ident::new(own, Span::call_site()),
            FoundCrate::Name(name) => Ident::new(&name, Span::call_site()),
        };
        if let Ok(found) = crate_name("rushlight-nn") {
            let nn = path(found, "rushlight_nn");
            return Ok(quote!(::#nn));
        }
        match crate_name("rushlight") {
            Ok(found) => {
                let facade = path(found, "rushlight");
                Ok(quote!(::#facade::nn))
            }
            Err(_) => Err(syn::Error::new(
                Span::call_site(),
                "derive(Module): neither rushlight nor rushlight-nn is a dependency; add one, or give its path with #[module(crate = path)]",
            )),
        }
    }
}

impl OnField {
    pub fn parse(attributes: &[Attribute]) -> Result<OnField> {
        let mut on = OnField::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("module")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("skip") {
                    on.skip = true;
                } else if meta.path.is_ident("state") {
                    on.state = true;
                } else if meta.path.is_ident("name") {
                    let name: LitStr = meta.value()?.parse()?;
                    if name.value().is_empty() || name.value().contains('.') {
                        return Err(syn::Error::new(
                            name.span(),
                            "a name must not be empty and must not contain dots",
                        ));
                    }
                    on.name = Some(name.value());
                } else {
                    return Err(meta.error("on a field, #[module(..)] takes skip, name or state"));
                }
                Ok(())
            })?;
        }
        Ok(on)
    }
}
