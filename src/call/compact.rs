//! Short lists in tight space: an open call has many of them, most with one or two rows.

use crate::sip::status;
use crate::types::codec::same_spelling;
use crate::types::{MediaKind, StatusCode, text_of};
use std::borrow::Cow;

/// Up to this many rows a list grows by one.
const EXACT: usize = 4;

/// Pushes, without the room for four rows that `Vec` takes with the first.
pub(super) fn push_exact<T>(list: &mut Vec<T>, row: T) {
    if list.len() == list.capacity() && list.len() < EXACT {
        list.reserve_exact(1);
    }
    list.push(row);
}

/// About what a block of that many bytes takes of the heap; none where there is none.
pub(super) fn block(bytes: usize) -> usize {
    if bytes == 0 {
        0
    } else {
        (bytes + 8).next_multiple_of(16).max(32)
    }
}

/// The same of a list's rows.
pub(super) fn rows<T>(list: &[T]) -> usize {
    block(size_of_val(list))
}

/// The spelling in the program's own text where the word is a known one: what nearly every session
/// names is not copied once more for each.
pub(super) fn known(word: &str) -> Cow<'static, str> {
    let kind = MediaKind::ALL.iter().map(|kind| kind.as_str());
    let mut kinds = kind.chain(["t38"]).filter(|known| *known == word);
    match same_spelling(word).or_else(|| kinds.next()) {
        Some(known) => known.into(),
        None => word.to_owned().into(),
    }
}

/// A reason phrase as sent; nearly all are those of the standards.
pub(super) fn reason_of(status: StatusCode, sent: &[u8]) -> Cow<'static, str> {
    match status::phrase(status).filter(|usual| usual.as_bytes() == sent) {
        Some(usual) => usual.into(),
        None => text_of(sent).into(),
    }
}

/// About what a text takes of the heap; none where it is the program's own.
#[expect(clippy::ptr_arg, reason = "what is borrowed takes no room")]
pub(super) fn owned(text: &Cow<'static, str>) -> usize {
    match text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => block(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_takes_the_room_of_one() {
        let mut list = Vec::new();
        push_exact(&mut list, [0u8; 100]);
        assert_eq!(list.capacity(), 1);
        for _ in 0..20 {
            push_exact(&mut list, [0u8; 100]);
        }
        assert_eq!(list.len(), 21);
    }

    #[test]
    fn a_word_keeps_its_spelling() {
        assert_eq!(known("PCMU"), "PCMU");
        assert_eq!(known("pcmu"), "pcmu");
        assert!(matches!(known("opus"), std::borrow::Cow::Borrowed(_)));
    }
}
