//! The configuration of nightly runs: TOML, each key known, each value checked, errors with their line.

mod places;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::rank::Status;
use crate::source::{Permalinks, SourceSpec, Tracked};
use crate::taxonomy::Category;

pub use places::{Taken, clauses_beside, replaces};

/// An example with every key, commented; `termsift nightly --example` prints it.
pub const EXAMPLE: &str = include_str!("config/example.toml");

/// How a run goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The store.
    pub store: PathBuf,
    /// What judges clause changes.
    pub model: ModelChoice,
    /// The collections, in the order of the file.
    pub collections: Vec<CollectionConfig>,
    /// Which documents are read.
    pub filter: ReadFilter,
    /// What is written after a run.
    pub reports: Vec<ReportConfig>,
    /// Who is told.
    pub notify: Option<NotifyConfig>,
    /// What a run may use.
    pub limits: Limits,
}

/// What judges clause changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ModelChoice {
    /// `built-in`: the model that the program carries.
    #[default]
    BuiltIn,
    /// `none`: deterministic rules alone.
    Rules,
    /// A model folder, or an id on the hub.
    Named(String),
}

impl std::fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "built-in",
            Self::Rules => "none",
            Self::Named(name) => name,
        })
    }
}

/// One collection.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionConfig {
    /// As written in the file.
    pub source: String,
    /// Where and how it is read.
    pub tracked: Tracked,
}

/// Which document changes come into the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadFilter {
    /// Of these services; empty: of all.
    pub services: Vec<String>,
    /// Of these terms types; empty: of all.
    pub terms_types: Vec<String>,
    /// Recorded at this time or later.
    pub since: Option<Timestamp>,
}

/// A report format by its name; the command line knows which there are.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportConfig {
    /// The format.
    pub format: String,
    /// Line of the format in the file.
    pub line: usize,
    /// Where it goes.
    pub path: PathBuf,
    /// Recorded within so many days of the run; none: what no run announced before.
    pub days: Option<u32>,
    /// With one of these statuses; empty: with any.
    pub statuses: Vec<String>,
    /// With one of these categories; empty: with any or none.
    pub categories: Vec<String>,
    /// With at least this priority.
    pub priority: Option<f64>,
    /// The first so many; 0: all.
    pub top: Option<usize>,
}

/// A command that is given the digest.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyConfig {
    /// Told when a new document change has at least this priority.
    pub priority: f64,
    /// Program and arguments.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Document changes in the digest.
    pub top: usize,
}

/// What a run may use.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Worker threads; 0: as many as there are cores.
    pub threads: usize,
    /// Bytes of memory at which a run stops as if it had been asked to.
    pub memory: Option<u64>,
    /// Time after which it does.
    pub time: Option<Duration>,
    /// Bytes that the store may grow to.
    pub store: Option<u64>,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path}: cannot be read; `termsift nightly --example` prints one to start from")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is wrong.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// What is wrong and what would be right.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawConfig {
    store: Spanned<String>,
    clones: Option<Spanned<String>>,
    model: Option<Spanned<String>>,
    #[serde(default)]
    collection: Vec<Spanned<RawCollection>>,
    #[serde(default)]
    filter: RawFilter,
    #[serde(default)]
    report: Vec<RawReport>,
    notify: Option<RawNotify>,
    #[serde(default)]
    limits: RawLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCollection {
    source: Spanned<String>,
    name: Option<Spanned<String>>,
    branch: Option<Spanned<String>>,
    links: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFilter {
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    terms_types: Vec<String>,
    since: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawReport {
    format: Spanned<String>,
    path: Spanned<String>,
    days: Option<Spanned<i64>>,
    #[serde(default)]
    statuses: Vec<Spanned<String>>,
    #[serde(default)]
    categories: Vec<Spanned<String>>,
    priority: Option<Spanned<f64>>,
    top: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawNotify {
    command: Spanned<Value>,
    priority: Option<Spanned<f64>>,
    timeout: Option<Spanned<String>>,
    top: Option<Spanned<i64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLimits {
    threads: Option<Spanned<i64>>,
    memory: Option<Spanned<String>>,
    time: Option<Spanned<String>>,
    store: Option<Spanned<String>>,
}

impl Config {
    /// Reads the file at `path`. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// When it cannot be read or a line is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        Self::parse(&text, path)
    }

    /// Reads `text`, the content of the file at `path`.
    ///
    /// # Errors
    /// When a line is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file = File { text, path };
        let raw: RawConfig = toml::from_str(text)
            .map_err(|error| file.wrong(&error.span().unwrap_or_default(), one_line(error.message())))?;
        let store = file.place(&raw.store)?;
        let clones = raw.clones.as_ref().map(|clones| file.place(clones)).transpose()?;
        let clones = clones.unwrap_or_else(|| store.with_file_name("clones"));
        let config = Self {
            store,
            model: raw.model.as_ref().map(|model| file.model(model)).transpose()?.unwrap_or_default(),
            collections: file.collections(&raw.collection, &clones)?,
            filter: ReadFilter {
                services: raw.filter.services,
                terms_types: raw.filter.terms_types,
                since: raw.filter.since.as_ref().map(|since| file.moment(since)).transpose()?,
            },
            reports: raw.report.iter().map(|report| file.report(report)).collect::<Result<_, _>>()?,
            notify: raw.notify.as_ref().map(|notify| file.notify(notify)).transpose()?,
            limits: file.limits(&raw.limits)?,
        };
        file.apart(&config, &raw.report)?;
        Ok(config)
    }

    /// What of a collection the filter asks for, in a form that two runs can compare.
    #[must_use]
    pub fn scope(&self) -> String {
        let since = self.filter.since.map_or_else(String::new, |since| since.to_string());
        serde_json::json!([self.filter.services, self.filter.terms_types, since]).to_string()
    }
}

/// The file that is read, for messages.
struct File<'a> {
    text: &'a str,
    path: &'a Path,
}

impl File<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.text.bytes().take(span.start).filter(|&byte| byte == b'\n').count()
    }

    fn wrong(&self, span: &Range<usize>, what: impl Into<String>) -> ConfigError {
        ConfigError::Line { path: self.path.into(), line: self.line(span), what: what.into() }
    }

    /// A path, relative to the folder of the file.
    fn place(&self, typed: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        if typed.get_ref().is_empty() {
            return Err(self.wrong(&typed.span(), "an empty path"));
        }
        Ok(self.path.parent().unwrap_or(Path::new("")).join(typed.get_ref()))
    }

    /// A model; a folder is relative to that of the file.
    fn model(&self, typed: &Spanned<String>) -> Result<ModelChoice, ConfigError> {
        let place = self.place(typed)?;
        let named = typed.get_ref();
        match named.as_str() {
            "built-in" => Ok(ModelChoice::BuiltIn),
            "none" => Ok(ModelChoice::Rules),
            _ if place.is_dir() => Ok(ModelChoice::Named(place.to_string_lossy().into_owned())),
            // An id on the hub may lack its owner, so this would be asked for there.
            _ => match ["built-in", "none"].into_iter().find(|word| letters(word) == letters(named)) {
                Some(meant) => Err(self.wrong(&typed.span(), format!("no model {named:?}; write {meant:?}"))),
                None => Ok(ModelChoice::Named(named.clone())),
            },
        }
    }

    /// Refuses a report that would be written in the place of something else.
    fn apart(&self, config: &Config, raw: &[RawReport]) -> Result<(), ConfigError> {
        let mut taken = config.kept(self.path);
        for (report, raw) in config.reports.iter().zip(raw) {
            for path in report.files() {
                if let Some(other) = taken.iter().find(|taken| replaces(&path, &taken.path)) {
                    let what = format!("{} is {}; give the report a path of its own", path.display(), other.what);
                    return Err(self.wrong(&raw.path.span(), what));
                }
                taken.push(Taken { path, what: "what another report is written to" });
            }
        }
        Ok(())
    }

    fn collections(&self, raw: &[Spanned<RawCollection>], clones: &Path) -> Result<Vec<CollectionConfig>, ConfigError> {
        if raw.is_empty() {
            return Err(self.wrong(&(self.text.len()..self.text.len()), "no [[collection]]; give at least one"));
        }
        let mut collections: Vec<CollectionConfig> = Vec::with_capacity(raw.len());
        for one in raw {
            let one = one.get_ref();
            let collection = self.collection(one, clones)?;
            if collections.iter().any(|other| other.source == collection.source) {
                return Err(self.wrong(&one.source.span(), format!("{:?} is given twice", collection.source)));
            }
            if let Some(name) = &one.name
                && collections.iter().any(|other| other.tracked.name.as_ref() == Some(name.get_ref()))
            {
                return Err(self.wrong(&name.span(), format!("two collections with the name {:?}", name.get_ref())));
            }
            collections.push(collection);
        }
        Ok(collections)
    }

    fn collection(&self, raw: &RawCollection, clones: &Path) -> Result<CollectionConfig, ConfigError> {
        let source = raw.source.get_ref();
        let spec = match SourceSpec::parse(source) {
            SourceSpec::Url(url) => SourceSpec::Url(url),
            SourceSpec::Path(path) if SourceSpec::is_clause_file(&path) => {
                let what = "a file of clause changes has no document changes to store; a collection is a repository, a \
                            folder or a zip archive of versions";
                return Err(self.wrong(&raw.source.span(), what));
            }
            SourceSpec::Path(_) => SourceSpec::Path(self.place(&raw.source)?),
            SourceSpec::Stdin | SourceSpec::Pair { .. } => {
                return Err(self.wrong(&raw.source.span(), "a collection is a path or a URL"));
            }
        };
        for (what, value) in [("name", &raw.name), ("branch", &raw.branch)] {
            if let Some(value) = value
                && value.get_ref().trim().is_empty()
            {
                return Err(self.wrong(&value.span(), format!("an empty {what}")));
            }
        }
        let links = raw
            .links
            .as_ref()
            .map(|links| Permalinks::parse(links.get_ref()).map_err(|what| self.wrong(&links.span(), what)));
        let links = links.transpose()?;
        let own = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.get_ref().clone());
        Ok(CollectionConfig {
            source: source.clone(),
            tracked: Tracked { spec, branch: own(&raw.branch), clones: clones.into(), name: own(&raw.name), links },
        })
    }

    fn report(&self, raw: &RawReport) -> Result<ReportConfig, ConfigError> {
        let days = raw.days.as_ref().map(|days| self.number(days, 1, i64::from(u16::MAX))).transpose()?;
        let top = raw.top.as_ref().map(|top| self.number(top, 0, i64::MAX)).transpose()?;
        Ok(ReportConfig {
            format: raw.format.get_ref().clone(),
            line: self.line(&raw.format.span()),
            path: self.place(&raw.path)?,
            days: days.and_then(|days| u32::try_from(days).ok()),
            statuses: self.known("status", &raw.statuses, &Status::ALL.map(Status::id))?,
            categories: self.known(
                "category",
                &raw.categories,
                &Category::ALL.iter().map(|category| category.id()).collect::<Vec<_>>(),
            )?,
            priority: raw.priority.as_ref().map(|priority| self.priority(priority)).transpose()?,
            top: top.and_then(|top| usize::try_from(top).ok()),
        })
    }

    fn notify(&self, raw: &RawNotify) -> Result<NotifyConfig, ConfigError> {
        let command = self.command(&raw.command)?;
        if command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(self.wrong(&raw.command.span(), "an empty command; give a program and its arguments"));
        }
        let top = raw.top.as_ref().map(|top| self.number(top, 1, i64::MAX)).transpose()?;
        Ok(NotifyConfig {
            priority: raw.priority.as_ref().map_or(Ok(0.0), |priority| self.priority(priority))?,
            command,
            timeout: raw.timeout.as_ref().map_or(Ok(Duration::from_secs(60)), |timeout| self.duration(timeout))?,
            top: top.and_then(|top| usize::try_from(top).ok()).unwrap_or(20),
        })
    }

    /// Program and arguments.
    fn command(&self, typed: &Spanned<Value>) -> Result<Vec<String>, ConfigError> {
        let what = match typed.get_ref() {
            Value::Array(words) => {
                let words = words.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                if let Some(words) = words {
                    return Ok(words);
                }
                "the program and each of its arguments go in quotation marks".to_owned()
            }
            Value::String(line) if line.trim().is_empty() => return Ok(Vec::new()),
            Value::String(line) => format!("a command is a list of its words; write {}", as_list(line)),
            other => format!("a command is a list such as [\"mail\", \"-s\", \"x\"], not of type {}", other.type_str()),
        };
        Err(self.wrong(&typed.span(), what))
    }

    fn limits(&self, raw: &RawLimits) -> Result<Limits, ConfigError> {
        let bytes = |size: &Option<Spanned<String>>| size.as_ref().map(|size| self.bytes(size)).transpose();
        let threads = raw.threads.as_ref().map_or(Ok(0), |threads| self.number(threads, 0, 1024))?;
        Ok(Limits {
            threads: usize::try_from(threads).unwrap_or(0),
            memory: bytes(&raw.memory)?,
            time: raw.time.as_ref().map(|time| self.duration(time)).transpose()?,
            store: bytes(&raw.store)?,
        })
    }

    fn number(&self, value: &Spanned<i64>, least: i64, most: i64) -> Result<i64, ConfigError> {
        let number = *value.get_ref();
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        let range = if most == i64::MAX { format!("at least {least}") } else { format!("{least} to {most}") };
        Err(self.wrong(&value.span(), format!("{number} is out of range; give {range}")))
    }

    fn priority(&self, value: &Spanned<f64>) -> Result<f64, ConfigError> {
        let priority = *value.get_ref();
        if (0.0..=100.0).contains(&priority) {
            return Ok(priority);
        }
        Err(self.wrong(&value.span(), format!("a priority of {priority}; they go from 0 to 100")))
    }

    fn duration(&self, value: &Spanned<String>) -> Result<Duration, ConfigError> {
        let typed = value.get_ref();
        typed
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .filter(|duration| !duration.is_zero())
            .ok_or_else(|| {
                self.wrong(&value.span(), format!("{typed:?} is no time such as \"90s\", \"45m\" or \"2h 30m\""))
            })
    }

    fn bytes(&self, value: &Spanned<String>) -> Result<u64, ConfigError> {
        let typed = value.get_ref();
        parse_bytes(typed)
            .filter(|&bytes| bytes > 0)
            .ok_or_else(|| self.wrong(&value.span(), format!("{typed:?} is no size such as \"600 MB\" or \"2 GiB\"")))
    }

    /// A day or a time, with or without quotation marks: TOML has dates of its own.
    fn moment(&self, value: &Spanned<Value>) -> Result<Timestamp, ConfigError> {
        let typed = match value.get_ref() {
            Value::String(text) => text.clone(),
            Value::Datetime(date) => date.to_string(),
            other => {
                let what = format!("a day such as 2025-11-03 or an RFC 3339 time, not of type {}", other.type_str());
                return Err(self.wrong(&value.span(), what));
            }
        };
        let midnight = || {
            let day: jiff::civil::Date = typed.parse().ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()
        };
        let moment = if typed.contains(['T', 't', ' ']) { typed.parse().ok() } else { midnight() };
        moment.ok_or_else(|| {
            self.wrong(&value.span(), format!("{typed:?} is no day such as \"2025-11-03\" nor an RFC 3339 time"))
        })
    }

    fn known(&self, what: &str, given: &[Spanned<String>], ids: &[&str]) -> Result<Vec<String>, ConfigError> {
        given
            .iter()
            .map(|one| {
                let id = one.get_ref();
                if ids.contains(&id.as_str()) {
                    return Ok(id.clone());
                }
                Err(self.wrong(&one.span(), format!("unknown {what} {id:?}; known: {}", ids.join(", "))))
            })
            .collect()
    }
}

/// `600 MB`, `2 GiB`, `1000`.
fn parse_bytes(typed: &str) -> Option<u64> {
    let typed = typed.trim();
    let digits = typed.find(|c: char| !c.is_ascii_digit()).unwrap_or(typed.len());
    let (number, unit) = typed.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1000 * 1000,
        "gb" => 1000 * 1000 * 1000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// The letters of a word, in lower case: `Built_In` is `builtin`.
fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A command line as the list that does the same.
fn as_list(line: &str) -> String {
    let plain = line.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "-_./@:=+,%".contains(c));
    let words: Vec<&str> = if plain { line.split_whitespace().collect() } else { vec!["sh", "-c", line] };
    format!("{words:?}")
}

/// Messages of the parser may go over several lines.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        match Config::parse(text, Path::new("night/termsift.toml")) {
            Ok(config) => format!("{config:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_example_is_right_and_names_every_key() {
        let config = Config::parse(EXAMPLE, Path::new("termsift.toml")).expect("the example can be read");
        assert!(!config.collections.is_empty());
        // With every comment that is a setting taken as one, it is right as well, and nothing is left at its default.
        let all: String = EXAMPLE
            .lines()
            .map(|line| {
                line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let config = Config::parse(&all, Path::new("termsift.toml")).map_err(|error| error.to_string());
        let config = config.expect("every key of the example is known");
        assert!(config.notify.is_some() && config.limits.memory.is_some() && config.filter.since.is_some());
    }

    #[test]
    fn errors_name_the_line() {
        let start = "store = \"s.sqlite\"\n[[collection]]\nsource = \"a\"\n";
        let cases = [
            ("", "night/termsift.toml:1: missing field `store`"),
            ("store = \"s.sqlite\"\n", "no [[collection]]"),
            ("store = 3\n", ":1: invalid type"),
            ("store = \"s\"\nstores = 1\n", ":2: unknown field `stores`"),
            ("store = \"s\n", ":1: "),
            (&format!("{start}brunch = \"x\"\n"), ":4: unknown field `brunch`"),
            (&format!("{start}links = \"https://x.example/a\"\n"), ":4: \"https://x.example/a\" is no address"),
            (&format!("{start}links = \"https://x.example/{{commit}}/{{file}}\"\n"), ":4: unknown placeholder {file}"),
            (&format!("{start}[[collection]]\nsource = \"a\"\n"), ":5: \"a\" is given twice"),
            (&format!("{start}[[collection]]\nsource = \"-\"\n"), ":5: a collection is a path or a URL"),
            (&format!("{start}[[collection]]\nsource = \"a.JSONL\"\n"), ":5: a file of clause changes"),
            (&format!("{start}\n[limits]\ntime = \"soon\"\n"), ":6: \"soon\" is no time"),
            (&format!("{start}[limits]\nmemory = \"600 MBit\"\n"), ":5: \"600 MBit\" is no size"),
            (&format!("{start}[limits]\nthreads = -1\n"), ":5: -1 is out of range"),
            (&format!("{start}[filter]\nsince = \"yesterday\"\n"), ":5: \"yesterday\" is no day"),
            (&format!("{start}[filter]\nsince = 2025-01-01T07:00:00\n"), ":5: \"2025-01-01T07:00:00\" is no day"),
            (&format!("{start}[filter]\nsince = 2025\n"), "not of type integer"),
            (&format!("{start}[notify]\ncommand = []\n"), ":5: an empty command"),
            (&format!("{start}[notify]\ncommand = \"mail -s x\"\n"), ":5: a command is a list of its words; write "),
            (&format!("{start}[notify]\ncommand = \"mail -s x\"\n"), r#"write ["mail", "-s", "x"]"#),
            (&format!("{start}[notify]\ncommand = 'mail \"a b\"'\n"), r#"write ["sh", "-c", "mail \"a b\""]"#),
            (&format!("{start}[notify]\ncommand = [\"mail\", 3]\n"), ":5: the program and each of its arguments"),
            (&format!("{start}[notify]\ncommand = 3\n"), "not of type integer"),
            ("store = \"s\"\nmodel = \"builtin\"\n", ":2: no model \"builtin\"; write \"built-in\""),
            ("store = \"s\"\nmodel = \"Built_In\"\n", ":2: no model \"Built_In\"; write \"built-in\""),
            (&format!("{start}[notify]\ncommand = [\"x\"]\npriority = 101\n"), ":6: "),
            (
                &format!("{start}[[report]]\nformat = \"csv\"\npath = \"x\"\nstatuses = [\"change\",\n\"news\"]\n"),
                ":8: unknown status \"news\"",
            ),
        ];
        for (text, expected) in cases {
            let said = error(text);
            assert!(said.contains(expected), "{text}\nshould say {expected:?}:\n{said}");
        }
    }

    #[test]
    fn no_report_takes_the_place_of_something_else() {
        let start = "store = \"s.sqlite\"\n[[collection]]\nsource = \"a.zip\"\n";
        let report = |format: &str, path: &str| format!("[[report]]\nformat = \"{format}\"\npath = \"{path}\"\n");
        let cases = [
            ("csv", "s.sqlite", "the store;"),
            ("csv", "reports/../s.sqlite", "the store;"),
            ("csv", "s.sqlite-wal", "a file of the store;"),
            ("csv", "s.sqlite-shm", "a file of the store;"),
            ("csv", "s.sqlite.lock", "a file of the store;"),
            ("csv", "termsift.toml", "the configuration;"),
            ("csv", "../night/termsift.toml", "the configuration;"),
            ("csv", "a.zip", "the source of a collection;"),
            ("html", "new.csv", "what another report is written to;"),
            ("parquet", "./new.parquet", "what another report is written to;"),
            ("csv", "new.clauses.parquet", "what another report is written to;"),
            ("parquet", "new.pq", "new.clauses.parquet is what another report is written to;"),
        ];
        let others = report("csv", "new.csv") + &report("parquet", "new.parquet");
        for (format, path, expected) in cases {
            let said = error(&format!("{start}{others}{}", report(format, path)));
            assert!(said.contains("termsift.toml:12: ") && said.contains(expected), "{format} {path}: {said}");
        }
        let text = format!("{start}{others}{}", report("csv", "s.csv"));
        assert!(Config::parse(&text, Path::new("night/termsift.toml")).is_ok());
    }

    #[test]
    fn days_need_no_quotation_marks() {
        let read = |since: &str| {
            let text = format!("store = \"s\"\n[[collection]]\nsource = \"a\"\n[filter]\nsince = {since}\n");
            let config = Config::parse(&text, Path::new("termsift.toml")).expect("it is right");
            config.filter.since.map(|since| since.to_string())
        };
        let day = Some("2025-01-01T00:00:00Z".to_owned());
        assert_eq!((read("\"2025-01-01\""), read("2025-01-01")), (day.clone(), day));
        assert_eq!(read("2025-01-01T07:00:00+01:00"), Some("2025-01-01T06:00:00Z".to_owned()));
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "store = \"s.sqlite\"\n[[collection]]\nsource = \"../a\"\n[[collection]]\nsource = \"https://x.example/b\"\n";
        let config = Config::parse(text, Path::new("night/termsift.toml")).expect("it is right");
        assert_eq!(config.store, Path::new("night/s.sqlite"));
        assert_eq!(config.collections[0].tracked.spec, SourceSpec::Path("night/../a".into()));
        assert_eq!(config.collections[1].tracked.spec, SourceSpec::Url("https://x.example/b".into()));
        assert_eq!(config.collections[1].tracked.clones, Path::new("night/clones"));
    }

    #[test]
    fn sizes() {
        let cases =
            [("600 MB", Some(600_000_000)), ("2GiB", Some(2 << 30)), ("17", Some(17)), ("-1", None), ("1 PB", None)];
        for (typed, bytes) in cases {
            assert_eq!(parse_bytes(typed), bytes, "{typed}");
        }
    }
}
