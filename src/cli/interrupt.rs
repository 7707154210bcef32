//! Ctrl-C and the request to end that a supervisor sends.

use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag::{register, register_conditional_shutdown};
use termsift::outcome::Stop;

use super::exit::Exit;

/// What asks the work to stop at the next good place. The first signal asks; the second ends the
/// program where it is.
pub(crate) fn listen(stop: &Stop) {
    for &signal in TERM_SIGNALS {
        // In this order: the first signal finds the flag down. Where a handler cannot be
        // registered, the signal ends the program as ever.
        if register_conditional_shutdown(signal, Exit::Partly.number().into(), stop.flag()).is_ok() {
            let _ = register(signal, stop.flag());
        }
    }
}
