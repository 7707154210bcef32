//! Tells when the page was replaced: the recorder met a sign-in page, a bot wall, an error,
//! a consent dialog or some other document where the terms used to be.
//!
//! Idea: such a page is *short*, or what gives it away stands at its *head*, and it keeps
//! nearly nothing of the version before it. So the strength of evidence that is asked for
//! grows with the length of the page: in a page of thirty words one sure phrase decides,
//! in a page of six hundred it takes several, and past [`LONGEST_WALL`] words phrases say
//! nothing, because a long document mentions sign-in, captchas and error codes itself.
//!
//! A rewritten policy looks much like another document, and it is what analysts most want
//! to see. Every rule here would therefore rather miss a replaced page than hide a rewrite.
//!
//! Cost: linear in the length of both texts.

use super::language::language;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

/// Past this many words phrases are not looked at.
const LONGEST_WALL: usize = 800;
/// Clauses kept above this share: the document is still there.
const MOST_SHARED: f64 = 0.5;
/// A page of at most [`STUB_WORDS`] words is a stub where it has under 1/[`STUB_SHRINK`] of the words before.
const STUB_WORDS: usize = 320;
const STUB_SHRINK: usize = 12;
/// A page of so few words is a stub where it has under a sixth of the words before.
const TINY_WORDS: usize = 40;
const TINY_SHRINK: usize = 6;
/// A page of up to [`LONGEST_WALL`] words is a stub where it has under 1/[`STUMP_SHRINK`] of the words before.
const STUMP_SHRINK: usize = 15;
/// Below this many words the previous version cannot have been more than a stub itself.
const LEAST_PREVIOUS: usize = 60;

/// What stands in place of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WallKind {
    /// A page that asks the reader to sign in.
    SignIn,
    /// A page that wants proof of a human reader, or blocks the reader as a machine.
    Bot,
    /// An error, maintenance or not-found page.
    Error,
    /// A dialog that asks for consent to cookies.
    Consent,
    /// A document about something else, or a page with (nearly) nothing on it.
    OtherDocument,
}

impl fmt::Display for WallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignIn => "a sign-in wall",
            Self::Bot => "a bot wall",
            Self::Error => "an error page",
            Self::Consent => "a consent wall",
            Self::OtherDocument => "another document",
        })
    }
}

/// A page that stands in place of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// What it is.
    pub kind: WallKind,
    /// The phrase that gave it away, or what was measured, in words for an analyst.
    pub evidence: String,
}

/// Whether `current` stands in place of `previous` instead of being a version of it.
///
/// Texts are the plain text of two versions (markup removed, clauses joined by newlines);
/// `shared` is the share of the previous version's clauses that are still there.
///
/// Behind a wall, `previous` is the last version before it: beside a wall, another one looks like any page.
#[must_use]
pub fn replaced(previous: &str, current: &str, shared: f64) -> Option<Wall> {
    if shared > MOST_SHARED {
        return None;
    }
    let before = count_words(previous);
    let after = count_words(current);
    if after > TINY_WORDS && after * 2 > before {
        return other_topic(previous, current, shared);
    }
    match said(current, before, after) {
        Said::Wall(wall) => Some(wall),
        Said::Withdrawn => None,
        Said::Nothing => stub(before, after).or_else(|| other_topic(previous, current, shared)),
    }
}

/// What a short page says about itself.
enum Said {
    Wall(Wall),
    /// The document was withdrawn or merged, which is news.
    Withdrawn,
    Nothing,
}

/// A wall by what it says.
fn said(current: &str, before: usize, after: usize) -> Said {
    let (Some(needed), Some(phrases)) = (needed_strength(after), PHRASES.as_ref()) else { return Said::Nothing };
    let page = normalized(current);
    let found = phrases.find(&page);
    if found.withdrawn {
        return Said::Withdrawn;
    }
    let Some((kind, strength, best)) = found.strongest() else { return Said::Nothing };
    if strength < needed || (after > LONG_PAGE && best.at > HEAD_BYTES && strength < 2 * needed) {
        return Said::Nothing;
    }
    let evidence = format!("the page says “{}”; {} where there were {before}", best.phrase, words(after));
    Said::Wall(Wall { kind, evidence })
}

/// In a page of more than [`LONG_PAGE`] words the strongest phrase stands within so many bytes,
/// unless there is twice the strength that is needed.
const HEAD_BYTES: usize = 600;
const LONG_PAGE: usize = 150;

/// The strength that a page of so many words has to reach, if phrases can tell at all.
fn needed_strength(words: usize) -> Option<u32> {
    match words {
        0..=60 => Some(2),
        61..=LONG_PAGE => Some(5),
        151..=300 => Some(7),
        301..=LONGEST_WALL => Some(9),
        _ => None,
    }
}

/// A page with (nearly) nothing on it.
fn stub(before: usize, after: usize) -> Option<Wall> {
    if before < LEAST_PREVIOUS {
        return None;
    }
    let tiny = after <= TINY_WORDS && after * TINY_SHRINK < before;
    let small = after <= STUB_WORDS && after * STUB_SHRINK < before;
    let stump = after <= LONGEST_WALL && after * STUMP_SHRINK < before;
    let evidence = match after {
        0 => format!("the page is empty; there were {}", words(before)),
        1 if tiny => format!("only 1 word stands where there were {before}"),
        _ if tiny || small || stump => format!("only {} stand where there were {before}", words(after)),
        _ => return None,
    };
    Some(Wall { kind: WallKind::OtherDocument, evidence })
}

/// Another document by its words: hardly any content word of the current text was known before.
fn other_topic(previous: &str, current: &str, shared: f64) -> Option<Wall> {
    const LEAST_CONTENT: usize = 60;
    const MOST_KNOWN_PERCENT: usize = 22;
    let (was, is) = (title(previous), title(current));
    if shared > 0.03 || was == is || LEGAL_TITLES.iter().any(|stem| is.contains(stem)) {
        return None;
    }
    let old = content_words(previous);
    let new = content_words(current);
    if old.len() < LEAST_CONTENT || new.len() < LEAST_CONTENT {
        return None;
    }
    let both = old.intersection(&new).count();
    // Both sides have to be strangers: a summary's words are all known before,
    // and so are most words of a document that was merged into a larger one.
    let smaller = old.len().min(new.len());
    if both * 100 > smaller * MOST_KNOWN_PERCENT || !same_language(previous, current) {
        return None;
    }
    let evidence =
        format!("another title, no clause kept, and {}% of the vocabulary in common", both * 100 / smaller.max(1));
    Some(Wall { kind: WallKind::OtherDocument, evidence })
}

/// Stems in the titles of terms. A page with such a title is rather a rewrite, or the document come back.
const LEGAL_TITLES: &[&str] = &[
    "terms",
    "polic",
    "privac",
    "condition",
    "agreement",
    "notice",
    "statement",
    "guideline",
    "rules",
    "cookie",
    "standards",
    "legal",
    "addendum",
    "licen",
    "confidential",
    "politique",
    "mentions",
    "règles",
    "datenschutz",
    "bedingungen",
    "richtlinie",
    "agb",
    "término",
    "condicion",
    "política",
    "aviso",
    "informativa",
    "termini",
    "condizioni",
    "termos",
    "condições",
    "voorwaarden",
    "beleid",
    "regulamin",
    "polityk",
    "villkor",
    "integritet",
    "vilkår",
    "ehdot",
    "tietosuoja",
    "podmínky",
    "условия",
    "политика",
    "соглашение",
    "条款",
    "政策",
    "協議",
    "协议",
    "規約",
    "ポリシー",
    "약관",
    "방침",
    "الخصوصية",
    "شروط",
];

fn words(count: usize) -> String {
    if count == 1 { "1 word".to_owned() } else { format!("{count} words") }
}

/// Words as runs of letters and digits; in scripts without spaces two characters count as one.
/// An address counts as one word, because rendered pages keep some of them.
fn count_words(text: &str) -> usize {
    text.split_whitespace().map(|piece| if piece.contains("://") { 1 } else { count_runs(piece) }).sum()
}

fn count_runs(piece: &str) -> usize {
    let mut inside = false;
    let mut runs = 0;
    let mut ideographs = 0_usize;
    for c in piece.chars() {
        if unspaced(c) {
            ideographs += 1;
            inside = false;
        } else if c.is_alphanumeric() {
            runs += usize::from(!inside);
            inside = true;
        } else if !matches!(c, '\'' | '’') {
            inside = false;
        }
    }
    runs + ideographs.div_ceil(2)
}

/// Scripts written without spaces: Thai, Lao, Khmer, Burmese, kana, ideographs.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The first line with a few letters, lower case.
fn title(text: &str) -> String {
    text.lines()
        .find(|line| line.chars().filter(|c| c.is_alphabetic()).take(4).count() == 4)
        .map(|line| line.trim().chars().take(200).collect::<String>().to_lowercase())
        .unwrap_or_default()
}

/// The different words of five letters and more, lower case.
fn content_words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().take(5).count() == 5)
        .map(str::to_lowercase)
        .collect()
}

/// Vocabularies of different languages have little in common whatever the topic.
fn same_language(previous: &str, current: &str) -> bool {
    language(previous).is_some_and(|from| language(current) == Some(from))
}

/// Lower case, straight apostrophes, one space between words.
fn normalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '’' | '‘' | 'ʼ' | '`' => out.push('\''),
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// One line of `data/walls.tsv`.
struct Phrase {
    /// `None` says that the document was withdrawn.
    kind: Option<WallKind>,
    strength: u32,
    text: &'static str,
}

struct Phrases {
    all: Vec<Phrase>,
    search: AhoCorasick,
}

/// `None` only if the data file does not parse, which a test rules out.
static PHRASES: LazyLock<Option<Phrases>> = LazyLock::new(|| {
    let all: Vec<Phrase> = include_str!("data/walls.tsv").lines().filter_map(phrase).collect();
    let texts = all.iter().map(|phrase| phrase.text);
    // Longest first, so that no phrase counts again inside another.
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok()?;
    Some(Phrases { all, search })
});

fn phrase(line: &'static str) -> Option<Phrase> {
    let mut fields = line.split('\t');
    let kind = match fields.next()? {
        "sign-in" => Some(WallKind::SignIn),
        "bot" => Some(WallKind::Bot),
        "error" => Some(WallKind::Error),
        "consent" => Some(WallKind::Consent),
        "withdrawn" => None,
        _ => return None,
    };
    let strength = fields.nth(1)?.parse().ok()?;
    Some(Phrase { kind, strength, text: fields.next()? })
}

/// The strength found for each kind, and its strongest phrase (the first of equals).
#[derive(Default)]
struct Found {
    kinds: [Option<(u32, Best)>; 4],
    withdrawn: bool,
}

#[derive(Clone, Copy)]
struct Best {
    phrase: &'static str,
    strength: u32,
    at: usize,
}

impl Phrases {
    fn find(&self, page: &str) -> Found {
        let mut found = Found::default();
        let mut seen = vec![false; self.all.len()];
        for hit in self.search.find_iter(page) {
            let index = hit.pattern().as_usize();
            let (Some(phrase), Some(seen)) = (self.all.get(index), seen.get_mut(index)) else { continue };
            if !*seen && at_word_borders(page, hit.start(), hit.end()) {
                *seen = true;
                found.add(phrase, hit.start());
            }
        }
        found
    }
}

impl Found {
    fn add(&mut self, phrase: &Phrase, at: usize) {
        let Some(kind) = phrase.kind else {
            self.withdrawn = true;
            return;
        };
        let Some(slot) = self.kinds.get_mut(kind as usize) else { return };
        let new = Best { phrase: phrase.text, strength: phrase.strength, at };
        *slot = Some(match *slot {
            None => (phrase.strength, new),
            Some((sum, best)) => (sum + phrase.strength, if new.strength > best.strength { new } else { best }),
        });
    }

    /// The kind with the greatest strength, the first in the order of [`WallKind`] among equals,
    /// unless nothing better than hints was found for it.
    fn strongest(&self) -> Option<(WallKind, u32, Best)> {
        const KINDS: [WallKind; 4] = [WallKind::SignIn, WallKind::Bot, WallKind::Error, WallKind::Consent];
        let mut top: Option<(WallKind, u32, Best)> = None;
        for (kind, found) in KINDS.into_iter().zip(self.kinds) {
            let Some((sum, best)) = found else { continue };
            if best.strength > 1 && top.is_none_or(|(_, most, _)| sum > most) {
                top = Some((kind, sum, best));
            }
        }
        top
    }
}

/// Whether no word goes on before `start` or after `end`.
fn at_word_borders(page: &str, start: usize, end: usize) -> bool {
    let joined = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(a), Some(b)) => a.is_alphanumeric() && b.is_alphanumeric() && !unspaced(a) && !unspaced(b),
        _ => false,
    };
    let around = |at: usize| {
        let left = page.get(..at).and_then(|text| text.chars().next_back());
        let right = page.get(at..).and_then(|text| text.chars().next());
        (left, right)
    };
    let (a, b) = around(start);
    let (c, d) = around(end);
    !joined(a, b) && !joined(c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up policy of about `words` words.
    fn policy(words: usize) -> String {
        const CLAUSE: &str = "We keep the data that you hand us while your account is open.\n\
            If you forgot your password you may sign in to the help desk and solve the captcha.\n\
            Our partners receive delivery addresses only, and an error 404 is logged for a week.\n";
        let mut text = String::from("Privacy notice of the Quince Orchard\n");
        while count_words(&text) < words {
            text.push_str(CLAUSE);
        }
        text
    }

    #[test]
    fn every_line_of_the_data_is_read() {
        let lines = include_str!("data/walls.tsv")
            .lines()
            .filter(|line| !line.starts_with('#') && !line.starts_with("kind\t"))
            .count();
        let read = PHRASES.as_ref().map_or(0, |phrases| phrases.all.len());
        assert_eq!(lines, read);
        for phrase in &PHRASES.as_ref().expect("phrases").all {
            assert_eq!(phrase.text, normalized(phrase.text).trim(), "not normalized");
            assert!((1..=3).contains(&phrase.strength), "{}", phrase.text);
        }
    }

    #[test]
    fn walls() {
        let cases: &[(&str, Option<WallKind>)] = &[
            ("Quince Orchard\nYou must log in to continue.\nForgotten password?", Some(WallKind::SignIn)),
            ("Mot de passe oublié ?\nConnectez-vous pour continuer", Some(WallKind::SignIn)),
            ("Just a moment…\nChecking your browser before the orchard opens.", Some(WallKind::Bot)),
            ("Zugriff verweigert", Some(WallKind::Bot)),
            ("404\nThe page you’re looking for has been picked.", Some(WallKind::Error)),
            ("Página no encontrada", Some(WallKind::Error)),
            ("ページが見つかりません。", Some(WallKind::Error)),
            ("Before you continue to the Orchard\nAccept all\nReject all", Some(WallKind::Consent)),
            ("", Some(WallKind::OtherDocument)),
            ("Privacy notice", Some(WallKind::OtherDocument)),
        ];
        let before = policy(900);
        for (page, expected) in cases {
            assert_eq!(replaced(&before, page, 0.0).map(|wall| wall.kind), *expected, "{page}");
        }
    }

    #[test]
    fn documents_that_mention_walls_are_no_walls() {
        let cases = [
            (policy(900), policy(500), 0.4),
            (policy(900), policy(1200), 0.0),
            (policy(900), policy(700), 0.0),
            (policy(300), policy(120), 0.3),
            (String::new(), policy(300), 0.0),
            (String::new(), String::new(), 1.0),
        ];
        for (before, after, shared) in cases {
            assert_eq!(replaced(&before, &after, shared), None, "{} words", count_words(&after));
        }
    }

    #[test]
    fn a_phrase_counts_only_at_word_borders() {
        let page = "reloading the catalogues";
        assert!(PHRASES.as_ref().expect("phrases").find(page).strongest().is_none());
    }

    #[test]
    fn evidence_is_for_people() {
        let wall = replaced(&policy(900), "Page not found", 0.0).expect("a wall");
        assert!(
            wall.evidence.starts_with("the page says “page not found”; 3 words where there were 9"),
            "{}",
            wall.evidence
        );
        assert_eq!(wall.kind.to_string(), "an error page");
    }
}
