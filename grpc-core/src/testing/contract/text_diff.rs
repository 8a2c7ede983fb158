//! Two texts as a unified diff.

use std::{fmt::Write, ops::Range};

/// The lines that differ, with three that do not around them; empty if none do.
pub(super) fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = lines(&old, &new);
    let mut out = String::new();
    for hunk in hunks(&lines) {
        let before = |sign: char| lines[..hunk.start].iter().filter(|line| line.0 != sign).count();
        let inside = |sign: char| lines[hunk.clone()].iter().filter(|line| line.0 != sign).count();
        let (from, to) = (start(before('+'), inside('+')), start(before('-'), inside('-')));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "@@ -{from},{} +{to},{} @@", inside('+'), inside('-'));
        for (sign, line) in &lines[hunk] {
            let _ = writeln!(out, "{sign}{line}");
        }
    }
    out
}

/// As diff counts: the line before, for none.
fn start(before: usize, inside: usize) -> usize {
    if inside == 0 { before } else { before + 1 }
}

/// Every line of both, with what became of it: `' '`, `'-'` or `'+'`.
fn lines<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let common = longest_common(old, new);
    let mut lines = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

/// How many lines the rests from each pair of lines on have in common, in order.
fn longest_common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    common
}

fn hunks(lines: &[(char, &str)]) -> Vec<Range<usize>> {
    const AROUND: usize = 3;
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (index, (sign, _)) in lines.iter().enumerate() {
        if *sign == ' ' {
            continue;
        }
        let around = index.saturating_sub(AROUND)..(index + AROUND + 1).min(lines.len());
        match hunks.last_mut() {
            Some(last) if last.end >= around.start => last.end = around.end,
            _ => hunks.push(around),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn lines_that_differ_are_shown_with_those_around_them() {
        let old: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let mut new = old.clone();
        new[4] = "five".to_owned();
        new.remove(17);
        new.push("21".to_owned());
        let diff = unified(&old.join("\n"), &new.join("\n"));
        let expected = "\
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
@@ -15,6 +15,6 @@
 15
 16
 17
-18
 19
 20
+21
";
        assert_eq!(diff, expected);
    }

    #[test]
    fn from_nothing_and_to_nothing_every_line_differs() {
        assert_eq!(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
        assert_eq!(unified("a\n", "a\n"), "");
    }
}
