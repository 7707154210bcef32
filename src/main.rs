//! `termsift`: the command line of the library of the same name.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
