//! Sentences of legal prose.
//!
//! Idea: almost every byte of a text cannot end a sentence, so one pass over the bytes looks for the
//! few that can (`. ! ? … 。` and kin, line breaks, brackets), and each of them is judged by what
//! stands next to it: the word before a full stop (an abbreviation, an initial, a number, the label
//! of the item that the sentence opens with), what follows it (a space, a capital, a digit, a lower-case
//! word) and, where these leave it open ("Inc. Terms", "Inc. The"), whether the next word is
//! one that typically starts sentences. The language of a block is not known, so one lexicon serves
//! all. The judgements look at a bounded stretch of text, so the cost is linear.
//!
//! Enumerations inside a sentence are split by the neighbouring module on the same pass.

use super::abbreviation::{Classes, classes};
use super::enumeration::{self, Markers};

/// One boundary inside the plain text of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Where the next piece starts. White space before it belongs to the previous piece.
    pub at: usize,
    /// What starts there.
    pub kind: BoundaryKind,
}

/// What a boundary starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundaryKind {
    /// A new sentence.
    Sentence,
    /// An enumerated item `(b) …` of the sentence it stands in; the stem of that sentence is the
    /// piece before its first item.
    Item,
}

/// Puts into `out`, in order, where the pieces of `text` after the first start. What `out` held is lost.
///
/// `text` is the rendered text of one block: no markup, white space folded, `\n` for a hard line break.
pub(crate) fn boundaries(text: &str, out: &mut Vec<Boundary>) {
    out.clear();
    let mut pass = Pass { text, depth: 0, markers: Markers::default(), out };
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..) {
        let Some(skipped) = rest.iter().position(|&byte| CANDIDATES[usize::from(byte)]) else { break };
        at = pass.step(at + skipped);
    }
    let Pass { markers, out, .. } = pass;
    markers.split(text, out);
}

/// Bytes that a character worth a look starts with: E2 for `…`, E3 for `。`, EF for `！`, `？`, `．`, `（`,
/// D8 and DB for the Arabic marks, E0 for the danda.
const CANDIDATES: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b".!?()\n\xe2\xe3\xef\xd8\xdb\xe0";
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    table
};

/// How far a judgement looks for a word, in characters.
const REACH: usize = 40;

/// The pass over one block.
struct Pass<'a> {
    text: &'a str,
    /// Brackets open since the sentence started.
    depth: usize,
    markers: Markers,
    out: &'a mut Vec<Boundary>,
}

impl Pass<'_> {
    /// Judges the character at `at` and says where to go on.
    fn step(&mut self, at: usize) -> usize {
        let Some(c) = char_at(self.text, at) else { return at + 1 };
        let end = at + c.len_utf8();
        match c {
            '(' | '（' => self.depth += 1,
            ')' | '）' => {
                self.markers.note_bracket(self.text, at, c.len_utf8(), self.depth > 0);
                self.depth = self.depth.saturating_sub(1);
            }
            '\n' => return self.line_break(at),
            _ if is_terminator(c) => return self.stop(at),
            _ => {}
        }
        end
    }

    /// A hard line break that follows no full stop is a boundary after `:` and `;` and before an item.
    fn line_break(&mut self, at: usize) -> usize {
        let next = skip_space(self.text, at);
        let before = self.text.get(..at).and_then(|head| head.trim_end().chars().next_back());
        let introduces = matches!(before, Some(':' | ';' | '：' | '；'));
        if introduces || starts_item(self.text, next) {
            self.start_sentence(next);
        }
        // Past all of the white space, so that a long run of line breaks is read once.
        next.max(at + 1)
    }

    /// Judges the run of terminators that starts at `at`.
    fn stop(&mut self, at: usize) -> usize {
        let stop = Stop::read(self.text, at);
        if char_at(self.text, stop.end).is_none() {
            return stop.end;
        }
        let next = skip_space(self.text, stop.end);
        if self.ends_sentence(&stop, next) {
            self.start_sentence(next);
        }
        stop.end.max(at + 1)
    }

    fn start_sentence(&mut self, at: usize) {
        if at >= self.text.len() || at <= self.out.last().map_or(0, |last| last.at) {
            return;
        }
        self.out.push(Boundary { at, kind: BoundaryKind::Sentence });
        self.markers.sentence = at;
        self.depth = 0;
    }

    /// Whether a sentence ends with `stop` and another starts at `next`.
    fn ends_sentence(&mut self, stop: &Stop, next: usize) -> bool {
        let after = Next::read(self.text, next);
        if stop.kind == StopKind::Ideographic {
            // `「…？」，` ends a quote; no sentence starts with a comma.
            let goes_on = matches!(char_at(self.text, next), Some('，' | '、' | '；' | '：' | ',' | ';' | ':'));
            return after.kind != NextKind::Nothing && !goes_on && !(stop.closed && after.is_particle(self.text));
        }
        if next == stop.end {
            return self.glued(stop, &after);
        }
        let broken = self.text.get(stop.end..next).is_some_and(|space| space.contains('\n'));
        match self.label(stop, &after) {
            // `SECTION 3.` on a line of its own is a heading, `3.` is not.
            Some(Label::Reference) | None if broken => return true,
            Some(_) => {
                self.markers.sentence = next;
                return false;
            }
            None => {}
        }
        if char_at(self.text, next) == Some('&') {
            // `Tex. Bus. & Com. Code`: this sign starts no sentence. (A § may.)
            return false;
        }
        let item = starts_item(self.text, next);
        match stop.kind {
            StopKind::Full => self.full_stop(stop, &after, item),
            StopKind::Ellipsis => after.kind == NextKind::Capital || item,
            StopKind::Mark => {
                let name = classes(word_before(self.text, stop.at)).any(Classes::MARK) && !stop.closed;
                if name { after.is_starter() } else { after.kind.may_start() || item }
            }
            StopKind::Ideographic => true,
        }
    }

    /// Whether the single full stop `stop` ends a sentence, given that a space follows.
    fn full_stop(&mut self, stop: &Stop, after: &Next<'_>, item: bool) -> bool {
        if stop.closed && after.kind.may_start() {
            // `(cookies, etc.) We` but `(cookies, etc.) Acme may`.
            let word = classes(word_before(self.text, stop.at));
            return !word.any(Classes::NEVER.or(Classes::OPEN).or(Classes::LAST)) || after.is_starter();
        }
        let word = Word::before(self.text, stop.at);
        let known = word.classes();
        if known.any(Classes::NEVER) || word.is_small_letter() && !known.any(Classes::OPEN) {
            return false;
        }
        let titled = known.any(Classes::TITLED) && word.is_titled();
        let open = known.any(Classes::OPEN) || titled || word.is_initial(self.text) || word.is_dotted();
        match after.kind {
            NextKind::Nothing => false,
            NextKind::Small => item && !open,
            NextKind::Digit => {
                let numbers = known.any(Classes::NUMBER) || word.is_code_part(self.text);
                self.before_digit(&word, after, item, open || numbers)
            }
            NextKind::Capital | NextKind::Caseless if open => after.is_starter(),
            NextKind::Capital => !self.is_ordinal(&word, after),
            NextKind::Caseless => true,
        }
    }

    /// `… by us. 2.3 You` and `in 2018. 14 days` but `No. 5` and `25. 5. 2018`.
    fn before_digit(&self, word: &Word<'_>, after: &Next<'_>, item: bool, abbreviation: bool) -> bool {
        if abbreviation {
            // `Inc. 2. You may` but `17 C.F.R. 160.103 without`.
            return item && !word.classes().any(Classes::NUMBER) && self.capital_after(after);
        }
        let day = word.is_number() && word.text.len() <= 2;
        !(day && after.word.len() <= 4 && after.word.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether the word after the number `after` starts with a capital.
    fn capital_after(&self, after: &Next<'_>) -> bool {
        Next::read(self.text, after.at + after.word.len()).kind == NextKind::Capital
    }

    /// `25. Mai`, `der 3. Tag`.
    fn is_ordinal(&self, word: &Word<'_>, after: &Next<'_>) -> bool {
        if !word.is_number() || word.text.len() > 2 {
            return false;
        }
        let before = self.text.get(..word.at).map_or("", str::trim_end);
        let determined = classes(word_before(before, before.len())).any(Classes::DETERMINER);
        classes(after.word).any(Classes::MONTH) || determined && !after.is_starter()
    }

    /// What label ends with `stop`, if one does: that of the sentence, `2.`, `Section 4.`, or that of
    /// an item inside it, `: 1.`.
    fn label(&mut self, stop: &Stop, after: &Next<'_>) -> Option<Label> {
        if stop.kind != StopKind::Full || stop.closed || after.kind == NextKind::Nothing {
            return None;
        }
        let head = self.text.get(self.markers.sentence..stop.at).filter(|head| head.len() <= REACH);
        head.and_then(label_of_sentence).or_else(|| self.markers.note_stop(self.text, stop.at).then_some(Label::Number))
    }

    /// A stop that no space follows ends a sentence only where the space was lost: `our services.We may`,
    /// `appliances.2) Tools`; not in names of hosts, files and code.
    fn glued(&self, stop: &Stop, after: &Next<'_>) -> bool {
        if stop.kind == StopKind::Ellipsis {
            return false;
        }
        let word = word_before(self.text, stop.at);
        let plain = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
        let prose = plain && word.chars().nth(1).is_some() && word.ends_with(char::is_lowercase);
        if prose && starts_bracketed_item(self.text, stop.end) {
            return true;
        }
        if after.at != stop.end || !after.is_whole_word(self.text) || is_host_ending(after.word) {
            return false;
        }
        after.is_starter() && !word.contains('_') || prose && after.is_titled()
    }
}

/// What a label is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// `2`, `3.1`, `iv`, `(a)`.
    Number,
    /// `Section 4`.
    Reference,
}

/// What ends a sentence, in kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StopKind {
    /// One full stop.
    Full,
    /// `...` or `…`.
    Ellipsis,
    /// `!` and `?`, alone or in a run.
    Mark,
    /// `。` and kin: no space follows.
    Ideographic,
}

/// A run of terminators and what closes after it.
#[derive(Debug)]
struct Stop {
    at: usize,
    end: usize,
    kind: StopKind,
    /// Whether a quote or bracket closes between the stop and its end.
    closed: bool,
}

impl Stop {
    /// Reads the run at `at`, with the quotes, brackets and footnote marks that close after it.
    fn read(text: &str, at: usize) -> Self {
        let mut kind = StopKind::Full;
        let mut end = at;
        let mut dots = 0;
        let mut closed = false;
        while let Some(c) = char_at(text, end) {
            if !is_terminator(c) {
                // `(etc.).` and `Really?”.` are one stop.
                let Some(width) = closer_at(text, end) else { break };
                closed = true;
                end += width;
                continue;
            }
            match c {
                '.' => dots += 1,
                '…' => dots += 2,
                '。' | '！' | '？' | '｡' | '．' => kind = StopKind::Ideographic,
                _ if kind == StopKind::Full => kind = StopKind::Mark,
                _ => {}
            }
            end += c.len_utf8();
        }
        if kind == StopKind::Full && dots > 1 && !closed {
            kind = StopKind::Ellipsis;
        }
        Self { at, end: skip_note(text, end), kind, closed }
    }
}

/// What a sentence would start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextKind {
    /// Also a brand that is written with a small first letter: `iPhone`.
    Capital,
    Small,
    Digit,
    /// A letter of a script without case.
    Caseless,
    /// No letter or digit: the text, or its words, end.
    Nothing,
}

impl NextKind {
    const fn may_start(self) -> bool {
        matches!(self, Self::Capital | Self::Digit | Self::Caseless)
    }
}

/// The word that would start a sentence.
#[derive(Debug)]
struct Next<'a> {
    at: usize,
    word: &'a str,
    kind: NextKind,
}

impl<'a> Next<'a> {
    /// Reads the first word at or after `at`, behind opening quotes, brackets and bullets.
    fn read(text: &'a str, at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        let start = rest.char_indices().take(REACH).find(|(_, c)| c.is_alphanumeric()).map(|(start, _)| start);
        let Some(rest) = start.and_then(|start| rest.get(start..)) else {
            return Self { at: text.len(), word: "", kind: NextKind::Nothing };
        };
        let end = rest.char_indices().take(REACH).find(|&(_, c)| !in_word(c)).map_or(rest.len(), |(end, _)| end);
        let word = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '\'', '’']);
        Self { at: text.len() - rest.len(), word, kind: kind_of(word) }
    }

    fn is_starter(&self) -> bool {
        let starts = |word| classes(word).any(Classes::STARTER);
        // `L’accord` starts like `L`, `We’re` like `We`.
        let head = self.word.split(['\'', '’']).next().unwrap_or_default();
        self.kind == NextKind::Capital && (starts(self.word) || starts(head))
    }

    /// Written with one capital, at its start.
    fn is_titled(&self) -> bool {
        self.kind == NextKind::Capital && self.word.chars().skip(1).all(|c| !c.is_uppercase())
    }

    /// Whether it reads as a word of prose: no initial, no `AI`, nothing of a host, a file or code.
    fn is_whole_word(&self, text: &str) -> bool {
        let ends = char_at(text, self.at + self.word.len());
        let apart = ends.is_some_and(|c| c.is_whitespace() || matches!(c, ',' | ':' | '’' | '\''));
        let long = self.word.chars().nth(if self.is_titled() { 1 } else { 2 }).is_some();
        apart && long && !self.word.contains(['.', '@', '_'])
    }

    /// A Japanese particle after a closing quote goes on with the sentence around the quote.
    fn is_particle(&self, text: &str) -> bool {
        matches!(char_at(text, self.at), Some('と' | 'は' | 'を' | 'が' | 'の' | 'に' | 'で' | 'も'))
    }
}

fn kind_of(word: &str) -> NextKind {
    let mut chars = word.chars();
    let Some(first) = chars.next() else { return NextKind::Nothing };
    if first.is_uppercase() {
        NextKind::Capital
    } else if first.is_lowercase() {
        // iPhone, eBay, iOS.
        if chars.next().is_some_and(char::is_uppercase) { NextKind::Capital } else { NextKind::Small }
    } else if first.is_numeric() {
        NextKind::Digit
    } else {
        NextKind::Caseless
    }
}

/// The word before a full stop.
#[derive(Debug)]
struct Word<'a> {
    at: usize,
    text: &'a str,
}

impl<'a> Word<'a> {
    fn before(text: &'a str, end: usize) -> Self {
        let word = word_before(text, end);
        Self { at: end - word.len(), text: word }
    }

    /// Its classes; an elided article does not count: `dell’art`.
    fn classes(&self) -> Classes {
        let bare = self.text.rsplit(['\'', '’']).next().unwrap_or_default();
        classes(self.text).or(classes(bare))
    }

    fn is_small_letter(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some_and(char::is_lowercase) && chars.next().is_none()
    }

    /// One capital, `J. Smith`, unless it names a thing: `Exhibit A.`, `on X.`.
    fn is_initial(&self, text: &str) -> bool {
        let mut chars = self.text.chars();
        let single = chars.next().is_some_and(char::is_uppercase) && chars.next().is_none();
        single && self.text != "X" && {
            let before = text.get(..self.at).map_or("", str::trim_end);
            !classes(word_before(before, before.len())).any(Classes::REFERENCE)
        }
    }

    /// The letter before the number of an article of a French code: `article L. 123-4`.
    fn is_code_part(&self, text: &str) -> bool {
        let before = text.get(..self.at).map_or("", str::trim_end);
        let article = word_before(before, before.len());
        matches!(self.text, "L" | "R" | "D") && matches!(article, "article" | "articles" | "Article" | "Articles")
    }

    /// Written with one capital, at its start.
    fn is_titled(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.all(char::is_lowercase)
    }

    /// Letters in ones and twos with stops between: `U.S`, `Ph.D`, `EU-U.S`.
    fn is_dotted(&self) -> bool {
        let last = self.text.rsplit('-').next().unwrap_or_default();
        last.contains('.')
            && last.split('.').all(|part| part.chars().count() <= 2 && part.chars().all(char::is_alphabetic))
    }

    fn is_number(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The label that `head`, a sentence up to a full stop, is: `2`, `3.1`, `(a)`, `(a) 1`, `Section 4`.
fn label_of_sentence(head: &str) -> Option<Label> {
    let mut words = head.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    let (first, second, None) = (words.next()?, words.next(), words.next()) else { return None };
    let Some(second) = second else { return counts(first).then_some(Label::Number) };
    if !counts(second) {
        None
    } else if first.starts_with(char::is_uppercase) && classes(first).any(Classes::REFERENCE) {
        Some(Label::Reference)
    } else {
        (first.ends_with(')') && counts(first)).then_some(Label::Number)
    }
}

/// Whether `word` counts: `(a)`, `iv`, `3.1`.
fn counts(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let levels = bare.len() <= 12 && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    enumeration::is_count(bare) || levels && !is_year(bare)
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// The character at `at`.
pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The character before `at`.
pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The word that ends at `end`, stops and hyphens inside it included; cut short if it is very long.
pub(super) fn word_before(text: &str, end: usize) -> &str {
    let head = text.get(..end).unwrap_or_default();
    let start = head.char_indices().rev().take(REACH).take_while(|&(_, c)| in_word(c)).last();
    let word = start.and_then(|(start, _)| head.get(start..)).unwrap_or_default();
    word.trim_start_matches(['.', '-', '\'', '’'])
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '\'' | '’' | '&' | '@' | '_' | '§')
}

fn skip_space(text: &str, at: usize) -> usize {
    text.get(at..).map_or(text.len(), |rest| text.len() - rest.trim_start().len())
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '｡' | '．' | '؟' | '۔' | '।' | '‼' | '⁉')
}

/// Width of the closing quote or bracket at `at`.
fn closer_at(text: &str, at: usize) -> Option<usize> {
    let c = char_at(text, at)?;
    if matches!(c, '"' | '\'' | '’' | '”' | '“' | '»' | '›' | ')' | ']' | '}' | '*' | '_')
        || matches!(c, '」' | '』' | '）' | '】' | '》' | '〉' | '］')
    {
        return Some(c.len_utf8());
    }
    // French: a space before the closing quote.
    let tail = text.get(at..)?.strip_prefix([' ', '\u{a0}', '\u{202f}'])?;
    let rest = tail.strip_prefix('»')?;
    let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
    ends.then_some(text.len() - at - rest.len())
}

/// Where the footnote mark at `at` ends: `[12]`, `¹²`, `†`.
fn skip_note(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(inner) = rest.strip_prefix('[') {
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=3).contains(&digits) && inner.as_bytes().get(digits) == Some(&b']') {
            return at + digits + 2;
        }
    }
    let mark = |c: char| matches!(c, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹' | '†' | '‡');
    at + rest.len() - rest.trim_start_matches(mark).len()
}

/// The capitalised ends of host and file names: `Booking.Com`, `Node.Js`.
fn is_host_ending(word: &str) -> bool {
    matches!(word, "Com" | "Net" | "Org" | "Io" | "Js" | "Ai" | "Md" | "Pdf")
}

/// Whether the label of an item or a bullet stands at `at`.
fn starts_item(text: &str, at: usize) -> bool {
    bullet_at(text, at) || enumeration::label_at(text, at).is_some()
}

/// Whether `b)` or a bullet stands at `at`.
fn starts_bracketed_item(text: &str, at: usize) -> bool {
    let bracketed = enumeration::label_at(text, at).is_some_and(|end| char_before(text, end) == Some(')'));
    bracketed || bullet_at(text, at)
}

/// Whether a bullet stands at `at`.
fn bullet_at(text: &str, at: usize) -> bool {
    let mut chars = text.get(at..).unwrap_or_default().chars();
    match chars.next() {
        Some('•' | '‣' | '◦' | '▪' | '●' | '○' | '■' | '·' | '➢' | '✓') => true,
        Some('-' | '*' | '–' | '—') => chars.next().is_some_and(char::is_whitespace),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Splits `marked` at its `|` and checks that the splitter does the same with the text without them.
    fn check(cases: &[&str]) {
        for marked in cases {
            let expected: Vec<&str> = marked.split('|').collect();
            let text = expected.concat();
            let mut found = Vec::new();
            boundaries(&text, &mut found);
            let mut pieces = Vec::new();
            let mut from = 0;
            for at in found.iter().map(|boundary| boundary.at).chain([text.len()]) {
                pieces.push(&text[from..at]);
                from = at;
            }
            assert_eq!(pieces, expected);
        }
    }

    #[test]
    fn plain_sentences() {
        check(&[
            "",
            "One clause",
            "We keep it. |We delete it! |Do you agree? |Yes.",
            "Wait... |We are not done… |Now we are.",
            "it goes on... and on.",
            "He wrote “Stop.” |We did.",
            "(This is an aside.) |It ended.",
            "You may leave (see below). |You may stay.",
            "What is this?! |No idea.",
            "See the note.[1] |It is short.¹ |It helps.",
            "Cookies (etc.). |They expire.",
            "Great! 🎉 thanks",
        ]);
    }

    #[test]
    fn abbreviations() {
        check(&[
            "Data, e.g. Names and i.e. Addresses, are kept.",
            "Acme Inc. Terms apply to Acme Corp. Users.",
            "You contract with Acme Inc. |The terms follow.",
            "The U.S. Government and the EU-U.S. Framework apply.",
            "We operate in the U.S. |You may not.",
            "Open from 9 a.m. Pacific to 5 p.m. |We close then.",
            "Mr. Smith and Dr. Jones vs. St. Mary.",
            "J. R. Smith agreed. |As shown in Exhibit A. |We signed.",
            "Posts on X. |They vanish.",
            "Cookies, tags, etc. |Some expire.",
            "Data (cookies, etc.) Acme keeps.",
            "Under 18 U.S.C. § 2510 et seq. (“Act”), it holds.",
            "17 C.F.R. 160.103 applies.",
            "Under Tex. Bus. & Com. Code § 503. |If it is void, tell us.",
            "See Colo. Rev. Stat. §§ 6-1 and Conn. Gen. Stat. § 42 et seq.",
            "See Mass. Gen. Laws and Minn. Stat. 325 first. |We follow Utah Code Ann. § 13.",
            "Do not post if you are ill. |Contact data is kept in one mass. |Names are not.",
            "Files are sold in Tex. |We ship them.",
            "Ask R&D. |Design & Co. is theirs.",
            "Yahoo! Inc is one. |Yahoo! |We like it!",
        ]);
    }

    #[test]
    fn numbers_and_labels() {
        check(&[
            "2. How we use data",
            "3.1. Data. |We collect it.",
            "(a) 1. Scope. |This applies.",
            "Section 4.2. Data we keep",
            "Section 4. Data. |We keep it.",
            "SECTION 3.\n|IT APPLIES.",
            "It costs $5.50 or 1.000,50 EUR. |It is due.",
            "See No. 5, Art. 6 and Sec. 7. |Then act.",
            "It began in 2018. |We grew.",
            "As set out in Section 4.2. |You agree.",
            "It ends here. |2.3 You agree.",
            "It ends here. |(b) This begins.",
            "Seit dem 25. Mai 2018 gilt es. |Wir folgen dem 3. Absatz.",
            "Am 25. 5. 2018 begann es.",
        ]);
    }

    #[test]
    fn hosts_files_and_lost_spaces() {
        check(&[
            "Go to example.com or read terms.md and README.TXT now.",
            "Mail a.b@example.com. |We answer.",
            "Use https://example.com/a.B?c=D!E first.",
            "Booking.Com and Node.Js are names.",
            "We use services.|We may stop.",
            "Large appliances.|2) Small appliances.|3) Tools.",
            "iPhone users agree. |iPhone is a mark. |eBay too.",
        ]);
    }

    #[test]
    fn line_breaks() {
        check(&[
            "A line\nthat goes on",
            "You may:\n|read it;\n|keep it",
            "Ends here.\n|starts small",
            "Our offices\n|• Paris\n|• Oslo",
            "如下：\n|a.注册，\n|b.登录",
            "Rules\n|1. Read\n|2. Keep",
            "Acme Ltd.\n|1 Main Road",
        ]);
    }

    #[test]
    fn other_languages() {
        check(&[
            "Wir nutzen Daten, z. B. Namen, gem. Art. 6 Abs. 1 lit. b DSGVO. |Sie können widersprechen.",
            "Inhalte bzw. Daten usw. |Die Frist läuft.",
            "Le « service ». |Vous acceptez (c.-à-d. Vous signez). |L’accord vaut.",
            "Il dit « oui. » |Nous notons.",
            "Selon les articles L. 123-4 et R. 56 du code (article D. 7-8), vous payez. |3 jours suffisent.",
            "Sus datos, p. ej. Nombres, en EE. UU. y más. |¿Acepta? |¡Sí!",
            "Ai sensi dell’art. 6 par. 1. |Il titolare decide.",
            "Nos termos do art. 6.º, n.º 1. |Os dados ficam.",
            "Gegevens, bijv. Namen, o.a. Adressen. |Wij bewaren ze.",
            "Dane, np. Imię, zgodnie z art. 6 ust. 1. |Usługa działa.",
            "我们收集数据。|您可以拒绝！|为什么？|因为。",
            "当社は「同意します。」と表示します。|次に進みます。",
            "当您问“店在哪里？”，我们会回答。|您可以拒绝。",
        ]);
    }

    #[test]
    fn a_second_text_replaces_the_first() {
        let mut found = Vec::new();
        boundaries("One. Two. Three.", &mut found);
        assert_eq!(found.len(), 2);
        boundaries("One", &mut found);
        assert!(found.is_empty());
    }

    /// Text with many of the characters that matter.
    fn dense() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "a",
            "B",
            "The",
            "ix",
            "(i)",
            "(ii)",
            "a)",
            "b)",
            "1.",
            "2.",
            ".",
            "..",
            "…",
            "!",
            "?",
            ";",
            ":",
            ",",
            " ",
            "\n",
            "\u{a0}",
            "。",
            "（",
            "）",
            "」",
            "»",
            "«",
            "“",
            "”",
            "[1]",
            "•",
            "Inc",
            "e.g",
            "U.S",
            "Section",
            "and",
            "é",
            "語",
            "🎉",
            "§",
            "-",
            "'",
            "long enough to be a piece",
        ]);
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
    }

    fn sound(text: &str) -> Result<(), TestCaseError> {
        let mut found = Vec::new();
        boundaries(text, &mut found);
        let mut last = 0;
        for boundary in found {
            prop_assert!(boundary.at > last && boundary.at < text.len(), "{boundary:?} after {last}");
            prop_assert!(text.is_char_boundary(boundary.at));
            last = boundary.at;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn boundaries_increase_inside_the_text(text in "\\PC*") {
            sound(&text)?;
        }

        #[test]
        fn boundaries_increase_inside_dense_text(text in dense()) {
            sound(&text)?;
        }
    }

    #[test]
    fn no_text_takes_more_than_linear_time() {
        for unit in ["\n", " \n", ". ", ".)", "(a) ", "a) ", "; 1. ", "((((", "“", "… ", "(i)(a)", "a.\n  "] {
            // Quadratic work on this much would not end within the limit of any test runner.
            let text = unit.repeat(4_000_000 / unit.len());
            let mut found = Vec::new();
            boundaries(&text, &mut found);
            assert!(found.len() <= text.len(), "{unit:?}");
        }
    }
}
