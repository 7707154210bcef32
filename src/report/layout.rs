//! Styled text, wrapped to a width.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How text looks where colours are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Deleted,
    Inserted,
    Warning,
    Link,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Deleted => "31;9",
            Self::Inserted => "32;4",
            Self::Warning => "33",
            Self::Link => "36",
        }
    }

    /// `text` in this style.
    pub(super) fn paint(self, text: &str, color: bool) -> String {
        if !color || self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{}m{text}\u{1b}[0m", self.code())
    }
}

/// Text in one style.
pub(super) type Run = (Style, String);

/// Wraps `runs` into lines no wider than `width` columns (at least 10), at white space where there is some.
pub(super) fn wrap(runs: &[Run], width: usize, color: bool) -> Vec<String> {
    let width = width.max(10);
    let mut lines: Vec<Vec<Run>> = vec![Vec::new()];
    let mut used = 0;
    for word in words(runs) {
        let wide = width_of(&word);
        let blank = word.iter().all(|(_, text)| text.trim().is_empty());
        if used + wide > width && used > 0 {
            trim_end(lines.last_mut());
            lines.push(Vec::new());
            used = 0;
        }
        if blank && used == 0 {
            continue;
        }
        for (style, text) in word {
            for part in broken(&text, width) {
                let wide = part.width();
                if used + wide > width && used > 0 {
                    lines.push(Vec::new());
                    used = 0;
                }
                used += wide;
                push(lines.last_mut(), style, part);
            }
        }
    }
    trim_end(lines.last_mut());
    lines.iter().filter(|line| !line.is_empty()).map(|line| painted(line, color)).collect()
}

/// `text` cut to `width` columns, with `…` where something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Splits `runs` into words and the white space between them. A word may change its style inside.
fn words(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut found: Vec<Vec<Run>> = Vec::new();
    let mut before = None;
    for (style, text) in runs {
        for c in text.chars() {
            let space = c == ' ';
            let stands_alone = c.width() == Some(2);
            if before != Some(space) || stands_alone {
                found.push(Vec::new());
            }
            before = (!stands_alone).then_some(space);
            push_char(found.last_mut(), *style, c);
        }
    }
    found
}

fn push_char(line: Option<&mut Vec<Run>>, style: Style, c: char) {
    let Some(line) = line else { return };
    match line.last_mut() {
        Some((last, text)) if *last == style => text.push(c),
        _ => line.push((style, c.to_string())),
    }
}

fn push(line: Option<&mut Vec<Run>>, style: Style, text: &str) {
    let Some(line) = line else { return };
    match line.last_mut() {
        Some((last, so_far)) if *last == style => so_far.push_str(text),
        _ => line.push((style, text.to_owned())),
    }
}

/// `text` in parts no wider than `width`.
fn broken(text: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width {
            parts.extend(text.get(start..at));
            (start, used) = (at, 0);
        }
        used += wide;
    }
    parts.extend(text.get(start..));
    parts
}

fn width_of(word: &[Run]) -> usize {
    word.iter().map(|(_, text)| text.width()).sum()
}

fn trim_end(line: Option<&mut Vec<Run>>) {
    let Some(line) = line else { return };
    while let Some((_, text)) = line.last_mut() {
        text.truncate(text.trim_end_matches(' ').len());
        if !text.is_empty() {
            return;
        }
        line.pop();
    }
}

fn painted(line: &[Run], color: bool) -> String {
    line.iter().fold(String::new(), |mut all, (style, text)| {
        let _ = write!(all, "{}", style.paint(text, color));
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_asked() {
        let runs = |text: &str| vec![(Style::Plain, text.to_owned())];
        let cases: [(&str, &[&str]); 4] = [
            ("one two three four", &["one two", "three four"]),
            ("aaaaaaaaaaaaaaa b", &["aaaaaaaaaa", "aaaaa b"]),
            ("本当に長い文章です", &["本当に長い", "文章です"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(wrap(&runs(text), 10, false), expected, "{text}");
        }
    }

    #[test]
    fn styles_end_with_their_line() {
        let runs = [(Style::Plain, "we ".to_owned()), (Style::Deleted, "may share".to_owned())];
        assert_eq!(wrap(&runs, 10, true), ["we \u{1b}[31;9mmay\u{1b}[0m", "\u{1b}[31;9mshare\u{1b}[0m"]);
        assert_eq!(wrap(&runs, 10, false), ["we may", "share"]);
    }

    #[test]
    fn cut_text_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語", 5), "日本…");
    }
}
