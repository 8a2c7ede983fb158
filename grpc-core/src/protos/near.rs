//! What a misspelt name was meant to be.

/// Names longer than this are not looked at: they come from anywhere.
const LONGEST: usize = 200;

/// "; did you mean `x`?", or nothing where no candidate is near.
pub(super) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(name, candidates, 3)[..] {
        [] => String::new(),
        [only] => format!("; did you mean `{only}`?"),
        [first, second] => format!("; did you mean `{first}` or `{second}`?"),
        [first, second, third, ..] => format!("; did you mean `{first}`, `{second}` or `{third}`?"),
    }
}

/// The candidates that `name` is most likely a misspelling of, the nearest first; all of them equally near.
fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let limit = (name.len() / 3).max(2);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len())
        .collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |(distance, _)| *distance);
    near.into_iter()
        .take_while(|(distance, _)| *distance == best)
        .take(most)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Levenshtein's, over one row; case counts for less than a letter.
fn edit_distance(from: &str, to: &str) -> usize {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (from, to) = (lower(from), lower(to));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, from) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in to.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(from != to))
                .min(row[j] + 1)
                .min(above + 1);
            diagonal = above;
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_suggested_and_far_ones_are_not() {
        let names = ["latitude", "longitude", "name"];
        assert_eq!(did_you_mean("latitud", names), "; did you mean `latitude`?");
        assert_eq!(did_you_mean("NAME", names), "; did you mean `name`?");
        assert_eq!(did_you_mean("altitude", names), "; did you mean `latitude`?");
        assert_eq!(did_you_mean("", names), "");
        assert_eq!(did_you_mean("radius", names), "");
        assert_eq!(
            did_you_mean("ax", ["ab", "ac", "xyz"]),
            "; did you mean `ab` or `ac`?"
        );
    }

    #[test]
    fn very_long_names_are_left_alone() {
        assert_eq!(did_you_mean(&"a".repeat(LONGEST + 1), ["aaa"]), "");
    }
}
