//! Small git collections, configurations, and what a store holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

/// What a run left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }
}

pub(crate) fn termsift(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_termsift"));
    command.args(args).stdin(Stdio::null()).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

pub(crate) fn run(args: &[&str]) -> Ran {
    Ran::of(termsift(args).output().expect("the binary starts"))
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A versions repository.
pub(crate) struct Repository(pub(crate) PathBuf);

impl Repository {
    pub(crate) fn at(path: PathBuf) -> Self {
        fs::create_dir_all(&path).expect("a folder");
        let repository = Self(path);
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=recorder", "-c", "user.email=recorder@collection.example"])
            .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0", "-c", "core.autocrlf=false"])
            .args(args)
            .current_dir(&self.0)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_DATE", "2025-03-04T05:06:07Z")
            .env("GIT_COMMITTER_DATE", "2025-03-04T05:06:07Z")
            .output()
            .expect("git is needed to run these tests");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Records `content` as the next version of `document`.
    pub(crate) fn record(&self, document: &str, content: &str) {
        let path = self.0.join(document);
        fs::create_dir_all(path.parent().expect("a service")).expect("a folder");
        fs::write(path, content).expect("it is written");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", &format!("Record new changes of {document}")]);
    }
}

/// The `nth` version of made-up terms; every fourth returns to the one before the last.
pub(crate) fn terms(document: usize, nth: usize) -> String {
    let nth = if nth % 4 == 3 { nth - 2 } else { nth };
    let days = 30 * (nth + 1);
    let mut text = format!("# Terms {document}\n\nWe keep your data for {days} days after you close your account.\n\n");
    for clause in 0..12 {
        let who = if clause == nth % 12 { "our partners and Tarnwick Networks Ltd" } else { "nobody" };
        let clause = format!("Clause {clause} of {document}: we share what you write with {who}.\n\n");
        text.push_str(&clause);
    }
    text
}

/// A folder with collections, a configuration and a store.
pub(crate) struct Night {
    pub(crate) folder: TempDir,
}

impl Night {
    /// `collections` repositories of `documents` documents with `versions` versions each.
    pub(crate) fn new(collections: usize, documents: usize, versions: usize) -> Self {
        let night = Self { folder: tempfile::tempdir().expect("a folder") };
        for collection in 0..collections {
            let repository = Repository::at(night.path(&format!("col-{collection}")));
            for nth in 0..versions {
                for document in 0..documents {
                    repository.record(&format!("Service {document}/Terms of Service.md"), &terms(document, nth));
                }
            }
        }
        let sources = (0..collections).map(|at| format!("[[collection]]\nsource = \"col-{at}\"\n")).collect::<String>();
        night.configure(&sources);
        night
    }

    pub(crate) fn configure(&self, rest: &str) {
        fs::write(self.config(), format!("store = \"store.sqlite\"\nmodel = \"none\"\n{rest}")).expect("it is written");
    }

    pub(crate) fn append(&self, rest: &str) {
        let text = fs::read_to_string(self.config()).expect("it is there");
        fs::write(self.config(), format!("{text}{rest}")).expect("it is written");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("termsift.toml")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store.sqlite")
    }

    pub(crate) fn repository(&self, at: usize) -> Repository {
        Repository(self.path(&format!("col-{at}")))
    }

    pub(crate) fn repository_of(&self, name: &str) -> Repository {
        Repository(self.path(name))
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let config = self.config();
        let mut args = vec!["nightly", "--config", text(&config)];
        args.extend(more);
        termsift(&args)
    }

    pub(crate) fn run(&self, more: &[&str]) -> Ran {
        Ran::of(self.command(more).output().expect("the binary starts"))
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::open(self.store()).expect("the store opens")
    }

    /// One number that a query gives.
    pub(crate) fn number(&self, query: &str) -> i64 {
        self.connection().query_row(query, [], |row| row.get(0)).expect("a number")
    }

    pub(crate) fn words(&self, query: &str) -> String {
        self.connection().query_row(query, [], |row| row.get(0)).expect("a text")
    }

    pub(crate) fn check(&self) {
        let store = self.store();
        let ran = run(&["store", "check", text(&store)]).ok();
        assert!(ran.out.contains("nothing is wrong"), "{}", ran.out);
        assert_eq!(self.words("PRAGMA integrity_check"), "ok");
    }

    /// Every row of every table, without numbers of rows and runs, which hang on the order in which threads finished.
    pub(crate) fn rows(&self) -> Vec<String> {
        rows(&self.connection())
    }
}

/// Makes of the store one that the first version of it could be.
pub(crate) const TO_VERSION_1: &str =
    "DROP TABLE sketch; ALTER TABLE assessment DROP COLUMN unsure; DROP INDEX assessment_maker;
    ALTER TABLE assessment DROP COLUMN weights;
    UPDATE assessment SET engine = 1; PRAGMA user_version = 1;";

const TABLES: [&str; 8] = [
    "SELECT 'change', collection.name, path, commit_id, public_id, service, terms_type, date, seconds, place, gone,
            announced_by IS NULL FROM document_change JOIN collection ON collection.id = collection_id",
    "SELECT 'assessment', public_id, model.name, engine, current, unreadable, status, priority, materiality, effect,
            categories, cost, record, hex(hash), hex(clauses), unsure, weights FROM assessment
            JOIN document_change ON document_change.id = document_change_id JOIN model ON model.id = model_id
            LEFT JOIN comparison ON comparison.id = comparison_id",
    "SELECT 'clause', document_change.public_id, ordinal, clause_change.public_id, kind, hex(key), before, after
            FROM clause_change JOIN document_change ON document_change.id = document_change_id
            JOIN clause_text ON clause_text.id = clause_text_id",
    "SELECT 'prediction', public_id, ordinal, prediction.materiality, materiality_score, prediction.effect,
            effect_score, prediction.categories FROM prediction JOIN assessment ON assessment.id = assessment_id
            JOIN document_change ON document_change.id = document_change_id",
    "SELECT 'sketch', public_id, model.name, cut, hex(keys) FROM sketch
            JOIN assessment ON assessment.id = assessment_id JOIN model ON model.id = model_id
            JOIN document_change ON document_change.id = document_change_id",
    "SELECT 'text', hex(key), before, after FROM clause_text",
    "SELECT 'comparison', hex(hash), hex(clauses) FROM comparison",
    "SELECT 'head', name, source, head, scope FROM collection",
];

pub(crate) fn rows(connection: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let mut statement = connection.prepare(table).expect("a table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells: Vec<Value> = (0..columns).map(|at| row.get(at).expect("a cell")).collect();
            all.push(format!("{cells:?}"));
        }
    }
    all.sort();
    all
}
