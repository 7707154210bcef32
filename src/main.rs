//! `termsift`: the command line of the library of the same name.

mod cli;

/// A scan makes and drops millions of small texts and lists: what the allocator of the C library spends on them is a
/// tenth of its time.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
