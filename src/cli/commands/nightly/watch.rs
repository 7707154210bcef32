//! When a run has to stop: a signal, its time, its memory.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use termsift::config::Limits;
use termsift::outcome::Stop;

/// How often limits are looked at.
const INTERVAL: Duration = Duration::from_millis(50);
/// Exit status of a run that is ended by a second signal.
const ENDED: i32 = 3;

const SIGNAL: u8 = 0;
const TIME: u8 = 1;
const MEMORY: u8 = 2;

/// Looks at signals and limits while a run is at work.
pub(super) struct Watch {
    /// Asked when the run has to stop.
    pub(super) stop: Stop,
    begun: Instant,
    reason: Arc<AtomicU8>,
    // Dropping the sender ends the thread.
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to watch.
    pub(super) fn start(limits: &Limits) -> std::io::Result<Self> {
        let stop = Stop::default();
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first signal only sets the flag, the second finds it set.
            flag::register_conditional_shutdown(signal, ENDED, stop.flag())?;
            flag::register(signal, stop.flag())?;
        }
        let begun = Instant::now();
        let reason = Arc::new(AtomicU8::new(SIGNAL));
        let (end, ended) = mpsc::channel();
        let (time, memory) = (limits.time, limits.memory);
        let (asked, said) = (stop.clone(), Arc::clone(&reason));
        let look = move || {
            while ended.recv_timeout(INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                let over = if time.is_some_and(|time| begun.elapsed() >= time) {
                    TIME
                } else if memory.is_some_and(|most| resident().is_some_and(|used| used >= most)) {
                    MEMORY
                } else {
                    continue;
                };
                if !asked.asked() {
                    said.store(over, Ordering::Relaxed);
                    asked.ask();
                }
                return;
            }
        };
        let thread = std::thread::Builder::new().name("watch".into()).spawn(look)?;
        Ok(Self { stop, begun, reason, end: Some(end), thread: Some(thread) })
    }

    /// Why the run has to stop, if it has.
    pub(super) fn reason(&self) -> Option<&'static str> {
        self.stop.asked().then(|| match self.reason.load(Ordering::Relaxed) {
            TIME => "limits.time is reached",
            MEMORY => "limits.memory is reached",
            _ => "asked to stop by a signal",
        })
    }

    /// Since it began, by a clock that does not jump.
    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It only sleeps and looks.
            let _ = thread.join();
        }
    }
}

/// Bytes of memory that this process holds, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The wall clock, for what people read. Nothing is decided by it.
pub(super) fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or_default()
}

/// Measures a command's time.
pub(super) struct Deadline {
    begun: Instant,
    most: Duration,
}

impl Deadline {
    pub(super) fn after(most: Duration) -> Self {
        Self { begun: Instant::now(), most }
    }

    pub(super) fn passed(&self) -> bool {
        self.begun.elapsed() >= self.most
    }
}

/// Time spent, in nanoseconds, summed over threads.
#[derive(Debug, Default)]
pub(super) struct Stopwatch(AtomicU64);

impl Stopwatch {
    /// Runs `action` and adds the time it took.
    pub(super) fn time<T>(&self, action: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = action();
        let spent = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(spent, Ordering::Relaxed);
        done
    }

    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}
