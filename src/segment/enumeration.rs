//! Enumerations that run inside a sentence: `we (a) collect …; (b) share …; and (c) sell …`.
//!
//! Markers are gathered while the sentence splitter passes over the text; a small stack of open
//! sequences then decides which of them enumerate: a sequence starts at 1, a, i (or their kin), goes
//! up by one, each marker after the first follows a separator or a conjunction, and its pieces are
//! long enough to be read alone. What refers to an enumeration elsewhere ("section 2(a) and (b)",
//! "paragraphs (a) and (b)", "(a) and (b) above") is no marker. Linear: the stack is bounded.

use super::abbreviation::{Classes, classes};
use super::sentence::{Boundary, BoundaryKind, char_at, char_before, word_before};

/// Sequences inside one another that are followed; terms rarely go beyond three.
const DEEPEST: usize = 6;

/// Mean length in bytes from which the pieces of an enumeration are worth being clauses.
const SHORTEST_PIECE: usize = 20;

/// No label is longer, in bytes ("xxxviii").
const LONGEST_LABEL: usize = 7;

/// How a label is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    /// `(a)`
    Both,
    /// `a)`
    Half,
    /// `a.`
    Stop,
}

/// What a label counts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    Digits,
    LowerLetters,
    UpperLetters,
    LowerRoman,
    UpperRoman,
}

/// A label in the text that may open an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marker {
    /// Where it starts, its bracket included.
    pub(super) at: usize,
    /// Where it ends.
    end: usize,
    bracket: Bracket,
    /// Its possible readings: "i" is both the ninth letter and the first Roman numeral.
    readings: [Option<(Count, u32)>; 2],
    role: Role,
    /// Nothing but a label stands before it in its sentence: `ix. (1) …`.
    leads: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It names an item elsewhere.
    Reference,
    /// It follows a separator, a conjunction or another marker: it may go on with a sequence.
    Next,
    /// It may only start a sequence.
    First,
}

/// The markers of one block, in order.
#[derive(Debug, Default)]
pub(super) struct Markers {
    found: Vec<Marker>,
    /// Where the sentence starts, behind its label.
    pub(super) sentence: usize,
}

impl Markers {
    /// Takes note of the marker that ends with the closing bracket at `close`, if there is one.
    /// `nested`: an opening bracket waits for this closing one.
    pub(super) fn note_bracket(&mut self, text: &str, close: usize, width: usize, nested: bool) {
        let Some((label, label_start)) = label_before(text, close) else { return };
        let (at, bracket) = match char_before(text, label_start) {
            Some(c @ ('(' | '（')) => (label_start - c.len_utf8(), Bracket::Both),
            before if !nested && before.is_none_or(char::is_whitespace) => (label_start, Bracket::Half),
            _ => return,
        };
        self.note(text, at, close + width, label, bracket);
    }

    /// Takes note of the marker `1.` or `a.` whose stop is at `stop`; says whether there is one.
    pub(super) fn note_stop(&mut self, text: &str, stop: usize) -> bool {
        let Some((label, at)) = label_before(text, stop) else { return false };
        let digits = label.len() <= 2 && label.bytes().all(|b| b.is_ascii_digit());
        let letter = label.len() == 1 && label.bytes().all(|b| b.is_ascii_lowercase());
        let apart = char_before(text, at).is_some_and(char::is_whitespace);
        let marker = (digits || letter) && apart && separated(text, at, letter);
        if marker {
            self.note(text, at, stop + 1, label, Bracket::Stop);
        }
        marker
    }

    fn note(&mut self, text: &str, at: usize, end: usize, label: &str, bracket: Bracket) {
        let readings = readings(label);
        let spaced = char_at(text, end).is_none_or(|c| c.is_whitespace() || c.is_alphabetic());
        if readings == [None, None] || !spaced || is_ending(text, at) {
            return;
        }
        let mut role = self.role(text, at);
        let leads = at == self.sentence;
        // An item has words of its own: "(a) and (b) above" names two items elsewhere.
        if let Some(last) = self.found.last_mut()
            && text.get(last.end..at).is_some_and(|between| joins_references(between) && !between.trim().is_empty())
        {
            last.role = Role::Reference;
            role = Role::Reference;
        }
        self.found.push(Marker { at, end, bracket, readings, role, leads });
    }

    /// What the text before the marker at `at` says of it.
    fn role(&self, text: &str, at: usize) -> Role {
        let Some(before) = char_before(text, at) else { return Role::First };
        if !before.is_whitespace() && !is_ideographic(before) {
            let separates = matches!(before, '/' | '—' | '–' | ';' | ',' | ':');
            return if separates { Role::Next } else { Role::Reference };
        }
        // Whatever is joined to a reference by no more than a conjunction is one too.
        if let Some(last) = self.found.last().filter(|last| last.role == Role::Reference)
            && text.get(last.end..at).is_some_and(joins_references)
        {
            return Role::Reference;
        }
        let Some((solid, solid_at)) = solid_before(text, at) else { return Role::First };
        if matches!(solid, ';' | ',' | ':' | '.' | '；' | '，' | '：' | '。' | '、' | '–' | '—' | '/' | '!' | '?')
        {
            return Role::Next;
        }
        if self.found.last().is_some_and(|last| last.end == solid_at + solid.len_utf8()) {
            // `(a) (i) …`: nothing but the marker of the outer item before the inner one.
            return Role::First;
        }
        let word = classes(word_before(text, solid_at + solid.len_utf8()));
        if word.any(Classes::REFERENCE) || solid.is_ascii_digit() || solid == '§' {
            Role::Reference
        } else if word.any(Classes::AND) || is_ideographic(solid) {
            Role::Next
        } else {
            Role::First
        }
    }

    /// Adds a boundary at every marker that enumerates and is not at one already.
    pub(super) fn split(&self, text: &str, out: &mut Vec<Boundary>) {
        if self.found.len() < 2 {
            return;
        }
        let mut items: Vec<usize> = Vec::new();
        let mut open: Vec<Sequence> = Vec::with_capacity(DEEPEST);
        for marker in &self.found {
            let Some(level) = Sequence::place(&mut open, marker) else { continue };
            for done in open.drain(level..) {
                done.close(marker.at, &mut items);
            }
            if let Some(sequence) = open.last_mut().filter(|sequence| sequence.last == marker.at) {
                sequence.members.push(marker.at);
            } else {
                open.push(Sequence::start(marker));
            }
        }
        for done in open {
            let last = done.last;
            let end = out.get(out.partition_point(|b| b.at <= last)).map_or(text.len(), |b| b.at);
            done.close(end, &mut items);
        }
        merge(text, items, out);
    }
}

/// An enumeration that is being followed.
#[derive(Debug)]
struct Sequence {
    bracket: Bracket,
    /// What its members may count with, and the number of the last one.
    readings: [Option<(Count, u32)>; 2],
    last: usize,
    members: Vec<usize>,
    /// Whether a cut before its first member would leave a label alone.
    leads: bool,
}

impl Sequence {
    fn start(marker: &Marker) -> Self {
        Self {
            bracket: marker.bracket,
            readings: marker.readings.map(|reading| reading.filter(|&(_, number)| number == 1)),
            last: marker.at,
            members: vec![marker.at],
            leads: marker.leads,
        }
    }

    /// How many of the `open` sequences stay open when `marker` comes: it goes on with the last of
    /// those, or it starts a new one on top of them. Nothing when it does neither.
    fn place(open: &mut [Self], marker: &Marker) -> Option<usize> {
        if marker.role == Role::Reference {
            return None;
        }
        for (level, sequence) in open.iter_mut().enumerate().rev() {
            if (marker.role == Role::Next || sequence.outlives_a_lost_separator(marker)) && sequence.goes_on(marker) {
                return Some(level + 1);
            }
        }
        let first = marker.readings.iter().flatten().any(|&(_, number)| number == 1);
        (first && open.len() < DEEPEST).then_some(open.len())
    }

    /// Past its second member, a sequence goes on where the conjunction was lost or misplaced, `(iv) or`;
    /// not with numbers, which also stand in brackets to repeat a numeral: `three (3) days`.
    fn outlives_a_lost_separator(&self, marker: &Marker) -> bool {
        let numbered = matches!(marker.readings, [Some((Count::Digits, _)), _]);
        self.members.len() >= 2 && marker.bracket == Bracket::Both && !numbered
    }

    fn goes_on(&mut self, marker: &Marker) -> bool {
        if self.bracket != marker.bracket {
            return false;
        }
        let next = self.readings.map(|reading| {
            let (count, number) = reading?;
            marker.readings.iter().flatten().find(|&&(other, n)| other == count && n == number + 1).copied()
        });
        let found = next != [None, None];
        if found {
            self.readings = next;
            self.last = marker.at;
        }
        found
    }

    /// Gives its members to `items` if it is an enumeration; its last piece ends at `end`.
    fn close(self, end: usize, items: &mut Vec<usize>) {
        let Some(&first) = self.members.first() else { return };
        let count = self.members.len();
        if count >= 2 && end.saturating_sub(first) >= count * SHORTEST_PIECE {
            items.extend(self.members.into_iter().skip(usize::from(self.leads)));
        }
    }
}

/// Puts `items` among the boundaries; a sentence that starts with a marker stays a sentence.
fn merge(text: &str, items: Vec<usize>, out: &mut Vec<Boundary>) {
    if items.is_empty() {
        return;
    }
    let kind = BoundaryKind::Item;
    let inside = items.into_iter().filter(|&at| at > 0 && at < text.len());
    out.extend(inside.map(|at| Boundary { at, kind }));
    // Stable, so that of two boundaries at one place the sentence comes first.
    out.sort_by_key(|boundary| boundary.at);
    out.dedup_by_key(|boundary| boundary.at);
}

/// Whether what starts at `at` is the optional ending of a word: `account(s)`.
fn is_ending(text: &str, at: usize) -> bool {
    let attached = char_before(text, at).is_some_and(|c| c.is_alphabetic() && !is_ideographic(c));
    attached && !classes(word_before(text, at)).any(Classes::REFERENCE)
}

/// The letters or digits that end at `end`, if there are few, and where they start.
fn label_before(text: &str, end: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes().get(..end)?;
    let length = bytes.iter().rev().take(LONGEST_LABEL + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
    let start = end - length;
    (1..=LONGEST_LABEL).contains(&length).then_some(())?;
    Some((text.get(start..end)?, start))
}

/// The last character before `at` that is not white space, and where it stands.
fn solid_before(text: &str, at: usize) -> Option<(char, usize)> {
    text.get(..at)?.char_indices().rev().find(|(_, c)| !c.is_whitespace()).map(|(at, c)| (c, at))
}

/// Whether the piece before `at` ends: with a colon or a semicolon, or with a conjunction after a
/// semicolon (after a comma too if `loosely`).
fn separated(text: &str, at: usize, loosely: bool) -> bool {
    let Some((solid, solid_at)) = solid_before(text, at) else { return false };
    if matches!(solid, ':' | ';' | '：' | '；') {
        return true;
    }
    let word = word_before(text, solid_at + solid.len_utf8());
    let start = (solid_at + solid.len_utf8()).saturating_sub(word.len());
    let before = solid_before(text, start).map(|(solid, _)| solid);
    classes(word).any(Classes::AND) && (before == Some(';') || loosely && before == Some(','))
}

/// Whether the text between two markers only joins them: "(a), (b) and (c)", "(a) to (f)".
fn joins_references(between: &str) -> bool {
    between.len() <= 16
        && between.split([' ', ',', '/', '-', '–', '(', ')']).all(|word| {
            word.is_empty()
                || matches!(word, "to" | "through" | "bis" | "à" | "a" | "al")
                || classes(word).any(Classes::AND)
        })
}

fn readings(label: &str) -> [Option<(Count, u32)>; 2] {
    let lower = label.bytes().all(|b| b.is_ascii_lowercase());
    let upper = label.bytes().all(|b| b.is_ascii_uppercase());
    if label.len() <= 2 && label.bytes().all(|b| b.is_ascii_digit()) {
        return [label.parse().ok().map(|number| (Count::Digits, number)), None];
    }
    let (letters, numerals) = match (lower, upper) {
        (true, _) => (Count::LowerLetters, Count::LowerRoman),
        (_, true) => (Count::UpperLetters, Count::UpperRoman),
        _ => return [None, None],
    };
    let letter = match label.as_bytes() {
        [one] => Some((letters, u32::from(one.to_ascii_lowercase() - b'a') + 1)),
        _ => None,
    };
    [letter, roman(label).map(|number| (numerals, number))]
}

/// The Roman numerals below ten.
const UNITS: [&str; 10] = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];

/// The value of a Roman numeral below 40, whatever its case.
pub(super) fn roman(label: &str) -> Option<u32> {
    if label.is_empty() || label.len() > LONGEST_LABEL {
        return None;
    }
    let tens = label.bytes().take_while(|b| b.eq_ignore_ascii_case(&b'x')).count();
    let (tens, rest) = label.split_at_checked(tens.min(3))?;
    let units = UNITS.iter().position(|unit| rest.eq_ignore_ascii_case(unit))?;
    u32::try_from(tens.len() * 10 + units).ok()
}

/// Whether `c` belongs to a script that is written without spaces.
pub(super) fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff65}')
}

/// Where the label of an item at `at` ends: `(a)`, `a)`, `a.`, `12.`, `3.1`, `iv.`.
pub(super) fn label_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let open = usize::from(rest.starts_with('('));
    let body = rest.get(open..)?;
    let length = body.bytes().take(12).take_while(|b| b.is_ascii_alphanumeric() || (open == 0 && *b == b'.')).count();
    let label = body.get(..length)?;
    let closed = body.as_bytes().get(length) == Some(&b')');
    let end = at + open + length + usize::from(closed);
    let bare = label.trim_end_matches('.');
    let counts = is_count(bare);
    let dotted = label.len() == bare.len() + 1;
    let levels = bare.contains('.') && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let marked = counts && (closed != dotted) || open == 0 && levels;
    let spaced = char_at(text, end).is_some_and(|c| c.is_whitespace() || is_ideographic(c));
    (marked && spaced).then_some(end)
}

/// Whether `label` alone counts: a number of up to three digits, one letter, a Roman numeral.
pub(super) fn is_count(label: &str) -> bool {
    match label.as_bytes() {
        [one] => one.is_ascii_alphanumeric(),
        bytes if bytes.iter().all(u8::is_ascii_digit) => (1..=3).contains(&bytes.len()),
        _ => {
            let one_case =
                label.bytes().all(|b| b.is_ascii_lowercase()) || label.bytes().all(|b| b.is_ascii_uppercase());
            one_case && roman(label).is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::sentence::boundaries;

    /// The pieces of `text`, cut at its items only.
    fn items(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        boundaries(text, &mut found);
        let mut pieces = Vec::new();
        let mut from = 0;
        for boundary in found.iter().filter(|boundary| boundary.kind == BoundaryKind::Item) {
            pieces.push(text.get(from..boundary.at).unwrap_or_default());
            from = boundary.at;
        }
        pieces.push(text.get(from..).unwrap_or_default());
        pieces
    }

    #[test]
    fn genuine_enumerations_are_split() {
        // The cuts are where `|` stands.
        let cases = [
            "You agree |(a) to pay all fees on time; |(b) to keep your password; and |(c) to tell us.",
            "We may |(i) suspend your account, |(ii) delete your content or |(iii) end this agreement.",
            "To do so: |(1) open the settings page, and |(2) choose the second option.",
            "Falls: |a) der Kunde nicht zahlt oder |b) der Kunde die Regeln verletzt.",
            "Reasons: |1. you asked us to do it; |2. the law requires it; or |3. it is urgent.",
            "If: |a. the company finds a breach; or |b. the company is told to by a court.",
            "(a) you own everything you post; and |(b) nobody else has any rights in it.",
            "You may |(a) use it: |(i) at home with family or |(ii) at work with others; or |(b) leave it.",
            "If it |(i) breaks any right of others or |(ii) harms anybody at all (or us) |(iii) or is unlawful.",
            "Your account(s) |(i) belong to nobody else and |(ii) must not be sold to anyone.",
            "ix. (1) for any damage that a virus does; or |(2) for the failure of your own hardware.",
            "It is |(A) complete in every respect and |(B) free of all errors.",
            "Despite (i) and (ii) above we may |(a) keep what you sent to us and |(b) show it to others.",
        ];
        for marked in cases {
            let expected: Vec<&str> = marked.split('|').collect();
            assert_eq!(items(&expected.concat()), expected);
        }
    }

    #[test]
    fn references_and_short_lists_are_not_split() {
        let cases = [
            "As set out in Article 6(1)(f) and in Article 6 (1) (a) of the regulation, we act.",
            "Under section 2(a) and (b) of this agreement you may not do any of these things.",
            "What paragraphs (a) and (b) say about the processing of personal data is without effect.",
            "Sections 4 (a), (b) and (c) as well as section 5 (d) survive the end of this agreement.",
            "Subject to Section 4(c) (i) and Art. 6 (1) (f), which apply to everything that we do here.",
            "Choose (a) red, (b) blue or (c) green.",
            "Within thirty (30) days, or sixty (60) days where the law provides so, you must answer.",
            "Your account(s) and your device(s) and the content(s) that you keep on any of them.",
            "You accept (a) everything that this long sentence says about the use of the service.",
            "Gemäß Art. 6 Abs. 1 lit. a) und lit. b) DSGVO verarbeiten wir Ihre Daten immer.",
            "Notwithstanding (i) and (ii) above, any claim that you bring must be brought within one year.",
            "The obligations in (a) and (b) above do not apply to what you have published elsewhere before.",
            "What is said in (a), (b) and (c) above binds everybody who uses the service on your behalf.",
            "Anything in (a)/(b) or (1) to (2) that this agreement does not say otherwise about stays in force.",
        ];
        for text in cases {
            assert_eq!(items(text), [text]);
        }
    }

    #[test]
    fn a_sentence_that_starts_with_a_marker_stays_a_sentence() {
        let mut found = Vec::new();
        boundaries("As follows: (1) We collect your data. (2) We delete your data.", &mut found);
        let kinds: Vec<BoundaryKind> = found.iter().map(|boundary| boundary.kind).collect();
        assert_eq!(kinds, [BoundaryKind::Item, BoundaryKind::Sentence]);
    }

    #[test]
    fn roman_numerals() {
        let cases = [("i", Some(1)), ("IV", Some(4)), ("xxxviii", Some(38)), ("iix", None), ("mix", None), ("", None)];
        for (numeral, value) in cases {
            assert_eq!(roman(numeral), value, "{numeral}");
        }
    }
}
