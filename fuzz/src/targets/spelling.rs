//! Names as stores have them, in rclone's spellings. The first byte chooses the store, the rest is a path.

use podfs_remote::naming::{Mask, Speller};

use crate::Target;

pub(super) const TARGET: Target = Target { name: "spelling", run, samples };

/// As rclone has them for local folders, S3, and stores that can hold little.
const MASKS: [&str; 4] = [
    "Slash,Dot",
    "Slash,InvalidUtf8,Dot",
    "Slash,LtGt,DoubleQuote,Colon,Question,Asterisk,Pipe,BackSlash,Del,Ctl,LeftSpace,RightSpace,RightPeriod,InvalidUtf8,Dot",
    "None",
];

fn run(data: &[u8]) {
    let Some((store, path)) = data.split_first() else { return };
    let mask = Mask::parse(MASKS[usize::from(*store) % MASKS.len()]).expect("rclone has this mask");
    let speller = Speller::new(mask);
    if let Ok(text) = str::from_utf8(path)
        && let Ok(raw) = speller.unspell_path(text)
    {
        check_segments(&raw);
        assert_eq!(speller.spell_path(&raw).as_deref(), Ok(text), "two names on the store stand for one");
    }
    if let Ok(spelled) = speller.spell_path(path) {
        assert_eq!(speller.unspell_path(&spelled).as_deref(), Ok(path), "{spelled:?} does not come back");
    }
}

fn check_segments(raw: &[u8]) {
    for segment in raw.split(|byte| *byte == b'/') {
        assert!(!matches!(segment, b"" | b"." | b".."), "a segment that leads elsewhere");
        assert!(!segment.contains(&0));
    }
}

fn samples() -> Vec<Vec<u8>> {
    let names: [&[u8]; 4] = [b"a/b", "‛．／␀/．．".as_bytes(), "‛‛DF/␊ ␠".as_bytes(), b"a:b*\xff/ c."];
    let all = (0..MASKS.len()).flat_map(|mask| names.map(|name| [&[mask.to_le_bytes()[0]], name].concat()));
    all.collect()
}
