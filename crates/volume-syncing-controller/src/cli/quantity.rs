//! Amounts as Kubernetes writes them (`resource.Quantity`), read exactly.

/// A number: digits, how many of them come after the point, and what it is to be multiplied by.
struct Parts<'a> {
    digits: String,
    fraction: i32,
    unit: &'a str,
}

/// Billionths: API servers keep no smaller part, and round up to one. Nothing when this is no amount, or more than there can be.
pub(super) fn billionths(text: &str) -> Option<u128> {
    let Parts { digits, fraction, unit } = parts(text)?;
    let (ten, two) = scale(unit)?;
    let whole = digits.parse::<u128>().ok()?.checked_mul(1_u128.checked_shl(two)?)?;
    let ten = ten.checked_add(9)?.checked_sub(fraction)?;
    let power = 10_u128.checked_pow(ten.unsigned_abs());
    match (whole, power) {
        (0, _) => Some(0),
        (_, Some(power)) if ten < 0 => Some(whole.div_ceil(power)),
        // Smaller than the smallest.
        (_, None) if ten < 0 => Some(1),
        (_, power) => whole.checked_mul(power?),
    }
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    Some(Parts { digits: format!("{whole}{fraction}"), fraction: i32::try_from(fraction.len()).ok()?, unit })
}

/// Powers of ten and of two.
fn scale(unit: &str) -> Option<(i32, u32)> {
    const OF_TEN: [(&str, i32); 10] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    const OF_TWO: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
    let of_ten = OF_TEN.iter().find(|(name, _)| *name == unit).map(|(_, power)| (*power, 0));
    let of_two = || OF_TWO.iter().find(|(name, _)| *name == unit).map(|(_, power)| (0, *power));
    of_ten.or_else(of_two).or_else(|| Some((exponent(unit)?, 0)))
}

/// As in `1e3`.
fn exponent(unit: &str) -> Option<i32> {
    unit.strip_prefix(['e', 'E'])?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1", 1_000_000_000)]
    #[case("0", 0)]
    #[case("0e99", 0)]
    #[case("1.5", 1_500_000_000)]
    #[case("10m", 10_000_000)]
    #[case("5u", 5_000)]
    #[case("5n", 5)]
    #[case("0.1n", 1)]
    #[case("1e-99", 1)]
    #[case("1E", 1_000_000_000_000_000_000_000_000_000)]
    #[case("1E3", 1_000_000_000_000)]
    #[case("1e+3", 1_000_000_000_000)]
    #[case("25e-1", 2_500_000_000)]
    #[case("1k", 1_000_000_000_000)]
    #[case("1Ki", 1_024_000_000_000)]
    #[case("0.5Ki", 512_000_000_000)]
    #[case("1Ei", 1_152_921_504_606_846_976_000_000_000)]
    fn an_amount_is_read_exactly(#[case] text: &str, #[case] expected: u128) {
        assert_eq!(billionths(text), Some(expected));
    }

    #[rstest]
    fn what_is_none_is_not_read(
        #[values(
            "", ".", "1.", ".5", "-1", "+1", "1.2.3", "much", "1 Gi", "64Mb", "1KI", "1ki", "1e", "1ee3",
            "1e99"
        )]
        text: &str,
    ) {
        assert_eq!(billionths(text), None);
    }

    proptest! {
        #[test]
        fn more_is_more_whatever_the_unit(one: u32, other: u32, unit in "|n|u|m|k|M|G|Ki|Mi|Gi|Ei|e2|e-4") {
            let read = |amount: u32| billionths(&format!("{amount}{unit}")).unwrap();
            prop_assert_eq!(one.cmp(&other), read(one).cmp(&read(other)));
        }

        #[test]
        fn nothing_makes_it_fail(text in ".*|[0-9.]{0,60}[a-zA-Z]{0,2}[-+0-9]{0,12}") {
            let _ = billionths(&text);
        }
    }
}
