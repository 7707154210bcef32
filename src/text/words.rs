//! Words, the unit of a redline.

use super::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// Letters and digits, with the hyphens and apostrophes inside them (`opt-out`, `user’s`)
    /// and the separators inside a number (`1,000.50`). One ideograph or kana is one word.
    Word,
    /// A run of white space.
    Space,
    /// One other character.
    Mark,
}

/// A token of a text. The tokens of a text tile it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// Splits `text` into tokens that tile it, in order. Linear.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::with_capacity(text.len() / 3 + 1);
    found.extend(Tokens { text, at: 0 });
    found
}

/// The words of `text`, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    Tokens { text, at: 0 }.filter(|token| token.kind == TokenKind::Word).map(|token| token.span.of(text))
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let first = char_at(self.text, self.at)?;
        let kind = kind_of(first);
        let start = self.at;
        self.at += first.len_utf8();
        if kind != TokenKind::Mark && !stands_alone(first) {
            loop {
                if kind == TokenKind::Word {
                    self.at += ascii_word(self.text, self.at);
                }
                let Some(next) = char_at(self.text, self.at) else { break };
                let goes_on = kind_of(next) == kind && !stands_alone(next);
                let joined = kind == TokenKind::Word && joins(self.text, self.at, next);
                if !(goes_on || joined) {
                    break;
                }
                self.at += next.len_utf8();
            }
        }
        Some(Token { span: Span::new(start..self.at), kind })
    }
}

/// How many letters and digits of ASCII stand from `at` on: most of most words, found byte by byte.
fn ascii_word(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len())
}

/// The character at `at`; nearly all are ASCII, which needs no decoding.
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
        Some(_) => text.get(at..)?.chars().next(),
        None => None,
    }
}

fn kind_of(c: char) -> TokenKind {
    if c.is_ascii() {
        return match c {
            '0'..='9' | 'A'..='Z' | 'a'..='z' => TokenKind::Word,
            ' ' | '\t'..='\r' => TokenKind::Space,
            _ => TokenKind::Mark,
        };
    }
    if c.is_alphanumeric() {
        TokenKind::Word
    } else if c.is_whitespace() {
        TokenKind::Space
    } else {
        TokenKind::Mark
    }
}

/// Scripts written without spaces: a word is taken to be one character.
fn stands_alone(c: char) -> bool {
    c >= '\u{3040}'
        && matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether the mark `c` at `at` joins the word characters on both sides of it.
fn joins(text: &str, at: usize, c: char) -> bool {
    if !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\'' | '\u{2019}' | '_' | '.' | ',') {
        return false;
    }
    let before = text.get(..at).and_then(|head| head.chars().next_back());
    let after = text.get(at + c.len_utf8()..).and_then(|tail| tail.chars().next());
    let (Some(before), Some(after)) = (before, after) else { return false };
    if stands_alone(after) {
        return false;
    }
    match c {
        '-' | '\u{2010}' | '\u{2011}' | '\'' | '\u{2019}' | '_' => before.is_alphanumeric() && after.is_alphanumeric(),
        '.' | ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.span.of(text)).collect()
    }

    #[test]
    fn tokens_of_legal_prose() {
        let cases: &[(&str, &[&str])] = &[
            ("non-Affiliated ads", &["non-Affiliated", " ", "ads"]),
            ("the user’s €1,000.50.", &["the", " ", "user’s", " ", "€", "1,000.50", "."]),
            ("(e.g., Hub, Inc.)", &["(", "e", ".", "g", ".", ",", " ", "Hub", ",", " ", "Inc", ".", ")"]),
            ("条款 v2", &["条", "款", " ", "v2"]),
            ("trailing-", &["trailing", "-"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(&pieces(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn tokens_tile_the_text(text in "\\PC*") {
            prop_assert_eq!(pieces(&text).concat(), text);
        }
    }
}
