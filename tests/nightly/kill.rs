//! Killed at any moment, a run loses nothing and does nothing twice.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Night;

/// Kills by default. `TERMSIFT_KILLS=50` for more; `scripts/kill-test` does that.
const KILLS: u64 = 8;

#[test]
fn killed_again_and_again_the_store_ends_as_if_nothing_had_been() {
    let kills = std::env::var("TERMSIFT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let calm = Night::new(2, 6, 8);
    let begun = Instant::now();
    calm.run(&[]).ok();
    let whole = begun.elapsed();
    let rows = calm.rows();
    let changes = calm.number("SELECT count(*) FROM document_change");
    assert_eq!(changes, 96);

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut killed, mut rounds, mut amid) = (0, 0, 0);
    while killed < kills {
        rounds += 1;
        // The same collections, a fresh store.
        for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.sqlite.lock"] {
            let _ = std::fs::remove_file(calm.path(name));
        }
        loop {
            // xorshift: repeatable, and spread over the whole of a run.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let part = u32::try_from(random % 1000).expect("below 1000");
            let after = whole.mul_f64(f64::from(part) / 1000.0);
            match run_for(&mut calm.command(&[]), after) {
                Some(code) => {
                    assert_eq!(code, 0, "a run that is not killed succeeds");
                    break;
                }
                None => killed += 1,
            }
            if calm.store().exists() && has_tables(&calm) {
                assert_eq!(calm.words("PRAGMA integrity_check"), "ok");
                let stored = calm.number("SELECT count(*) FROM document_change");
                amid += u64::from(stored > 0 && stored < changes);
                let whole = calm.number(
                    "SELECT count(*) FROM document_change
                     JOIN assessment ON document_change_id = document_change.id AND current = 1",
                );
                assert_eq!(stored, whole, "no document change is stored in part");
            }
        }
        calm.run(&[]).ok();
        assert_eq!(calm.rows(), rows, "round {rounds}, {killed} kills");
        calm.check();
    }
    println!("{killed} kills in {rounds} rounds, {amid} of them with a part of the document changes stored");
}

fn has_tables(night: &Night) -> bool {
    night.number("SELECT count(*) FROM sqlite_schema WHERE name = 'document_change'") == 1
}

/// Runs `command` and kills it after a while; its exit status if it ended before.
fn run_for(command: &mut Command, after: Duration) -> Option<i32> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    let begun = Instant::now();
    while begun.elapsed() < after {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("it is killed");
    child.wait().expect("it ends").code()
}
