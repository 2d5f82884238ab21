//! A piece of the expression that remembers where it stands, so that an error can point at it.

use std::ops::Range;

/// A part of an expression, with its place in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Part<'a> {
    /// The whole expression.
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, start: 0 }
    }

    pub(super) fn text(self) -> &'a str {
        self.text
    }

    /// The bytes this part takes in the whole expression.
    pub(super) fn span(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Without the white space around it.
    pub(super) fn trim(self) -> Self {
        let without_front = self.text.trim_start();
        let skipped = self.text.len() - without_front.len();
        Self { text: without_front.trim_end(), start: self.start + skipped }
    }

    /// What follows `prefix`, if the part starts with it.
    pub(super) fn after_prefix(self, prefix: &str) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?;
        Some(Self { text, start: self.start + prefix.len() })
    }

    /// The first word, and the rest without the white space between them.
    pub(super) fn first_word(self) -> (Self, Self) {
        let length = self.text.find(char::is_whitespace).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(length);
        (Self { text: word, start: self.start }, Self { text: rest, start: self.start + length }.trim())
    }

    /// The pieces between white space.
    pub(super) fn words(self) -> Vec<Self> {
        let mut start = self.start;
        let mut words = Vec::new();
        for piece in self.text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if !word.is_empty() {
                words.push(Self { text: word, start });
            }
            start += piece.len();
        }
        words
    }

    /// The pieces between `separator`, empty ones included.
    pub(super) fn split(self, separator: char) -> Vec<Self> {
        let mut start = self.start;
        let mut pieces = Vec::new();
        for text in self.text.split(separator) {
            pieces.push(Self { text, start });
            start += text.len() + separator.len_utf8();
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the spans of `parts` cut out of `source`, which must be what the parts say they are.
    fn cut<'a>(source: &'a str, parts: &[Part<'_>]) -> Vec<&'a str> {
        for part in parts {
            assert_eq!(&source[part.span()], part.text());
        }
        parts.iter().map(|part| &source[part.span()]).collect()
    }

    #[test]
    fn words_know_their_place() {
        let source = "  a \u{2003}\t bé  c";
        assert_eq!(cut(source, &Part::whole(source).words()), ["a", "bé", "c"]);
    }

    #[test]
    fn pieces_know_their_place_even_when_empty() {
        let source = "1,,é,";
        let parts = Part::whole(source).split(',');
        assert_eq!(cut(source, &parts), ["1", "", "é", ""]);
        assert_eq!(parts[3].span(), 6..6);
    }

    #[test]
    fn prefix_and_first_word_keep_the_place() {
        let source = " TZ=UTC   1 2 ";
        let rest = Part::whole(source).trim().after_prefix("TZ=").unwrap();
        let (zone, fields) = rest.first_word();
        assert_eq!(cut(source, &[rest, zone, fields]), ["UTC   1 2", "UTC", "1 2"]);
    }
}
