//! Paths as keys whose bytes sort as [`RelativePath`] does: `/` becomes NUL, which no path holds, and the root is empty.

use crate::path::RelativePath;

/// The key of a path; `None` is the root.
pub(super) fn encode(path: Option<&RelativePath>) -> Vec<u8> {
    let bytes = path.map_or(&[][..], RelativePath::as_bytes);
    bytes.iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect()
}

/// The path of a key; the outer `None` says that it is none of ours.
pub(super) fn decode(key: &[u8]) -> Option<Option<RelativePath>> {
    if key.is_empty() {
        return Some(None);
    }
    if key.contains(&b'/') {
        return None;
    }
    let bytes: Vec<u8> = key.iter().map(|byte| if *byte == 0 { b'/' } else { *byte }).collect();
    RelativePath::parse(bytes).ok().map(Some)
}

/// The first key that is neither the key of this path nor of anything beneath it; `None` where nothing comes after.
pub(super) fn after_beneath(path: Option<&RelativePath>) -> Option<Vec<u8>> {
    let mut key = encode(path);
    path?;
    // What lies beneath goes on with NUL: the next byte ends it, whatever else begins alike.
    key.push(1);
    Some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_as_paths_do(one in "[a-c\u{1}-]{1,3}(/[a-c\u{1}-]{1,2}){0,3}", other in "[a-c\u{1}-]{1,3}(/[a-c\u{1}-]{1,2}){0,3}") {
            let [one, other] = [one, other].map(|path| RelativePath::parse(path).unwrap());
            let (first, second) = (encode(Some(&one)), encode(Some(&other)));
            prop_assert_eq!(first.cmp(&second), one.cmp(&other));
            prop_assert_eq!(decode(&first).flatten(), Some(one.clone()));
            let inside = first <= second && second < after_beneath(Some(&one)).unwrap();
            prop_assert_eq!(inside, other == one || other.is_beneath(&one));
        }
    }

    #[test]
    fn the_root_comes_first_and_holds_everything() {
        assert_eq!(encode(None), Vec::<u8>::new());
        assert_eq!(decode(&[]), Some(None));
        assert_eq!(after_beneath(None), None);
        assert_eq!(decode(b"a\0\0b"), None);
        assert_eq!(decode(b"a/b"), None);
    }
}
