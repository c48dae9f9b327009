//! Generates the implementation of `Module`.

use crate::attributes::{OnField, OnStruct};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Index, Member, Result, Type, parse_quote};

pub fn module(input: &DeriveInput) -> Result<TokenStream> {
    let on = OnStruct::parse(&input.attrs)?;
    let nn = on.nn()?;
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "derive(Module) takes structs; to choose between modules at run time, hold a Box<dyn Layer>",
        ));
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        return Err(syn::Error::new_spanned(
            lifetime,
            "a module owns its fields, so its struct cannot have lifetime parameters",
        ));
    }

    let (mut visits, mut visits_mut, mut copies, mut state) =
        (Vec::new(), Vec::new(), Vec::new(), None);
    let ident = &input.ident;
    let mut walked = HashSet::new();
    for (position, field) in data.fields.iter().enumerate() {
        let on = OnField::parse(&field.attrs)?;
        let member = member(position, field);
        let is_state = on.state || (!on.skip && is_state(&field.ty));
        let span = field.ty.span();
        copies.push(if on.skip && !is_state {
            let (module, field) = (ident.to_string(), name(&member));
            quote!(#member: #nn::derived::Skipped(&self.#member).copied(memo, #module, #field)?)
        } else {
            quote_spanned!(span=> #member: #nn::Node::copy_node(&self.#member, memo)?)
        });
        if is_state && state.replace(member.clone()).is_some() {
            return Err(syn::Error::new_spanned(
                field,
                "a module can have only one ModuleState",
            ));
        }
        if on.skip {
            continue;
        }
        let name = on.name.unwrap_or_else(|| name(&member));
        visits.push(quote_spanned!(span=> #nn::Node::visit_node(&self.#member, #name, visitor);));
        visits_mut.push(
            quote_spanned!(span=> #nn::Node::visit_node_mut(&mut self.#member, #name, visitor)?;),
        );
        idents(field.ty.to_token_stream(), &mut walked);
    }

    let mut generics = input.generics.clone();
    let params: Vec<_> = input
        .generics
        .type_params()
        .map(|p| p.ident.clone())
        .collect();
    for param in params {
        let predicate = if walked.contains(&param.to_string()) {
            parse_quote!(#param: #nn::Node)
        } else {
            parse_quote!(#param: ::core::marker::Send + ::core::marker::Sync + 'static)
        };
        generics.make_where_clause().predicates.push(predicate);
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();

    let type_name = match on.type_name {
        Some(path) => quote!(#path(self)),
        None => ident.to_string().to_token_stream(),
    };
    let asks = state.is_none().then(|| {
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, unreachable_pub)]
            impl #impl_generics #ident #type_generics #where_clause {
                pub fn is_training(&self) -> bool
                where
                    for<'state> Self: #nn::derived::HasModuleState<'state>,
                {
                    #nn::ModuleExt::is_training(self)
                }
            }
        }
    });
    let state = state.map(|member| {
        quote! {
            #[inline]
            fn state(&self) -> ::core::option::Option<&#nn::ModuleState> { ::core::option::Option::Some(&self.#member) }
            fn state_mut(&mut self) -> ::core::option::Option<&mut #nn::ModuleState> { ::core::option::Option::Some(&mut self.#member) }
        }
    });
    let repr = on
        .repr
        .map(|path| quote! { fn extra_repr(&self) -> ::std::string::String { #path(self) } });
    let describe = on
        .describe
        .map(|path| quote! { fn description(&self) -> ::std::string::String { #path(self) } });
    let display = (!on.no_display).then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::fmt::Display for #ident #type_generics #where_clause {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Display::fmt(#nn::Module::as_module(self), f)
                }
            }
        }
    });

    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #nn::Module for #ident #type_generics #where_clause {
            fn visit<'visit>(&'visit self, visitor: &mut dyn #nn::Visitor<'visit>) { let _ = &visitor; #(#visits)* }
            fn visit_mut(&mut self, visitor: &mut dyn #nn::VisitorMut) -> #nn::Result<()> {
                let _ = &visitor;
                #(#visits_mut)*
                ::core::result::Result::Ok(())
            }
            fn copy_with(&self, memo: &mut #nn::CopyMemo) -> #nn::Result<Self> {
                #[allow(unused_imports)]
                use #nn::derived::NotClone as _;
                let _ = &memo;
                ::core::result::Result::Ok(Self { #(#copies),* })
            }
            fn type_name(&self) -> &'static str { #type_name }
            #[inline]
            fn as_module(&self) -> &dyn #nn::Module { self }
            fn as_module_mut(&mut self) -> &mut dyn #nn::Module { self }
            #state
            #repr
            #describe
        }
        #display
        #asks
    })
}

fn member(position: usize, field: &Field) -> Member {
    match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index::from(position)),
    }
}

fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.to_string().trim_start_matches("r#").to_owned(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

fn is_state(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "ModuleState"))
}

/// Collects every identifier in the tokens of a type, so that a type parameter gets the bound `Node` only if a visited field uses it.
fn idents(tokens: TokenStream, into: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                into.insert(ident.to_string());
            }
            TokenTree::Group(group) => idents(group.stream(), into),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
