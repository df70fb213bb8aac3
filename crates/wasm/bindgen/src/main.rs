//! Writes the JavaScript side of the wasm core: `bindgen INPUT.wasm OUTPUT_DIRECTORY`.
//!
//! The library form of wasm-bindgen's command gives the same bytes and needs no tool to be installed.

use std::path::PathBuf;

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: bindgen INPUT.wasm OUTPUT_DIRECTORY";
    let (input, output) = (arguments.next().context(usage)?, arguments.next().context(usage)?);
    Bindgen::new()
        .input_path(&input)
        .out_name("core")
        .web(true)?
        .typescript(true)
        // The bundle finds the file itself; `import.meta.url` means nothing in it.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&output)
        .with_context(|| format!("cannot write the bindings of {}", input.display()))
}
